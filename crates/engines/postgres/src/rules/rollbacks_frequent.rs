use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule, Severity, Share};

use super::window::{Counted, DAY, SAMPLE};
use super::{change, window};
use crate::sections::databases::Database;

pub(super) const RULE: Rule = Rule {
    id: "rollbacks-frequent",
    title: "Many transactions are rolled back",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Workload,
    harm: Harm::Waste,
    limits: &[&SHARE, &LEAST, &DAY, &SAMPLE],
    explains: &[],
    wrong_when: "the application ends reading transactions with ROLLBACK on purpose, as some frameworks and poolers do",
    do_not: "hide the errors with ON CONFLICT DO NOTHING everywhere before knowing which they are",
    lesson: include_str!("rollbacks_frequent.md"),
    check,
};

static SHARE: Limit<Share> = Limit {
    what: "transactions rolled back",
    value: Share(0.05),
    source: "check_postgres and others ask for 95 % commits; below that someone is running into errors or retries all the time",
};

static LEAST: Limit<Count> =
    Limit { what: "transactions rolled back", value: Count(1000), source: "a percentage needs numbers behind it" };

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for database in window::databases(case)? {
        let all = database.commits.0 + database.rollbacks.0;
        let Some(share) = Share::of(database.rollbacks.0 as f64, all as f64) else { continue };
        if share > SHARE.value && database.rollbacks.0 > LEAST.value.0 {
            found.push(finding(case, &database, share));
        }
    }
    Ok(found)
}

fn finding(case: &Case, database: &Counted<'_, Database>, share: Share) -> Finding {
    Finding::new(
        Severity::Info,
        database.subject(),
        format!(
            "{share} of the transactions end in a rollback ({} {}): each did work that was thrown away",
            database.rollbacks,
            database.when()
        ),
    )
    .measured("rolled back", database.rollbacks, "pg_stat_database.xact_rollback")
    .measured("committed", database.commits, "pg_stat_database.xact_commit")
    .fix(
        change::setting(case, "log_min_error_statement", "error")
            .cost("this is the default; the log then holds each failing statement with its error"),
    )
    .weight(database.rollbacks.0 as f64)
}

#[cfg(test)]
mod tests {
    use super::super::bench::{pg, sample};
    use super::*;
    use crate::sections::databases::Databases;
    use dbwright_model::{Seconds, Why};

    fn found(commits: u64, rollbacks: u64, days: f64) -> Checked {
        let database = Database {
            name: "shop".into(),
            window: Some(Seconds::days(days)),
            commits: Count(commits),
            rollbacks: Count(rollbacks),
            ..Database::default()
        };
        check(&pg(15).with(&Databases { databases: vec![database] }))
    }

    #[test]
    fn fires_on_a_tenth() {
        assert_eq!(found(90_000, 10_000, 2.0).unwrap()[0].severity, Severity::Info);
    }

    #[test]
    fn fires_when_nothing_commits() {
        assert_eq!(found(0, 2000, 2.0).unwrap().len(), 1);
    }

    #[test]
    fn silent_at_five_percent() {
        assert!(found(95_000, 5_000, 2.0).unwrap().is_empty());
    }

    #[test]
    fn silent_on_few() {
        assert!(found(10, 1000, 2.0).unwrap().is_empty());
    }

    #[test]
    fn silent_on_young_counters() {
        assert_eq!(found(90_000, 10_000, 0.5).unwrap_err().why, Why::Window);
    }

    /// The same of a server that was started an hour ago, within 20 s.
    fn in_a_sample(grown: &[(&str, f64)]) -> Vec<Finding> {
        let database = Database { name: "shop".into(), window: Some(Seconds(3600.0)), ..Database::default() };
        check(&pg(15).with(&Databases { databases: vec![database] }).with(&sample(20.0, grown))).unwrap()
    }

    #[test]
    fn fires_within_a_sample() {
        let found =
            in_a_sample(&[("pg_stat_database.xact_commit", 9_000.0), ("pg_stat_database.xact_rollback", 1_001.0)]);
        assert_eq!(found[0].subject, dbwright_model::Subject::server());
    }

    #[test]
    fn silent_on_too_little_in_a_sample() {
        assert!(
            in_a_sample(&[("pg_stat_database.xact_commit", 0.0), ("pg_stat_database.xact_rollback", 1_000.0)])
                .is_empty()
        );
    }
}
