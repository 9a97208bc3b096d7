use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Limit, Rate, Rule, Severity};

use super::window::{Counted, DAY, EVENTS, SAMPLE};
use super::{change, window};
use crate::sections::databases::Database;

pub(super) const RULE: Rule = Rule {
    id: "deadlocks-frequent",
    title: "Transactions deadlock again and again",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Locks,
    harm: Harm::Slowdown,
    limits: &[&PER_DAY, &DAY, &SAMPLE, &EVENTS],
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
        .filter(|each| each.enough(each.deadlocks) && each.deadlocks.0 as f64 / each.window.0 >= PER_DAY.value.0);
    Ok(frequent.map(|database| finding(case, &database)).collect())
}

fn finding(case: &Case, database: &Counted<'_, Database>) -> Finding {
    let daily = database.daily(database.deadlocks.0 as f64);
    let pace = if database.sampled { String::new() } else { format!(", {daily:.0} a day") };
    Finding::new(
        Severity::Warn,
        database.subject(),
        format!("{} deadlocks {}{pace}: each waited for deadlock_timeout and then lost its transaction", database.deadlocks, database.when()),
    )
    .measured("deadlocks", database.deadlocks, "pg_stat_database.deadlocks")
    .measured("age of the counters", database.window, database.source())
    .fix(
        change::setting(case, "log_lock_waits", "on")
            .cost("logs every wait longer than deadlock_timeout with both statements; deadlocks themselves are always logged with their statements"),
    )
    .weight(daily)
}

#[cfg(test)]
mod tests {
    use super::super::bench::{pg, sample};
    use super::*;
    use crate::sections::databases::Databases;
    use dbwright_model::{Count, Seconds};

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

    /// The same of a server that was started an hour ago, within 20 s.
    fn in_a_sample(grown: &[(&str, f64)]) -> Vec<Finding> {
        let database = Database { name: "shop".into(), window: Some(Seconds(3600.0)), ..Database::default() };
        check(&pg(15).with(&Databases { databases: vec![database] }).with(&sample(20.0, grown))).unwrap()
    }

    #[test]
    fn fires_within_a_sample() {
        let found = in_a_sample(&[("pg_stat_database.deadlocks", 10.0)]);
        assert_eq!(found[0].subject, dbwright_model::Subject::server());
    }

    #[test]
    fn silent_on_too_little_in_a_sample() {
        assert!(in_a_sample(&[("pg_stat_database.deadlocks", 9.0)]).is_empty());
    }
}
