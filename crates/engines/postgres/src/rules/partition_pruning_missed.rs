use dbwright_model::plan::Operator;
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "partition-pruning-missed",
    title: "All partitions are searched for rows that are in few of them",
    engines: &[Engine::Postgres],
    versions: "10–19: pruning while executing since 11",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&PARTS, &WORTH, &WORTH_TIME],
    explains: &["planning-time-high", "selective-seq-scan", "jit-overhead"],
    wrong_when: "the query asks by something else than the partition key, and has to",
    do_not: "make more and smaller partitions: each of them is searched",
    lesson: include_str!("partition_pruning_missed.md"),
    check,
};

static PARTS: Limit<Count> =
    Limit { what: "partitions searched in vain", value: Count(8), source: "ours: fewer are searched in no time" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    let node = at.node();
    if !matches!(node.operator, Operator::Append | Operator::MergeAppend) {
        return None;
    }
    let scans: Vec<At<'_>> =
        at.inputs().filter(|input| input.subtree().any(|part| part.node().operator.is_scan())).collect();
    let executed: Vec<&At<'_>> = scans.iter().filter(|input| !input.node().never_executed()).collect();
    let empty = executed.iter().filter(|input| input.node().total_rows() == Some(0.0)).count() as u64;
    let filtered = scans.iter().all(|input| input.subtree().any(|part| !part.node().conditions.is_empty()));
    let pruned = node.extra.number("Subplans Removed").unwrap_or(0.0) > 0.0 || executed.len() < scans.len();
    // Different tables are a UNION, not partitions: partitions share the columns of their conditions.
    let alike = scans.windows(2).all(|pair| shape(&pair[0]) == shape(&pair[1]));
    if at.stopped_early()
        || empty < PARTS.value.0
        || (empty as f64) < 0.7 * scans.len() as f64
        || !filtered
        || pruned
        || !alike
    {
        return None;
    }
    let condition = scans[0].subtree().find_map(|part| part.node().conditions.first().cloned())?;
    let in_vain: f64 = executed
        .iter()
        .filter(|input| input.node().total_rows() == Some(0.0))
        .filter_map(|input| input.total())
        .map(|time| time.value)
        .sum();
    let saving = dbwright_model::plan::Interval::new(in_vain * 0.5, in_vain * 0.9, in_vain);
    Some(
        at.finding(
            plan::severity(&at, saving),
            format!(
                "{} of {} partitions were searched and had no row for {}: nothing in it lets partitions be left out",
                Count(empty),
                Count(scans.len() as u64),
                condition.text
            ),
        )
        .measured("partitions searched in vain", Count(empty), "inputs of the Append with Actual Rows 0")
        .saves(saving)
        .fix(plan::rewrite(
            "Add a condition on the bare partition key, compared with a constant or parameter of its own type (no function, \
             no cast around it); where the query cannot know it, an index with the searched columns on the partitioned table \
             makes each search short",
        )),
    )
}

/// The columns a partition's scan is conditioned on.
fn shape(input: &At<'_>) -> Vec<String> {
    let texts = input.subtree().flat_map(|part| part.node().conditions.iter());
    let mut names: Vec<String> = texts
        .flat_map(|condition| {
            let expr = dbwright_sql::expression::Expr::parse(condition.text.as_str(), dbwright_sql::Dialect::Postgres);
            expr.columns().into_iter().map(|column| column.name.clone()).collect::<Vec<_>>()
        })
        .collect();
    names.sort();
    names.dedup();
    names
}
