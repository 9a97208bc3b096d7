use dbwright_model::finding::FixKind;
use dbwright_model::workload::Query;
use dbwright_model::{
    Area, Bytes, Case, Checked, Count, Engine, Finding, Fix, Grade, Harm, Limit, Rate, Rule, Seconds, Severity, Share,
    Undo, Workload,
};

use crate::query;

static SPILLED: Limit<Bytes> = Limit {
    what: "written to temporary files a day (PostgreSQL)",
    value: Bytes::gib(1),
    source: "pghealth, PMM: 1 GB a day for a database",
};
static ON_DISK: Limit<Share> = Limit {
    what: "calls that made a temporary table on disk (MySQL, MariaDB)",
    value: Share(0.25),
    source: "MySQLTuner, PMM: a quarter of the temporary tables",
};
static OFTEN: Limit<Rate> = Limit {
    what: "such tables a second (MySQL, MariaDB)",
    value: Rate(0.1),
    source: "PMM: fewer than one in ten seconds cost nothing to speak of",
};
static WINDOW: Limit<Seconds> = Limit {
    what: "the counters are at least so old",
    value: Seconds::days(1.0),
    source: "a day and a night: reports are in it",
};

pub(super) const RULE: Rule = Rule {
    id: "spilling-query",
    title: "A query works on disk because its memory is too small",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; MySQL and MariaDB: since InnoDB or Aria hold such tables the disk may be mostly cache",
    area: Area::Memory,
    harm: Harm::Slowdown,
    limits: &[&SPILLED, &ON_DISK, &OFTEN, &WINDOW],
    explains: &["temp-files-heavy"],
    wrong_when: "it is a nightly report that nobody waits for",
    do_not: "raise work_mem or tmp_table_size for the whole server: every sort of every session may then take that much at once",
    lesson: include_str!("spilling_query.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let workload = case.get::<Workload>()?;
    let window = query::window(case, workload, WINDOW.value)?;
    let look = match case.engine() {
        Engine::MySql => on_disk,
        _ => spilled,
    };
    Ok(query::of_the_application(workload).filter_map(|query| look(workload, window, query)).collect())
}

/// PostgreSQL counts the bytes written to temporary files.
fn spilled(workload: &Workload, window: Seconds, query: &Query) -> Option<Finding> {
    let spilled = query.spilled?;
    let a_day = Bytes((spilled.0 as f64 / (window.0 / 86_400.0)) as u64);
    if a_day < SPILLED.value {
        return None;
    }
    let each = Bytes(spilled.0 / query.calls.0.max(1));
    let cause = format!(
        "this query writes {each} to temporary files at each call, {a_day} a day, because a sort or hash does not fit in work_mem: {}",
        query::short(query)
    );
    let finding = Finding::new(Severity::Warn, query::subject(query), cause)
        .measured("spilled", spilled, "pg_stat_statements.temp_blks_written")
        .measured("counters cover", window, "pg_stat_statements_info.stats_reset");
    // In memory the same rows take two to three times as much as in the file.
    let needed = Bytes((each.0 * 3).next_power_of_two());
    let fix = if needed <= Bytes::mib(512) {
        Fix::sql(
            format!("BEGIN; SET LOCAL work_mem = '{}MB'; /* the query */ COMMIT;", (needed.0 >> 20).max(8)),
            Undo::NotNeeded("it ends with the transaction".into()),
        )
        .cost("for this query's transaction only; each sort and hash of its plan may take that much memory")
        .verify("EXPLAIN (ANALYZE, BUFFERS): no `temp written`, `Sort Method: quicksort`, hash `Batches: 1`")
    } else {
        Fix::of(
            FixKind::Code,
            "Sort or group fewer rows: filter before joining, select only the columns needed, or add an index in the order of the ORDER BY",
            Undo::NotNeeded("a change of the query".into()),
        )
    };
    Some(query::with_figures(finding, workload, query).fix(fix).weight(a_day.0 as f64))
}

/// MySQL and MariaDB count temporary tables that went to disk.
fn on_disk(workload: &Workload, window: Seconds, query: &Query) -> Option<Finding> {
    let tables = query.disk_temp_tables?;
    let share = Share::of(tables.0 as f64, query.calls.0 as f64)?;
    let often = Rate(tables.0 as f64 / window.0);
    if share < ON_DISK.value || often < OFTEN.value {
        return None;
    }
    let each = Share(share.0.min(1.0));
    let cause = format!(
        "{each} of the calls of this query put a temporary table on disk, {often}: it groups or sorts more than fits in memory, or TEXT or BLOB columns: {}",
        query::short(query)
    );
    let finding = Finding::new(Severity::Info, query::subject(query), cause)
        .grade(Grade::Measured)
        .measured("temporary tables on disk", tables, "events_statements_summary_by_digest.sum_created_tmp_disk_tables")
        .measured("calls", Count(query.calls.0), "events_statements_summary_by_digest.count_star")
        .fix(Fix::of(
            FixKind::Code,
            "Give GROUP BY or ORDER BY an index in its order so that no temporary table is needed; leave TEXT and BLOB columns out and fetch them by key afterwards",
            Undo::NotNeeded("a change of the query".into()),
        ));
    Some(query::with_figures(finding, workload, query).weight(tables.0 as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{mysql, postgres, workload};

    fn postgres_spills(total: Bytes) -> Vec<Finding> {
        let mut all = workload(1e4, "SELECT a FROM t ORDER BY b", 5000.0, 5.0);
        all.queries[0].spilled = Some(total);
        check(&postgres(&all)).unwrap()
    }

    fn mysql_tables(tables: u64) -> Vec<Finding> {
        let mut all = workload(1e4, "SELECT a FROM t GROUP BY b", 5000.0, 0.1);
        all.queries[0].disk_temp_tables = Some(Count(tables));
        check(&mysql(&all)).unwrap()
    }

    #[test]
    fn fires_with_the_memory_one_call_needs() {
        let found = postgres_spills(Bytes::gib(20));
        assert!(found[0].cause.contains("20.5 MB to temporary files"), "{}", found[0].cause);
        assert_eq!(found[0].fixes[0].statement, "BEGIN; SET LOCAL work_mem = '64MB'; /* the query */ COMMIT;");
    }

    #[test]
    fn fires_without_a_setting_when_no_memory_would_do() {
        assert_eq!(postgres_spills(Bytes::gib(2000))[0].fixes[0].kind, FixKind::Code);
    }

    #[test]
    fn fires_on_temporary_tables_on_disk() {
        assert_eq!(mysql_tables(50_000)[0].severity, Severity::Info);
    }

    #[test]
    fn silent_on_little_or_rare_spilling() {
        assert!(postgres_spills(Bytes::mib(900)).is_empty());
        assert!(mysql_tables(12_000).is_empty());
        assert!(mysql_tables(0).is_empty());
    }

    #[test]
    fn silent_when_not_counted() {
        assert!(check(&mysql(&workload(1e4, "SELECT 1", 5000.0, 0.1))).unwrap().is_empty());
    }
}
