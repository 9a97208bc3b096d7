use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rows, Rule, Settings, Severity, Subject, Undo,
};
use dbwright_sql::Dialect;

use crate::autovacuum::{Policy, on_primary};
use crate::sections::tables::Tables;

static ROWS: Limit<Rows> =
    Limit { what: "rows of the table", value: Rows(10_000), source: "plans over fewer rows hardly differ" };

pub(super) const RULE: Rule = Rule {
    id: "never-analyzed",
    title: "A table was never analyzed",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Statistics,
    harm: Harm::Slowdown,
    limits: &[&ROWS],
    explains: &["existing-index-unused", "plan-row-underestimate", "plan-row-overestimate"],
    wrong_when: "the table is loaded, read once and dropped",
    do_not: "set planner switches like enable_nestloop to correct single plans: the missing statistics are the cause",
    lesson: include_str!("never_analyzed.md"),
    check,
};

fn check(case: &Case) -> Checked {
    on_primary(case)?;
    let settings = case.get::<Settings>()?;
    let mut findings = Vec::new();
    for table in &case.get::<Tables>()?.tables {
        let Some(policy) = Policy::of(settings, table) else { continue };
        // After a reset of the counters everything looks as if it had never been analyzed: demand that all rows are new.
        let all_new = table.modified.0 >= table.live.0 && table.rows.is_none_or(|rows| rows.0 <= table.live.0);
        if table.live.0 < ROWS.value.0 || table.analyzed().is_some() || !all_new {
            continue;
        }
        let (severity, who) = match policy.enabled {
            true => (Severity::Info, "autovacuum has not come yet"),
            false => (Severity::Warn, "autovacuum is off for it"),
        };
        let name = Dialect::Postgres.qualified(&table.name);
        let cause = format!("{} and no statistics about them ({who}): the planner guesses", table.live);
        findings.push(
            Finding::new(severity, Subject::table(&table.name), cause)
                .measured("rows", table.live, "pg_stat_user_tables.n_live_tup")
                .weight(table.live.0 as f64)
                .fix(
                    Fix::sql(format!("ANALYZE {name};"), Undo::NotNeeded("it only makes statistics".into()))
                        .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
                        .cost("reads a sample of 30,000 pages at most")
                        .verify(format!(
                            "SELECT last_analyze FROM pg_stat_user_tables WHERE relid = {}::regclass;",
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
    use crate::rules::fixtures::{case, table};
    use crate::sections::tables::TableFacts;

    fn imported(rows: u64) -> TableFacts {
        TableFacts {
            rows: None,
            modified: Rows(rows),
            last_autovacuum: None,
            last_autoanalyze: None,
            ..table("imported", rows)
        }
    }

    #[test]
    fn fires_where_nobody_will_come() {
        let mut off = imported(50_000);
        off.options.insert("autovacuum_enabled".into(), "off".into());
        assert_eq!(check(&case(vec![off])).unwrap()[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_gently_while_autovacuum_is_on_its_way() {
        assert_eq!(check(&case(vec![imported(50_000)])).unwrap()[0].severity, Severity::Info);
    }

    #[test]
    fn silent_on_a_small_table() {
        assert!(check(&case(vec![imported(9_999)])).unwrap().is_empty());
    }

    #[test]
    fn silent_after_the_counters_were_reset() {
        let reset = TableFacts { rows: Some(Rows(5_000_000)), ..imported(50_000) };
        assert!(check(&case(vec![reset])).unwrap().is_empty());
    }
}
