//! What the two rules about wrong row estimates share: finding the origin, what it harms, and what mends it.

use dbwright_model::catalog::ObjectName;
use dbwright_model::plan::{ConditionKind, Operator};
use dbwright_model::{Case, Catalog, Finding, Fix, Limit, PlanNode, Ratio, Rows, Severity, Undo};
use dbwright_plan::At;
use dbwright_sql::Dialect;
use dbwright_sql::expression::{Column, Expr};
use dbwright_sql::predicate::{self, Around};

use super::{distinct, plan};

/// How far off is worth a word.
pub(super) static FACTOR: Limit<Ratio> = Limit {
    what: "factor between rows expected and rows that came",
    value: Ratio(10.0),
    source: "pganalyze and pgMustard start at 10 to 100; joins amplify smaller errors, but a plan rarely flips below 10",
};

/// Below this many rows no plan depends on it.
pub(super) static ROWS: Limit<Rows> =
    Limit { what: "rows, expected or come", value: Rows(100), source: "ours: a plan for 1 row serves 99 as well" };

/// How much worse than its inputs an operator must be to be the origin.
pub(super) static ORIGIN: Limit<Ratio> = Limit {
    what: "factor by which it is worse than any of its inputs",
    value: Ratio(3.0),
    source: "ours: otherwise the error came from below",
};

/// The factor, when the estimate of this operator is where the error begins.
pub(super) fn origin(at: &At<'_>, under: bool) -> Option<f64> {
    let (factor, is_under) = at.misestimate()?;
    let (expected, came) = at.node().rows()?;
    let enough = expected.max(came) >= ROWS.value.0 as f64;
    if is_under != under || factor < FACTOR.value.0 || !enough || !at.matters() || !estimates(at) {
        return None;
    }
    let below = at.inputs().filter_map(|input| input.misestimate()).filter(|(_, under)| *under == is_under);
    let worst = below.map(|(factor, _)| factor).fold(1.0, f64::max);
    (factor >= ORIGIN.value.0 * worst).then_some(factor)
}

/// Whether the rows of this operator are an estimate of its own. A bitmap of several indexes and a modification print 0
/// rows; a merge join's inner side counts rows it was given again.
fn estimates(at: &At<'_>) -> bool {
    let never = matches!(
        at.node().operator,
        Operator::BitmapCombine
            | Operator::BitmapIndexScan
            | Operator::Modify
            | Operator::Lock
            | Operator::Limit
            | Operator::Hash
            | Operator::Materialize
            | Operator::Memoize
            | Operator::Gather
            | Operator::Sort
            | Operator::Custom
    );
    let in_merge_join = at.parent().is_some_and(|above| above.node().operator == Operator::MergeJoin);
    !never && !in_merge_join
}

/// The operators above that were chosen for the wrong number of rows and pay for it.
pub(super) fn harmed(at: &At<'_>) -> Vec<PlanNode> {
    let mut found = Vec::new();
    let mut below = *at;
    for above in at.ancestors() {
        let node = above.node();
        match node.operator {
            Operator::NestedLoop => {
                let inner = above.inner().filter(|inner| inner.place != below.place);
                let repeated = inner.filter(|inner| inner.node().loops().is_some_and(|loops| loops >= 10.0));
                found.extend(repeated.iter().flat_map(At::subtree).map(|part| part.place));
                found.push(above.place);
            }
            Operator::Hash | Operator::Sort | Operator::HashAggregate | Operator::HashJoin => found.push(above.place),
            _ => {}
        }
        below = above;
    }
    found
}

/// How loud it is, and what mends it.
pub(super) fn finding(case: &Case, at: At<'_>, factor: f64, cause: &str) -> Option<Finding> {
    let (expected, came) = at.node().rows()?;
    let harmed = harmed(&at);
    // A wrong number that nothing above depends on costs nothing.
    let harms = harmed.iter().any(|place| {
        let other = at.at(place.node);
        other.node().operator == Operator::NestedLoop
            || other.node().work.as_ref().is_some_and(|work| work.batches.is_some_and(|batches| batches > 1))
    });
    let weighty = at.ancestors().filter_map(|above| above.share()).chain(at.share()).any(|share| share.0 >= 0.1);
    let severity = if harms && weighty && factor >= 50.0 { Severity::Warn } else { Severity::Info };
    let finding = at
        .finding(severity, cause)
        .estimated("rows expected", Rows(expected as u64), "Plan Rows")
        .measured("rows that came", Rows(came.round() as u64), "Actual Rows")
        .reaches(harmed)
        .weight(factor);
    Some(remedies(case, &at).into_iter().fold(finding, Finding::fix))
}

