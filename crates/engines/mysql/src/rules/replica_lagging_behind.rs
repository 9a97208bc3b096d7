use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Harm, Limit, Rule, Seconds, Severity, Subject, SubjectKind,
};

use super::replica_single_threaded;
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
    wrong_when: "it was stopped for a while and is catching up",
    do_not: "add replicas: each has the same work to apply",
    lesson: include_str!("replica_lagging_behind.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let replication = case.get::<Replication>()?;
    // Twice as many as now; from one session on, the jump to four helps most.
    let more = replica_single_threaded::workers(case).map_or(4, |now| (now as u32).saturating_mul(2).clamp(4, 64));
    let mut findings = Vec::new();
    for channel in &replication.channels {
        let Some(behind) = channel.lag().filter(|behind| behind.0 >= WARN.value.0) else { continue };
        let severity = if behind.0 >= ERROR.value.0 { Severity::Error } else { Severity::Warn };
        findings.push(
            Finding::new(
                severity,
                Subject::new(SubjectKind::Replication, &channel.source),
                format!("this server is {behind} behind {}: reads from it are that old", channel.source),
            )
            .measured("behind", behind, "Seconds_Behind_Source")
            .fix(
                replica_single_threaded::appliers(case, more)
                    .also_costs("look for one big transaction or a table without primary key first"),
            )
            .weight(behind.0),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::super::bench::{channel, mysql, set, week};
    use super::*;
    use crate::sections::replication::Channel;
    use dbwright_model::Settings;

    fn found(channel: Channel) -> Vec<Finding> {
        let case = mysql(set("replica_parallel_workers", "4"), week());
        check(&case.with(&Replication { channels: vec![channel], ..Replication::default() })).unwrap()
    }

    #[test]
    fn fires_from_half_a_minute_and_doubles_the_appliers() {
        let found = found(channel(45.0));
        assert_eq!(found[0].severity, Severity::Warn);
        assert!(found[0].fixes[0].statement.contains("replica_parallel_workers = 8"));
    }

    #[test]
    fn fires_as_error_from_five_minutes() {
        assert_eq!(found(channel(900.0))[0].severity, Severity::Error);
    }

    #[test]
    fn silent_when_near_or_delayed_on_purpose() {
        assert!(found(channel(3.0)).is_empty());
        assert!(found(Channel { delay: Some(Seconds(3600.0)), ..channel(3610.0) }).is_empty());
    }

    #[test]
    fn silent_when_unknown() {
        assert!(found(Channel { behind: None, ..channel(0.0) }).is_empty());
        let none = mysql(Settings::default(), week()).with(&Replication::default());
        assert!(check(&none).unwrap().is_empty());
    }
}
