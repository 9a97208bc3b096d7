use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, NotEvaluated, Rule, Severity, Subject, Why,
};

use super::window::DAY;
use super::{change, window};
use crate::sections::wal::Wal;

pub(super) const RULE: Rule = Rule {
    id: "backend-fsyncs",
    title: "Sessions have to sync data files themselves",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Durability,
    harm: Harm::Slowdown,
    limits: &[&LEAST, &DAY],
    explains: &[],
    wrong_when: "they date from one bulk load into a server with a tiny shared_buffers",
    do_not: "set fsync = off: it makes the waiting go away together with the safety of the cluster",
    lesson: include_str!("backend_fsyncs.md"),
    check,
};

static LEAST: Limit<Count> = Limit {
    what: "fsync calls by sessions",
    value: Count(100),
    source: "ours: a few happen when the checkpointer has just started",
};

fn check(case: &Case) -> Checked {
    let wal = case.get::<Wal>()?;
    let Some(syncs) = wal.backend_fsyncs else {
        return Err(NotEvaluated::new(Why::NotCollected, "the sessions' fsync calls were not read"));
    };
    if let Some(writer) = &wal.background_writer {
        window::days(Some(writer.window))?;
    }
    if syncs.0 < LEAST.value.0 {
        return Ok(vec![]);
    }
    Ok(vec![
        Finding::new(
            Severity::Warn,
            Subject::setting("shared_buffers"),
            format!("sessions had to sync data files themselves {syncs} times, because the checkpointer's queue was full: their queries waited for the disk each time"),
        )
        .measured("fsync calls by sessions", syncs, "pg_stat_bgwriter.buffers_backend_fsync, from 17 on pg_stat_io.fsyncs")
        .fix(
            change::setting_at_restart(case, "shared_buffers", "'1GB'")
                .cost("takes effect at the next restart; the queue has one place for each shared buffer, so a larger cache is a longer queue; size it by the memory of the machine (a quarter is the usual start)"),
        )
        .weight(syncs.0 as f64),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;
    use crate::sections::wal::BackgroundWriter;
    use dbwright_model::Seconds;

    fn case(syncs: Option<u64>, window: Seconds) -> Case {
        let writer = BackgroundWriter { window, ..BackgroundWriter::default() };
        pg(15).with(&Wal { backend_fsyncs: syncs.map(Count), background_writer: Some(writer), ..Wal::default() })
    }

    #[test]
    fn fires_on_many() {
        assert_eq!(check(&case(Some(5000), Seconds::days(3.0))).unwrap().len(), 1);
    }

    #[test]
    fn fires_at_the_limit() {
        assert_eq!(check(&case(Some(100), Seconds::days(1.0))).unwrap()[0].severity, Severity::Warn);
    }

    #[test]
    fn silent_on_a_few() {
        assert!(check(&case(Some(99), Seconds::days(3.0))).unwrap().is_empty());
    }

    #[test]
    fn silent_on_young_counters() {
        assert_eq!(check(&case(Some(5000), Seconds::hours(3.0))).unwrap_err().why, Why::Window);
    }
}
