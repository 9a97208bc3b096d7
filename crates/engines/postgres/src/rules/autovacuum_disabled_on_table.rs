use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rows, Rule, Severity, Subject, Undo,
};
use dbwright_sql::Dialect;

use crate::autovacuum::{disabled_on, on_primary};
use crate::sections::tables::Tables;

static SIZE: Limit<Rows> = Limit {
    what: "live and dead rows of the table",
    value: Rows(10_000),
    source: "below that a whole scan costs a few milliseconds, dead rows or not (measured, 12–18)",
};

pub(super) const RULE: Rule = Rule {
    id: "autovacuum-disabled-on-table",
    title: "Autovacuum is switched off for a table that changes",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Vacuum,
    harm: Harm::Outage,
    limits: &[&SIZE],
    explains: &["dead-rows-not-vacuumed", "never-analyzed", "stale-statistics", "freeze-debt", "table-bloat"],
    wrong_when: "the table is loaded once, or emptied by TRUNCATE before it grows, or vacuumed by the job that fills it",
    do_not: "vacuum it by hand once and leave the parameter: the dead rows come back and nobody comes for them",
    lesson: include_str!("autovacuum_disabled_on_table.md"),
    check,
};

fn check(case: &Case) -> Checked {
    on_primary(case)?;
    let tables = &case.get::<Tables>()?.tables;
    let off = tables.iter().filter(|table| disabled_on(table) && table.live.0 + table.dead.0 >= SIZE.value.0);
    Ok(off
        .map(|table| {
            let name = Dialect::Postgres.qualified(&table.name);
            let cause = format!(
                "autovacuum_enabled is off for this table: its {} dead rows beside {} live ones are removed by nobody until wraparound forces it",
                Count(table.dead.0),
                Count(table.live.0)
            );
            Finding::new(Severity::Warn, Subject::table(&table.name), cause)
                .catalog("autovacuum_enabled", "off", "pg_class.reloptions")
                .measured("dead rows", table.dead, "pg_stat_user_tables.n_dead_tup")
                .weight(table.dead.0 as f64)
                .fix(
                    Fix::sql(
                        format!("ALTER TABLE {name} RESET (autovacuum_enabled);"),
                        Undo::Statement(format!("ALTER TABLE {name} SET (autovacuum_enabled = off);")),
                    )
                    .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
                    .verify(format!("SELECT reloptions FROM pg_class WHERE oid = {}::regclass;", Dialect::Postgres.literal(&name))),
                )
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{case, table};

    fn with(value: &str, rows: u64) -> Vec<Finding> {
        let mut table = table("sessions", rows);
        table.options.insert("autovacuum_enabled".into(), value.into());
        check(&case(vec![table])).unwrap()
    }

    #[test]
    fn fires_when_switched_off() {
        let found = with("off", 50_000);
        assert_eq!(found[0].subject.name, "public.sessions");
        assert_eq!(found[0].fixes[0].statement, "ALTER TABLE public.sessions RESET (autovacuum_enabled);");
    }

    #[test]
    fn fires_however_off_is_written() {
        assert_eq!(with("false", 10_000).len(), 1);
        assert_eq!(with("0", 10_000).len(), 1);
    }

    #[test]
    fn silent_on_a_small_table() {
        assert!(with("off", 9_999).is_empty());
    }

    #[test]
    fn silent_when_it_is_explicitly_on() {
        assert!(with("true", 50_000).is_empty());
    }
}
