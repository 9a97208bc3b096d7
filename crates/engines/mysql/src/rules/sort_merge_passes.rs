use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Seconds, Severity, Share, Subject, Undo,
};

use super::excess::excess;

static SHARE: Limit<Share> = Limit { what: "passes for each sort", value: Share(0.1), source: "MySQLTuner: 10 %" };
static A_DAY: Limit<Count> = Limit { what: "of them in a day", value: Count(1000), source: "ours" };
static WINDOW: Limit<Seconds> = Limit {
    what: "the counters are at least so old",
    value: Seconds::days(1.0),
    source: "load differs by the hour of the day",
};

pub(super) const RULE: Rule = Rule {
    id: "sort-merge-passes",
    title: "Sorts do not fit in memory",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Memory,
    harm: Harm::Slowdown,
    limits: &[&SHARE, &A_DAY, &WINDOW],
    explains: &[],
    wrong_when: "big reports sort at night",
    do_not: "raise sort_buffer_size for everybody",
    lesson: include_str!("sort_merge_passes.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let counters = ["sort_merge_passes", "sort_scan"];
    let Some(excess) = excess(case, counters, SHARE.value, A_DAY.value, WINDOW.value)? else { return Ok(vec![]) };
    let (share, a_day) = (excess.share, excess.a_day);
    Ok(vec![excess.evidence(
        Finding::new(Severity::Info, Subject::setting("sort_buffer_size"), format!("{share} of sorts are merged from disk, {a_day} passes a day"))
            .fix(Fix::sql("SELECT digest_text, sum_sort_merge_passes, sum_sort_rows FROM performance_schema.events_statements_summary_by_digest ORDER BY sum_sort_merge_passes DESC LIMIT 10;", Undo::NotNeeded("it only reads".into())).cost("names the statements: an index in the order of ORDER BY makes the sort unnecessary; SET SESSION sort_buffer_size for the rest")),
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
        assert_eq!(on_mysql(check, &[], &[("sort_merge_passes", 140000.0), ("sort_scan", 175000.0)]).len(), 1);
    }

    #[test]
    fn fires_just_above_the_limits() {
        assert_eq!(
            check(&mysql(
                Settings::default(),
                week().with("sort_merge_passes", 7007.0).with("sort_scan", (7000.0 / 0.1) * 0.9)
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
                week().with("sort_merge_passes", 14000.0).with("sort_scan", (14000.0 / 0.1) * 1.2)
            ))
            .unwrap()
            .is_empty()
        );
    }

    #[test]
    fn silent_when_it_is_rare() {
        assert!(on_mysql(check, &[], &[("sort_merge_passes", 999.0), ("sort_scan", 999.0)]).is_empty());
    }

    #[test]
    fn silent_while_the_counters_are_young() {
        assert!(check(&mysql(Settings::default(), Status::default().with("uptime", 600.0))).is_err());
    }
}
