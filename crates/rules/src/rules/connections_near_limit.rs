use dbwright_model::finding::FixKind;
use dbwright_model::{
    Activity, Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Share, Subject, Undo,
};

static WARN: Limit<Share> = Limit {
    what: "share of connections in use (warn)",
    value: Share(0.7),
    source: "postgresqltuner 70 %, check_postgres, PMM",
};
static ERROR: Limit<Share> =
    Limit { what: "share of connections in use (error)", value: Share(0.9), source: "postgresqltuner 90 %, PMM" };
static PEAK: Limit<Share> =
    Limit { what: "highest share ever in use (warn)", value: Share(0.85), source: "MySQLTuner, tuning-primer: 85 %" };

pub(super) const RULE: Rule = Rule {
    id: "connections-near-limit",
    title: "Nearly all connections are in use",
    engines: &[Engine::Postgres, Engine::MySql, Engine::Redis],
    versions: "all",
    area: Area::Connections,
    harm: Harm::Outage,
    limits: &[&WARN, &ERROR, &PEAK],
    explains: &[],
    wrong_when: "the limit is small on purpose and a pooler queues in front of it",
    do_not: "raise the limit first: each connection takes memory and a share of every lock table; more of them make a busy server slower",
    lesson: include_str!("connections_near_limit.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let activity = case.get::<Activity>()?;
    let usable = Count(activity.max_connections.0.saturating_sub(activity.reserved.0));
    let Some(used) = Share::of(activity.connections.0 as f64, usable.0 as f64) else { return Ok(vec![]) };
    let peak = activity.peak.and_then(|peak| Share::of(peak.0 as f64, usable.0 as f64));
    let (severity, cause) = if used.0 >= WARN.value.0 {
        let severity = if used.0 >= ERROR.value.0 { Severity::Error } else { Severity::Warn };
        (
            severity,
            format!(
                "{} of {usable} connections are in use ({used}); when they are used up nobody gets in",
                activity.connections
            ),
        )
    } else if let Some(peak) = peak.filter(|peak| peak.0 >= PEAK.value.0) {
        (
            Severity::Warn,
            format!(
                "{} of {usable} connections were in use at once ({peak}) since the server started",
                activity.peak.unwrap_or_default()
            ),
        )
    } else {
        return Ok(vec![]);
    };
    let idle =
        activity.sessions.iter().filter(|session| session.state == dbwright_model::activity::State::Idle).count();
    let fix = match case.engine() {
        Engine::Redis => {
            "give every process one pool of a fixed size, and close connections that are not returned to it"
        }
        Engine::MySql => {
            "bound the pools: instances × pool size ≤ max_connections − 10; put ProxySQL in front when there are many instances"
        }
        _ => {
            "bound the pools: instances × pool size ≤ max_connections − reserved; put PgBouncer in transaction mode in front when there are many instances"
        }
    };
    let mut finding = Finding::new(severity, Subject::server(), cause)
        .measured("connections in use", activity.connections, "sessions: count")
        .catalog("usable connections", usable, "settings: connection limit less reserved")
        .fix(Fix::of(FixKind::Code, fix, Undo::NotNeeded("a pool's size can be changed at any time".into())))
        .weight(used.0);
    if Activity::all_seen(case).is_ok() {
        finding = finding.measured("idle ones", Count(idle as u64), "sessions: state");
    }
    if let Some(peak) = activity.peak {
        finding = finding.measured("most at once", peak, "server counter");
    }
    Ok(vec![finding])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{mysql, postgres};

    fn with(used: u64, peak: Option<u64>) -> Activity {
        Activity {
            connections: Count(used),
            max_connections: Count(103),
            reserved: Count(3),
            peak: peak.map(Count),
            ..Activity::default()
        }
    }

    #[test]
    fn fires_with_the_reserved_ones_taken_off() {
        assert_eq!(check(&postgres(&with(70, None))).unwrap()[0].severity, Severity::Warn);
        assert_eq!(check(&postgres(&with(90, None))).unwrap()[0].severity, Severity::Error);
    }

    #[test]
    fn fires_on_a_peak_in_the_past() {
        assert_eq!(check(&mysql(&with(10, Some(86)))).unwrap()[0].severity, Severity::Warn);
    }

    #[test]
    fn silent_below_the_limits() {
        assert!(check(&postgres(&with(69, Some(84)))).unwrap().is_empty());
    }

    #[test]
    fn silent_when_the_limit_is_unknown() {
        assert!(check(&postgres(&Activity { connections: Count(5), ..Activity::default() })).unwrap().is_empty());
    }
}
