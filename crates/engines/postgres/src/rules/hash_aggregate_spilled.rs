use dbwright_model::plan::Operator;
use dbwright_model::{Area, Bytes, Case, Checked, Count, Engine, Finding, Harm, Rows, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, Keeps, MOST_MEMORY, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "hash-aggregate-spilled",
    title: "Grouping by hash does not fit into memory",
    engines: &[Engine::Postgres],
    versions: "13–19: before, hashed groups never went to disk, whatever their size",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&MOST_MEMORY, &WORTH, &WORTH_TIME],
    explains: &["temporary-file-reads"],
    wrong_when: "the grouping is a small part of the query",
    do_not: "raise work_mem for the whole server because of one query",
    lesson: include_str!("hash_aggregate_spilled.md"),
    check,
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(case, at)).collect())
}

fn finding(case: &Case, at: At<'_>) -> Option<Finding> {
    let node = at.node();
    if !matches!(node.operator, Operator::HashAggregate | Operator::Aggregate) {
        return None;
    }
    let works = node.work.iter().chain(node.per_worker.iter().filter_map(|worker| worker.work.as_ref()));
    let work = works
        .filter(|work| work.method.is_none() && work.disk.is_some_and(|disk| disk.0 > 0))
        .max_by_key(|work| work.disk.map_or(0, |disk| disk.0))?;
    let disk = work.disk?;
    let memory = work.memory.unwrap_or(Bytes(0));
    // The files hold input rows, of which several may make one group: the sum is what surely suffices.
    let needed = memory + disk + disk;
    let saving = plan::part(at.time()?, 0.05, 0.35, 0.6);
    let groups = Rows(at.rows().unwrap_or(0.0) as u64);
    let cause = format!(
        "grouping into {groups} filled its {memory} and wrote {disk} of input to temporary files, to be grouped in later rounds"
    );
    let finding = at
        .finding(plan::severity(&at, saving), cause)
        .measured("disk used", disk, "Disk Usage")
        .measured("memory used", memory, "Peak Memory Usage")
        .measured("rounds", Count(work.batches.unwrap_or(0)), "HashAgg Batches")
        .saves(saving);
    let instead = "give one grouping more than a gigabyte: group fewer rows, or keep a summary table up to date";
    Some(plan::with_memory(finding, case, &at, (needed, Keeps::Hash), instead))
}
