use dbwright_model::catalog::Table;
use dbwright_model::plan::{ConditionKind, Operator};
use dbwright_model::{
    Area, Bytes, Case, Catalog, Checked, Count, Engine, Finding, Harm, Limit, Rows, Rule, Severity, Share,
};
use dbwright_plan::prescribe::{Index, find_table, index_for};
use dbwright_plan::{At, every};
use dbwright_sql::Dialect;

use super::plan;

pub(super) const RULE: Rule = Rule {
    id: "index-not-covering",
    title: "An index finds the rows, and each is fetched for a column or two",
    engines: &[Engine::Postgres],
    versions: "11–19 (INCLUDE); needs VERBOSE, which tells the columns",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&FETCHED, &PAGES, &OF_ALL, &WIDTH],
    explains: &["io-bound-scan"],
    wrong_when: "the table changes all the time: pages that VACUUM has not marked are looked into all the same",
    do_not: "carry wide or often changed columns: the index grows with them, and every update of them writes it",
    lesson: include_str!("index_not_covering.md"),
    check,
};

static FETCHED: Limit<Rows> =
    Limit { what: "rows fetched", value: Rows(5_000), source: "ours: fewer are fetched in a few milliseconds" };

static PAGES: Limit<Share> = Limit {
    what: "pages of the table for each row",
    value: Share(0.5),
    source: "ours: when several rows wanted stand on each page, the table is read almost as fast as the index",
};

static OF_ALL: Limit<Share> =
    Limit { what: "the scan's part of the execution", value: Share(0.3), source: "ours: below it little is gained" };

static WIDTH: Limit<Bytes> = Limit {
    what: "width of what is returned",
    value: Bytes(64),
    source: "ours: wider columns make the index a second table",
};

fn check(case: &Case) -> Checked {
    if plan::is_before(case, 11) {
        return Ok(Vec::new());
    }
    let catalog = case.get::<Catalog>().ok();
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at, catalog)).collect())
}

fn finding(at: &At<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    let node = at.node();
    let by_index = match node.operator {
        Operator::IndexScan => true,
        Operator::BitmapHeapScan => at.inputs().all(|input| input.node().operator == Operator::BitmapIndexScan),
        _ => false,
    };
    let writes = |node: &dbwright_model::plan::Node| matches!(node.operator, Operator::Modify | Operator::Lock);
    if !by_index || at.plan.nodes.iter().any(writes) {
        return None;
    }
    let rows = node.total_rows()? + node.total_removed(ConditionKind::Filter).unwrap_or(0.0);
    // An index scan touches its own pages as well: two for a row in a loop, next to none in a run of rows.
    let loops = node.loops()?;
    let descents = if node.operator == Operator::IndexScan { loops * 2.0 } else { 0.0 };
    let own = node.own.as_ref()?.buffers?;
    let pages = (own.shared_hit + own.shared_read) as f64 - descents;
    let (time, of_all) = (at.time()?, at.share()?);
    if rows < FETCHED.value.0 as f64
        || pages < PAGES.value.0 * rows
        || of_all.0 < OF_ALL.value.0
        || node.estimate?.width? > WIDTH.value.0 as f64
    {
        return None;
    }
    let index = index_for(at, &[], catalog, Dialect::Postgres)?.covering(at)?;
    let table = catalog.and_then(|catalog| find_table(catalog, node.relation.as_ref()?));
    if table.is_some_and(|table| is_there(table, &index)) {
        return None;
    }
    let columns = index.include.join(", ");
    Some(
        at.finding(
            Severity::Info,
            format!(
                "{} were fetched from {} pages all over the table, for no more than {columns}: an index that carries that answers alone",
                Rows(rows as u64),
                Count(pages as u64)
            ),
        )
        .measured("rows fetched", Rows(rows as u64), "Actual Rows × Actual Loops + Rows Removed by Filter")
        .measured("pages touched", Count(own.shared_hit + own.shared_read), "Shared Hit + Read Blocks, its own")
        .saves(plan::part(time, 0.0, 0.5, 0.9))
        .fix(
            index
                .fix(Dialect::Postgres)
                .also_costs("VACUUM the table afterwards, and often enough: only pages marked all-visible need not be looked into")
                .verify("Index Only Scan with Heap Fetches near 0 in a new EXPLAIN (ANALYZE)"),
        ),
    )
}

/// Whether an index there holds all these columns already: then it is the planner's choice not to use it.
fn is_there(table: &Table, index: &Index) -> bool {
    let wanted = index.keys.iter().map(|key| &key.column).chain(&index.include);
    let wanted: Vec<&String> = wanted.collect();
    table.indexes.iter().any(|known| {
        let holds = |column: &str| {
            known.include.iter().any(|name| *name == *column)
                || known.parts.iter().any(|part| part.column.as_ref().is_some_and(|name| *name == *column))
        };
        wanted.iter().all(|column| holds(column))
    })
}
