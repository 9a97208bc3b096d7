//! Everything only Elasticsearch and OpenSearch know: reading profiles of searches, and its own rules.

mod description;
mod log;
pub mod plan;
pub mod rules;

use dbwright_model::artefact::Recogniser;
use dbwright_model::log::LogFormat;
use dbwright_model::room::{GatherError, GatherOptions, Gathering, Progress, Room};
use dbwright_model::target::ServerTarget;
use dbwright_model::{Engine, Rule};

/// The room of Elasticsearch 5–9 and OpenSearch 1–3.
pub struct Elastic;

impl Room for Elastic {
    fn engine(&self) -> Engine {
        Engine::Elastic
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
        let message =
            "dbwright cannot consult a running Elasticsearch or OpenSearch yet; it reads profiles of searches";
        let hint =
            "add \"profile\": true to the request, save what _search answers to a file, and run: dbwright read FILE";
        GatherError::unsupported(target, message.into(), hint)
    }
}
