use dbwright_model::plan::{Interval, Operator};
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Rule, Undo};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "workers-not-launched",
    title: "Fewer parallel workers came than were planned",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&WORTH, &WORTH_TIME],
    explains: &[],
    wrong_when: "many sessions run parallel queries at once by design; then fewer workers each is the right outcome",
    do_not: "raise max_parallel_workers beyond the cores of the machine",
    lesson: include_str!("workers_not_launched.md"),
    check,
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    let node = at.node();
    let workers = node.workers.filter(|_| node.operator == Operator::Gather)?;
    let (planned, launched) = (workers.planned?, workers.launched?);
    if launched >= planned || node.loops()? > 1.0 {
        return None;
    }
    let total = at.total()?;
    // With all of them the shared part would take the time of fewer rows each; the leader helps in both cases.
    let shorter = 1.0 - (launched as f64 + 1.0) / (planned as f64 + 1.0);
    let saving = Interval::new(0.0, total.value * shorter * 0.7, total.high * shorter);
    Some(
        at.finding(
            plan::severity(&at, saving),
            format!(
                "{} of {} planned workers came: the plan was chosen for more hands than there were free",
                Count(launched),
                Count(planned)
            ),
        )
        .measured("workers that came", Count(launched), "Workers Launched")
        .estimated("workers planned", Count(planned), "Workers Planned")
        .saves(saving)
        .fix(
            Fix::sql(
                "SELECT name, setting FROM pg_settings WHERE name IN ('max_parallel_workers', 'max_worker_processes', 'max_parallel_workers_per_gather');",
                Undo::NotNeeded("it only reads".into()),
            )
            .cost(
                "all sessions share max_parallel_workers: if it is below the cores of the machine, raise it with ALTER SYSTEM SET max_parallel_workers; else run fewer parallel queries at a time, or give this one fewer workers",
            ),
        ),
    )
}
