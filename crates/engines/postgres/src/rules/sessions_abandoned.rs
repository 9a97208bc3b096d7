use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, NotEvaluated, Rule, Severity, Share, Why,
};

use super::window::{Counted, DAY, SAMPLE};
use super::{change, window};
use crate::sections::databases::Database;

pub(super) const RULE: Rule = Rule {
    id: "sessions-abandoned",
    title: "Clients vanish without closing their connection",
    engines: &[Engine::Postgres],
    versions: "14–19",
    area: Area::Connections,
    harm: Harm::Hygiene,
    limits: &[&SHARE, &LEAST, &DAY, &SAMPLE],
    explains: &[],
    wrong_when: "a load balancer closes idle connections by design and the pool copes",
    do_not: "raise max_connections to make room for the dead ones",
    lesson: include_str!("sessions_abandoned.md"),
    check,
};

static SHARE: Limit<Share> = Limit {
    what: "sessions that ended abnormally",
    value: Share(0.01),
    source: "ours: one in a hundred is more than restarts of clients explain",
};

static LEAST: Limit<Count> =
    Limit { what: "sessions that ended abnormally", value: Count(100), source: "a percentage needs numbers behind it" };

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for database in window::databases(case)? {
        let (Some(all), Some(abandoned), Some(fatal)) =
            (database.sessions, database.sessions_abandoned, database.sessions_fatal)
        else {
            return Err(NotEvaluated::new(Why::Version, "the ends of sessions are counted from PostgreSQL 14 on"));
        };
        let lost = abandoned + fatal;
        let Some(share) = Share::of(lost.0 as f64, all.0 as f64) else { continue };
        if share > SHARE.value && lost.0 >= LEAST.value.0 {
            found.push(finding(case, &database, abandoned, fatal, share));
        }
    }
    Ok(found)
}

fn finding(case: &Case, database: &Counted<'_, Database>, abandoned: Count, fatal: Count, share: Share) -> Finding {
    Finding::new(
        Severity::Info,
        database.subject(),
        format!("{share} of the sessions did not end properly: {abandoned} lost their client, {fatal} were ended by an error"),
    )
    .measured("lost their client", abandoned, "pg_stat_database.sessions_abandoned")
    .measured("ended by an error", fatal, "pg_stat_database.sessions_fatal")
    .fix(
        change::setting(case, "tcp_keepalives_idle", "60")
            .cost("for new connections: a probe after a minute of silence keeps firewalls from forgetting them and finds dead clients"),
    )
    .fix(change::setting(case, "log_disconnections", "on").cost("a log line a session: shows whose they are"))
    .weight(share.0)
}

#[cfg(test)]
mod tests {
    use super::super::bench::{pg, sample};
    use super::*;
    use crate::sections::databases::Databases;
    use dbwright_model::Seconds;

    fn found(sessions: u64, abandoned: u64, fatal: u64) -> Vec<Finding> {
        let database = Database {
            name: "shop".into(),
            window: Some(Seconds::days(2.0)),
            sessions: Some(Count(sessions)),
            sessions_abandoned: Some(Count(abandoned)),
            sessions_fatal: Some(Count(fatal)),
            ..Database::default()
        };
        check(&pg(15).with(&Databases { databases: vec![database] })).unwrap()
    }

    #[test]
    fn fires_on_lost_clients() {
        assert_eq!(found(10_000, 500, 0).len(), 1);
    }

    #[test]
    fn fires_on_fatal_ends() {
        assert_eq!(found(5_000, 0, 100).len(), 1);
    }

    #[test]
    fn silent_at_one_percent() {
        assert!(found(10_000, 100, 0).is_empty());
    }

    #[test]
    fn silent_on_few() {
        assert!(found(100, 60, 39).is_empty());
    }

    /// The same of a server that was started an hour ago, within 20 s.
    fn in_a_sample(grown: &[(&str, f64)]) -> Vec<Finding> {
        let database = Database { name: "shop".into(), window: Some(Seconds(3600.0)), ..Database::default() };
        check(&pg(15).with(&Databases { databases: vec![database] }).with(&sample(20.0, grown))).unwrap()
    }

    #[test]
    fn fires_within_a_sample() {
        let found = in_a_sample(&[
            ("pg_stat_database.sessions", 500.0),
            ("pg_stat_database.sessions_abandoned", 100.0),
            ("pg_stat_database.sessions_fatal", 0.0),
        ]);
        assert_eq!(found[0].subject, dbwright_model::Subject::server());
    }

    #[test]
    fn silent_on_too_little_in_a_sample() {
        assert!(
            in_a_sample(&[
                ("pg_stat_database.sessions", 500.0),
                ("pg_stat_database.sessions_abandoned", 99.0),
                ("pg_stat_database.sessions_fatal", 0.0)
            ])
            .is_empty()
        );
    }
}
