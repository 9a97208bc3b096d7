use dbwright_model::catalog::TableKind;
use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Catalog, Checked, Engine, Finding, Fix, Harm, Limit, NotEvaluated, Rate, Rows, Rule, Seconds, Severity,
    Share, Subject, Undo, Why,
};

static ROWS: Limit<Rows> =
    Limit { what: "rows in the table", value: Rows(10_000), source: "below it a scan is as good as an index" };
static PER_SCAN: Limit<Rows> = Limit {
    what: "rows read by a scan, on average",
    value: Rows(1000),
    source: "pg-index-health: fewer means that LIMIT stopped it early",
};
static SHARE: Limit<Share> = Limit {
    what: "share of scans that read the whole table",
    value: Share(0.05),
    source: "pghealth, PMM: one in twenty",
};
static LOAD: Limit<Rate> = Limit {
    what: "rows read by full scans a second (warn)",
    value: Rate(50_000.0),
    source: "measured: a processor reads some five million rows a second, so a hundredth of one",
};
static WINDOW: Limit<Seconds> = Limit {
    what: "the counters are at least so old",
    value: Seconds::days(1.0),
    source: "a day and a night: backups and reports are in it",
};

pub(super) const RULE: Rule = Rule {
    id: "full-scan-heavy-table",
    title: "A big table is read from end to end again and again",
    engines: &[Engine::Postgres],
    versions: "all",
    area: Area::Indexes,
    harm: Harm::Slowdown,
    limits: &[&ROWS, &PER_SCAN, &SHARE, &LOAD, &WINDOW],
    explains: &[],
    wrong_when: "the scans are reports, exports or backups that need most rows",
    do_not: "add an index on a guessed column: find the query first",
    lesson: include_str!("full_scan_heavy_table.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>()?;
    let age = catalog.usage_since.map(|since| Seconds(case.server.now.duration_since(since).as_secs_f64()));
    let age = age.ok_or_else(|| NotEvaluated::new(Why::Window, "the age of the table counters is unknown"))?;
    if age.0 < WINDOW.value.0 {
        return Err(NotEvaluated::new(Why::Window, format!("table counters cover {age}; this needs {}", WINDOW.value)));
    }
    let mut findings = Vec::new();
    for table in catalog.tables.iter().filter(|table| table.kind != TableKind::Partitioned) {
        let (Some(rows), Some(usage)) = (table.rows, &table.usage) else { continue };
        let (Some(scans), Some(read)) = (usage.full_scans, usage.full_scan_rows) else { continue };
        let index_scans = usage.index_scans.unwrap_or_default();
        if scans.0 == 0 || rows.0 < ROWS.value.0 {
            continue;
        }
        let per_scan = Rows(read.0 / scans.0);
        let share = Share::of(scans.0 as f64, (scans.0 + index_scans.0) as f64).unwrap_or_default();
        let per_hour = scans.0 as f64 / (age.0 / 3600.0);
        if per_scan.0 < PER_SCAN.value.0 || share.0 < SHARE.value.0 || per_hour < 10.0 {
            continue;
        }
        let load = Rate(read.0 as f64 / age.0);
        let severity = if load >= LOAD.value { Severity::Warn } else { Severity::Info };
        let cause = format!(
            "{} is read from end to end {per_hour:.0} times an hour, {per_scan} each time; {share} of its scans use no index",
            table.name
        );
        findings.push(
            Finding::new(severity, Subject::table(&table.name), cause)
                .measured("full scans", scans, "pg_stat_user_tables.seq_scan")
                .measured("rows read by them", read, "pg_stat_user_tables.seq_tup_read")
                .measured("index scans", index_scans, "pg_stat_user_tables.idx_scan")
                .measured("counters cover", age, "pg_stat_database.stats_reset")
                .fix(
                    Fix::of(
                        FixKind::Sql,
                        format!(
                            "SELECT queryid, calls, mean_exec_time, rows, query FROM pg_stat_statements WHERE query ILIKE '%{}%' ORDER BY total_exec_time DESC LIMIT 10;",
                            table.name.name.as_str().replace('\'', "''")
                        ),
                        Undo::NotNeeded("it only reads".into()),
                    )
                    .cost("finds the query; index the columns of its WHERE clause"),
                )
                .weight(read.0 as f64),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use dbwright_model::Count;
    use dbwright_model::catalog::TableUsage;

    use super::*;
    use crate::example::{catalog, postgres, table};

    fn look(scans: u64, per_scan: u64, index_scans: u64, since: &str) -> Checked {
        let mut t = table("t", &["a"]);
        t.usage = Some(TableUsage {
            full_scans: Some(Count(scans)),
            full_scan_rows: Some(Rows(scans * per_scan)),
            index_scans: Some(Count(index_scans)),
            ..TableUsage::default()
        });
        check(&postgres(&Catalog { usage_since: Some(since.parse().unwrap()), ..catalog(vec![t]) }))
    }

    #[test]
    fn fires_on_a_table_scanned_all_day() {
        assert_eq!(look(50_000, 1_000_000, 10, "2026-11-20T00:00:00Z").unwrap()[0].subject.name, "public.t");
    }

    #[test]
    fn fires_even_beside_many_index_scans() {
        assert_eq!(look(50_000, 1_000_000, 500_000, "2026-11-20T00:00:00Z").unwrap().len(), 1);
    }

    #[test]
    fn fires_softly_when_the_scans_cost_little() {
        let found = look(5000, 12_000, 10, "2026-11-20T00:00:00Z").unwrap();
        assert_eq!(found[0].severity, Severity::Info);
    }

    #[test]
    fn silent_when_scans_stop_early_or_are_rare() {
        assert!(look(50_000, 20, 10, "2026-11-20T00:00:00Z").unwrap().is_empty());
        assert!(look(5, 1_000_000, 10, "2026-11-20T00:00:00Z").unwrap().is_empty());
    }

    #[test]
    fn silent_while_the_counters_are_young() {
        assert_eq!(look(50_000, 1_000_000, 10, "2026-11-24T06:00:00Z").unwrap_err().why, Why::Window);
    }
}
