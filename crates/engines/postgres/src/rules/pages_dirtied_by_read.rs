use dbwright_model::plan::Operator;
use dbwright_model::{Area, Bytes, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Undo};
use dbwright_plan::{At, every};
use dbwright_sql::Dialect;

pub(super) const RULE: Rule = Rule {
    id: "pages-dirtied-by-read",
    title: "A query that only reads changes the pages it reads",
    engines: &[Engine::Postgres],
    versions: "9.6–19; needs BUFFERS",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&CHANGED],
    explains: &[],
    wrong_when: "the rows were written a moment ago: the next reader finds them marked",
    do_not: "take the first run for the measure of the query: the second does without this work",
    lesson: include_str!("pages_dirtied_by_read.md"),
    check,
};

static CHANGED: Limit<Bytes> = Limit {
    what: "pages changed by a scan",
    value: Bytes::mib(8),
    source: "ours: marking fewer pages costs a few milliseconds once",
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    let node = at.node();
    let changed = Bytes(node.own.as_ref()?.buffers?.shared_dirtied.saturating_mul(8192));
    let writes = |node: &dbwright_model::plan::Node| matches!(node.operator, Operator::Modify | Operator::Lock);
    if !node.operator.is_scan() || changed.0 < CHANGED.value.0 || at.plan.nodes.iter().any(writes) {
        return None;
    }
    let table = node.relation.as_ref()?;
    let qualified = Dialect::Postgres.qualified(table);
    Some(
        at.finding(
            Severity::Info,
            format!("reading {qualified} changed {changed} of its pages: it is the first to meet rows written since the last VACUUM, and marks on each page which of them are committed"),
        )
        .measured("pages changed", changed, "Shared Dirtied Blocks, its own")
        .fix(
            Fix::sql(format!("VACUUM (ANALYZE) {qualified};"), Undo::NotNeeded("it only cleans up".into()))
                .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
                .cost("reads the pages changed since the last vacuum, and marks them once for all readers; worth it as the last step of a bulk load")
                .verify("no dirtied pages in a second EXPLAIN (ANALYZE, BUFFERS)"),
        ),
    )
}
