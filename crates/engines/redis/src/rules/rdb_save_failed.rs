use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Settings, Severity, Subject, Undo};

use dbwright_model::finding::FixKind;

use crate::sections::info::Info;

pub(super) const RULE: Rule = Rule {
    id: "rdb-save-failed",
    title: "The last snapshot failed",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Durability,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &[],
    wrong_when: "a snapshot has succeeded since, or snapshots are not needed here",
    do_not: "switch stop-writes-on-bgsave-error off to get writes going: the data is then only in memory and nobody notices",
    lesson: include_str!("rdb_save_failed.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    if info.rdb_last_bgsave_ok != Some(false) {
        return Ok(vec![]);
    }
    let changes = info.rdb_changes_since_last_save.unwrap_or_default();
    let stops =
        case.get::<Settings>().ok().and_then(|settings| settings.is_on("stop-writes-on-bgsave-error")) == Some(true);
    let then = if stops { "writes are refused with MISCONF until one succeeds" } else { "a crash loses them" };
    let cause = format!("the last snapshot failed; {changes} changes are not in a snapshot and {then}");
    let fix = Fix::of(FixKind::Command, "BGSAVE", Undo::NotNeeded("it writes a snapshot".into()))
        .cost("a fork; first look at the server's log for the reason: disk full, no right to write in `dir`, or `Can't save in background: fork: Cannot allocate memory` (then sysctl vm.overcommit_memory=1)")
        .verify("INFO persistence");
    Ok(vec![
        Finding::new(Severity::Error, Subject::server(), cause)
            .measured("last snapshot", "err", "INFO persistence.rdb_last_bgsave_status")
            .measured("changes since", changes, "INFO persistence.rdb_changes_since_last_save")
            .weight(changes.0 as f64)
            .fix(fix),
    ])
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis, set};
    use super::*;

    #[test]
    fn fires_after_a_failure() {
        assert_eq!(found(check, &redis("rdb_last_bgsave_status:err\r\n")).len(), 1);
    }

    #[test]
    fn fires_and_tells_that_writes_are_refused() {
        let case = set(redis("rdb_last_bgsave_status:err\r\n"), &[("stop-writes-on-bgsave-error", "yes")]);
        assert!(found(check, &case)[0].cause.contains("MISCONF"));
    }

    #[test]
    fn silent_after_a_success() {
        assert!(found(check, &redis("rdb_last_bgsave_status:ok\r\nrdb_changes_since_last_save:999999\r\n")).is_empty());
    }

    #[test]
    fn silent_where_the_service_hides_it() {
        assert!(found(check, &redis("role:master\r\n")).is_empty());
    }
}
