use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule, Seconds, Severity, Share, Subject,
};

use super::change;
use super::excess::excess;

static SHARE: Limit<Share> =
    Limit { what: "share of connections that needed a new thread", value: Share(0.1), source: "MySQLTuner: 10 %" };
static A_DAY: Limit<Count> = Limit { what: "of them in a day", value: Count(86400), source: "one a second" };
static WINDOW: Limit<Seconds> = Limit {
    what: "the counters are at least so old",
    value: Seconds::days(1.0),
    source: "load differs by the hour of the day",
};

pub(super) const RULE: Rule = Rule {
    id: "threads-churning",
    title: "A thread is made for nearly every connection",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Connections,
    harm: Harm::Slowdown,
    limits: &[&SHARE, &A_DAY, &WINDOW],
    explains: &[],
    wrong_when: "a thread pool handles connections",
    do_not: "raise max_connections for it",
    lesson: include_str!("threads_churning.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let counters = ["threads_created", "connections"];
    let Some(excess) = excess(case, counters, SHARE.value, A_DAY.value, WINDOW.value)? else { return Ok(vec![]) };
    let (share, a_day) = (excess.share, excess.a_day);
    Ok(vec![excess.evidence(
        Finding::new(Severity::Info, Subject::setting("thread_cache_size"), format!("{share} of connections needed a new thread, {a_day} a day: connections come and go too fast for the cache"))
            .fix(change::variable(case, "thread_cache_size", "100").also_costs("a pool in the application spares the connections too")),
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
        assert_eq!(on_mysql(check, &[], &[("threads_created", 12096000.0), ("connections", 15120000.0)]).len(), 1);
    }

    #[test]
    fn fires_just_above_the_limits() {
        assert_eq!(
            check(&mysql(
                Settings::default(),
                week().with("threads_created", 604807.0).with("connections", (604800.0 / 0.1) * 0.9)
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
                week().with("threads_created", 1209600.0).with("connections", (1209600.0 / 0.1) * 1.2)
            ))
            .unwrap()
            .is_empty()
        );
    }

    #[test]
    fn silent_when_it_is_rare() {
        assert!(on_mysql(check, &[], &[("threads_created", 86399.0), ("connections", 86399.0)]).is_empty());
    }

    #[test]
    fn silent_while_the_counters_are_young() {
        assert!(check(&mysql(Settings::default(), Status::default().with("uptime", 600.0))).is_err());
    }
}
