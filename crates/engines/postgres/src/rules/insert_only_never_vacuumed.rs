use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rows, Rule, Settings, Severity, Share, Subject, Undo,
};
use dbwright_sql::Dialect;

use crate::autovacuum::{Policy, had_its_chance, on_primary};
use crate::sections::tables::Tables;

static INSERTED: Limit<Rows> = Limit {
    what: "rows inserted and never vacuumed",
    value: Rows(1_000_000),
    source: "below that an index-only scan loses little by visiting the table, and freezing takes seconds (measured, 12–18)",
};
static VISIBLE: Limit<Share> = Limit {
    what: "pages known to be visible to everyone",
    value: Share(0.1),
    source: "the planner prices index-only scans by this share (pg_class.relallvisible)",
};

pub(super) const RULE: Rule = Rule {
    id: "insert-only-never-vacuumed",
    title: "A table that only grows is never vacuumed",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Vacuum,
    harm: Harm::Slowdown,
    limits: &[&INSERTED, &VISIBLE],
    explains: &[],
    wrong_when: "old parts of the table are dropped before anybody reads them through an index",
    do_not: "run VACUUM FULL: there are no dead rows, so that nothing is freed and everybody waits",
    lesson: include_str!("insert_only_never_vacuumed.md"),
    check,
};

fn check(case: &Case) -> Checked {
    on_primary(case)?;
    let settings = case.get::<Settings>()?;
    let mut findings = Vec::new();
    for table in &case.get::<Tables>()?.tables {
        let Some(policy) = Policy::of(settings, table) else { continue };
        let new = table.inserted_since_vacuum.unwrap_or(table.inserted);
        let due = policy.insert_vacuum_at(table);
        // Version 12 has no trigger by inserts at all.
        let overdue = due.is_none_or(|due| new.0 as f64 > due * 2.0);
        if new.0 < INSERTED.value.0
            || table.vacuumed().is_some()
            || !overdue
            || table.all_visible.is_some_and(|share| share.0 >= VISIBLE.value.0)
            || (due.is_some() && !had_its_chance(case, &policy, None))
        {
            continue;
        }
        let name = Dialect::Postgres.qualified(&table.name);
        let literal = Dialect::Postgres.literal(&name);
        let why = match due {
            Some(_) => "autovacuum did not come although inserts make it due",
            None => "inserts alone never make autovacuum come here",
        };
        let cause = format!(
            "{} were inserted and no vacuum has seen them ({why}): index-only scans visit the table for each row, and freezing piles up",
            new
        );
        findings.push(
            Finding::new(Severity::Info, Subject::table(&table.name), cause)
                .measured(
                    "rows inserted since a vacuum",
                    new,
                    "pg_stat_user_tables.n_ins_since_vacuum (13+), n_tup_ins",
                )
                .weight(new.0 as f64)
                .fix(
                    Fix::sql(
                        format!("VACUUM (FREEZE, ANALYZE) {name};"),
                        Undo::NotNeeded("frozen rows read like any others".into()),
                    )
                    .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
                    .cost("reads the table once and writes what it freezes to the log")
                    .verify(format!("SELECT relpages, relallvisible FROM pg_class WHERE oid = {literal}::regclass;")),
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

    fn log(inserted: u64) -> TableFacts {
        TableFacts {
            inserted_since_vacuum: Some(Rows(inserted)),
            last_autovacuum: None,
            all_visible: Some(Share(0.0)),
            ..table("log", inserted)
        }
    }

    #[test]
    fn fires_when_autovacuum_did_not_come() {
        assert_eq!(
            check(&case(vec![log(5_000_000)])).unwrap()[0].fixes[0].statement,
            "VACUUM (FREEZE, ANALYZE) public.log;"
        );
    }

    #[test]
    fn fires_where_the_server_has_no_such_trigger() {
        let mut settings = crate::rules::fixtures::settings();
        settings.0.remove("autovacuum_vacuum_insert_threshold");
        let old = TableFacts { inserted_since_vacuum: None, ..log(5_000_000) };
        assert_eq!(check(&case(vec![old]).with(&settings)).unwrap().len(), 1);
    }

    #[test]
    fn silent_below_a_million() {
        assert!(check(&case(vec![log(900_000)])).unwrap().is_empty());
    }

    #[test]
    fn silent_when_the_pages_are_visible() {
        assert!(check(&case(vec![TableFacts { all_visible: Some(Share(0.9)), ..log(5_000_000) }])).unwrap().is_empty());
    }
}
