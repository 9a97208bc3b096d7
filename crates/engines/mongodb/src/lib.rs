//! Everything only MongoDB knows: reading its explain output, profiler and slow-query log, and its own rules.

mod log;
mod notation;
pub mod plan;
mod query;
pub mod rules;

use dbwright_model::artefact::Recogniser;
use dbwright_model::log::LogFormat;
use dbwright_model::room::{GatherError, GatherOptions, Gathering, Progress, Room};
use dbwright_model::target::ServerTarget;
use dbwright_model::{Engine, Rule};

/// The room of MongoDB 3.0–8.
pub struct MongoDb;

impl Room for MongoDb {
    fn engine(&self) -> Engine {
        Engine::MongoDb
    }

    fn rules(&self) -> &'static [Rule] {
        rules::RULES
    }

    fn recognisers(&self) -> &'static [Recogniser] {
        plan::RECOGNISERS
    }

    fn log_formats(&self) -> &'static [&'static LogFormat] {
        log::FORMATS
    }

    fn gather<'a>(
        &'a self,
        target: &'a ServerTarget,
        _options: &'a GatherOptions,
        _progress: &'a dyn Progress,
    ) -> Gathering<'a> {
        let message = "dbwright cannot consult a running MongoDB yet; it reads its explain output";
        let hint = "save db.COLLECTION.explain('executionStats').find(…), lines of the slow-query log or documents of \
                    system.profile to a file, and run: dbwright read FILE";
        GatherError::unsupported(target, message.into(), hint)
    }
}
