use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule, Seconds, Severity, Subject};

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
    id: "buffer-pool-waits",
    title: "Sessions wait for a free page",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Memory,
    harm: Harm::Slowdown,
    limits: &[&RATE, &WINDOW],
    explains: &[],
    wrong_when: "it happened once, at a bulk load",
    do_not: "make the pool smaller so that there is less to flush",
    lesson: include_str!("buffer_pool_waits.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let status = case.get::<Status>()?;
    let waits = status.get("innodb_buffer_pool_wait_free").unwrap_or(0.0);
    let hours = status.at_least(WINDOW.value)?.0 / 3600.0;
    let rate = waits / hours;
    if rate < RATE.value.0 as f64 {
        return Ok(vec![]);
    }
    let cause = format!(
        "{rate:.0} times an hour a session waited because no clean page was free: pages are dirtied faster than they are written"
    );
    Ok(vec![
        Finding::new(Severity::Warn, Subject::setting("innodb_io_capacity"), cause)
            .measured("waits for a free page", Count(waits as u64), "Innodb_buffer_pool_wait_free")
            .fix(
                change::variable(case, "innodb_io_capacity", "2000")
                    .also_costs("writes more in the background; half of what the disk can do"),
            )
            .weight(rate),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mysql, on_mysql};
    use super::*;
    use dbwright_model::Settings;

    #[test]
    fn fires_when_frequent() {
        assert_eq!(
            on_mysql(check, &[], &[("innodb_buffer_pool_wait_free", 50000.0)])[0].subject.name,
            "innodb_io_capacity"
        );
    }

    #[test]
    fn fires_at_the_limit() {
        assert_eq!(on_mysql(check, &[], &[("innodb_buffer_pool_wait_free", 1680.0)]).len(), 1);
    }

    #[test]
    fn silent_when_rare() {
        assert!(on_mysql(check, &[], &[("innodb_buffer_pool_wait_free", 20.0)]).is_empty());
    }

    #[test]
    fn silent_while_the_counters_are_young() {
        assert!(check(&mysql(Settings::default(), Status::default().with("uptime", 600.0))).is_err());
    }
}
