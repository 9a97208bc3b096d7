use dbwright_model::plan::{ConditionKind, Interval, Operator};
use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rows, Rule, Severity, Undo};
use dbwright_plan::{At, every};
use dbwright_sql::Dialect;

pub(super) const RULE: Rule = Rule {
    id: "count-reads-everything",
    title: "Counting all rows of a table reads all of them",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&READ],
    explains: &[],
    wrong_when: "the exact number is needed, now",
    do_not: "count(id) instead of count(*): it is not faster, it has to look at a column besides",
    lesson: include_str!("count_reads_everything.md"),
    check,
};

static READ: Limit<Rows> =
    Limit { what: "rows counted", value: Rows(100_000), source: "ours: fewer take some milliseconds" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    let node = at.node();
    if node.operator != Operator::Aggregate || !node.group_keys.is_empty() || at.parent().is_some() {
        return None;
    }
    let scan = std::iter::successors(at.inputs().next(), |below| match below.node().operator {
        Operator::Gather | Operator::Aggregate => below.inputs().next(),
        _ => None,
    })
    .last()?;
    let whole = matches!(scan.node().operator, Operator::FullScan | Operator::IndexOnlyScan | Operator::FullIndexScan)
        && scan.node().conditions.iter().all(|condition| condition.kind == ConditionKind::Recheck);
    // A sum needs the columns of the table; a count needs none, so that its rows are zero bytes wide.
    let narrow = scan.node().estimate.and_then(|estimate| estimate.width) == Some(0.0);
    let rows = scan.node().total_rows()?;
    if !whole || !narrow || rows < READ.value.0 as f64 {
        return None;
    }
    let table = scan.node().relation.as_ref()?;
    let name = Dialect::Postgres.literal(Dialect::Postgres.qualified(table));
    let total = at.total()?;
    Some(
        at.finding(Severity::Info, format!("{} were read to count them", Rows(rows as u64)))
            .measured("rows counted", Rows(rows as u64), "Actual Rows of the scan")
            .saves(Interval::new(0.0, total.value * 0.95, total.high))
            .fix(
                Fix::sql(
                    format!("SELECT reltuples::bigint FROM pg_class WHERE oid = {name}::regclass;"),
                    Undo::NotNeeded("it only reads".into()),
                )
                .cost("the number as of the last VACUUM or ANALYZE, usually within a percent; for an exact one at any time keep a counter up to date by trigger; to page through a list, ask for one row more than the page shows instead of counting"),
            ),
    )
}
