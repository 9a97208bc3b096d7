use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Harm, Limit, Rate, Rule, Sample, Seconds, Settings, Severity, Share, Subject,
};

use super::change;
use crate::sections::status::Status;

static MISSED: Limit<Share> = Limit {
    what: "share of reads that miss",
    value: Share(0.01),
    source: "MySQLTuner: 99 % hits; only together with the rate",
};
static RATE: Limit<Rate> =
    Limit { what: "misses a second", value: Rate(100.0), source: "ours: less is no load for any disk" };
static WINDOW: Limit<Seconds> = Limit {
    what: "the counters are at least so old",
    value: Seconds::days(1.0),
    source: "load differs by the hour of the day",
};

pub(super) const RULE: Rule = Rule {
    id: "buffer-pool-small",
    title: "Reads go past the buffer pool",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Memory,
    harm: Harm::Slowdown,
    limits: &[&MISSED, &RATE, &WINDOW],
    explains: &[],
    wrong_when: "a scan of everything (a backup, a report) runs in the same hours",
    do_not: "judge it by its size beside the data: only misses cost",
    lesson: include_str!("buffer_pool_small.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let status = case.get::<Status>()?;
    let window = status.at_least(WINDOW.value)?;
    let (Some(reads), Some(requests)) =
        (status.get("innodb_buffer_pool_reads"), status.get("innodb_buffer_pool_read_requests"))
    else {
        return Ok(vec![]);
    };
    // What happens now says more than an average since the start.
    let rate = case
        .get::<Sample>()
        .ok()
        .and_then(|sample| sample.rate("innodb_buffer_pool_reads"))
        .unwrap_or(Rate(reads / window.0));
    let Some(missed) = Share::of(reads, requests).filter(|missed| missed.0 > MISSED.value.0) else { return Ok(vec![]) };
    if rate.0 < RATE.value.0 {
        return Ok(vec![]);
    }
    let pool = case.get::<Settings>()?.bytes("innodb_buffer_pool_size").unwrap_or_default();
    let cause = format!("{missed} of page reads miss the buffer pool of {pool}, {rate}: each waits for the disk");
    Ok(vec![
        Finding::new(Severity::Warn, Subject::setting("innodb_buffer_pool_size"), cause)
            .measured("reads that missed", missed, "Innodb_buffer_pool_reads / Innodb_buffer_pool_read_requests")
            .measured("misses", rate, "Innodb_buffer_pool_reads")
            .catalog("innodb_buffer_pool_size", pool, "SHOW GLOBAL VARIABLES")
            .fix(
                change::variable(case, "innodb_buffer_pool_size", &(pool.0 * 2).to_string())
                    .also_costs("twice as big, if the machine has the memory; look for full scans first"),
            )
            .weight(rate.0),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mysql, on_mariadb, on_mysql};
    use super::*;

    #[test]
    fn fires_when_misses_are_many_and_frequent() {
        assert_eq!(
            on_mysql(
                check,
                &[("innodb_buffer_pool_size", "134217728")],
                &[("innodb_buffer_pool_reads", 4e8), ("innodb_buffer_pool_read_requests", 1e10)]
            )
            .len(),
            1
        );
    }

    #[test]
    fn fires_on_mariadb() {
        assert_eq!(
            on_mariadb(check, &[], &[("innodb_buffer_pool_reads", 4e8), ("innodb_buffer_pool_read_requests", 1e10)])[0]
                .severity,
            Severity::Warn
        );
    }

    #[test]
    fn silent_when_misses_are_rare() {
        assert!(
            on_mysql(check, &[], &[("innodb_buffer_pool_reads", 4e5), ("innodb_buffer_pool_read_requests", 1e6)])
                .is_empty()
        );
    }

    #[test]
    fn silent_while_the_counters_are_young() {
        assert!(check(&mysql(Settings::default(), Status::default().with("uptime", 600.0))).is_err());
    }
}
