use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule, Seconds, Severity, Share, Subject,
};

use super::change;
use super::excess::excess;

static SHARE: Limit<Share> = Limit { what: "misses for each hit", value: Share(0.01), source: "MySQLTuner: 99 % hits" };
static A_DAY: Limit<Count> = Limit { what: "of them in a day", value: Count(86400), source: "one a second" };
static WINDOW: Limit<Seconds> = Limit {
    what: "the counters are at least so old",
    value: Seconds::days(1.0),
    source: "load differs by the hour of the day",
};

pub(super) const RULE: Rule = Rule {
    id: "table-cache-misses",
    title: "Tables are opened again and again",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Memory,
    harm: Harm::Slowdown,
    limits: &[&SHARE, &A_DAY, &WINDOW],
    explains: &[],
    wrong_when: "very many tables are used once a day each",
    do_not: "set it beyond the limit of open files",
    lesson: include_str!("table_cache_misses.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let counters = ["table_open_cache_misses", "table_open_cache_hits"];
    let Some(excess) = excess(case, counters, SHARE.value, A_DAY.value, WINDOW.value)? else { return Ok(vec![]) };
    let (share, a_day) = (excess.share, excess.a_day);
    Ok(vec![excess.evidence(
        Finding::new(Severity::Warn, Subject::setting("table_open_cache"), format!("{share} as many misses of the table cache as hits, {a_day} a day: definitions are read and files opened"))
            .fix(change::variable(case, "table_open_cache", "8000").also_costs("file handles and memory: open_files_limit must allow twice as many")),
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
        assert_eq!(
            on_mysql(check, &[], &[("table_open_cache_misses", 12096000.0), ("table_open_cache_hits", 15120000.0)])
                .len(),
            1
        );
    }

    #[test]
    fn fires_just_above_the_limits() {
        assert_eq!(
            check(&mysql(
                Settings::default(),
                week().with("table_open_cache_misses", 604807.0).with("table_open_cache_hits", (604800.0 / 0.01) * 0.9)
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
                week()
                    .with("table_open_cache_misses", 1209600.0)
                    .with("table_open_cache_hits", (1209600.0 / 0.01) * 1.2)
            ))
            .unwrap()
            .is_empty()
        );
    }

    #[test]
    fn silent_when_it_is_rare() {
        assert!(
            on_mysql(check, &[], &[("table_open_cache_misses", 86399.0), ("table_open_cache_hits", 86399.0)])
                .is_empty()
        );
    }

    #[test]
    fn silent_while_the_counters_are_young() {
        assert!(check(&mysql(Settings::default(), Status::default().with("uptime", 600.0))).is_err());
    }
}
