use dbwright_model::plan::{ConditionKind, Operator};
use dbwright_model::{
    Area, Bytes, Case, Catalog, Checked, Count, Engine, Finding, Fix, Grade, Harm, Limit, Ratio, Rows, Rule, Undo,
};
use dbwright_plan::prescribe::find_table;
use dbwright_plan::{At, every};
use dbwright_sql::Dialect;
use dbwright_sql::expression::Expr;
use dbwright_sql::predicate::{self, Demand};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "dead-rows-scanned",
    title: "A scan goes through many pages on which hardly a row is left",
    engines: &[Engine::Postgres],
    versions: "9.6–19; needs BUFFERS",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&PAGES, &EACH, &WORTH, &WORTH_TIME],
    explains: &["selective-seq-scan", "index-filter-discards", "io-bound-scan"],
    wrong_when: "the condition is not on the index's first column, so that the whole index is searched; or it looks into values of many kilobytes, which are stored aside",
    do_not: "add an index: what slows this down would be in it as well",
    lesson: include_str!("dead_rows_scanned.md"),
    check,
};

static PAGES: Limit<Bytes> =
    Limit { what: "pages gone through", value: Bytes::mib(8), source: "ours: fewer take a millisecond" };

static EACH: Limit<Ratio> = Limit {
    what: "pages for each row found or thrown away",
    value: Ratio(10.0),
    source: "ours: a page that is not empty holds a row at least, and a row found by index takes two pages beside the way down",
};

/// Pages from an index's root to a row.
const DESCENT: f64 = 5.0;

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().ok();
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(case, &at, catalog)).collect())
}

fn finding(case: &Case, at: &At<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    let node = at.node();
    let own = node.own.as_ref()?.buffers?;
    let removed: f64 =
        [ConditionKind::Filter, ConditionKind::Recheck].iter().filter_map(|kind| node.total_removed(*kind)).sum();
    // Averages of many loops are rounded, those of the rows thrown away as well.
    let most = at.rows_between()?.1;
    let rows = most + (most - node.total_rows()?) + removed;
    let by_index = matches!(node.operator, Operator::IndexScan | Operator::IndexOnlyScan);
    let searches = node.extra.number("Index Searches").unwrap_or(node.loops()?);
    let pages = (own.shared_hit + own.shared_read) as f64 - if by_index { searches * DESCENT } else { 0.0 };
    if !(by_index || node.operator == Operator::FullScan)
        || pages * 8192.0 < PAGES.value.0 as f64
        || pages < EACH.value.0 * rows.max(1.0)
        || (by_index && !goes_straight(at, catalog, pages))
    {
        return None;
    }
    let table = node.relation.as_ref()?;
    let qualified = Dialect::Postgres.qualified(table);
    let (pages, rows) = (Count(pages as u64), Rows(rows as u64));
    let what = match (&node.index, by_index) {
        (Some(index), true) => format!(
            "the scan of {index} went through {pages} pages for {rows}: the entries between lead to rows that were deleted or replaced and are not cleaned up"
        ),
        _ => format!(
            "{pages} pages were read on which there were {rows}: the others are empty, or hold rows that were deleted or replaced"
        ),
    };
    let saving = plan::part(at.time()?, 0.3, 0.9, 1.0);
    let mut finding = at
        .finding(plan::severity(at, saving), what)
        .grade(Grade::Derived)
        .measured("pages gone through", Count(own.shared_hit + own.shared_read), "Shared Hit + Read Blocks, its own")
        .measured("rows found or thrown away", rows, "Actual Rows + Rows Removed by Filter")
        .saves(saving)
        .fix(
            Fix::sql(format!("VACUUM (VERBOSE, ANALYZE) {qualified};"), Undo::NotNeeded("it only cleans up".into()))
                .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
                .cost("reads the pages changed since the last vacuum; when it tells of rows that cannot be removed yet, an old transaction or a replication slot holds them: dbwright look names it")
                .verify("far fewer buffers in a second EXPLAIN (ANALYZE, BUFFERS)"),
        );
    finding = match (&node.index, by_index) {
        (Some(index), true) if !plan::is_before(case, 12) => {
            let index = dbwright_model::catalog::ObjectName { schema: table.schema.clone(), name: index.clone() };
            finding.fix(
                Fix::sql(
                    format!("REINDEX INDEX CONCURRENTLY {};", Dialect::Postgres.qualified(&index)),
                    Undo::NotNeeded("the same index, built anew".into()),
                )
                .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
                .cost("room for a second copy of the index while it is built; only when VACUUM left its pages almost empty"),
            )
        }
        _ => finding.fix(
            Fix::sql(format!("VACUUM (FULL, ANALYZE) {qualified};"), Undo::NotNeeded("the same rows, packed".into()))
                .lock("ACCESS EXCLUSIVE: nobody reads or writes the table meanwhile")
                .cost("writes the table and its indexes anew; only when plain VACUUM left the pages empty; pg_repack does the same while the application goes on"),
        ),
    };
    Some(finding)
}

/// Whether a scan of a B-tree or hash index reads one run of entries, all of which meet its condition: so that pages without
/// rows can only be dead. Where the index's columns are not known, the planner knew them: it expected to read less.
fn goes_straight(at: &At<'_>, catalog: Option<&Catalog>, pages: f64) -> bool {
    let node = at.node();
    let parsed: Vec<Expr> = node
        .conditions(ConditionKind::Index)
        .map(|condition| Expr::parse(condition.text.as_str(), Dialect::Postgres))
        .collect();
    if node.conditions(ConditionKind::Order).next().is_some()
        || parsed.iter().any(|expr| !predicate::others(expr, Dialect::Postgres).is_empty())
    {
        return false;
    }
    let terms: Vec<_> = parsed.iter().flat_map(|expr| predicate::terms(expr, Dialect::Postgres)).collect();
    let one_run = |demand| matches!(demand, Demand::Equal | Demand::Range | Demand::Null | Demand::Flag(_));
    let ranges = terms.iter().filter(|term| term.demand == Demand::Range);
    let mut columns: Vec<&str> = terms.iter().map(|term| term.column.name.as_str()).collect();
    columns.sort_unstable();
    columns.dedup();
    let known = || {
        let table = find_table(catalog?, node.relation.as_ref()?)?;
        let index = table.indexes.iter().find(|index| Some(&index.name) == node.index.as_ref())?;
        Some(
            index
                .parts
                .iter()
                .take(columns.len())
                .all(|part| part.column.as_ref().is_none_or(|name| columns.contains(&name.as_str()))),
        )
    };
    let unexpected = || {
        let expected = node.estimate.and_then(|estimate| Some(estimate.total_cost? * node.loops()?));
        expected.is_some_and(|cost| pages > cost)
    };
    terms.iter().all(|term| one_run(term.demand))
        && (columns.len() <= 1 || ranges.count() == 0)
        && known().unwrap_or_else(|| columns.is_empty() || unexpected())
}
