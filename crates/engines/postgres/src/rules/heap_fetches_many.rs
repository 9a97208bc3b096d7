use dbwright_model::plan::Operator;
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Share, Undo};
use dbwright_plan::{At, every};
use dbwright_sql::Dialect;

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "heap-fetches-many",
    title: "An index-only scan has to look into the table all the same",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&SHARE, &FETCHES, &WORTH, &WORTH_TIME],
    explains: &[],
    wrong_when: "the table was filled a moment ago and autovacuum comes by itself",
    do_not: "run VACUUM FULL: it locks the table, and a plain VACUUM sets the marks",
    lesson: include_str!("heap_fetches_many.md"),
    check,
};

static SHARE: Limit<Share> = Limit {
    what: "rows that had to be looked up in the table",
    value: Share(0.05),
    source: "users of PEV2 (a few percent is a disaster already); each fetch is a page of its own",
};

static FETCHES: Limit<Count> = Limit { what: "fetches from the table", value: Count(1_000), source: "ours" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(case, at)).collect())
}

fn finding(case: &Case, at: At<'_>) -> Option<Finding> {
    let node = at.node();
    if node.operator != Operator::IndexOnlyScan {
        return None;
    }
    // Printed as a total of all loops.
    let fetches = node.extra.number("Heap Fetches")?;
    let rows = node.total_rows()?;
    let share = Share::of(fetches, rows.max(fetches))?;
    if fetches < FETCHES.value.0 as f64 || share.0 < SHARE.value.0 {
        return None;
    }
    let sooner: &[&str] = match plan::is_before(case, 13) {
        true => &["autovacuum_vacuum_scale_factor"],
        false => &["autovacuum_vacuum_insert_scale_factor", "autovacuum_vacuum_scale_factor"],
    };
    let table = node.relation.as_ref()?;
    let qualified = Dialect::Postgres.qualified(table);
    let saving = plan::part(at.time()?, 0.1, share.0 * 0.7, 0.9);
    Some(
        at.finding(
            plan::severity(&at, saving),
            format!(
                "{} of {} rows had to be looked up in the table: its pages are not marked all-visible, VACUUM has not come by since they changed",
                Count(fetches as u64),
                Count(rows as u64)
            ),
        )
        .measured("fetches from the table", Count(fetches as u64), "Heap Fetches")
        .measured("rows returned", Count(rows as u64), "Actual Rows × Actual Loops")
        .saves(saving)
        .fix(
            Fix::sql(format!("VACUUM (ANALYZE) {qualified};"), Undo::NotNeeded("it only cleans up".into()))
                .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
                .cost("reads the pages changed since the last vacuum")
                .verify("Heap Fetches near 0 in a second EXPLAIN (ANALYZE)"),
        )
        .fix(
            Fix::sql(
                format!("ALTER TABLE {qualified} SET ({});", sooner.iter().map(|name| format!("{name} = 0.02")).collect::<Vec<_>>().join(", ")),
                Undo::Statement(format!("ALTER TABLE {qualified} RESET ({});", sooner.join(", "))),
            )
            .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
            .cost("autovacuum comes by more often; the insert parameter is there from PostgreSQL 13 on"),
        ),
    )
}
