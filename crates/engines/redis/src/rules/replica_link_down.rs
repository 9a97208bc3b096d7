use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, Undo};

use dbwright_model::finding::FixKind;

use crate::sections::info::Info;

pub(super) const RULE: Rule = Rule {
    id: "replica-link-down",
    title: "The replica has lost its primary",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Replication,
    harm: Harm::Outage,
    limits: &[],
    explains: &[],
    wrong_when: "the primary is being restarted or replaced at this moment",
    do_not: "promote this replica because the link is down: with the primary alive there are then two",
    lesson: include_str!("replica_link_down.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    if info.is_primary() || info.primary_link_up != Some(false) {
        return Ok(vec![]);
    }
    let down = info.primary_link_down_for;
    let since = down.map(|down| format!(" for {down}")).unwrap_or_default();
    let (severity, cause) = match info.primary_sync_in_progress {
        Some(true) => (
            Severity::Warn,
            "the replica is receiving a full copy of the data and is not up to date until then".to_owned(),
        ),
        _ => (
            Severity::Error,
            format!(
                "the link to the primary is down{since}: this replica serves old data and cannot take over without losing writes"
            ),
        ),
    };
    let fix = Fix::of(FixKind::Command, "INFO replication", Undo::NotNeeded("it only looks".into()))
        .cost("check from this machine that master_host and master_port answer, and that masterauth and masteruser (primaryauth, primaryuser) are right; the log names the reason");
    let mut finding = Finding::new(severity, Subject::server(), cause)
        .measured("link", "down", "INFO replication.master_link_status")
        .fix(fix);
    if let Some(down) = down {
        finding = finding.measured("down for", down, "INFO replication.master_link_down_since_seconds").weight(down.0);
    }
    Ok(vec![finding])
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis};
    use super::*;

    #[test]
    fn fires_when_the_link_is_down() {
        let case = redis(
            "role:slave\r\nmaster_link_status:down\r\nmaster_link_down_since_seconds:90\r\nmaster_sync_in_progress:0\r\n",
        );
        assert_eq!(found(check, &case)[0].severity, Severity::Error);
    }

    #[test]
    fn fires_softer_during_the_first_copy() {
        let case = redis("role:slave\r\nmaster_link_status:down\r\nmaster_sync_in_progress:1\r\n");
        assert_eq!(found(check, &case)[0].severity, Severity::Warn);
    }

    #[test]
    fn silent_when_up() {
        assert!(found(check, &redis("role:slave\r\nmaster_link_status:up\r\n")).is_empty());
    }

    #[test]
    fn silent_on_a_primary() {
        assert!(found(check, &redis("role:master\r\nmaster_link_status:down\r\n")).is_empty());
    }
}
