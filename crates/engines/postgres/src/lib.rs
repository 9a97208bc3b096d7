//! Everything only PostgreSQL knows: connecting and collecting, its own sections, its own rules.

mod artefacts;
mod autovacuum;
mod bloat;
mod collect;
mod connect;
mod explain;
mod log;
pub mod plan;
pub mod rules;
pub mod sections;
mod session;
mod statement;
mod storage;
mod wire;

use dbwright_model::artefact::Recogniser;
use dbwright_model::lesson::Topic;
use dbwright_model::log::LogFormat;
use dbwright_model::room::{ExplainOptions, GatherOptions, Gathering, Progress, Room, StatementInfo};
use dbwright_model::target::ServerTarget;
use dbwright_model::{Engine, Rule};

/// PostgreSQL's room.
pub struct Postgres;

impl Room for Postgres {
    fn engine(&self) -> Engine {
        Engine::Postgres
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

    fn topics(&self) -> &'static [Topic] {
        plan::operators::TOPICS
    }

    fn statements(&self) -> Vec<StatementInfo> {
        collect::statements()
    }

    fn gather<'a>(
        &'a self,
        target: &'a ServerTarget,
        options: &'a GatherOptions,
        progress: &'a dyn Progress,
    ) -> Gathering<'a> {
        Box::pin(collect::gather(target, options, progress))
    }

    fn explanations(&self) -> Vec<StatementInfo> {
        explain::statements()
    }

    fn explain<'a>(
        &'a self,
        target: &'a ServerTarget,
        query: &'a str,
        options: &'a ExplainOptions,
        progress: &'a dyn Progress,
    ) -> Gathering<'a> {
        Box::pin(explain::explain(target, query, options, progress))
    }
}
