use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, NotEvaluated, Ratio, Rule, Settings, Severity,
    Subject, Undo, Why,
};

use crate::autovacuum::{Policy, had_its_chance, on_primary};
use crate::sections::tables::Tables;
use crate::sections::vacuum::Vacuum;

static QUEUE: Limit<Ratio> = Limit {
    what: "tables whose vacuum is due, for each worker",
    value: Ratio(2.0),
    source: "a queue shorter than that is worked off within a round or two",
};

pub(super) const RULE: Rule = Rule {
    id: "autovacuum-saturated",
    title: "All autovacuum workers are busy while tables wait",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Vacuum,
    harm: Harm::Slowdown,
    limits: &[&QUEUE],
    explains: &["dead-rows-not-vacuumed"],
    wrong_when: "a one-off change touched many tables at once, and the queue gets shorter by itself",
    do_not: "raise autovacuum_max_workers alone: all workers share one cost limit, so that more of them only run slower each",
    lesson: include_str!("autovacuum_saturated.md"),
    check,
};

fn check(case: &Case) -> Checked {
    on_primary(case)?;
    let settings = case.get::<Settings>()?;
    let vacuum = case.get::<Vacuum>()?;
    let Some(workers) = vacuum.workers else {
        return Err(NotEvaluated::new(Why::Privilege, "the role may not see autovacuum workers")
            .allow("GRANT pg_read_all_stats TO the role;"));
    };
    let most = settings.number("autovacuum_max_workers").unwrap_or(f64::INFINITY);
    if (workers.0 as f64) < most {
        return Ok(vec![]);
    }
    let tables = &case.get::<Tables>()?.tables;
    let waiting = tables.iter().filter(|table| {
        Policy::of(settings, table).is_some_and(|policy| {
            policy.enabled && policy.vacuum_due(table) && had_its_chance(case, &policy, table.vacuumed())
        }) && !vacuum.running.iter().any(|running| running.table.as_ref() == Some(&table.name))
    });
    let waiting = waiting.count();
    if (waiting as f64) < QUEUE.value.0 * workers.0 as f64 {
        return Ok(vec![]);
    }
    let limit = match settings.number("autovacuum_vacuum_cost_limit") {
        Some(limit) if limit > 0.0 => limit,
        _ => settings.number("vacuum_cost_limit").unwrap_or(200.0),
    };
    let wanted = ((limit * 5.0) as u64).clamp(1000, 10_000);
    let fix = Fix::sql(
        format!("ALTER SYSTEM SET autovacuum_vacuum_cost_limit = {wanted}; SELECT pg_reload_conf();"),
        Undo::Statement("ALTER SYSTEM RESET autovacuum_vacuum_cost_limit; SELECT pg_reload_conf();".into()),
    )
    .cost(format!("vacuums read and write up to {:.0} times as fast, and share the disk with the workload so much longer or shorter", wanted as f64 / limit))
    .verify("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker';");
    let cause = format!(
        "all {workers} autovacuum workers are busy and {waiting} more tables are past their trigger: what waits grows meanwhile"
    );
    Ok(vec![
        Finding::new(Severity::Warn, Subject::setting("autovacuum_max_workers"), cause)
            .measured("workers running", workers, "pg_stat_activity.backend_type")
            .measured("tables waiting", Count(waiting as u64), "pg_stat_user_tables.n_dead_tup against the trigger")
            .weight(waiting as f64)
            .fix(fix),
    ])
}

#[cfg(test)]
mod tests {
    use dbwright_model::Rows;

    use super::*;
    use crate::rules::fixtures::{case, table};
    use crate::sections::tables::TableFacts;

    fn found(workers: Option<u64>, waiting: u64) -> Checked {
        let due = |n| TableFacts { dead: Rows(900_000), ..table(&format!("t{n}"), 1_000_000) };
        let vacuum = Vacuum { workers: workers.map(Count), ..Vacuum::default() };
        check(&case((0..waiting).map(due).collect()).with(&vacuum))
    }

    #[test]
    fn fires_when_all_work_and_many_wait() {
        let found = found(Some(3), 6).unwrap();
        assert!(found[0].fixes[0].statement.contains("cost_limit = 1000"));
    }

    #[test]
    fn fires_with_a_long_queue() {
        assert_eq!(found(Some(3), 40).unwrap().len(), 1);
    }

    #[test]
    fn silent_when_a_worker_is_free() {
        assert!(found(Some(2), 40).unwrap().is_empty());
    }

    #[test]
    fn silent_when_few_wait() {
        assert!(found(Some(3), 5).unwrap().is_empty());
    }

    #[test]
    fn silent_but_said_when_workers_cannot_be_seen() {
        assert_eq!(found(None, 40).unwrap_err().why, Why::Privilege);
    }
}
