use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Bytes, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, NotEvaluated, Rule, Settings, Severity,
    Subject, Undo,
};

use super::missing;
use crate::sections::wal::Wal;

pub(super) const RULE: Rule = Rule {
    id: "archive-backlog",
    title: "Segments wait to be archived",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Durability,
    harm: Harm::Outage,
    limits: &[&WAITING],
    explains: &["wal-directory-large"],
    wrong_when: "a bulk load just ended and the queue shrinks",
    do_not: "delete waiting segments from pg_wal or their .ready files: the archive then has a hole",
    lesson: include_str!("archive_backlog.md"),
    check,
};

static WAITING: Limit<Count> = Limit {
    what: "finished segments waiting for the archiver",
    value: Count(32),
    source: "ours: half a gigabyte at the default segment size; an archiver that keeps up has one or two",
};

fn check(case: &Case) -> Checked {
    let wal = case.get::<Wal>()?;
    let settings = case.get::<Settings>()?;
    let mode = settings.text("archive_mode");
    if mode == Some("off") || (wal.in_recovery && mode != Some("always")) {
        return Err(NotEvaluated::not_applicable("nothing is archived here"));
    }
    let Some(waiting) = wal.archive_backlog else {
        return Err(missing::part(case, "postgres.wal", "archive backlog", "the archiver's queue is not known"));
    };
    if waiting.0 < WAITING.value.0 {
        return Ok(vec![]);
    }
    let segment = settings.bytes("wal_segment_size").unwrap_or(Bytes::mib(16));
    let size = Bytes(waiting.0.saturating_mul(segment.0));
    let mut finding = Finding::new(
        Severity::Warn,
        Subject::server(),
        format!("{waiting} finished segments ({size}) wait for the archiver: log is written faster than it is archived"),
    )
    .measured("segments waiting", waiting, "pg_ls_archive_statusdir()")
    .fix(
        Fix::of(
            FixKind::Code,
            "archive in parallel: pgBackRest with archive-async=y and process-max, or WAL-G, which uploads several segments at once",
            Undo::NotNeeded("the former command can be put back at any time".into()),
        )
        .verify("SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready';"),
    )
    .weight(size.0 as f64);
    if let Some(archiver) = &wal.archiver {
        finding = finding.measured("archived so far", archiver.archived, "pg_stat_archiver.archived_count");
    }
    Ok(vec![finding])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;
    use dbwright_model::Why;

    fn case(waiting: Option<u64>, in_recovery: bool, mode: &str) -> Case {
        let wal = Wal { archive_backlog: waiting.map(Count), in_recovery, ..Wal::default() };
        pg(15).with(&wal).with(&Settings::default().with("archive_mode", mode))
    }

    #[test]
    fn fires_on_a_queue() {
        assert!(check(&case(Some(64), false, "on")).unwrap()[0].cause.contains("1 GB"));
    }

    #[test]
    fn fires_on_a_standby_that_archives() {
        assert_eq!(check(&case(Some(32), true, "always")).unwrap().len(), 1);
    }

    #[test]
    fn silent_below() {
        assert!(check(&case(Some(31), false, "on")).unwrap().is_empty());
    }

    #[test]
    fn silent_on_an_ordinary_standby() {
        assert_eq!(check(&case(Some(99), true, "on")).unwrap_err().why, Why::NotApplicable);
    }

    #[test]
    fn silent_when_it_cannot_be_seen() {
        assert_eq!(check(&case(None, false, "on")).unwrap_err().why, Why::NotCollected);
    }
}
