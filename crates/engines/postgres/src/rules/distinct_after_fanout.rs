use dbwright_model::plan::Operator;
use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Limit, Ratio, Rows, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "distinct-after-fanout",
    title: "A join multiplies rows and DISTINCT takes them away again",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&TIMES, &MADE, &WORTH, &WORTH_TIME],
    explains: &["hash-aggregate-spilled", "sort-spilled"],
    wrong_when: "columns of both sides are wanted, and their combinations are what is asked for",
    do_not: "add DISTINCT to get rid of copies: find the join that makes them",
    lesson: include_str!("distinct_after_fanout.md"),
    check,
};

static TIMES: Limit<Ratio> =
    Limit { what: "rows made for each one that stays", value: Ratio(50.0), source: "ours: a few copies are normal" };

static MADE: Limit<Rows> = Limit { what: "rows made by the join", value: Rows(50_000), source: "ours" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    let node = at.node();
    // Grouping without an aggregate function: only the keys are returned.
    let drops = match node.operator {
        Operator::Distinct => true,
        Operator::HashAggregate | Operator::Aggregate => {
            !node.group_keys.is_empty()
                && !computes(&at)
                && at.parent().is_none_or(|above| !uses_aggregates(&above, node))
        }
        _ => return None,
    };
    let join = std::iter::successors(at.inputs().next(), |below| match below.node().operator {
        Operator::Sort | Operator::Gather | Operator::SubqueryScan | Operator::IncrementalSort => below.inputs().next(),
        Operator::HashAggregate | Operator::Distinct | Operator::Aggregate => below.inputs().next(),
        _ => None,
    })
    .find(|below| below.node().operator.is_join())?;
    let (made, kept) = (join.node().total_rows()?, node.total_rows()?);
    // The keys must be of one side alone: then the other side only asks whether there is a row.
    let mut sides: Vec<String> = node.group_keys.iter().flat_map(|key| qualifiers(key.as_str())).collect();
    sides.sort();
    sides.dedup();
    if !drops || sides.len() > 1 || made < MADE.value.0 as f64 || made < TIMES.value.0 * kept.max(1.0) {
        return None;
    }
    let saving = plan::part(join.total()?, 0.2, 0.6, 0.95);
    Some(
        at.finding(
            plan::severity(&at, saving),
            format!("the join made {} of which {} are different", Rows(made as u64), Rows(kept as u64)),
        )
        .measured("rows made by the join", Rows(made as u64), "Actual Rows of the join")
        .measured("rows that stay", Rows(kept as u64), "Actual Rows")
        .saves(saving)
        .fix(plan::rewrite(
            "If only one side's columns are wanted, test for the other by WHERE EXISTS (…): it stops at the first match and \
             makes no copies; if an aggregate of the other side is wanted, aggregate there first and join the result",
        )),
    )
}

fn qualifiers(key: &str) -> Vec<String> {
    let expr = dbwright_sql::expression::Expr::parse(key, dbwright_sql::Dialect::Postgres);
    expr.columns()
        .into_iter()
        .map(|column| column.qualifier.clone())
        .filter(|qualifier| !qualifier.is_empty())
        .collect()
}

/// Whether an aggregate function is computed for the groups: then all rows are wanted. Only `VERBOSE` prints which, but the
/// estimate has its price: grouping costs `cpu_operator_cost` a row and key, and every function as much again.
fn computes(at: &At<'_>) -> bool {
    let node = at.node();
    if !node.output.is_empty() {
        return node.output.iter().any(|output| !node.group_keys.contains(output));
    }
    let price = || {
        let input = at.inputs().next()?.node().estimate?;
        let (start, end) = (node.estimate?.startup_cost?, node.estimate?.total_cost?);
        let grouped =
            if node.operator == Operator::HashAggregate { start } else { end - CPU_TUPLE * node.estimate?.rows? };
        Some((grouped - input.total_cost?) / (CPU_OPERATOR * input.rows?.max(1.0)))
    };
    price().is_some_and(|keys| keys > node.group_keys.len() as f64 + 0.5)
}

/// `cpu_operator_cost` and `cpu_tuple_cost`, which hardly anybody changes.
const CPU_OPERATOR: f64 = 0.0025;
const CPU_TUPLE: f64 = 0.01;

/// Whether what stands above groups once more over this: then this one is the partial half of a real aggregate.
fn uses_aggregates(above: &At<'_>, node: &dbwright_model::plan::Node) -> bool {
    let partial = node.extra.text("Partial Mode").is_some_and(|mode| mode != "Simple");
    partial && matches!(above.node().operator, Operator::Gather | Operator::Sort | Operator::Aggregate)
}
