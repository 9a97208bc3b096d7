//! What the server was asked to do: commands by name with calls and time, errors by code.

use std::collections::BTreeMap;

use dbwright_model::{Case, Count, Seconds, Section};
use serde::{Deserialize, Serialize};

use crate::reply;
use crate::session::Session;

/// Counters of `INFO commandstats` and `errorstats`, since the start or `CONFIG RESETSTAT`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Commands {
    /// By name in lower case, subcommands as `config|get`.
    pub commands: BTreeMap<String, CommandStat>,
    /// Error replies by code (from Redis 6.2); `None` where the server does not count them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<BTreeMap<String, Count>>,
}

/// One command.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CommandStat {
    /// How often it ran.
    pub calls: Count,
    /// Processor time it took.
    pub time: Seconds,
    /// Refused before running (from 6.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected: Option<Count>,
    /// Ended in an error (from 6.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<Count>,
}

impl Section for Commands {
    const ID: &'static str = "redis.commands";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "command counters";
}

impl Commands {
    /// Calls of a command; zero when it never ran.
    pub fn calls(&self, name: &str) -> u64 {
        self.commands.get(name).map_or(0, |command| command.calls.0)
    }

    /// Time of all commands.
    pub fn total_time(&self) -> Seconds {
        self.commands.values().map(|command| command.time).sum()
    }

    /// Reads the reply of `INFO everything`.
    pub fn read(info: &str) -> Commands {
        let mut commands = BTreeMap::new();
        let mut errors = BTreeMap::new();
        let counts_errors = reply::lines(info).any(|(key, _)| key == "total_error_replies");
        for (key, value) in reply::lines(info) {
            let number = |name| reply::word(value, name, ',').and_then(|text| text.parse::<u64>().ok());
            if let Some(name) = key.strip_prefix("cmdstat_") {
                let stat = CommandStat {
                    calls: Count(number("calls").unwrap_or(0)),
                    time: Seconds(number("usec").unwrap_or(0) as f64 / 1e6),
                    rejected: number("rejected_calls").map(Count),
                    failed: number("failed_calls").map(Count),
                };
                commands.insert(name.to_ascii_lowercase(), stat);
            } else if let Some(code) = key.strip_prefix("errorstat_") {
                errors.insert(code.to_owned(), Count(number("count").unwrap_or(0)));
            }
        }
        Commands { commands, errors: counts_errors.then_some(errors) }
    }
}

/// Stores the section from what was said at the start.
pub(crate) fn store(session: &Session, case: &mut Case) {
    case.store(&Commands::read(&session.info));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_read_and_missing_ones_stay_unknown() {
        let old = Commands::read("cmdstat_get:calls=10,usec=2000,usec_per_call=200.00\r\n");
        assert_eq!(old.commands["get"].time, Seconds(0.002));
        assert_eq!((old.commands["get"].failed, old.errors), (None, None));
        let new = Commands::read(
            "total_error_replies:3\r\ncmdstat_config|get:calls=1,usec=9,usec_per_call=9.00,rejected_calls=2,failed_calls=0\r\nerrorstat_OOM:count=3\r\n",
        );
        assert_eq!(new.commands["config|get"].rejected, Some(Count(2)));
        assert_eq!(new.errors.unwrap()["OOM"], Count(3));
    }
}
