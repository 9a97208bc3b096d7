//! Everything only Cassandra knows: reading traces of requests, and its own rules.

mod log;
pub mod plan;
pub mod rules;

use dbwright_model::artefact::Recogniser;
use dbwright_model::log::LogFormat;
use dbwright_model::room::{GatherError, GatherOptions, Gathering, Progress, Room};
use dbwright_model::target::ServerTarget;
use dbwright_model::{Engine, Rule};

/// The room of Cassandra 3–5.
pub struct Cassandra;

impl Room for Cassandra {
    fn engine(&self) -> Engine {
        Engine::Cassandra
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
        let message = "dbwright cannot consult a running Cassandra yet; it reads traces of requests";
        let hint =
            "run the statement in cqlsh after TRACING ON, save what it prints to a file, and run: dbwright read FILE";
        GatherError::unsupported(target, message.into(), hint)
    }
}
