use dbwright_model::{
    Area, Bytes, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule, Seconds, Settings, Severity, Subject,
};

use super::change;
use crate::sections::status::Status;

static RATE: Limit<Count> =
    Limit { what: "waits an hour", value: Count(10), source: "MySQLTuner flags any; ours allows accidents" };
static WINDOW: Limit<Seconds> = Limit {
    what: "the counters are at least so old",
    value: Seconds::days(1.0),
    source: "load differs by the hour of the day",
};

pub(super) const RULE: Rule = Rule {
    id: "log-buffer-waits",
    title: "Sessions wait for the log buffer",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Durability,
    harm: Harm::Slowdown,
    limits: &[&RATE, &WINDOW],
    explains: &[],
    wrong_when: "it happened at one bulk load",
    do_not: "relax innodb_flush_log_at_trx_commit for it",
    lesson: include_str!("log_buffer_waits.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let status = case.get::<Status>()?;
    let per_hour = status.get("innodb_log_waits").unwrap_or(0.0) / (status.at_least(WINDOW.value)?.0 / 3600.0);
    if per_hour < RATE.value.0 as f64 {
        return Ok(vec![]);
    }
    let size = case.get::<Settings>()?.bytes("innodb_log_buffer_size").unwrap_or(Bytes::mib(16));
    let cause = format!("{per_hour:.0} times an hour a session waited for room in the log buffer of {size}");
    Ok(vec![
        Finding::new(Severity::Warn, Subject::setting("innodb_log_buffer_size"), cause)
            .measured("waits an hour", Count(per_hour as u64), "Innodb_log_waits")
            .catalog("innodb_log_buffer_size", size, "SHOW GLOBAL VARIABLES")
            .fix(change::at_restart(case, "innodb_log_buffer_size", "67108864"))
            .weight(per_hour),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mysql, on_mysql};
    use super::*;

    #[test]
    fn fires_when_frequent() {
        assert_eq!(on_mysql(check, &[], &[("innodb_log_waits", 90000.0)]).len(), 1);
    }

    #[test]
    fn fires_at_the_limit() {
        assert_eq!(on_mysql(check, &[], &[("innodb_log_waits", 1680.0)]).len(), 1);
    }

    #[test]
    fn silent_when_rare() {
        assert!(on_mysql(check, &[], &[("innodb_log_waits", 5.0)]).is_empty());
    }

    #[test]
    fn silent_while_the_counters_are_young() {
        assert!(check(&mysql(Settings::default(), Status::default().with("uptime", 600.0))).is_err());
    }
}
