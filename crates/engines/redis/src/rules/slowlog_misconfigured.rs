use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Limit, Rule, Seconds, Settings, Severity, Subject};

use super::fixes::config_set;

static SLOW: Limit<Seconds> = Limit {
    what: "threshold of the slow log",
    value: Seconds::millis(100.0),
    source: "judgement: ten times the default",
};

pub(super) const RULE: Rule = Rule {
    id: "slowlog-misconfigured",
    title: "The slow log misses what is slow",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Observability,
    harm: Harm::Hygiene,
    limits: &[&SLOW],
    explains: &[],
    wrong_when: "another tool records latencies of every command",
    do_not: "log everything with slowlog-log-slower-than 0 on a busy server: the log then holds the last milliseconds only",
    lesson: include_str!("slowlog_misconfigured.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let (Some(micros), Some(length)) = (settings.number("slowlog-log-slower-than"), settings.number("slowlog-max-len"))
    else {
        return Ok(vec![]);
    };
    let limit = Seconds(micros / 1e6);
    let (name, cause, value) = if micros < 0.0 {
        ("slowlog-log-slower-than", "the slow log is off: what blocks the server leaves no trace".to_owned(), "10000")
    } else if length <= 0.0 {
        ("slowlog-max-len", "the slow log has no room for a single entry".to_owned(), "1024")
    } else if micros == 0.0 {
        (
            "slowlog-log-slower-than",
            format!("every command is logged, so the log of {length} entries holds moments only"),
            "10000",
        )
    } else if limit > SLOW.value {
        (
            "slowlog-log-slower-than",
            format!("only commands above {limit} are logged; far shorter ones already hold everybody up"),
            "10000",
        )
    } else {
        return Ok(vec![]);
    };
    Ok(vec![
        Finding::new(Severity::Info, Subject::setting(name), cause)
            .catalog(name, settings.text(name).unwrap_or_default(), "CONFIG GET")
            .fix(config_set(case, name, value)),
    ])
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis, set};
    use super::*;

    fn look(micros: &str, length: &str) -> Vec<Finding> {
        found(check, &set(redis(""), &[("slowlog-log-slower-than", micros), ("slowlog-max-len", length)]))
    }

    #[test]
    fn fires_when_off() {
        assert_eq!(look("-1", "128")[0].subject, Subject::setting("slowlog-log-slower-than"));
    }

    #[test]
    fn fires_when_it_logs_all_or_too_little_or_has_no_room() {
        assert_eq!(look("0", "128").len(), 1);
        assert_eq!(look("100001", "128").len(), 1);
        assert_eq!(look("10000", "0")[0].subject, Subject::setting("slowlog-max-len"));
    }

    #[test]
    fn silent_by_default() {
        assert!(look("10000", "128").is_empty());
    }

    #[test]
    fn silent_at_the_limit() {
        assert!(look("100000", "128").is_empty());
    }
}
