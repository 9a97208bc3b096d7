use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Fix, Grade, Harm, Limit, Rule, Seconds, Settings, Severity, Subject,
    Undo,
};

use crate::autovacuum::{Policy, on_primary};
use crate::sections::tables::Tables;

static DEBT: Limit<Seconds> = Limit {
    what: "time to vacuum all tables that are past their trigger, at the throttle's write rate",
    value: Seconds::hours(1.0),
    source: "an hour of work waiting is more than a round of workers clears between two triggers",
};

pub(super) const RULE: Rule = Rule {
    id: "autovacuum-throttled",
    title: "Autovacuum is too slow for the work it has",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Vacuum,
    harm: Harm::Slowdown,
    limits: &[&DEBT],
    explains: &["autovacuum-saturated", "dead-rows-not-vacuumed"],
    wrong_when: "the disk is saturated already: then vacuum cannot go faster without slowing the workload",
    do_not: "set autovacuum_vacuum_cost_delay = 0: unthrottled workers take the whole disk from the workload",
    lesson: include_str!("autovacuum_throttled.md"),
    check,
};

/// Bytes of a page.
const PAGE: f64 = 8192.0;

fn check(case: &Case) -> Checked {
    on_primary(case)?;
    let settings = case.get::<Settings>()?;
    let own = settings.number("autovacuum_vacuum_cost_limit").filter(|limit| *limit > 0.0);
    let limit = own.or_else(|| settings.number("vacuum_cost_limit")).unwrap_or(200.0);
    let delay = match settings.seconds("autovacuum_vacuum_cost_delay") {
        Some(delay) if delay.0 > 0.0 => delay.0,
        // Not throttled, or not known.
        _ => return Ok(vec![]),
    };
    let dirty = settings.number("vacuum_cost_page_dirty").unwrap_or(20.0).max(1.0);
    let miss = settings.number("vacuum_cost_page_miss").unwrap_or(2.0).max(1.0);
    // Every dirtied page was read before: the dearer of the two is what limits a table full of dead rows.
    let rate = limit / delay / dirty.max(miss) * PAGE;
    let due =
        case.get::<Tables>()?.tables.iter().filter(|table| {
            Policy::of(settings, table).is_some_and(|policy| policy.enabled && policy.vacuum_due(table))
        });
    let debt: Bytes = due.filter_map(|table| table.size).sum();
    let takes = Seconds(debt.0 as f64 / rate);
    if takes.0 < DEBT.value.0 {
        return Ok(vec![]);
    }
    let wanted = (limit * (takes.0 / DEBT.value.0).max(2.0)).min(10_000.0).max(limit + 1.0).round();
    let cause = format!(
        "autovacuum may write {} a second ({limit} cost units each {}): the {debt} of tables that are due take it {takes}",
        Bytes(rate as u64),
        Seconds(delay)
    );
    let undo = match own {
        Some(limit) => format!("ALTER SYSTEM SET autovacuum_vacuum_cost_limit = {limit}; SELECT pg_reload_conf();"),
        None => "ALTER SYSTEM RESET autovacuum_vacuum_cost_limit; SELECT pg_reload_conf();".to_owned(),
    };
    let fix = Fix::sql(
        format!("ALTER SYSTEM SET autovacuum_vacuum_cost_limit = {wanted}; SELECT pg_reload_conf();"),
        Undo::Statement(undo),
    )
    .cost(format!(
        "vacuums may then write {} a second; see that the disk has it to spare",
        Bytes((rate * wanted / limit) as u64)
    ))
    .verify("SHOW autovacuum_vacuum_cost_limit;");
    Ok(vec![
        Finding::new(Severity::Warn, Subject::setting("autovacuum_vacuum_cost_limit"), cause)
            .grade(Grade::Derived)
            .catalog("write rate", Bytes(rate as u64), "limit ÷ delay ÷ vacuum_cost_page_dirty × 8 kB")
            .estimated("size of tables past their trigger", debt, "pg_class.relpages, pg_stat_user_tables.n_dead_tup")
            .weight(takes.0)
            .fix(fix),
    ])
}

#[cfg(test)]
mod tests {
    use dbwright_model::Rows;

    use super::*;
    use crate::rules::fixtures::{case, settings, table};
    use crate::sections::tables::TableFacts;

    fn found(size: Bytes, dead: u64, settings: &Settings) -> Vec<Finding> {
        let big = TableFacts { size: Some(size), dead: Rows(dead), ..table("big", 1_000_000) };
        check(&case(vec![big]).with(settings)).unwrap()
    }

    #[test]
    fn fires_when_the_debt_takes_hours() {
        let found = found(Bytes::gib(300), 900_000, &settings());
        assert!(found[0].cause.contains("39.1 MB a second"), "{}", found[0].cause);
    }

    #[test]
    fn fires_on_little_debt_under_an_old_delay() {
        assert_eq!(
            found(Bytes::gib(20), 900_000, &settings().with_unit("autovacuum_vacuum_cost_delay", "20", "ms")).len(),
            1
        );
    }

    #[test]
    fn silent_without_debt() {
        assert!(found(Bytes::gib(300), 100, &settings()).is_empty());
    }

    #[test]
    fn silent_when_it_is_done_within_the_hour() {
        assert!(found(Bytes::gib(100), 900_000, &settings()).is_empty());
    }

    #[test]
    fn silent_when_not_throttled() {
        assert!(
            found(Bytes::gib(300), 900_000, &settings().with_unit("autovacuum_vacuum_cost_delay", "0", "ms"))
                .is_empty()
        );
    }
}
