//! Everything only Redis and Valkey know: connecting and collecting, their own sections, their own rules.

mod collect;
mod command;
mod connect;
mod log;
mod reply;
pub mod rules;
pub mod sections;
mod session;

use dbwright_model::log::LogFormat;
use dbwright_model::room::{GatherOptions, Gathering, Progress, Room, StatementInfo};
use dbwright_model::target::ServerTarget;
use dbwright_model::{Engine, Rule};

/// The room of Redis 6–8 and Valkey 7.2–9.
pub struct Redis;

impl Room for Redis {
    fn engine(&self) -> Engine {
        Engine::Redis
    }

    fn rules(&self) -> &'static [Rule] {
        rules::RULES
    }

    fn statements(&self) -> Vec<StatementInfo> {
        command::ALLOWED.iter().map(|command| command.info()).collect()
    }

    fn log_formats(&self) -> &'static [&'static LogFormat] {
        log::FORMATS
    }

    fn gather<'a>(
        &'a self,
        target: &'a ServerTarget,
        options: &'a GatherOptions,
        progress: &'a dyn Progress,
    ) -> Gathering<'a> {
        Box::pin(collect::gather(target, options, progress))
    }
}
