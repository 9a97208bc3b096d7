use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rate, Rule, Severity, Subject, Undo,
};
use dbwright_workload::Digest;

use crate::happened::seen;

static RATE: Limit<Rate> = Limit {
    what: "connections a second (warn)",
    value: Rate(5.0),
    source: "own choice: at 2 to 10 ms each, some hundredths of a processor",
};
static PER: Limit<Count> = Limit {
    what: "statements for each connection, at most",
    value: Count(20),
    source: "own choice: a pool serves thousands",
};

/// What it looks at.
const CLASSES: &[&str] = &["connected"];

pub(super) const RULE: Rule = Rule {
    id: "connection-churn-logged",
    title: "Programs connect again and again",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs",
    area: Area::Log,
    harm: Harm::Slowdown,
    limits: &[&RATE, &PER],
    explains: &[],
    wrong_when: "a health check connects, and nothing else",
    do_not: "raise max_connections",
    lesson: include_str!("connection_churn_logged.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let digest = case.get::<Digest>()?;
    let Some(seen) = seen(digest, CLASSES) else { return Ok(Vec::new()) };
    let seconds = digest.seconds().unwrap_or(0.0);
    let rate = Rate(seen.count as f64 / seconds.max(60.0));
    let per = digest.total().calls as f64 / seen.count as f64;
    if rate < RATE.value || per > PER.value.0 as f64 {
        return Ok(Vec::new());
    }
    let severity = Severity::Warn;
    let cause = format!(
        "{} connections were made, {:.1} a second, each for {per:.1} statements{}",
        seen.count,
        rate.0,
        seen.told_places()
    );
    let finding = Finding::new(severity, Subject::server(), cause).fix(Fix::of(
        FixKind::Code,
        "keep connections: a pool in the program (with a limit), or PgBouncer / ProxySQL in front of the server",
        Undo::NotNeeded("it is a change of the program".into()),
    ));
    Ok(vec![seen.figures(finding)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::happened::example::{happened, log};

    #[test]
    fn fires_when_each_request_connects() {
        let found = check(&log(2, vec![happened("connected", "shop", 200000, 0)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warn), "{found:?}");
    }

    #[test]
    fn fires_at_the_limit() {
        let found = check(&log(1, vec![happened("connected", "shop", 60000, 0)])).unwrap();
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warn), "{found:?}");
    }

    #[test]
    fn silent_on_a_pool() {
        assert!(check(&log(2, vec![happened("connected", "shop", 400, 0)])).unwrap().is_empty());
    }

    #[test]
    fn silent_when_each_connection_is_used_long() {
        assert!(check(&log(1, vec![happened("connected", "shop", 20000, 0)])).unwrap().is_empty());
    }
}
