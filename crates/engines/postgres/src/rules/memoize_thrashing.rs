use dbwright_model::plan::Operator;
use dbwright_model::{Area, Bytes, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule, Share};
use dbwright_plan::{At, every};

use super::plan::{self, Keeps, MOST_MEMORY, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "memoize-thrashing",
    title: "The cache of a join's inner side throws entries out before they are used again",
    engines: &[Engine::Postgres],
    versions: "14–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&MISSES, &HITS, &MOST_MEMORY, &WORTH, &WORTH_TIME],
    explains: &[],
    wrong_when: "the misses are first visits of keys that come once each; then the cache is merely useless",
    do_not: "switch enable_memoize off for the whole server because of one query",
    lesson: include_str!("memoize_thrashing.md"),
    check,
};

static MISSES: Limit<Count> =
    Limit { what: "look-ups that missed the cache", value: Count(1_000), source: "ours: fewer cost next to nothing" };

static HITS: Limit<Share> = Limit {
    what: "look-ups found in the cache",
    value: Share(0.5),
    source: "ours: below half, keeping the cache costs about what it saves",
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(case, at)).collect())
}

fn finding(case: &Case, at: At<'_>) -> Option<Finding> {
    let node = at.node();
    if node.operator != Operator::Memoize {
        return None;
    }
    let figure = |name: &str| node.extra.number(name);
    let (hits, misses, evictions) = (figure("Cache Hits")?, figure("Cache Misses")?, figure("Cache Evictions")?);
    let overflows = figure("Cache Overflows").unwrap_or(0.0);
    let share = Share::of(hits, hits + misses)?;
    if misses < MISSES.value.0 as f64 || share.0 >= HITS.value.0 || evictions + overflows < 0.1 * misses {
        return None;
    }
    let memory = node.work.as_ref().and_then(|work| work.memory).unwrap_or(Bytes(0));
    // What was thrown out would have fitted in as much again for each entry that is left.
    let entries = (misses - evictions).max(1.0);
    let needed = Bytes((memory.0 as f64 * (misses / entries).min(64.0)) as u64);
    let saving = plan::part(at.total()?, 0.0, 0.3, 0.8);
    let finding = at.finding(
            plan::severity(&at, saving),
            format!(
                "the cache answered {share} of the look-ups and threw {} entries out for lack of memory ({memory} used)",
                Count(evictions as u64)
            ),
        )
        .measured("found in the cache", share, "Cache Hits / (Cache Hits + Cache Misses)")
        .measured("entries thrown out", Count(evictions as u64), "Cache Evictions")
        .saves(saving);
    let instead = "give one cache more than a gigabyte: a hash join reads the inner side once";
    Some(plan::with_memory(finding, case, &at, (needed, Keeps::Hash), instead))
}
