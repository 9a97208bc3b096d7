use dbwright_model::plan::{Actual, Interval, Operator};
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rows, Rule, Seconds, Severity, Share};
use dbwright_plan::{At, every};

use super::plan;

pub(super) const RULE: Rule = Rule {
    id: "worker-skew",
    title: "Parallel workers wait for one that has most of the work",
    engines: &[Engine::Postgres],
    versions: "9.6–19; needs VERBOSE, which tells what each worker did",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&IDLE, &TIME, &ROWS],
    explains: &["parallel-overhead"],
    wrong_when: "the machine was busy, and the others got no processor",
    do_not: "add workers: they have nothing to do",
    lesson: include_str!("worker_skew.md"),
    check,
};

static IDLE: Limit<Share> = Limit {
    what: "time that the processes stood idle on average, of the longest one's",
    value: Share(0.4),
    source: "ours: some of it is starting workers, and the last block of each",
};

static TIME: Limit<Seconds> = Limit {
    what: "time of the busiest process",
    value: Seconds::millis(100.0),
    source: "ours: a worker starts some milliseconds late, which makes short runs look uneven",
};

static ROWS: Limit<Rows> = Limit {
    what: "rows handed to the leader",
    value: Rows(10_000),
    source: "ours: with more the leader is busy taking them, and workers wait for it",
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    let node = at.node();
    let launched = node.workers.filter(|_| node.operator == Operator::Gather)?.launched?;
    let shared = at.inputs().next()?;
    let workers = &shared.node().per_worker;
    if node.loops() != Some(1.0) || node.total_rows()? > ROWS.value.0 as f64 || workers.len() as u64 != launched {
        return None;
    }
    let spent = |actual: &Actual| Some(actual.total?.0 * actual.loops);
    let mut times: Vec<f64> = workers.iter().map(|worker| spent(worker.actual.as_ref()?)).collect::<Option<_>>()?;
    // What the workers do not account for the leader did itself.
    let of_workers: f64 = workers.iter().filter_map(|worker| worker.actual.as_ref()).map(|actual| actual.loops).sum();
    let all = shared.node().actual?;
    if all.loops > of_workers {
        times.push((spent(&all)? - times.iter().sum::<f64>()).max(0.0));
    }
    let longest = times.iter().copied().fold(0.0, f64::max);
    let mean = times.iter().sum::<f64>() / times.len() as f64;
    let idle = Share(1.0 - Share::of(mean, longest)?.0);
    if times.len() < 2 || idle.0 < IDLE.value.0 || longest < TIME.value.0 {
        return None;
    }
    let saving = Interval::new(0.0, (longest - mean) * 0.8, longest - mean);
    Some(
        at.finding(
            // A busy machine starts workers late, which looks alike.
            Severity::Info,
            format!(
                "of {} processes one was busy for {}, all of them for {} on average: the others had nothing left to do",
                Count(times.len() as u64),
                Seconds(longest),
                Seconds(mean)
            ),
        )
        .measured("busiest process", Seconds(longest), "Workers: Actual Total Time × Actual Loops")
        .measured("on average", Seconds(mean), "Actual Total Time of all processes")
        .saves(saving)
        .fix(plan::rewrite(
            "Give them pieces of like size: workers share out blocks of a table, and whole partitions or branches that cannot be \
             shared; a branch that is one piece (a function, a subquery with LIMIT, a table with parallel_workers = 0), or the \
             few rows that mean most of the work behind a join, keep one of them busy alone",
        )),
    )
}
