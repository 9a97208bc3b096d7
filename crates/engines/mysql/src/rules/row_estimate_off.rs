use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Product, Rows, Rule, Undo};
use dbwright_sql::Dialect;
use dbwright_sql::expression::Expr;
use dbwright_sql::predicate::{self, Term};

use super::plan::{self, Access, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "row-estimate-off",
    title: "The optimizer expected far fewer or far more rows than came",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&FACTOR, &ENOUGH, &WORTH, &WORTH_TIME],
    explains: &["lookup-loops-high", "join-without-index", "filesort-of-many-rows"],
    wrong_when: "the plan is the best one all the same: an estimate only matters when it leads to another join order or access",
    do_not: "run ANALYZE TABLE every hour: it does not help columns that no index and no histogram covers",
    lesson: include_str!("row_estimate_off.md"),
    check,
};

static FACTOR: Limit<Count> = Limit {
    what: "times the estimate was off",
    value: Count(10),
    source: "the mark of most tools; Leis et al. 2015 show plans turn bad from about there",
};

static ENOUGH: Limit<Rows> =
    Limit { what: "rows expected or come", value: Rows(1_000), source: "ours: below it every plan is fast" };

fn check(case: &Case) -> Checked {
    Ok(plan::accesses(case)?.filter_map(|access| finding(&access)).collect())
}

fn finding(access: &Access<'_>) -> Option<Finding> {
    if !access.executed || access.loops > 1.0 {
        return None;
    }
    let (factor, more) = access.filter.misestimate()?;
    let (expected, came) = access.filter.node().rows()?;
    if factor < FACTOR.value.0 as f64 || expected.max(came) < ENOUGH.value.0 as f64 {
        return None;
    }
    // it matters when something is done for each of the rows
    let join = access.filter.ancestors().find(|above| above.node().operator.is_join());
    let inner = join
        .and_then(|join| join.inner())
        .filter(|inner| !access.at.plan.contains(inner.place.node, access.at.place.node));
    let harmed = inner.and_then(|inner| Some((inner, inner.total()?)));
    let saving = harmed.map(|(_, time)| plan::part(time, 0.0, 0.5, 0.9)).filter(|_| more).unwrap_or_default();
    let table = access.at.node().relation.as_ref()?;
    let direction = if more { "more" } else { "fewer" };
    let cause = format!(
        "{} rows of {table} were expected after the filter and {} came: {factor:.0} times {direction}",
        Count(expected.round() as u64),
        Count(came.round() as u64),
    );
    let mut finding = access
        .filter
        .finding(plan::severity(&access.at, saving), cause)
        .estimated("rows expected", Rows(expected as u64), "rows × filtered")
        .measured("rows that came", Rows(came as u64), "actual rows")
        .saves(saving)
        .reaches(join.iter().flat_map(|join| join.subtree()).map(|below| below.place));
    let parsed: Vec<Expr> = access.tests().iter().map(|text| Expr::parse(text, Dialect::MySql)).collect();
    let terms: Vec<Term<'_>> = parsed.iter().flat_map(|expr| predicate::terms(expr, Dialect::MySql)).collect();
    let mut columns: Vec<String> = terms.iter().map(|term| Dialect::MySql.quote(&term.column.name)).collect();
    columns.sort();
    columns.dedup();
    let qualified = Dialect::MySql.qualified(table);
    if !columns.is_empty() {
        let list = columns.join(", ");
        let (statement, undo) = match access.at.plan.product {
            Product::MariaDB => (
                format!("ANALYZE TABLE {qualified} PERSISTENT FOR COLUMNS ({list}) INDEXES ();"),
                Undo::NotNeeded("statistics are only added; DELETE FROM mysql.column_stats removes them".into()),
            ),
            _ => (
                format!("ANALYZE TABLE {qualified} UPDATE HISTOGRAM ON {list} WITH 100 BUCKETS;"),
                Undo::Statement(format!("ANALYZE TABLE {qualified} DROP HISTOGRAM ON {list};")),
            ),
        };
        finding = finding.fix(
            Fix::sql(statement, undo)
                .lock("a metadata lock for a moment")
                .cost("reads the whole table once (MySQL: a sample of it); has to be repeated when the data changes (MySQL 8.4: AUTO UPDATE)"),
        );
    }
    Some(finding.fix(plan::analyze(table)))
}
