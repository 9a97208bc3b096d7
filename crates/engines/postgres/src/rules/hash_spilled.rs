use dbwright_model::plan::Operator;
use dbwright_model::{Area, Bytes, Case, Checked, Count, Engine, Finding, Harm, Rule};
use dbwright_plan::{At, every};

use super::hash_skew;
use super::plan::{self, Keeps, MOST_MEMORY, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "hash-spilled",
    title: "The hash table of a join does not fit into memory",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&MOST_MEMORY, &WORTH, &WORTH_TIME],
    explains: &["temporary-file-reads"],
    wrong_when: "the join is a small part of the query",
    do_not: "raise work_mem for the whole server because of one join; when the number of batches grew during the run, mend the estimate first",
    lesson: include_str!("hash_spilled.md"),
    check,
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter_map(|at| finding(case, at)).collect())
}

fn finding(case: &Case, hash: At<'_>) -> Option<Finding> {
    let work = hash.node().work.as_ref().filter(|_| hash.node().operator == Operator::Hash)?;
    let join = hash.parent().filter(At::matters)?;
    let batches = work.batches.filter(|batches| *batches > 1)?;
    // More memory would not divide them.
    if hash_skew::skewed(&hash).is_some() {
        return None;
    }
    let planned = work.planned_batches.unwrap_or(batches);
    let peak = work.memory.unwrap_or(Bytes(0));
    let needed = Bytes(peak.0.saturating_mul(batches));
    let both = join.time()?.value + hash.time()?.value;
    let bound = dbwright_model::plan::Interval::exact(both);
    let saving = plan::part(bound, 0.05, 0.3, 0.6);
    let grew = match planned < batches {
        true => format!(", {planned} were planned: there were more rows than expected, or many with the same key"),
        false => String::new(),
    };
    let cause = format!(
        "the hash table is built in {batches} parts{grew}: all parts but the first of both inputs are written to \
         temporary files and read again; at once it would need about {needed}"
    );
    let finding = hash
        .finding(plan::severity(&hash, saving), cause)
        .measured("parts", Count(batches), "Hash Batches")
        .measured("parts planned", Count(planned), "Original Hash Batches")
        .measured("memory of one part", peak, "Peak Memory Usage")
        .saves(saving);
    let instead = "give one hash table more than a gigabyte: join fewer rows or fewer columns";
    Some(plan::with_memory(finding, case, &hash, (needed, Keeps::Hash), instead))
}
