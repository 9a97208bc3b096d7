use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Seconds, Severity, Share, Subject, Undo,
};

use super::excess::excess;

static SHARE: Limit<Share> =
    Limit { what: "share of attempts that fail", value: Share(0.03), source: "MySQLTuner: 3 %" };
static A_DAY: Limit<Count> =
    Limit { what: "of them in a day", value: Count(100), source: "ours: fewer are typing errors" };
static WINDOW: Limit<Seconds> = Limit {
    what: "the counters are at least so old",
    value: Seconds::days(1.0),
    source: "load differs by the hour of the day",
};

pub(super) const RULE: Rule = Rule {
    id: "connections-aborted",
    title: "Many connection attempts fail",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Connections,
    harm: Harm::Hygiene,
    limits: &[&SHARE, &A_DAY, &WINDOW],
    explains: &[],
    wrong_when: "a port scanner or a load balancer's check knocks at the port",
    do_not: "raise max_connect_errors so that it is less noticed",
    lesson: include_str!("connections_aborted.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let counters = ["aborted_connects", "connections"];
    let Some(excess) = excess(case, counters, SHARE.value, A_DAY.value, WINDOW.value)? else { return Ok(vec![]) };
    let (share, a_day) = (excess.share, excess.a_day);
    Ok(vec![excess.evidence(
        Finding::new(Severity::Warn, Subject::server(), format!("{share} of connection attempts fail, {a_day} a day: wrong passwords, TLS that does not fit, or somebody trying the door"))
            .fix(Fix::sql("SELECT * FROM performance_schema.host_cache WHERE sum_connect_errors + count_authentication_errors > 0;", Undo::NotNeeded("it only reads".into())).cost("says from which hosts; the error log (log_error_verbosity = 3) says why")),
    )])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mysql, on_mysql, week};
    use super::*;
    use crate::sections::status::Status;
    use dbwright_model::Settings;

    #[test]
    fn fires_when_the_share_is_high() {
        assert_eq!(on_mysql(check, &[], &[("aborted_connects", 14000.0), ("connections", 17500.0)]).len(), 1);
    }

    #[test]
    fn fires_just_above_the_limits() {
        assert_eq!(
            check(&mysql(
                Settings::default(),
                week().with("aborted_connects", 707.0).with("connections", (700.0 / 0.03) * 0.9)
            ))
            .unwrap()
            .len(),
            1
        );
    }

    #[test]
    fn silent_when_the_share_is_low() {
        assert!(
            check(&mysql(
                Settings::default(),
                week().with("aborted_connects", 1400.0).with("connections", (1400.0 / 0.03) * 1.2)
            ))
            .unwrap()
            .is_empty()
        );
    }

    #[test]
    fn silent_when_it_is_rare() {
        assert!(on_mysql(check, &[], &[("aborted_connects", 99.0), ("connections", 99.0)]).is_empty());
    }

    #[test]
    fn silent_while_the_counters_are_young() {
        assert!(check(&mysql(Settings::default(), Status::default().with("uptime", 600.0))).is_err());
    }
}
