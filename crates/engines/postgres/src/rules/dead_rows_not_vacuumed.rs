use dbwright_model::{
    Area, Bytes, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Ratio, Rows, Rule, Settings, Severity, Share,
    Subject, Undo,
};
use dbwright_sql::Dialect;

use crate::autovacuum::{Policy, had_its_chance, on_primary};
use crate::sections::tables::{TableFacts, Tables};
use crate::sections::vacuum::Vacuum;

static DEAD: Limit<Rows> = Limit {
    what: "dead rows",
    value: Rows(10_000),
    source: "below that a scan loses a few milliseconds (measured, 12–18)",
};
static OVERDUE: Limit<Ratio> = Limit {
    what: "dead rows in terms of the table's own vacuum trigger",
    value: Ratio(2.0),
    source: "at once the trigger a worker is on its way; at twice it did not come (routine vacuuming, PostgreSQL documentation)",
};
static SHARE: Limit<Share> = Limit {
    what: "dead rows as a part of all rows",
    value: Share(0.1),
    source: "what a scan loses is in proportion to it; a tenth is what the advised setting allows",
};
static BUDGET: Limit<Bytes> = Limit {
    what: "dead space a table may hold: a tenth of it, but no more than this",
    value: Bytes::gib(1),
    source: "a vacuum of a gigabyte of dead rows takes about half a minute at the default throttle of 39 MB/s",
};

pub(super) const RULE: Rule = Rule {
    id: "dead-rows-not-vacuumed",
    title: "Dead rows wait for vacuum",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Vacuum,
    harm: Harm::Slowdown,
    limits: &[&DEAD, &OVERDUE, &SHARE, &BUDGET],
    explains: &["table-bloat"],
    wrong_when: "a long transaction, a replication slot or a prepared transaction still needs the rows: then vacuum runs and removes nothing; end that first",
    do_not: "run VACUUM FULL: it locks everybody out for as long as it rewrites the table, and the dead rows are back a week later",
    lesson: include_str!("dead_rows_not_vacuumed.md"),
    check,
};

fn check(case: &Case) -> Checked {
    on_primary(case)?;
    let settings = case.get::<Settings>()?;
    let running = case.get::<Vacuum>().map(|vacuum| vacuum.running.as_slice()).unwrap_or_default();
    let mut findings = Vec::new();
    for table in &case.get::<Tables>()?.tables {
        let Some(policy) = Policy::of(settings, table) else { continue };
        let dead = table.dead.0 as f64;
        let share = Share::of(dead, dead + table.live.0 as f64);
        let trigger = policy.vacuum_at(table);
        if table.dead.0 < DEAD.value.0
            || dead < trigger * OVERDUE.value.0
            || share.is_none_or(|share| share.0 < SHARE.value.0)
            || running.iter().any(|vacuum| vacuum.table.as_ref() == Some(&table.name))
            || !had_its_chance(case, &policy, table.vacuumed())
        {
            continue;
        }
        findings.push(finding(table, &policy, trigger, share.unwrap_or_default()));
    }
    Ok(findings)
}

fn finding(table: &TableFacts, policy: &Policy, trigger: f64, share: Share) -> Finding {
    let name = Dialect::Postgres.qualified(&table.name);
    let cause = format!(
        "{} dead rows ({share} of the table) wait for vacuum, which was due at {}: scans read them, and new rows make the table grow instead",
        Count(table.dead.0),
        Rows(trigger as u64)
    );
    let vacuum =
        Fix::sql(format!("VACUUM (ANALYZE) {name};"), Undo::NotNeeded("it only removes what nobody can see".into()))
            .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
            .cost("reads the table and its indexes once")
            .verify(format!(
                "SELECT n_dead_tup, last_vacuum FROM pg_stat_user_tables WHERE relid = {}::regclass;",
                Dialect::Postgres.literal(&name)
            ));
    let found = Finding::new(Severity::Warn, Subject::table(&table.name), cause)
        .measured("dead rows", table.dead, "pg_stat_user_tables.n_dead_tup")
        .catalog(
            "vacuum due at",
            Rows(trigger as u64),
            "pg_settings and pg_class.reloptions: threshold + scale factor × rows",
        )
        .weight(table.dead.0 as f64)
        .fix(vacuum);
    match tighter(table, policy, trigger) {
        Some(fix) if policy.enabled => found.fix(fix),
        _ => found,
    }
}

/// Settings under which dead rows never take more than the budget; `None` when the present ones are as tight.
fn tighter(table: &TableFacts, policy: &Policy, trigger: f64) -> Option<Fix> {
    let (size, rows) = (table.size?.0 as f64, (table.live.0 + table.dead.0) as f64);
    let row = size / rows.max(1.0);
    let allowed = (size / 10.0).min(BUDGET.value.0 as f64) / row.max(1.0);
    // Above a hundred million rows any share is too coarse: count rows instead.
    let (scale, threshold) = match rows > 1e8 {
        true => (0.0, allowed.round()),
        false => {
            let wanted = (allowed - policy.threshold).max(0.0) / rows.max(1.0);
            ([0.2, 0.1, 0.05, 0.02, 0.01].into_iter().find(|scale| *scale <= wanted).unwrap_or(0.01), policy.threshold)
        }
    };
    if scale * rows + threshold >= trigger {
        return None;
    }
    let name = Dialect::Postgres.qualified(&table.name);
    let statement = format!(
        "ALTER TABLE {name} SET (autovacuum_vacuum_scale_factor = {scale}, autovacuum_vacuum_threshold = {threshold});"
    );
    let undo = format!("ALTER TABLE {name} RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);");
    Some(Fix::sql(statement, Undo::Statement(undo)).lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)").cost(
        format!(
            "vacuum comes at {} dead rows instead of {}: more often, and shorter",
            (scale * rows + threshold) as u64,
            trigger as u64
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{case, hours_ago, table};

    fn orders(dead: u64) -> TableFacts {
        TableFacts { dead: Rows(dead), ..table("orders", 1_000_000) }
    }

    #[test]
    fn fires_when_vacuum_is_overdue() {
        let found = check(&case(vec![orders(500_000)])).unwrap();
        assert_eq!(found[0].fixes[0].statement, "VACUUM (ANALYZE) public.orders;");
        assert!(
            found[0].fixes[1].statement.contains("autovacuum_vacuum_scale_factor = 0.05"),
            "{:?}",
            found[0].fixes[1]
        );
    }

    #[test]
    fn fires_with_advice_in_rows_on_a_huge_table() {
        let huge = TableFacts { dead: Rows(200_000_000), ..table("huge", 400_000_000) };
        let found = check(&case(vec![huge])).unwrap();
        assert!(found[0].fixes[1].statement.contains("scale_factor = 0, "), "{:?}", found[0].fixes[1]);
    }

    #[test]
    fn silent_before_twice_the_trigger() {
        assert!(check(&case(vec![orders(390_000)])).unwrap().is_empty());
    }

    #[test]
    fn silent_when_autovacuum_was_there_a_moment_ago() {
        let fresh = TableFacts { last_autovacuum: Some(hours_ago(0)), ..orders(500_000) };
        assert!(check(&case(vec![fresh])).unwrap().is_empty());
    }

    #[test]
    fn silent_on_a_small_table() {
        let small = TableFacts { dead: Rows(9_000), ..table("small", 100) };
        assert!(check(&case(vec![small])).unwrap().is_empty());
    }
}
