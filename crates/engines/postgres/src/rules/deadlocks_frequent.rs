use dbwright_model::finding::SubjectKind;
use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Limit, Rate, Rule, Seconds, Severity, Subject};

use super::window::DAY;
use super::{change, window};
use crate::sections::databases::Database;

pub(super) const RULE: Rule = Rule {
    id: "deadlocks-frequent",
    title: "Transactions deadlock again and again",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Locks,
    harm: Harm::Slowdown,
    limits: &[&PER_DAY, &DAY],
    explains: &[],
    wrong_when: "they stem from an incident that is over; pg_stat_reset() starts the counter anew",
    do_not: "lower deadlock_timeout: it finds the same deadlocks sooner, and makes every ordinary lock wait pay for the search",
    lesson: include_str!("deadlocks_frequent.md"),
    check,
};

static PER_DAY: Limit<Rate> = Limit {
    what: "deadlocks in a day (as a rate per second)",
    value: Rate(10.0 / 86_400.0),
    source: "ours: a rare deadlock is what retries are for; ten a day are a pattern in the code",
};

fn check(case: &Case) -> Checked {
    let frequent = window::databases(case)?
        .into_iter()
        .filter(|(database, days)| database.deadlocks.0 as f64 / (days * 86_400.0) >= PER_DAY.value.0);
    Ok(frequent.map(|(database, days)| finding(case, database, days)).collect())
}

fn finding(case: &Case, database: &Database, days: f64) -> Finding {
    let daily = database.deadlocks.0 as f64 / days;
    Finding::new(
        Severity::Warn,
        Subject::new(SubjectKind::Database, &database.name),
        format!("{} deadlocks in {}, {daily:.0} a day: each waited for deadlock_timeout and then lost its transaction", database.deadlocks, Seconds::days(days)),
    )
    .measured("deadlocks", database.deadlocks, "pg_stat_database.deadlocks")
    .measured("age of the counters", Seconds::days(days), "pg_stat_database.stats_reset")
    .fix(
        change::setting(case, "log_lock_waits", "on")
            .cost("logs every wait longer than deadlock_timeout with both statements; deadlocks themselves are always logged with their statements"),
    )
    .weight(daily)
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;
    use crate::sections::databases::Databases;
    use dbwright_model::Count;

    fn found(deadlocks: u64, days: f64) -> Checked {
        let database = Database {
            name: "shop".into(),
            window: Some(Seconds::days(days)),
            deadlocks: Count(deadlocks),
            ..Database::default()
        };
        check(&pg(15).with(&Databases { databases: vec![database] }))
    }

    #[test]
    fn fires_on_many_a_day() {
        assert_eq!(found(600, 30.0).unwrap()[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_at_ten_a_day() {
        assert_eq!(found(10, 1.0).unwrap().len(), 1);
    }

    #[test]
    fn silent_on_a_rare_one() {
        assert!(found(9, 1.0).unwrap().is_empty());
    }

    #[test]
    fn silent_on_many_in_a_long_time() {
        assert!(found(600, 300.0).unwrap().is_empty());
    }
}