/// Fresh statistics, then finer ones, then ones about columns that depend on each other.
fn remedies(case: &Case, at: &At<'_>) -> Vec<Fix> {
    let catalog = case.get::<Catalog>().ok();
    // The conditions of the scan the rows come from: its own, or those of the bitmap below it.
    let Some(table) = table(at) else {
        return distinct::of_groups(at, catalog).map_or_else(|| join_remedies(at), |fix| vec![fix]);
    };
    if let Some(fix) = distinct::of_lookups(at, catalog) {
        return vec![fix];
    }
    let mut fixes = vec![plan::analyze(table)];
    let kinds = [ConditionKind::Filter, ConditionKind::Index, ConditionKind::Recheck];
    let texts = kinds.iter().flat_map(|kind| at.node().conditions(*kind));
    let parsed: Vec<Expr> = texts.map(|condition| Expr::parse(condition.text.as_str(), Dialect::Postgres)).collect();
    let mut columns: Vec<&Column> = Vec::new();
    let mut expression = None;
    for term in parsed.iter().flat_map(|expr| predicate::terms(expr, Dialect::Postgres)) {
        match term.around {
            Around::Nothing | Around::Relabel if !columns.contains(&term.column) => columns.push(term.column),
            Around::Function(_) | Around::Operator(_) if expression.is_none() => {
                expression = term.side.to_index_sql(Dialect::Postgres);
            }
            _ => {}
        }
    }
    let qualified = Dialect::Postgres.qualified(table);
    let statistics = |suffix: &str, what: String| {
        let name: String = format!("{}_{suffix}", table.name).chars().take(60).collect();
        let name = Dialect::Postgres.qualified(&ObjectName { schema: table.schema.clone(), name: name.into() });
        Fix::sql(
            format!("CREATE STATISTICS {name} {what} FROM {qualified};\nANALYZE {qualified};"),
            Undo::Statement(format!("DROP STATISTICS {name};")),
        )
        .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
        .cost("a little more work for every ANALYZE")
    };
    if let Some(expression) = expression.filter(|_| !plan::is_before(case, 14)) {
        fixes.push(statistics("expression_stats", format!("ON ({expression})")).verify("needs PostgreSQL 14 or later"));
    }
    if columns.len() >= 2 {
        let names: Vec<String> = columns.iter().take(8).map(|column| Dialect::Postgres.quote(&column.name)).collect();
        let suffix = columns.iter().take(3).map(|column| &*column.name).collect::<Vec<_>>().join("_");
        fixes.push(statistics(&format!("{suffix}_stats"), format!("(dependencies, mcv) ON {}", names.join(", "))));
    } else if let Some(column) = columns.first() {
        let column = Dialect::Postgres.quote(&column.name);
        fixes.push(
            Fix::sql(
                format!("ALTER TABLE {qualified} ALTER COLUMN {column} SET STATISTICS 1000;\nANALYZE {qualified};"),
                Undo::Statement(format!("ALTER TABLE {qualified} ALTER COLUMN {column} SET STATISTICS -1;")),
            )
            .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
            .cost("ANALYZE reads a sample ten times as large, and planning reads longer lists"),
        );
    }
    fixes
}

/// The table an operator reads: no CTE and no function.
fn table<'a>(at: &At<'a>) -> Option<&'a ObjectName> {
    let node = at.node();
    node.relation.as_ref().filter(|_| node.operator.is_scan())
}

/// For a join: fresh statistics of the tables below it.
fn join_remedies(at: &At<'_>) -> Vec<Fix> {
    let parts: Vec<At<'_>> = at.subtree().collect();
    let mut tables: Vec<_> = parts.iter().filter_map(table).collect();
    tables.sort();
    tables.dedup();
    if tables.is_empty() && at.node().relation.is_some() {
        return vec![plan::rewrite(
            "Put the rows into a temporary table and ANALYZE it: of what a CTE or a function returns there are no statistics",
        )];
    }
    if tables.is_empty() || tables.len() > 6 {
        return Vec::new();
    }
    let names: Vec<String> = tables.iter().map(|table| Dialect::Postgres.qualified(table)).collect();
    vec![
        Fix::sql(
            format!("ANALYZE {};", names.join(", ")),
            Undo::NotNeeded("statistics are only refreshed".into()),
        )
        .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
        .cost("if the estimate stays wrong, the join columns depend on the filters: no statistics span two tables, so filter on the joined table's own column where you can"),
    ]
}
