//! Everything only MySQL and MariaDB know: connecting and collecting, their own sections, their own rules.

mod artefacts;
mod collect;
mod connect;
mod explain;
mod log;
mod option_file;
mod plan;
pub mod rules;
pub mod sections;
mod session;
mod statement;

use dbwright_model::artefact::Recogniser;
use dbwright_model::room::{ExplainOptions, GatherOptions, Gathering, Progress, Room, StatementInfo};
use dbwright_model::target::ServerTarget;
use dbwright_model::{Engine, Rule};

/// The room of MySQL and MariaDB.
pub struct MySql;

impl Room for MySql {
    fn engine(&self) -> Engine {
        Engine::MySql
    }

    fn rules(&self) -> &'static [Rule] {
        rules::RULES
    }

    fn recognisers(&self) -> &'static [Recogniser] {
        plan::RECOGNISERS
    }

    fn log_formats(&self) -> &'static [&'static dbwright_model::log::LogFormat] {
        log::FORMATS
    }

    fn name_tables(&self, plan: &mut dbwright_model::Plan) {
        plan::name_tables(plan);
    }

    fn topics(&self) -> &'static [dbwright_model::lesson::Topic] {
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
