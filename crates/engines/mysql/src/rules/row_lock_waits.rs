use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rate, Rule, Seconds, Severity, Subject, Undo,
};

use crate::sections::status::Status;

static RATE: Limit<Rate> = Limit { what: "waits a second", value: Rate(1.0), source: "RDS recommendations" };
static MEAN: Limit<Seconds> =
    Limit { what: "mean wait", value: Seconds::millis(100.0), source: "RDS recommendations; with 1000 waits a day" };
static WINDOW: Limit<Seconds> = Limit {
    what: "the counters are at least so old",
    value: Seconds::days(1.0),
    source: "load differs by the hour of the day",
};

pub(super) const RULE: Rule = Rule {
    id: "row-lock-waits",
    title: "Sessions often wait for rows",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Locks,
    harm: Harm::Slowdown,
    limits: &[&RATE, &MEAN, &WINDOW],
    explains: &[],
    wrong_when: "a queue table is locked on purpose",
    do_not: "raise innodb_lock_wait_timeout",
    lesson: include_str!("row_lock_waits.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let status = case.get::<Status>()?;
    let window = status.at_least(WINDOW.value)?;
    let waits = status.get("innodb_row_lock_waits").unwrap_or(0.0);
    let rate = Rate(waits / window.0);
    let mean = Seconds::millis(status.get("innodb_row_lock_time").unwrap_or(0.0) / waits.max(1.0));
    if rate.0 < RATE.value.0 && (mean.0 < MEAN.value.0 || waits / (window.0 / 86_400.0) < 1000.0) {
        return Ok(vec![]);
    }
    let cause = format!("sessions wait for rows {rate}, {mean} each time");
    Ok(vec![
        Finding::new(Severity::Warn, Subject::server(), cause)
            .measured("waits", rate, "Innodb_row_lock_waits")
            .measured("mean wait", mean, "Innodb_row_lock_time")
            .fix(
                Fix::sql("SELECT * FROM sys.innodb_lock_waits;", Undo::NotNeeded("it only reads".into()))
                    .cost("run it in a busy minute: it names who waits for whom; shorten the transactions that hold, and index what they search by"),
            )
            .weight(rate.0 * mean.0),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mysql, on_mysql};
    use super::*;
    use dbwright_model::Settings;

    #[test]
    fn fires_when_frequent() {
        assert_eq!(on_mysql(check, &[], &[("innodb_row_lock_waits", 2e6), ("innodb_row_lock_time", 2e7)]).len(), 1);
    }

    #[test]
    fn fires_when_long() {
        assert_eq!(on_mysql(check, &[], &[("innodb_row_lock_waits", 20000.0), ("innodb_row_lock_time", 1e7)]).len(), 1);
    }

    #[test]
    fn silent_when_rare_and_short() {
        assert!(on_mysql(check, &[], &[("innodb_row_lock_waits", 20000.0), ("innodb_row_lock_time", 2e5)]).is_empty());
    }

    #[test]
    fn silent_while_the_counters_are_young() {
        assert!(check(&mysql(Settings::default(), Status::default().with("uptime", 600.0))).is_err());
    }
}
