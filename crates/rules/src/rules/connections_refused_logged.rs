use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Subject, Undo};
use dbwright_workload::Digest;

use crate::happened::seen;

static LOUD: Limit<Count> =
    Limit { what: "times (error)", value: Count(10), source: "own choice: that many users saw an error page" };

/// What it looks at.
const CLASSES: &[&str] = &["too-many-connections", "too-many-connections-of-role", "too-many-connections-to-database"];

pub(super) const RULE: Rule = Rule {
    id: "connections-refused-logged",
    title: "Clients find no free connection",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs",
    area: Area::Log,
    harm: Harm::Outage,
    limits: &[&LOUD],
    explains: &[],
    wrong_when: "it was a test of exactly that",
    do_not: "raise max_connections first: each connection takes memory, and more that work at once are slower together",
    lesson: include_str!("connections_refused_logged.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let digest = case.get::<Digest>()?;
    let Some(seen) = seen(digest, CLASSES) else { return Ok(Vec::new()) };
    let severity = if Count(seen.count) >= LOUD.value { Severity::Error } else { Severity::Warn };
    let cause = format!(
        "{} clients were turned away because there were too many connections{}",
        seen.count,
        seen.told_places()
    );
    let finding = Finding::new(severity, Subject::server(), cause)
        .fix(Fix::of(FixKind::Code, "put a pool between programs and server (PgBouncer, ProxySQL, or the driver's own with a limit): a few connections for each processor serve thousands of clients", Undo::NotNeeded("it is a change of the program".into())));
    Ok(vec![seen.figures(finding)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::happened::example::{happened, log};

    #[test]
    fn fires_as_an_error_when_many_were_turned_away() {
        let found = check(&log(2, vec![happened("too-many-connections", "", 120, 0)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Error), "{found:?}");
    }

    #[test]
    fn fires_on_the_first() {
        let found = check(&log(24, vec![happened("too-many-connections-of-role", "app", 1, 0)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warn), "{found:?}");
    }

    #[test]
    fn silent_on_wrong_passwords() {
        assert!(check(&log(2, vec![happened("authentication-failed", "app", 120, 0)])).unwrap().is_empty());
    }

    #[test]
    fn silent_on_clients_that_gave_up() {
        assert!(check(&log(2, vec![happened("connection-failed", "", 120, 0)])).unwrap().is_empty());
    }
}
