use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Fix, Harm, Limit, Ratio, Rows, Rule, Settings, Severity, Share, Subject, Undo,
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
    let settings = case.get::<Settings>()?;
    let mut findings = Vec::new();
    for table in &case.get::<Tables>()?.tables {
        let Some(policy) = Policy::of(settings, table) else { continue };
        let (changed, trigger) = (table.modified.0 as f64, policy.analyze_at(table));
        let Some(analyzed) = table.analyzed() else { continue };
        let share = Share::of(changed, table.live.0 as f64).unwrap_or(Share(1.0));
        if table.modified.0 < CHANGED.value.0
            || changed < trigger * OVERDUE.value.0
            || share.0 < SHARE.value.0
            || !had_its_chance(case, &policy, Some(analyzed))
        {
            continue;
        }
        let name = Dialect::Postgres.qualified(&table.name);
        let cause = format!(
            "{} changed since the last analyze, which was due at {}: the planner estimates with figures from before",
            table.modified,
            Rows(trigger as u64)
        );
        findings.push(
            Finding::new(Severity::Warn, Subject::table(&table.name), cause)
                .measured("rows changed", table.modified, "pg_stat_user_tables.n_mod_since_analyze")
                .catalog("analyze due at", Rows(trigger as u64), "autovacuum_analyze_threshold + scale factor × rows")
                .weight(changed)
                .fix(
                    Fix::sql(format!("ANALYZE {name};"), Undo::NotNeeded("it only refreshes statistics".into()))
                        .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
                        .cost("reads a sample of 30,000 pages at most")
                        .verify(format!(
                            "SELECT n_mod_since_analyze, last_analyze FROM pg_stat_user_tables WHERE relid = {}::regclass;",
                            Dialect::Postgres.literal(&name)
                        )),
                ),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
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
