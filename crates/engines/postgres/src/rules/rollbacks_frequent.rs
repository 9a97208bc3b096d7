use dbwright_model::finding::SubjectKind;
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule, Seconds, Severity, Share, Subject,
};

use super::window::DAY;
use super::{change, window};
use crate::sections::databases::Database;

pub(super) const RULE: Rule = Rule {
    id: "rollbacks-frequent",
    title: "Many transactions are rolled back",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Workload,
    harm: Harm::Waste,
    limits: &[&SHARE, &LEAST, &DAY],
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
    for (database, days) in window::databases(case)? {
        let all = database.commits.0 + database.rollbacks.0;
        let Some(share) = Share::of(database.rollbacks.0 as f64, all as f64) else { continue };
        if share > SHARE.value && database.rollbacks.0 > LEAST.value.0 {
            found.push(finding(case, database, share, days));
        }
    }
    Ok(found)
}

fn finding(case: &Case, database: &Database, share: Share, days: f64) -> Finding {
    Finding::new(
        Severity::Info,
        Subject::new(SubjectKind::Database, &database.name),
        format!(
            "{share} of the transactions end in a rollback ({} in {}): each did work that was thrown away",
            database.rollbacks,
            Seconds::days(days)
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
    use super::super::bench::pg;
    use super::*;
    use crate::sections::databases::Databases;
    use dbwright_model::Why;

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
}
