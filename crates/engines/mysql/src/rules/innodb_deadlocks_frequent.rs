use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, NotEvaluated, Rule, Seconds, Severity, Subject,
};

use super::change;
use crate::sections::status::Status;

static RATE: Limit<Count> = Limit { what: "deadlocks an hour", value: Count(1), source: "MySQLTuner practice" };
static WINDOW: Limit<Seconds> = Limit {
    what: "the counters are at least so old",
    value: Seconds::days(1.0),
    source: "load differs by the hour of the day",
};

pub(super) const RULE: Rule = Rule {
    id: "innodb-deadlocks-frequent",
    title: "Transactions deadlock again and again",
    engines: &[Engine::MySql],
    versions: "MariaDB 10.5+, Percona Server",
    area: Area::Locks,
    harm: Harm::Slowdown,
    limits: &[&RATE, &WINDOW],
    explains: &[],
    wrong_when: "the application retries them and nobody notices",
    do_not: "switch innodb_deadlock_detect off: they then wait for the timeout instead",
    lesson: include_str!("innodb_deadlocks_frequent.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let status = case.get::<Status>()?;
    let window = status.at_least(WINDOW.value)?;
    let deadlocks = status
        .get("innodb_deadlocks")
        .ok_or_else(|| NotEvaluated::not_applicable("this product does not count them among its counters"))?;
    let per_hour = deadlocks / (window.0 / 3600.0);
    if per_hour < RATE.value.0 as f64 {
        return Ok(vec![]);
    }
    let cause = format!("{per_hour:.1} deadlocks an hour: each time one transaction is rolled back");
    Ok(vec![
        Finding::new(Severity::Warn, Subject::server(), cause)
            .measured("deadlocks", Count(deadlocks as u64), "Innodb_deadlocks")
            .measured("counters cover", window, "Uptime_since_flush_status")
            .fix(change::variable(case, "innodb_print_all_deadlocks", "ON").also_costs(
                "writes both statements of each into the error log; lock rows in the same order everywhere",
            ))
            .weight(per_hour),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mysql, on_mariadb, week};
    use super::*;
    use dbwright_model::Settings;

    #[test]
    fn fires_above_one_an_hour() {
        assert_eq!(on_mariadb(check, &[], &[("innodb_deadlocks", 500.0)]).len(), 1);
    }

    #[test]
    fn fires_when_constant() {
        assert!(on_mariadb(check, &[], &[("innodb_deadlocks", 1e6)])[0].weight > 1000.0);
    }

    #[test]
    fn silent_when_rare() {
        assert!(on_mariadb(check, &[], &[("innodb_deadlocks", 20.0)]).is_empty());
    }

    #[test]
    fn silent_where_they_are_not_counted() {
        assert!(check(&mysql(Settings::default(), week())).is_err());
    }
}
