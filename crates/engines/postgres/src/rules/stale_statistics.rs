use dbwright_model::catalog::{ObjectName, Table};
use dbwright_model::{
    Area, Case, Catalog, Checked, Engine, Finding, Fix, Harm, Limit, Ratio, Rows, Rule, Settings, Severity, Share,
    Subject, Undo,
};
use dbwright_sql::Dialect;

use crate::autovacuum::{Policy, had_its_chance, on_primary};
use crate::sections::tables::Tables;

static CHANGED: Limit<Rows> = Limit {
    what: "rows changed since the last analyze",
    value: Rows(10_000),
    source: "plans over fewer rows hardly differ",
};
static OVERDUE: Limit<Ratio> = Limit {
    what: "changed rows in terms of the table's own analyze trigger",
    value: Ratio(2.0),
    source: "at once the trigger an analyze is on its way; at twice it did not come",
};
static SHARE: Limit<Share> = Limit {
    what: "changed rows as a part of the table",
    value: Share(0.2),
    source: "twice the default analyze scale factor of 0.1",
};

pub(super) const RULE: Rule = Rule {
    id: "stale-statistics",
    title: "The planner works with old statistics of a table",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Statistics,
    harm: Harm::Slowdown,
    limits: &[&CHANGED, &OVERDUE, &SHARE],
    explains: &["existing-index-unused", "plan-row-underestimate", "plan-row-overestimate"],
    wrong_when: "the changes leave the distribution of values as it was, as in a queue whose rows are replaced by others like them",
    do_not: "raise default_statistics_target: a finer picture of the past is still a picture of the past",
    lesson: include_str!("stale_statistics.md"),
    check,
};

fn check(case: &Case) -> Checked {
    on_primary(case)?;
    let tables = match case.get::<Tables>() {
        Ok(tables) => tables,
        // beside a plan people give what the server counts, and no more
        Err(missing) => return told(case).ok_or(missing),
    };
    let settings = case.get::<Settings>()?;
    let overdue = tables.tables.iter().filter_map(|table| {
        let policy = Policy::of(settings, table)?;
        let analyzed = table.analyzed()?;
        let trigger = policy.analyze_at(table);
        let stale = is_stale(table.modified, table.live, trigger) && had_its_chance(case, &policy, Some(analyzed));
        stale.then(|| finding(Severity::Warn, &table.name, table.modified, trigger))
    });
    Ok(overdue.collect())
}

/// From what was pasted; `None` when that tells nothing of changes. Whether autovacuum is on its way nobody knows.
fn told(case: &Case) -> Option<Vec<Finding>> {
    let catalog = case.get::<Catalog>().ok()?;
    let changes = |table: &Table| table.usage.as_ref()?.changed_since_analyze;
    catalog.tables.iter().find_map(changes)?;
    let stale = catalog.tables.iter().filter_map(|table| {
        let (changed, live) = (changes(table)?, table.rows?);
        let trigger = USUAL.0 + USUAL.1 * live.0 as f64;
        is_stale(changed, live, trigger).then(|| finding(Severity::Info, &table.name, changed, trigger))
    });
    Some(stale.collect())
}

/// `autovacuum_analyze_threshold` and `autovacuum_analyze_scale_factor` as they are by default.
const USUAL: (f64, f64) = (50.0, 0.1);

fn is_stale(changed: Rows, live: Rows, trigger: f64) -> bool {
    let share = Share::of(changed.0 as f64, live.0 as f64).unwrap_or(Share(1.0));
    changed.0 >= CHANGED.value.0 && changed.0 as f64 >= trigger * OVERDUE.value.0 && share.0 >= SHARE.value.0
}

fn finding(severity: Severity, table: &ObjectName, changed: Rows, trigger: f64) -> Finding {
    let name = Dialect::Postgres.qualified(table);
    let cause = format!(
        "{changed} changed since the last analyze, which was due at {}: the planner estimates with figures from before",
        Rows(trigger as u64)
    );
    Finding::new(severity, Subject::table(table), cause)
        .measured("rows changed", changed, "pg_stat_user_tables.n_mod_since_analyze")
        .catalog("analyze due at", Rows(trigger as u64), "autovacuum_analyze_threshold + scale factor × rows")
        .weight(changed.0 as f64)
        .fix(
            Fix::sql(format!("ANALYZE {name};"), Undo::NotNeeded("it only refreshes statistics".into()))
                .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
                .cost("reads a sample of 30,000 pages at most")
                .verify(format!(
                    "SELECT n_mod_since_analyze, last_analyze FROM pg_stat_user_tables WHERE relid = {}::regclass;",
                    Dialect::Postgres.literal(&name)
                )),
        )
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::TableUsage;

    use super::*;
    use crate::rules::bench::pg;
    use crate::rules::fixtures::{case, hours_ago, table};
    use crate::sections::tables::TableFacts;

    fn prices(modified: u64) -> TableFacts {
        TableFacts { modified: Rows(modified), ..table("prices", 100_000) }
    }

    #[test]
    fn fires_when_analyze_is_overdue() {
        assert_eq!(check(&case(vec![prices(50_000)])).unwrap()[0].fixes[0].statement, "ANALYZE public.prices;");
    }

    #[test]
    fn fires_at_once_where_nobody_will_come() {
        let mut off = TableFacts { last_autoanalyze: Some(hours_ago(0)), ..prices(50_000) };
        off.options.insert("autovacuum_enabled".into(), "off".into());
        assert_eq!(check(&case(vec![off])).unwrap().len(), 1);
    }

    fn pasted(changed: u64) -> Vec<Finding> {
        let usage = TableUsage { changed_since_analyze: Some(Rows(changed)), ..TableUsage::default() };
        let name = ObjectName::new("public", "prices");
        let table = Table { name, rows: Some(Rows(100_000)), usage: Some(usage), ..Table::default() };
        check(&pg(16).with(&Catalog { tables: vec![table], ..Catalog::default() })).unwrap()
    }

    #[test]
    fn fires_on_counters_pasted_beside_a_plan() {
        assert_eq!(pasted(50_000)[0].severity, Severity::Info, "nobody knows whether autovacuum is on its way");
    }

    #[test]
    fn silent_on_counters_that_are_usual() {
        assert!(pasted(15_000).is_empty());
    }

    #[test]
    fn silent_before_twice_the_trigger() {
        assert!(check(&case(vec![prices(19_000)])).unwrap().is_empty());
    }

    #[test]
    fn silent_when_it_was_analyzed_a_moment_ago() {
        assert!(
            check(&case(vec![TableFacts { last_autoanalyze: Some(hours_ago(0)), ..prices(50_000) }]))
                .unwrap()
                .is_empty()
        );
    }
}
