use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Harm, Limit, Product, Rule, Seconds, Severity, Subject, SubjectKind,
};

use super::change;
use crate::sections::replication::Replication;

static WARN: Limit<Seconds> = Limit { what: "behind the source (warn)", value: Seconds(30.0), source: "PMM: 30 s" };
static ERROR: Limit<Seconds> = Limit { what: "behind the source (error)", value: Seconds(300.0), source: "PMM: 5 min" };

pub(super) const RULE: Rule = Rule {
    id: "replica-lagging-behind",
    title: "A replica is far behind",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Replication,
    harm: Harm::Slowdown,
    limits: &[&WARN, &ERROR],
    explains: &[],
    wrong_when: "a delay was configured on purpose",
    do_not: "add replicas: each has the same work to apply",
    lesson: include_str!("replica_lagging_behind.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let replication = case.get::<Replication>()?;
    let mut findings = Vec::new();
    for channel in &replication.channels {
        let Some(behind) = channel.behind.filter(|behind| behind.0 >= WARN.value.0) else { continue };
        let severity = if behind.0 >= ERROR.value.0 { Severity::Error } else { Severity::Warn };
        let workers =
            if case.server.product == Product::MariaDB { "slave_parallel_threads" } else { "replica_parallel_workers" };
        findings.push(
            Finding::new(
                severity,
                Subject::new(SubjectKind::Replication, &channel.source),
                format!("this server is {behind} behind {}: reads from it are that old", channel.source),
            )
            .measured("behind", behind, "Seconds_Behind_Source")
            .fix(change::variable(case, workers, "8").also_costs(
                "stop and start the applier; look for one big transaction or a table without primary key first",
            ))
            .weight(behind.0),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::super::bench::mysql;
    use super::*;
    use crate::sections::replication::Channel;
    use crate::sections::status::Status;

    fn found(channel: Channel) -> Vec<Finding> {
        let case = mysql(dbwright_model::Settings::default(), Status::default());
        check(&case.with(&Replication { channels: vec![channel], ..Replication::default() })).unwrap()
    }

    #[test]
    fn fires_from_half_a_minute() {
        assert_eq!(
            found(Channel {
                io_running: "Yes".into(),
                sql_running: "Yes".into(),
                behind: Some(Seconds(45.0)),
                ..Channel::default()
            })[0]
                .severity,
            Severity::Warn
        );
    }

    #[test]
    fn fires_as_error_from_five_minutes() {
        assert_eq!(
            found(Channel {
                io_running: "Yes".into(),
                sql_running: "Yes".into(),
                behind: Some(Seconds(900.0)),
                ..Channel::default()
            })[0]
                .severity,
            Severity::Error
        );
    }

    #[test]
    fn silent_when_near() {
        assert!(
            found(Channel {
                io_running: "Yes".into(),
                sql_running: "Yes".into(),
                behind: Some(Seconds(3.0)),
                ..Channel::default()
            })
            .is_empty()
        );
    }

    #[test]
    fn silent_when_unknown() {
        assert!(
            found(Channel { io_running: "Yes".into(), sql_running: "Yes".into(), ..Channel::default() }).is_empty()
        );
    }
}
