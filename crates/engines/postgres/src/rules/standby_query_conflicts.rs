use dbwright_model::finding::SubjectKind;
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rate, Rule, Seconds, Severity, Subject,
};

use super::window::DAY;
use super::{change, missing, window};
use crate::sections::replication::{Conflicts, Replication};

pub(super) const RULE: Rule = Rule {
    id: "standby-query-conflicts",
    title: "Replay cancels queries on the standby",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Replication,
    harm: Harm::Slowdown,
    limits: &[&PER_DAY, &DAY],
    explains: &[],
    wrong_when: "the queries are retried by their application and nobody notices",
    do_not: "set max_standby_streaming_delay = -1: one forgotten query then stops replay for ever",
    lesson: include_str!("standby_query_conflicts.md"),
    check,
};

static PER_DAY: Limit<Rate> = Limit {
    what: "queries cancelled by replay (10 a day, as a rate per second)",
    value: Rate(10.0 / 86_400.0),
    source: "ours: a rare cancelled query is retried; ten a day are a pattern",
};

fn check(case: &Case) -> Checked {
    missing::unless_read(case, "postgres.replication", "conflicts")?;
    let mut found = Vec::new();
    for conflicts in &case.get::<Replication>()?.conflicts {
        let total = conflicts.snapshot + conflicts.lock + conflicts.buffer_pin + conflicts.deadlock;
        if total.0 == 0 {
            continue;
        }
        let days = window::days(conflicts.window)?;
        if total.0 as f64 / (days * 86_400.0) >= PER_DAY.value.0 {
            found.push(finding(case, conflicts, total, days));
        }
    }
    Ok(found)
}

fn finding(case: &Case, conflicts: &Conflicts, total: Count, days: f64) -> Finding {
    let feedback = change::setting(case, "hot_standby_feedback", "on")
        .cost("on this standby: the primary then keeps the rows that queries here still see, and its tables may grow; it helps against snapshot conflicts only");
    let delay = change::setting(case, "max_standby_streaming_delay", "'5min'")
        .cost("replay waits up to that long for queries, and the standby falls as much behind");
    Finding::new(
        Severity::Warn,
        Subject::new(SubjectKind::Database, &conflicts.database),
        format!("replay cancelled {total} queries in {}, {} of them because rows they could see were removed on the primary", Seconds::days(days), conflicts.snapshot),
    )
    .measured("rows removed", conflicts.snapshot, "pg_stat_database_conflicts.confl_snapshot")
    .measured("locks", conflicts.lock, "pg_stat_database_conflicts.confl_lock")
    .measured("pinned buffers", conflicts.buffer_pin, "pg_stat_database_conflicts.confl_bufferpin")
    .fix(if conflicts.snapshot.0 * 2 >= total.0 { feedback } else { delay })
    .weight(total.0 as f64)
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;
    use dbwright_model::Why;

    fn found(snapshot: u64, lock: u64, days: f64) -> Checked {
        let conflicts = Conflicts {
            database: "shop".into(),
            snapshot: Count(snapshot),
            lock: Count(lock),
            window: Some(Seconds::days(days)),
            ..Conflicts::default()
        };
        check(&pg(15).with(&Replication { conflicts: vec![conflicts], ..Replication::default() }))
    }

    #[test]
    fn fires_with_feedback_for_removed_rows() {
        assert!(found(90, 2, 2.0).unwrap()[0].fixes[0].statement.contains("hot_standby_feedback"));
    }

    #[test]
    fn fires_with_delay_for_locks() {
        assert!(found(0, 20, 2.0).unwrap()[0].fixes[0].statement.contains("max_standby_streaming_delay"));
    }

    #[test]
    fn silent_on_few() {
        assert!(found(9, 0, 1.0).unwrap().is_empty());
        assert!(found(0, 0, 0.1).unwrap().is_empty());
    }

    #[test]
    fn silent_on_young_counters() {
        assert_eq!(found(90, 0, 0.5).unwrap_err().why, Why::Window);
    }
}
