//! `CONFIG GET *` as the neutral [`Settings`].

use dbwright_model::{Case, Section, Setting, Settings};

use crate::command;
use crate::reply;
use crate::session::Session;

/// Settings whose text is a word of the server's own or an address, never a secret.
const OPEN_TEXT: &[&str] = &[
    "acl-pubsub-default",
    "appendfsync",
    "bind",
    "client-output-buffer-limit",
    "cluster-preferred-endpoint-type",
    "enable-debug-command",
    "enable-module-command",
    "enable-protected-configs",
    "loglevel",
    "maxmemory-policy",
    "notify-keyspace-events",
    "oom-score-adj",
    "repl-diskless-load",
    "sanitize-dump-payload",
    "save",
    "supervised",
    "tls-auth-clients",
];

/// Words in names of settings that hold secrets or accounts, whatever their value looks like.
const SECRET: &[&str] = &["pass", "auth", "user", "secret", "aclfile"];

/// The value as it may be stored: numbers, switches and known words as they are, any other text as `(set)`.
fn stored(name: &str, value: &str) -> String {
    let open = OPEN_TEXT.contains(&name);
    let secret = SECRET.iter().any(|word| name.contains(word));
    let plain = matches!(value, "yes" | "no") || value.parse::<f64>().is_ok();
    match value.is_empty() || open || (plain && !secret) {
        true => value.to_owned(),
        false => "(set)".to_owned(),
    }
}

/// The unit the server keeps the setting in; bytes where nothing is said.
fn unit(name: &str) -> Option<&'static str> {
    match name {
        "slowlog-log-slower-than" | "commandlog-execution-slower-than" => Some("us"),
        "latency-monitor-threshold" | "cluster-node-timeout" | "busy-reply-threshold" | "lua-time-limit" => Some("ms"),
        _ => None,
    }
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let value = match session.run(command::CONFIG_GET, &[]).await {
        Ok(value) => value,
        Err(trouble) => return case.miss(trouble.gap(Settings::ID, None)),
    };
    let settings = reply::pairs(&value).into_iter().filter_map(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let value = stored(&name, &reply::text(value)?);
        let unit = unit(&name).map(str::to_owned);
        Some((name, Setting { value, unit, ..Setting::default() }))
    });
    let settings = Settings(settings.collect());
    case.store(&settings);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_never_stored() {
        for name in ["requirepass", "masterauth", "primaryauth", "masteruser", "tls-key-file-pass", "aclfile"] {
            assert_eq!(stored(name, "12345"), "(set)");
            assert_eq!(stored(name, ""), "");
        }
        assert_eq!(stored("dir", "/srv/acme"), "(set)");
    }

    #[test]
    fn numbers_switches_and_known_words_are() {
        assert_eq!(stored("maxmemory", "1048576"), "1048576");
        assert_eq!(stored("appendonly", "no"), "no");
        assert_eq!(stored("save", "3600 1 300 100"), "3600 1 300 100");
    }
}
