use dbwright_model::finding::SubjectKind;
use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Fix, Harm, Limit, NotEvaluated, Rule, Seconds, Severity, Subject,
    Undo, Why,
};

use crate::sections::replication::{Replication, Standby};

pub(super) const RULE: Rule = Rule {
    id: "replication-lag",
    title: "A standby is far behind",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Replication,
    harm: Harm::DataLoss,
    limits: &[&BEHIND, &LATE],
    explains: &[],
    wrong_when: "the standby was just started and catches up, or recovery_min_apply_delay keeps it behind on purpose",
    do_not: "take now() - pg_last_xact_replay_timestamp() for the lag: it grows on an idle primary with nothing to replay",
    lesson: include_str!("replication_lag.md"),
    check,
};

static BEHIND: Limit<Bytes> = Limit {
    what: "log not yet replayed",
    value: Bytes::gib(1),
    source: "pganalyze's critical mark; a burst of writes alone may reach a tenth of it for a moment",
};

static LATE: Limit<Seconds> = Limit {
    what: "delay of replay, with at least 16 MB outstanding",
    value: Seconds::minutes(5.0),
    source: "ours: readers of the standby see data of five minutes ago",
};

fn check(case: &Case) -> Checked {
    let replication = case.get::<Replication>()?;
    if replication.standbys.iter().any(|standby| standby.state.is_none()) {
        return Err(NotEvaluated::new(Why::Privilege, "the standbys' positions may only be seen by monitoring roles")
            .allow(crate::sections::grant(case, "pg_monitor")));
    }
    let mut found: Vec<Finding> = replication.standbys.iter().filter_map(standby).collect();
    if let Some(behind) = replication.receiver.as_ref().and_then(|receiver| receiver.replay_behind)
        && behind.0 >= BEHIND.value.0
    {
        let cause = format!(
            "this standby has received {behind} of log that it has not replayed: queries here see old data, and a failover has to wait"
        );
        found.push(finding("this standby", cause, behind, "pg_last_wal_receive_lsn() − pg_last_wal_replay_lsn()"));
    }
    Ok(found)
}

fn standby(standby: &Standby) -> Option<Finding> {
    let behind = standby.replay_behind.filter(|_| standby.state.as_deref() != Some("backup"))?;
    let late = standby.replay_lag.filter(|lag| *lag >= LATE.value && behind.0 >= 16 << 20);
    if behind.0 < BEHIND.value.0 && late.is_none() {
        return None;
    }
    let name = match (&standby.application, &standby.client) {
        (Some(name), Some(client)) => format!("{name} at {client}"),
        (Some(name), None) => name.to_string(),
        _ => format!("pid {}", standby.pid),
    };
    let delay = late.map_or_else(String::new, |lag| format!(", {lag} late"));
    let unsafe_part = standby.flush_behind.filter(|flush| flush.0 >= 16 << 20);
    let at_risk =
        unsafe_part.map_or_else(String::new, |flush| format!("; {flush} of it would be lost with this server"));
    Some(finding(
        &name,
        format!("{name} is {behind} of log behind{delay}{at_risk}"),
        behind,
        "pg_stat_replication.replay_lsn",
    ))
}

fn finding(name: &str, cause: String, behind: Bytes, source: &str) -> Finding {
    Finding::new(Severity::Warn, Subject::new(SubjectKind::Replication, name), cause)
        .measured("log behind", behind, source)
        .fix(
            Fix::sql(
                "SELECT pid, wait_event_type, wait_event, state, query FROM pg_stat_activity WHERE backend_type = 'startup' OR (backend_xmin IS NOT NULL AND pid <> pg_backend_pid()) ORDER BY xact_start;",
                Undo::NotNeeded("it only reads".into()),
            )
            .cost("run it on the standby: shows whether replay waits for a query (RecoveryConflict), for the disk, or works at full speed"),
        )
        .weight(behind.0 as f64)
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    use crate::sections::replication::Receiver;

    fn found(behind: Bytes, lag: Option<f64>, state: Option<&str>) -> Checked {
        let standby = Standby {
            pid: 7,
            application: Some("walreceiver".into()),
            state: state.map(Into::into),
            replay_behind: Some(behind),
            flush_behind: Some(behind),
            replay_lag: lag.map(Seconds),
            ..Standby::default()
        };
        check(&pg(15).with(&Replication { standbys: vec![standby], ..Replication::default() }))
    }

    #[test]
    fn fires_on_a_gigabyte() {
        assert!(found(Bytes::gib(1), None, Some("streaming")).unwrap()[0].cause.contains("lost with this server"));
    }

    #[test]
    fn fires_on_delay_with_work_outstanding() {
        assert_eq!(found(Bytes::mib(16), Some(300.0), Some("streaming")).unwrap().len(), 1);
    }

    #[test]
    fn fires_on_the_standby_itself() {
        let receiver = Receiver { replay_behind: Some(Bytes::gib(2)), ..Receiver::default() };
        assert_eq!(
            check(&pg(15).with(&Replication { receiver: Some(receiver), ..Replication::default() })).unwrap().len(),
            1
        );
    }

    #[test]
    fn silent_on_a_burst_and_an_idle_primary() {
        assert!(found(Bytes::mib(900), Some(3.0), Some("streaming")).unwrap().is_empty());
        assert!(found(Bytes(0), Some(4000.0), Some("streaming")).unwrap().is_empty());
    }

    #[test]
    fn silent_on_a_base_backup_and_without_privilege() {
        assert!(found(Bytes::gib(9), None, Some("backup")).unwrap().is_empty());
        assert_eq!(found(Bytes::gib(9), None, None).unwrap_err().why, Why::Privilege);
    }
}
