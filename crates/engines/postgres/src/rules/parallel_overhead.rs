use dbwright_model::plan::{Interval, Operator};
use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rows, Rule, Seconds, Severity, Share, Undo,
};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "parallel-overhead",
    title: "Parallel workers cost more than they contribute",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&SHARE, &SHORT, &START, &WORTH, &WORTH_TIME],
    explains: &[],
    wrong_when: "the machine was busy and the workers had to wait for a processor",
    do_not: "switch parallelism off for the whole server",
    lesson: include_str!("parallel_overhead.md"),
    check,
};

static SHARE: Limit<Share> = Limit {
    what: "time spent in Gather itself",
    value: Share(0.3),
    source: "ours: starting workers and handing rows over",
};

static SHORT: Limit<Seconds> = Limit {
    what: "execution",
    value: Seconds(1.0),
    source: "ours: starting workers takes some milliseconds; in longer queries handing rows over is the larger part",
};

static START: Limit<Seconds> = Limit {
    what: "time in Gather that starting workers may take",
    value: Seconds::millis(50.0),
    source: "ours: starting a worker takes some milliseconds; who waited longer waited for a processor",
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    let node = at.node();
    let launched = node.workers.filter(|_| node.operator == Operator::Gather)?.launched?;
    let (time, share) = (at.time()?, at.share()?);
    let rows = at.rows()?;
    let many = rows >= 50_000.0;
    // Waiting for the slowest worker counts as Gather's own time: on a busy machine that is a third at times.
    let least = if many { SHARE.value.0 } else { SHARE.value.0 * 2.0 };
    if launched == 0 || share.0 < least || (at.execution()? > SHORT.value.0 && !many) {
        return None;
    }
    let why = match many {
        true => format!("{} had to be handed from the workers to the leader one by one", Rows(rows as u64)),
        false => "starting the workers took longer than the work they took over".to_owned(),
    };
    let saving = Interval::new(0.0, time.value * 0.7, time.high);
    let busy = !many && time.value > START.value.0;
    let severity = if busy { Severity::Info } else { plan::severity(&at, saving) };
    Some(
        at.finding(severity, format!("{} of the execution is spent in {} itself: {why}", share, node.name))
            .measured("time in Gather itself", time.seconds(), "its Actual Total Time − that of its input")
            .measured("rows handed over", Rows(rows as u64), "Actual Rows")
            .saves(saving)
            .fix(
                Fix::sql("SET max_parallel_workers_per_gather = 0;", Undo::Statement("RESET max_parallel_workers_per_gather;".into()))
                    .cost("for the session that runs this query; if many rows are handed over, group or filter them below the Gather (an aggregate that can be split, a parallel-safe function)")
                    .verify("EXPLAIN (ANALYZE) the query in that session"),
            ),
    )
}
