use dbwright_model::plan::{Interval, Operator};
use dbwright_model::{Area, Bytes, Case, Checked, Engine, Finding, Harm, Rows, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, Keeps, MOST_MEMORY, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "sort-spilled",
    title: "A sort does not fit into memory and goes to disk",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&MOST_MEMORY, &WORTH, &WORTH_TIME],
    explains: &["temporary-file-reads"],
    wrong_when: "the disk is fast and the sort is a small part of the query",
    do_not: "raise work_mem for the whole server because of one query: every sort and hash of every session may use it at once",
    lesson: include_str!("sort_spilled.md"),
    check,
};

/// Bytes of temporary files a second, which mostly stay in the system's cache: measured on PostgreSQL 12 and 18, where
/// sorting 56,000 texts through files of 2.5 MB took as long as in memory.
const FILES: f64 = 500e6;

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(case, at)).collect())
}

fn finding(case: &Case, at: At<'_>) -> Option<Finding> {
    let node = at.node();
    if !matches!(node.operator, Operator::Sort | Operator::IncrementalSort) {
        return None;
    }
    let of_workers = node.per_worker.iter().filter_map(|worker| worker.work.as_ref()?.disk);
    let leader = node.work.as_ref().and_then(|work| work.disk);
    let largest = of_workers.chain(leader).max_by_key(|disk| disk.0).filter(|disk| disk.0 > 0)?;
    // In memory a row is about twice to three times what it is in the file.
    let needed = Bytes(largest.0.saturating_mul(3));
    let rows = at.rows().unwrap_or(0.0);
    // Writing and reading the runs is up to two thirds of an external sort; how much, the size of the files tells.
    let time = at.time().unwrap_or_default();
    let files = 2.0 * largest.0 as f64 / FILES;
    let saving = Interval::new(0.0, files.min(0.4 * time.value), 0.67 * time.high);
    let keys: Vec<&str> = node.sort_keys.iter().map(|key| key.as_str()).collect();
    let cause = format!(
        "the sort of {} by {} wrote {largest} to temporary files: it needs about {needed} of memory",
        Rows(rows as u64),
        keys.join(", ")
    );
    let finding = at
        .finding(plan::severity(&at, saving), cause)
        .measured("disk used", largest, "Sort Space Used (Sort Space Type: Disk)")
        .saves(saving);
    let instead = "give one sort more than a gigabyte: sort less (fewer rows, narrower rows, LIMIT) or read in order from an index on these columns";
    Some(plan::with_memory(finding, case, &at, (needed, Keeps::Rows), instead))
}
