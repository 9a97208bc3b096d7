use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule, Seconds, Severity, Share, Subject,
};

use super::change;
use crate::sections::status::Status;

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
    let status = case.get::<Status>()?;
    let window = status.at_least(WINDOW.value)?;
    let (Some(part), Some(whole)) = (status.get("threads_created"), status.get("connections")) else {
        return Ok(vec![]);
    };
    let Some(share) = Share::of(part, whole).filter(|share| share.0 > SHARE.value.0) else { return Ok(vec![]) };
    let a_day = Count((part / (window.0 / 86_400.0)) as u64);
    if a_day.0 < A_DAY.value.0 {
        return Ok(vec![]);
    }
    Ok(vec![
        Finding::new(Severity::Info, Subject::setting("thread_cache_size"), format!("{share} of connections needed a new thread, {a_day} a day: connections come and go too fast for the cache"))
            .measured("threads_created", Count(part as u64), "SHOW GLOBAL STATUS")
            .measured("connections", Count(whole as u64), "SHOW GLOBAL STATUS")
            .measured("counters cover", window, "Uptime_since_flush_status")
            .fix(change::variable(case, "thread_cache_size", "100").cost("a pool in the application spares the connections too"))
            .weight(a_day.0 as f64),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mysql, week};
    use super::*;
    use dbwright_model::Settings;

    #[test]
    fn fires_when_the_share_is_high() {
        assert_eq!(
            check(&mysql(
                Settings::default(),
                week().with("threads_created", 12096000.0).with("connections", 15120000.0)
            ))
            .unwrap()
            .len(),
            1
        );
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
        assert!(
            check(&mysql(Settings::default(), week().with("threads_created", 86399.0).with("connections", 86399.0)))
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn silent_while_the_counters_are_young() {
        assert!(check(&mysql(Settings::default(), Status::default().with("uptime", 600.0))).is_err());
    }
}
