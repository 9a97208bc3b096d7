use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule, Seconds, Severity, Share, Subject,
};

use super::change;
use crate::sections::status::Status;

static SHARE: Limit<Share> =
    Limit { what: "share of transactions that spill", value: Share(0.1), source: "MySQLTuner practice: 10 %" };
static A_DAY: Limit<Count> = Limit { what: "of them in a day", value: Count(1000), source: "ours" };
static WINDOW: Limit<Seconds> = Limit {
    what: "the counters are at least so old",
    value: Seconds::days(1.0),
    source: "load differs by the hour of the day",
};

pub(super) const RULE: Rule = Rule {
    id: "binlog-cache-spills",
    title: "Transactions are too big for the binary log's cache",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Durability,
    harm: Harm::Slowdown,
    limits: &[&SHARE, &A_DAY, &WINDOW],
    explains: &[],
    wrong_when: "imports run at night and nothing else is disturbed by them",
    do_not: "raise it to gigabytes: every session may take it",
    lesson: include_str!("binlog_cache_spills.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let status = case.get::<Status>()?;
    let window = status.at_least(WINDOW.value)?;
    let (Some(part), Some(whole)) = (status.get("binlog_cache_disk_use"), status.get("binlog_cache_use")) else {
        return Ok(vec![]);
    };
    let Some(share) = Share::of(part, whole).filter(|share| share.0 > SHARE.value.0) else { return Ok(vec![]) };
    let a_day = Count((part / (window.0 / 86_400.0)) as u64);
    if a_day.0 < A_DAY.value.0 {
        return Ok(vec![]);
    }
    Ok(vec![
        Finding::new(
            Severity::Info,
            Subject::setting("binlog_cache_size"),
            format!("{share} of transactions spill their log to a temporary file, {a_day} a day"),
        )
        .measured("binlog_cache_disk_use", Count(part as u64), "SHOW GLOBAL STATUS")
        .measured("binlog_cache_use", Count(whole as u64), "SHOW GLOBAL STATUS")
        .measured("counters cover", window, "Uptime_since_flush_status")
        .fix(
            change::variable(case, "binlog_cache_size", "1048576")
                .also_costs("per session; smaller transactions are better for replicas too"),
        )
        .weight(a_day.0 as f64),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mysql, on_mysql, week};
    use super::*;
    use dbwright_model::Settings;

    #[test]
    fn fires_when_the_share_is_high() {
        assert_eq!(
            on_mysql(check, &[], &[("binlog_cache_disk_use", 140000.0), ("binlog_cache_use", 175000.0)]).len(),
            1
        );
    }

    #[test]
    fn fires_just_above_the_limits() {
        assert_eq!(
            check(&mysql(
                Settings::default(),
                week().with("binlog_cache_disk_use", 7007.0).with("binlog_cache_use", (7000.0 / 0.1) * 0.9)
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
                week().with("binlog_cache_disk_use", 14000.0).with("binlog_cache_use", (14000.0 / 0.1) * 1.2)
            ))
            .unwrap()
            .is_empty()
        );
    }

    #[test]
    fn silent_when_it_is_rare() {
        assert!(on_mysql(check, &[], &[("binlog_cache_disk_use", 999.0), ("binlog_cache_use", 999.0)]).is_empty());
    }

    #[test]
    fn silent_while_the_counters_are_young() {
        assert!(check(&mysql(Settings::default(), Status::default().with("uptime", 600.0))).is_err());
    }
}
