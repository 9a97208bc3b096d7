use dbwright_model::plan::{ConditionKind, Operator};
use dbwright_model::{
    Area, Case, Catalog, Checked, Engine, Finding, Fix, Harm, Limit, Rows, Rule, Severity, Share, Undo,
};
use dbwright_plan::{At, every};
use dbwright_sql::Dialect;

use super::plan::{self, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "sort-of-whole-table",
    title: "Rows of one table are sorted that an index could give in order",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&ROWS, &SHARE, &WORTH_TIME],
    explains: &["sort-spilled"],
    wrong_when: "the rows are wide and most of the table is returned: reading it in the order of an index jumps from page to page",
    do_not: "make an index for a report that runs once a day: every insert pays for it",
    lesson: include_str!("sort_of_whole_table.md"),
    check,
};

static ROWS: Limit<Rows> = Limit { what: "rows sorted", value: Rows(50_000), source: "ours" };

static SHARE: Limit<Share> =
    Limit { what: "the sort's own part of the execution", value: Share(0.4), source: "ours: it must be what costs" };

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().ok();
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at, catalog)).collect())
}

fn finding(at: &At<'_>, _catalog: Option<&Catalog>) -> Option<Finding> {
    let node = at.node();
    // With a limit above, it is another rule's matter.
    let limited = at.ancestors().take(2).any(|above| above.node().operator == Operator::Limit);
    let scan = at.inputs().next().filter(|input| input.node().operator == Operator::FullScan)?;
    let (rows, share, time) = (scan.node().total_rows()?, at.share()?, at.time()?);
    let whole = scan.node().conditions(ConditionKind::Filter).next().is_none();
    if node.operator != Operator::Sort
        || limited
        || !whole
        || rows < ROWS.value.0 as f64
        || share.0 < SHARE.value.0
        || time.value < WORTH_TIME.value.0
    {
        return None;
    }
    let table = scan.node().relation.as_ref()?;
    let keys: Option<Vec<String>> = node.sort_keys.iter().map(|key| plain(key.as_str())).collect();
    let keys = keys?;
    let columns: Vec<&str> = keys.iter().map(|key| key.split(' ').next().unwrap_or("")).collect();
    let name = Dialect::Postgres.quote(
        format!("{}_{}_idx", table.name, columns.join("_").replace('"', "")).chars().take(60).collect::<String>(),
    );
    let saving = plan::part(time, 0.0, 0.5, 1.0);
    Some(
        at.finding(
            Severity::Info,
            format!("{} were sorted by {}, {share} of the execution", Rows(rows as u64), keys.join(", ")),
        )
        .measured("rows sorted", Rows(rows as u64), "Actual Rows of the Sort's input")
        .measured("time of the sort itself", time.seconds(), "its Actual Total Time − its input's")
        .saves(saving)
        .fix(
            Fix::sql(
                format!("CREATE INDEX CONCURRENTLY {name} ON {} ({});", Dialect::Postgres.qualified(table), keys.join(", ")),
                Undo::Statement(format!("DROP INDEX CONCURRENTLY {name};")),
            )
            .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
            .cost("pays when the query needs few columns (add them by INCLUDE for an index-only scan) or the table is stored about in that order; a test shows it"),
        ),
    )
}

/// A sort key that is a plain column, as an index takes it.
fn plain(key: &str) -> Option<String> {
    let (text, direction) = match key.strip_suffix(" DESC") {
        Some(text) => (text, " DESC"),
        None => (key, ""),
    };
    match dbwright_sql::expression::Expr::parse(text, Dialect::Postgres) {
        dbwright_sql::expression::Expr::Column(column) => {
            Some(format!("{}{direction}", Dialect::Postgres.quote(&column.name)))
        }
        _ => None,
    }
}
