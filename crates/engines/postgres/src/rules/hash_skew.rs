use dbwright_model::plan::Operator;
use dbwright_model::{Area, Bytes, Case, Checked, Count, Engine, Finding, Harm, Limit, Ratio, Rows, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "hash-skew",
    title: "Rows of one key fill the hash table of a join",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&TIMES, &WORTH, &WORTH_TIME],
    explains: &["temporary-file-reads"],
    wrong_when: "the rows of that key are asked for, and there is no other way to have them",
    do_not: "raise work_mem: rows of one key stay together in whatever number of parts, and each probe still walks them all",
    lesson: include_str!("hash_skew.md"),
    check,
};

static TIMES: Limit<Ratio> = Limit {
    what: "the largest part, in terms of an even one",
    value: Ratio(8.0),
    source: "measured: rows of many keys are divided within a factor of 3, with the table of buckets",
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter_map(finding).collect())
}

/// The memory of the largest part of a hash table that was divided more often than planned, and of a part if all were alike;
/// when the two are far apart.
pub(super) fn skewed(hash: &At<'_>) -> Option<(Bytes, Bytes)> {
    let node = hash.node();
    let work = node.work.as_ref().filter(|_| node.operator == Operator::Hash)?;
    let (batches, planned, peak) = (work.batches?, work.planned_batches?, work.memory?);
    // Beside its columns a row in a hash table takes about 40 bytes.
    let whole = node.total_rows()? * (node.estimate?.width? + 40.0);
    let even = Bytes((whole / batches.max(1) as f64) as u64);
    (batches > planned && node.loops() == Some(1.0) && peak.0 as f64 >= TIMES.value.0 * even.0.max(1) as f64)
        .then_some((peak, even))
}

fn finding(hash: At<'_>) -> Option<Finding> {
    let (peak, even) = skewed(&hash)?;
    let work = hash.node().work.as_ref()?;
    let join = hash.parent().filter(At::matters)?;
    let rows = Rows(hash.node().total_rows()? as u64);
    let condition = join.node().conditions.first().map(|condition| format!(" on {}", condition.text));
    let saving = plan::part(join.time()?, 0.0, 0.5, 0.95);
    let cause = format!(
        "of the {} parts that the {rows} of the inner side{} were divided into, one takes {peak} where {even} would be even: \
         most of them have the same key, and every probe of that key walks all of them",
        Count(work.batches?),
        condition.unwrap_or_default()
    );
    Some(
        hash.finding(plan::severity(&hash, saving), cause)
            .measured("memory of the largest part", peak, "Peak Memory Usage")
            .measured("parts", Count(work.batches?), "Hash Batches")
            .measured("parts planned", Count(work.planned_batches?), "Original Hash Batches")
            .saves(saving)
            .fix(plan::rewrite(
                "Keep the frequent key out of the join (often an empty text, 0 or a place-holder: a condition <> on it), or \
                 group or deduplicate the inner side before it is joined; ANALYZE it, so that the planner knows the key and \
                 hashes the other side",
            )),
    )
}
