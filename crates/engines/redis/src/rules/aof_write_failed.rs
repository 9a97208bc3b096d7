use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, Undo};

use dbwright_model::finding::FixKind;

use crate::sections::info::Info;

pub(super) const RULE: Rule = Rule {
    id: "aof-write-failed",
    title: "The append-only file cannot be written",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Durability,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &[],
    wrong_when: "the disk was full for a moment and the next write has already succeeded",
    do_not: "restart the server to clear the error: what is only in memory is then lost",
    lesson: include_str!("aof_write_failed.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    let on = info.aof_enabled == Some(true);
    let (what, cause, severity) = match (info.aof_last_write_ok, info.aof_last_rewrite_ok) {
        (Some(false), _) if on => (
            "aof_last_write_status",
            "the last write to the append-only file failed: writes are refused with MISCONF, and what is in memory is not on disk",
            Severity::Error,
        ),
        (_, Some(false)) if on => (
            "aof_last_bgrewrite_status",
            "the last rewrite of the append-only file failed: the file grows without bound and so does the time to start",
            Severity::Warn,
        ),
        _ => return Ok(vec![]),
    };
    let fix = Fix::of(FixKind::Command, "BGREWRITEAOF", Undo::NotNeeded("it writes the file anew".into()))
        .cost("a fork and the disk of the data once more; make room first and read the server's log for the reason")
        .verify("INFO persistence");
    Ok(vec![
        Finding::new(severity, Subject::server(), cause)
            .measured(what, "err", &format!("INFO persistence.{what}"))
            .fix(fix),
    ])
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis};
    use super::*;

    #[test]
    fn fires_on_a_failed_write() {
        assert_eq!(found(check, &redis("aof_enabled:1\r\naof_last_write_status:err\r\n"))[0].severity, Severity::Error);
    }

    #[test]
    fn fires_on_a_failed_rewrite() {
        let case = redis("aof_enabled:1\r\naof_last_write_status:ok\r\naof_last_bgrewrite_status:err\r\n");
        assert_eq!(found(check, &case)[0].severity, Severity::Warn);
    }

    #[test]
    fn silent_when_all_is_well() {
        assert!(
            found(check, &redis("aof_enabled:1\r\naof_last_write_status:ok\r\naof_last_bgrewrite_status:ok\r\n"))
                .is_empty()
        );
    }

    #[test]
    fn silent_when_it_is_off() {
        assert!(found(check, &redis("aof_enabled:0\r\naof_last_write_status:err\r\n")).is_empty());
    }
}
