use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Catalog, Checked, Count, Engine, Finding, Fix, Grade, Harm, Limit, NotEvaluated, Rows, Rule, Seconds,
    Severity, Share, Subject, Undo, Why,
};
use dbwright_sql::Dialect;

use crate::autovacuum::{ago, on_primary};
use crate::sections::tables::{TableFacts, Tables};

static UPDATES: Limit<Rows> =
    Limit { what: "updates counted", value: Rows(100_000), source: "fewer say little about the workload" };
static HOT: Limit<Share> = Limit {
    what: "updates that touched no index",
    value: Share(0.5),
    source: "tables without updated index columns and with room on their pages reach 90 % and more (measured, 12–18)",
};
static FULL: Limit<Share> = Limit {
    what: "of the other updates, those whose page was full (16+)",
    value: Share(0.5),
    source: "more than half: room on the page helps; less: it is the indexed columns that are updated",
};
static WINDOW: Limit<Seconds> =
    Limit { what: "age of the counters", value: Seconds::days(1.0), source: "a day has all hours of the workload" };

pub(super) const RULE: Rule = Rule {
    id: "low-hot-updates",
    title: "Most updates of a table write to every index",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Vacuum,
    harm: Harm::Slowdown,
    limits: &[&UPDATES, &HOT, &FULL, &WINDOW],
    explains: &[],
    wrong_when: "the updated columns must be indexed because queries search by them",
    do_not: "set fillfactor to 50 on every table: reads then touch twice as many pages, also where updates are rare",
    lesson: include_str!("low_hot_updates.md"),
    check,
};

fn check(case: &Case) -> Checked {
    on_primary(case)?;
    let catalog = case.get::<Catalog>()?;
    let age = catalog.usage_since.map(|since| ago(case, since));
    if age.is_none_or(|age| age.0 < WINDOW.value.0) {
        let age = age.unwrap_or_default();
        return Err(NotEvaluated::new(Why::Window, format!("counters cover {age}, this needs {}", WINDOW.value))
            .allow("look again a day after the last reset of statistics"));
    }
    let mut findings = Vec::new();
    for table in &case.get::<Tables>()?.tables {
        let Some(hot) = Share::of(table.hot_updated.0 as f64, table.updated.0 as f64) else { continue };
        let indexes = catalog.table(&table.name).map_or(0, |known| known.indexes.len());
        if table.updated.0 < UPDATES.value.0 || hot.0 >= HOT.value.0 || indexes == 0 {
            continue;
        }
        findings.push(finding(table, hot, indexes));
    }
    Ok(findings)
}

fn finding(table: &TableFacts, hot: Share, indexes: usize) -> Finding {
    let name = Dialect::Postgres.qualified(&table.name);
    let cold = table.updated.0 - table.hot_updated.0.min(table.updated.0);
    let full = table.newpage_updated.and_then(|full| Share::of(full.0 as f64, cold as f64));
    let room = table.fillfactor() > 80;
    let each = if indexes == 1 { "its index".to_owned() } else { format!("each of its {indexes} indexes") };
    let cause = format!(
        "only {hot} of {} updates stayed within their page: all others wrote to {each}",
        Count(table.updated.0)
    );
    let found = Finding::new(Severity::Info, Subject::table(&table.name), cause)
        .measured("updates", table.updated, "pg_stat_user_tables.n_tup_upd")
        .measured("of those, without touching an index", hot, "pg_stat_user_tables.n_tup_hot_upd")
        .weight(cold as f64);
    let more_room = || {
        Fix::sql(
            format!("ALTER TABLE {name} SET (fillfactor = 85);"),
            Undo::Statement(format!("ALTER TABLE {name} RESET (fillfactor);")),
        )
        .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
        .cost("15 % more pages; holds for pages written from now on, older ones change as they are rewritten")
        .verify(format!(
            "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relid = {}::regclass;",
            Dialect::Postgres.literal(&name)
        ))
    };
    let fewer_indexes = Fix::of(
        FixKind::Code,
        "drop indexes on columns that change with every update (a status, a timestamp of the last change), or move those columns to a table of their own",
        Undo::NotNeeded("a decision about the schema".into()),
    );
    match full {
        Some(full) if full.0 >= FULL.value.0 && room => found
            .measured("of the others, because the page was full", full, "pg_stat_user_tables.n_tup_newpage_upd")
            .fix(more_room()),
        Some(full) => found
            .measured("of the others, because the page was full", full, "pg_stat_user_tables.n_tup_newpage_upd")
            .fix(fewer_indexes),
        // Before version 16 nothing tells the two causes apart.
        None if room => found.grade(Grade::Suspected).fix(more_room()).fix(fewer_indexes),
        None => found.grade(Grade::Suspected).fix(fewer_indexes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{case, catalog, hours_ago, indexed, table};

    fn found(change: impl FnOnce(&mut TableFacts)) -> Vec<Finding> {
        let mut accounts =
            TableFacts { updated: Rows(1_000_000), hot_updated: Rows(100_000), ..table("accounts", 50_000) };
        change(&mut accounts);
        check(&case(vec![accounts]).with(&catalog(vec![indexed("accounts", &["id", "state"])]))).unwrap()
    }

    #[test]
    fn fires_and_names_both_causes_before_16() {
        let found = found(|_| ());
        assert_eq!((found[0].grade, found[0].fixes.len()), (Grade::Suspected, 2));
    }

    #[test]
    fn fires_with_the_cause_from_16_on() {
        assert!(found(|t| t.newpage_updated = Some(Rows(800_000)))[0].fixes[0].statement.contains("fillfactor = 85"));
        assert_eq!(found(|t| t.newpage_updated = Some(Rows(10_000)))[0].fixes[0].kind, FixKind::Code);
    }

    #[test]
    fn silent_when_most_stay_on_their_page() {
        assert!(found(|t| t.hot_updated = Rows(500_000)).is_empty());
    }

    #[test]
    fn silent_on_few_updates() {
        assert!(found(|t| t.updated = Rows(99_999)).is_empty());
    }

    #[test]
    fn silent_but_said_when_the_counters_are_young() {
        let mut young = catalog(vec![]);
        young.usage_since = Some(hours_ago(3));
        assert_eq!(check(&case(vec![]).with(&young)).unwrap_err().why, Why::Window);
    }
}
