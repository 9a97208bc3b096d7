use dbwright_model::plan::Operator;
use dbwright_model::{
    Area, Bytes, Case, Checked, Count, Engine, Finding, Fix, Grade, Harm, Limit, Rule, Severity, Undo,
};
use dbwright_plan::{At, every};

use super::{made_under, plan};

pub(super) const RULE: Rule = Rule {
    id: "partitionwise-join-off",
    title: "Two partitioned tables are joined whole, and the join does not fit into memory",
    engines: &[Engine::Postgres],
    versions: "11–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&PARTS],
    explains: &["hash-spilled"],
    wrong_when: "the join is not on the partition key of both tables, or their partitions are cut at other places",
    do_not: "switch it on for the whole server unseen: planning takes longer with every partition, and each partition's join may take a work_mem of its own",
    lesson: include_str!("partitionwise_join_off.md"),
    check,
};

static PARTS: Limit<Count> = Limit {
    what: "partitions of each table",
    value: Count(4),
    source: "ours: a join in fewer parts than that hardly fits where the whole did not",
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(case, at)).collect())
}

fn finding(case: &Case, at: At<'_>) -> Option<Finding> {
    let node = at.node();
    let hash =
        at.inner().filter(|inner| node.operator == Operator::HashJoin && inner.node().operator == Operator::Hash)?;
    let batches = hash.node().work.as_ref()?.batches.filter(|batches| *batches > 1)?;
    let (outer, inner) = (partitions(&at.outer()?)?, partitions(&hash.inputs().next()?)?);
    let on = made_under::setting(case, at.plan, "enable_partitionwise_join")
        .and_then(|setting| setting.is_on("enable_partitionwise_join"));
    if outer != inner || outer < PARTS.value.0 || on == Some(true) {
        return None;
    }
    let condition = node.conditions.first()?;
    let whole = Bytes(hash.node().work.as_ref()?.memory.unwrap_or(Bytes(0)).0.saturating_mul(batches));
    let saving = plan::part(at.time()?, 0.0, 0.3, 0.6);
    Some(
        at.finding(
            Severity::Info,
            format!(
                "all rows of {} partitions are hashed together, about {whole} in {batches} parts on disk, to be joined on {}: partition by partition each hash table were {} times smaller",
                Count(inner),
                condition.text,
                inner
            ),
        )
        .grade(Grade::Suspected)
        .measured("partitions of each table", Count(inner), "inputs of each Append")
        .measured("parts on disk", Count(batches), "Hash Batches")
        .saves(saving)
        .fix(
            Fix::sql("SET enable_partitionwise_join = on;", Undo::Statement("RESET enable_partitionwise_join;".into()))
                .cost("for the session that runs this query; planning takes longer and more memory the more partitions there are")
                .verify("EXPLAIN in that session shows Append above joins of single partitions; if it does not, the join is not on the key by which both are partitioned alike"),
        ),
    )
}

/// How many partitions are read one after the other.
fn partitions(at: &At<'_>) -> Option<u64> {
    let append = std::iter::successors(Some(*at), |at| at.inputs().next().filter(|_| at.inputs().count() == 1))
        .find(|at| at.node().operator == Operator::Append)?;
    let parts: Vec<At<'_>> = append.inputs().collect();
    // Branches of a UNION read tables that have nothing in common; partitions share the beginning of their alias.
    let stem = |part: &At<'_>| {
        let alias = part.node().alias.as_ref()?.as_str();
        Some(alias.rsplit_once('_').filter(|(_, number)| number.parse::<u32>().is_ok())?.0.to_owned())
    };
    let first = stem(parts.first()?)?;
    parts
        .iter()
        .all(|part| part.node().operator.is_scan() && stem(part).as_ref() == Some(&first))
        .then_some(parts.len() as u64)
}
