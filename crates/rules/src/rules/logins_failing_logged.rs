use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Subject, Undo};
use dbwright_workload::Digest;

use crate::happened::seen;

static HOURLY: Limit<Count> = Limit {
    what: "each hour (warn)",
    value: Count(20),
    source: "own choice: a person mistypes a few times, a program or an attacker goes on",
};

/// What it looks at.
const CLASSES: &[&str] = &["authentication-failed", "no-such-database"];

pub(super) const RULE: Rule = Rule {
    id: "logins-failing-logged",
    title: "Logins fail again and again",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs",
    area: Area::Log,
    harm: Harm::Breach,
    limits: &[&HOURLY],
    explains: &[],
    wrong_when: "somebody changed a password and one program does not know yet",
    do_not: "let the server trust the network instead",
    lesson: include_str!("logins_failing_logged.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let digest = case.get::<Digest>()?;
    let Some(seen) = seen(digest, CLASSES) else { return Ok(Vec::new()) };
    if seen.hourly() < HOURLY.value.0 as f64 {
        return Ok(Vec::new());
    }
    let severity = Severity::Warn;
    let cause = format!("{} logins failed, {:.0} an hour{}", seen.count, seen.hourly(), seen.told_places());
    let finding = Finding::new(severity, Subject::server(), cause)
        .fix(Fix::of(FixKind::Code, "find the program by its host in the log; let only known networks reach the server (pg_hba.conf, a firewall); passwords by scram-sha-256 or caching_sha2_password", Undo::NotNeeded("it is a change of the program".into())));
    Ok(vec![seen.figures(finding)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::happened::example::{happened, log};

    #[test]
    fn fires_when_it_goes_on() {
        let found = check(&log(2, vec![happened("authentication-failed", "app", 500, 0)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warn), "{found:?}");
    }

    #[test]
    fn fires_at_the_limit() {
        let found = check(&log(1, vec![happened("authentication-failed", "app", 20, 0)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warn), "{found:?}");
    }

    #[test]
    fn silent_on_a_few() {
        assert!(check(&log(2, vec![happened("authentication-failed", "app", 5, 0)])).unwrap().is_empty());
    }

    #[test]
    fn silent_on_clients_that_gave_up() {
        assert!(check(&log(2, vec![happened("connection-failed", "", 500, 0)])).unwrap().is_empty());
    }
}
