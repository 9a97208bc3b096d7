use dbwright_model::plan::{Interval, Operator};
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Share, Undo};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "nested-loop-many-loops",
    title: "A nested loop looks its inner side up thousands of times",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&LOOPS, &SHARE, &WORTH, &WORTH_TIME],
    explains: &[],
    wrong_when: "the inner table is far larger than what the loop touches of it: then a hash join would read more",
    do_not: "switch nested loops off for the whole server",
    lesson: include_str!("nested_loop_many_loops.md"),
    check,
};

static LOOPS: Limit<Count> = Limit {
    what: "executions of the inner side",
    value: Count(1_000),
    source: "customary among plan readers; below it the loops are rarely what costs",
};

static SHARE: Limit<Share> =
    Limit { what: "the inner side's part of the execution", value: Share(0.2), source: "ours: it must be what costs" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    if at.node().operator != Operator::NestedLoop {
        return None;
    }
    let inner = at.inner()?;
    let loops = inner.node().loops()?;
    let total = inner.total()?;
    // A full scan inside is a rule of its own.
    if inner.subtree().any(|part| part.node().operator == Operator::FullScan && part.node().loops() > Some(1.0)) {
        return None;
    }
    if loops < LOOPS.value.0 as f64 || inner.total_share()?.0 < SHARE.value.0 {
        return None;
    }
    // A hash join would still read the rows once: what a row costs then is a few tenths of a microsecond.
    let rows = inner.rows().unwrap_or(0.0).max(loops);
    let instead = rows * 0.5e-6;
    let value = (total.value - instead).max(0.0) * 0.5;
    let saving = Interval::new(0.0, value, (total.high - instead).max(0.0));
    let finding = at
        .finding(
            plan::severity(&at, saving),
            format!(
                "the inner side {} was looked up {} times, {} in all: one pass with a hash or merge join may be cheaper",
                inner.subject(),
                Count(loops as u64),
                total.seconds()
            ),
        )
        .measured("executions of the inner side", Count(loops as u64), "Actual Loops")
        .measured("time of the inner side", total.seconds(), "Actual Total Time × Actual Loops")
        .saves(saving)
        .weight(total.value);
    Some(
        finding.fix(
            Fix::sql("SET enable_nestloop = off;", Undo::Statement("RESET enable_nestloop;".into()))
                .cost("a test in one session, not a setting to keep: it shows what the other join would cost; if it is faster, mend the estimates that made the loop look cheap, or pin this query with pg_hint_plan's HashJoin where that extension is in use")
                .verify("EXPLAIN (ANALYZE, BUFFERS) the query in that session"),
        ),
    )
}
