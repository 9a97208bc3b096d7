use dbwright_model::plan::{ConditionKind, Operator};
use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Limit, Ratio, Rows, Rule, Severity, Undo};
use dbwright_plan::{At, every};

use super::plan;

pub(super) const RULE: Rule = Rule {
    id: "default-selectivity-guess",
    title: "The planner had nothing to go by and took a number out of the book",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&FACTOR, &ROWS],
    explains: &["plan-row-underestimate", "plan-row-overestimate", "nested-loop-many-loops", "hash-spilled"],
    wrong_when: "the real number happened to be near a thousand as well",
    do_not: "raise the statistics target: a function has no statistics",
    lesson: include_str!("default_selectivity_guess.md"),
    check,
};

static FACTOR: Limit<Ratio> = Limit {
    what: "factor between rows expected and rows that came",
    value: Ratio(10.0),
    source: "as for the estimates",
};

static ROWS: Limit<Rows> = Limit { what: "rows that came", value: Rows(5_000), source: "ours" };

/// What the planner takes for a set-returning function that does not say (`CREATE FUNCTION … ROWS`).
const FUNCTION_ROWS: f64 = 1000.0;

/// What it takes for `unnest` and kin of an array it does not know.
const ARRAY_ROWS: [f64; 2] = [10.0, 100.0];

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    let node = at.node();
    let (expected, came) = node.rows()?;
    let (factor, _) = at.misestimate()?;
    let guess = expected == FUNCTION_ROWS || ARRAY_ROWS.contains(&expected);
    let unfiltered = node.conditions(ConditionKind::Filter).next().is_none();
    if node.operator != Operator::FunctionScan
        || !guess
        || !unfiltered
        || factor < FACTOR.value.0
        || came.max(expected) < ROWS.value.0 as f64
    {
        return None;
    }
    let function = node
        .extra
        .text("Function Name")
        .map(str::to_owned)
        .or_else(|| node.relation.as_ref().map(|relation| relation.name.to_string()))?;
    Some(
        at.finding(
            Severity::Info,
            format!(
                "{function}() returned {}; the planner took it for {} because the function does not say how many to expect",
                Rows(came as u64),
                Rows(expected as u64)
            ),
        )
        .estimated("rows expected", Rows(expected as u64), "Plan Rows")
        .measured("rows that came", Rows(came as u64), "Actual Rows")
        .reaches(at.ancestors().map(|above| above.place))
        .weight(factor)
        .fix(
            Fix::sql(
                format!(
                    "SELECT format('ALTER FUNCTION %s ROWS {};', oid::regprocedure) FROM pg_proc WHERE proname = {} AND proretset AND pronamespace <> 'pg_catalog'::regnamespace;",
                    came as u64,
                    dbwright_sql::Dialect::Postgres.literal(&function)
                ),
                Undo::NotNeeded("it only reads, and prints the statement for a function of yours".into()),
            )
            .cost("for a function of the server itself, put its rows into a temporary table and ANALYZE that, or LIMIT them to what they are"),
        )
        .fix(plan::rewrite("Or return the rows of a table or subquery, for which there are statistics")),
    )
}
