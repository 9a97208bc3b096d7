use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Fix, Harm, NotEvaluated, Rule, Seconds, Settings, Severity, Subject, Undo,
    Why,
};

use crate::sections::wal::{Archiver, Wal};

pub(super) const RULE: Rule = Rule {
    id: "archiving-failing",
    title: "WAL archiving fails",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Durability,
    harm: Harm::Outage,
    limits: &[],
    explains: &["archive-backlog", "wal-directory-large"],
    wrong_when: "a single attempt failed just now and the next one will succeed; look again in a minute",
    do_not: "delete files from pg_wal, or set archive_command to /bin/true: both cut a hole into the chain that every restore needs",
    lesson: include_str!("archiving_failing.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let wal = case.get::<Wal>()?;
    if case.get::<Settings>()?.text("archive_mode") == Some("off") {
        return Err(NotEvaluated::not_applicable("archive_mode is off"));
    }
    let Some(archiver) = &wal.archiver else {
        return Err(NotEvaluated::new(Why::NotCollected, "pg_stat_archiver was not read"));
    };
    let Some(failed) = archiver.failed_age else { return Ok(vec![]) };
    if archiver.archived_age.is_some_and(|archived| archived <= failed) {
        return Ok(vec![]);
    }
    Ok(vec![finding(wal, archiver, failed)])
}

fn finding(wal: &Wal, archiver: &Archiver, failed: Seconds) -> Finding {
    let segment = archiver.failed_segment.as_deref().unwrap_or("the first .ready segment");
    let since = match archiver.archived_age {
        Some(age) => format!("nothing was archived for {age}"),
        None => "nothing was ever archived".to_owned(),
    };
    let mut finding = Finding::new(
        Severity::Error,
        Subject::server(),
        format!("archiving fails since segment {segment}, {since}: pg_wal grows until the disk is full, and backups cannot be restored past it"),
    )
    .measured("failed attempts", archiver.failed, "pg_stat_archiver.failed_count")
    .measured("last failure, ago", failed, "pg_stat_archiver.last_failed_time")
    .fix(
        Fix::of(
            FixKind::Code,
            format!("on the server, as its user: run the text of archive_command by hand with %p = pg_wal/{segment} and %f = {segment}, and repair what it reports"),
            Undo::NotNeeded("archiving goes on by itself within a minute".into()),
        )
        .verify("SELECT archived_count, last_archived_wal, last_archived_time, last_failed_time FROM pg_stat_archiver;"),
    )
    .weight(archiver.failed.0 as f64);
    if let Some(age) = archiver.archived_age {
        finding = finding.measured("last success, ago", age, "pg_stat_archiver.last_archived_time");
    }
    if let Some(waiting) = wal.archive_backlog {
        finding = finding.measured("segments waiting", waiting, "pg_ls_archive_statusdir()");
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;
    use dbwright_model::Count;

    fn case(mode: &str, archived_age: Option<f64>, failed_age: Option<f64>) -> Case {
        let archiver = Archiver {
            failed: Count(12),
            failed_segment: Some("000000010000000000000007".into()),
            archived_age: archived_age.map(Seconds),
            failed_age: failed_age.map(Seconds),
            ..Archiver::default()
        };
        let wal = Wal { archiver: Some(archiver), archive_backlog: Some(Count(40)), ..Wal::default() };
        pg(15).with(&wal).with(&Settings::default().with("archive_mode", mode))
    }

    #[test]
    fn fires_when_the_last_attempt_failed() {
        let found = check(&case("on", Some(7200.0), Some(20.0))).unwrap();
        assert!(found[0].cause.contains("000000010000000000000007"));
    }

    #[test]
    fn fires_when_nothing_ever_worked() {
        assert!(check(&case("always", None, Some(20.0))).unwrap()[0].cause.contains("ever"));
    }

    #[test]
    fn silent_when_it_recovered() {
        assert!(check(&case("on", Some(5.0), Some(20.0))).unwrap().is_empty());
    }

    #[test]
    fn silent_without_failures() {
        assert!(check(&case("on", None, None)).unwrap().is_empty());
    }

    #[test]
    fn silent_when_archiving_was_given_up() {
        assert_eq!(check(&case("off", None, Some(20.0))).unwrap_err().why, Why::NotApplicable);
    }
}
