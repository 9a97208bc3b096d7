//! The commands the collector may send: a closed list. A [`Command`] can only be made here, and a session sends
//! nothing else.

use dbwright_model::room::StatementInfo;

/// A command of the collector.
#[derive(Debug)]
pub(crate) struct Command {
    section: &'static str,
    versions: &'static str,
    words: &'static [&'static str],
    arguments: &'static str,
    permission: &'static str,
}

impl Command {
    const fn new(
        section: &'static str,
        words: &'static [&'static str],
        arguments: &'static str,
        permission: &'static str,
    ) -> Command {
        Command { section, versions: "all", words, arguments, permission }
    }

    const fn versions(mut self, versions: &'static str) -> Command {
        self.versions = versions;
        self
    }

    /// The words that never change.
    pub(crate) fn words(&self) -> &'static [&'static str] {
        self.words
    }

    /// Its name as messages show it: `CONFIG GET`.
    pub(crate) fn name(&self) -> String {
        let name: Vec<&str> = self.words.iter().take(2).copied().filter(|word| *word != "*").collect();
        name.join(" ")
    }

    /// The ACL rule that allows it: `+config|get`.
    pub(crate) fn permission(&self) -> &'static str {
        self.permission
    }

    /// As `--show-statements` lists it.
    pub(crate) fn info(&self) -> StatementInfo {
        let text = match self.arguments {
            "" => self.words.join(" "),
            arguments => format!("{} {arguments}", self.words.join(" ")),
        };
        StatementInfo { section: self.section, versions: self.versions, text }
    }
}

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident = $command:expr;)*) => {
        $($(#[$doc])* pub(crate) static $name: &Command = &$command;)*
        /// Every command the collector may send.
        pub(crate) static ALLOWED: &[&Command] = &[$($name),*];
    };
}

commands! {
    AUTH = Command::new("connection", &["AUTH"], "[user] ***", "");
    SETNAME = Command::new("connection", &["CLIENT", "SETNAME", "dbwright"], "", "+client|setname");
    /// Our reads must not make keys look recently used.
    NO_TOUCH = Command::new("connection", &["CLIENT", "NO-TOUCH", "ON"], "", "+client|no-touch").versions("7.2+");
    WHOAMI = Command::new("connection", &["ACL", "WHOAMI"], "", "+acl|whoami");
    INFO = Command::new("redis.info", &["INFO", "everything"], "", "+info");
    CONFIG_GET = Command::new("settings", &["CONFIG", "GET", "*"], "", "+config|get");
    CLIENT_LIST = Command::new("activity", &["CLIENT", "LIST"], "", "+client|list");
    SLOWLOG_GET = Command::new("redis.slowlog", &["SLOWLOG", "GET", "128"], "", "+slowlog|get");
    SLOWLOG_LEN = Command::new("redis.slowlog", &["SLOWLOG", "LEN"], "", "+slowlog|len");
    LATENCY_LATEST = Command::new("redis.latency", &["LATENCY", "LATEST"], "", "+latency|latest");
    ACL_LIST = Command::new("redis.security", &["ACL", "LIST"], "", "+acl|list");
    CLUSTER_INFO = Command::new("redis.cluster", &["CLUSTER", "INFO"], "", "+cluster|info");
    CLUSTER_NODES = Command::new("redis.cluster", &["CLUSTER", "NODES"], "", "+cluster|nodes");
    SLOT_STATS = Command::new(
        "redis.cluster",
        &["CLUSTER", "SLOT-STATS", "ORDERBY", "CPU-USEC", "LIMIT", "10"],
        "",
        "+cluster|slot-stats",
    )
    .versions("Valkey 8+, Redis 8.2+");
    SELECT = Command::new("redis.keyspace", &["SELECT"], "<db>", "+select");
    SCAN = Command::new("redis.keyspace", &["SCAN"], "<cursor> COUNT 100", "+scan");
    TYPE = Command::new("redis.keyspace", &["TYPE"], "<key>", "+type");
    PTTL = Command::new("redis.keyspace", &["PTTL"], "<key>", "+pttl");
    OBJECT_ENCODING = Command::new("redis.keyspace", &["OBJECT", "ENCODING"], "<key>", "+object|encoding");
    MEMORY_USAGE = Command::new("redis.keyspace", &["MEMORY", "USAGE"], "<key> SAMPLES 5", "+memory|usage");
    STRLEN = Command::new("redis.keyspace", &["STRLEN"], "<key>", "+strlen");
    HLEN = Command::new("redis.keyspace", &["HLEN"], "<key>", "+hlen");
    LLEN = Command::new("redis.keyspace", &["LLEN"], "<key>", "+llen");
    SCARD = Command::new("redis.keyspace", &["SCARD"], "<key>", "+scard");
    ZCARD = Command::new("redis.keyspace", &["ZCARD"], "<key>", "+zcard");
    XLEN = Command::new("redis.keyspace", &["XLEN"], "<key>", "+xlen");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_command_writes_or_reads_a_value() {
        let banned = ["GET", "SET", "KEYS", "DEBUG", "MONITOR", "HGETALL", "DUMP", "FLUSHALL", "DEL", "EVAL"];
        for command in ALLOWED {
            assert!(!banned.contains(&command.words()[0]), "{command:?}");
        }
        assert!(ALLOWED.iter().all(|command| !command.info().text.contains("CONFIG SET")));
    }
}
