use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, NotEvaluated, Rate, Rule, Seconds, Severity, Undo,
    Why,
};

use super::window;
use super::window::{Counted, DAY, EVENTS, SAMPLE};
use crate::sections::databases::Database;

pub(super) const RULE: Rule = Rule {
    id: "connection-churn",
    title: "Connections are opened for a moment each",
    engines: &[Engine::Postgres],
    versions: "14–19",
    area: Area::Connections,
    harm: Harm::Slowdown,
    limits: &[&RATE, &LIFE, &DAY, &SAMPLE, &EVENTS],
    explains: &[],
    wrong_when: "the sessions are health checks or short command-line jobs and the machine has cores to spare",
    do_not: "raise max_connections: more sessions at once do not make opening them cheaper",
    lesson: include_str!("connection_churn.md"),
    check,
};

static RATE: Limit<Rate> = Limit {
    what: "new sessions a second",
    value: Rate(1.0),
    source: "ours: below one a second, forking a process each time costs less than a percent of a core",
};

static LIFE: Limit<Seconds> = Limit {
    what: "mean life of a session",
    value: Seconds(60.0),
    source: "ours: a pool keeps connections for minutes to hours",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for database in window::databases(case)? {
        let (Some(sessions), Some(time)) = (database.sessions, database.session_time) else {
            return Err(NotEvaluated::new(Why::Version, "sessions are counted from PostgreSQL 14 on"));
        };
        let rate = Rate(sessions.0 as f64 / database.window.0);
        let life = Seconds(time.0 / sessions.0.max(1) as f64);
        if database.enough(sessions) && rate >= RATE.value && life < LIFE.value {
            found.push(finding(&database, sessions, rate, life));
        }
    }
    Ok(found)
}

fn finding(database: &Counted<'_, Database>, sessions: Count, rate: Rate, life: Seconds) -> Finding {
    Finding::new(
        Severity::Warn,
        database.subject(),
        format!("{rate} new sessions live {life} each: every one forks a process, authenticates and fills its caches from nothing"),
    )
    .measured("new sessions", rate, "pg_stat_database.sessions")
    .measured("mean life", life, "pg_stat_database.session_time / sessions")
    .measured("sessions", sessions, "pg_stat_database.sessions")
    .fix(
        Fix::of(
            FixKind::Code,
            "let the application keep a pool of connections (its driver's, or PgBouncer with pool_mode = transaction) instead of connecting for each request",
            Undo::NotNeeded("the pool can be bypassed at any time".into()),
        )
        .verify("SELECT datname, sessions, session_time / nullif(sessions, 0) AS ms_each FROM pg_stat_database;"),
    )
    .weight(rate.0)
}

#[cfg(test)]
mod tests {
    use super::super::bench::{pg, sample};
    use super::*;

    use crate::sections::databases::Databases;

    fn found(per_second: f64, life: f64) -> Vec<Finding> {
        let sessions = (per_second * 2.0 * 86_400.0) as u64;
        let database = Database {
            name: "shop".into(),
            window: Some(Seconds::days(2.0)),
            sessions: Some(Count(sessions)),
            session_time: Some(Seconds(sessions as f64 * life)),
            ..Database::default()
        };
        check(&pg(15).with(&Databases { databases: vec![database] })).unwrap()
    }

    #[test]
    fn fires_on_a_connection_per_request() {
        assert_eq!(found(40.0, 0.05).len(), 1);
    }

    #[test]
    fn fires_just_above_both_limits() {
        assert_eq!(found(1.01, 59.0).len(), 1);
    }

    #[test]
    fn silent_on_pooled_connections() {
        assert!(found(2.0, 600.0).is_empty());
    }

    #[test]
    fn silent_on_rare_short_ones() {
        assert!(found(0.5, 0.05).is_empty());
    }

    #[test]
    fn silent_before_14() {
        let database = Database { name: "shop".into(), window: Some(Seconds::days(2.0)), ..Database::default() };
        assert_eq!(check(&pg(13).with(&Databases { databases: vec![database] })).unwrap_err().why, Why::Version);
    }

    /// The same of a server that was started an hour ago, within 20 s.
    fn in_a_sample(grown: &[(&str, f64)]) -> Vec<Finding> {
        let database = Database { name: "shop".into(), window: Some(Seconds(3600.0)), ..Database::default() };
        check(&pg(15).with(&Databases { databases: vec![database] }).with(&sample(20.0, grown))).unwrap()
    }

    #[test]
    fn fires_within_a_sample() {
        let found = in_a_sample(&[("pg_stat_database.sessions", 60.0), ("pg_stat_database.session_time", 90_000.0)]);
        assert_eq!(found[0].subject, dbwright_model::Subject::server());
    }

    #[test]
    fn silent_on_too_little_in_a_sample() {
        assert!(in_a_sample(&[("pg_stat_database.sessions", 9.0), ("pg_stat_database.session_time", 90.0)]).is_empty());
    }
}
