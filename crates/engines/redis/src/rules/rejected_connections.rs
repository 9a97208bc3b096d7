use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Harm, Rule, Sample, Settings, Severity, Subject};

use super::fixes::code;
use crate::sections::info::Info;

pub(super) const RULE: Rule = Rule {
    id: "rejected-connections",
    title: "Clients were turned away",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Connections,
    harm: Harm::Outage,
    limits: &[],
    explains: &[],
    wrong_when: "it happened in a load test, or maxclients has been raised since",
    do_not: "raise maxclients without the limit of open files: the server lowers it again at the start",
    lesson: include_str!("rejected_connections.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    let Some(rejected) = info.rejected_connections.filter(|rejected| rejected.0 > 0) else { return Ok(vec![]) };
    let limit = info.maxclients.or_else(|| Some(Count(case.get::<Settings>().ok()?.number("maxclients")? as u64)));
    let now = case
        .get::<Sample>()
        .ok()
        .and_then(|sample| sample.rate("rejected_connections"))
        .is_some_and(|rate| rate.0 > 0.0);
    let severity = if now { Severity::Error } else { Severity::Warn };
    let at = limit.map(|limit| format!(" at maxclients {limit}")).unwrap_or_default();
    let cause = format!("{rejected} connections were refused{at} since the counters began: the application saw errors");
    let mut finding = Finding::new(severity, Subject::setting("maxclients"), cause)
        .measured("refused", rejected, "INFO stats.rejected_connections")
        .weight(rejected.0 as f64)
        .fix(code("use one pool of fixed size in each process and close what is idle; CLIENT LIST shows who holds connections"));
    if let Some(limit) = limit {
        finding = finding.catalog("limit", limit, "CONFIG GET maxclients");
    }
    Ok(vec![finding])
}

#[cfg(test)]
mod tests {

    use std::collections::BTreeMap;

    use dbwright_model::Seconds;

    use super::super::testing::{found, redis, redis_6, set};
    use super::*;

    #[test]
    fn fires_when_some_were_refused() {
        let case = set(redis_6("rejected_connections:3\r\n"), &[("maxclients", "100")]);
        let found = found(check, &case);
        assert!(found[0].cause.contains("maxclients 100"));
        assert_eq!(found[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_harder_while_it_happens() {
        let counters = BTreeMap::from([("rejected_connections".to_owned(), (3.0, 9.0))]);
        let case = redis("rejected_connections:3\r\n").with(&Sample { interval: Seconds(5.0), counters });
        assert_eq!(found(check, &case)[0].severity, Severity::Error);
    }

    #[test]
    fn silent_when_none_was() {
        assert!(found(check, &redis("rejected_connections:0\r\n")).is_empty());
    }

    #[test]
    fn silent_when_unknown() {
        assert!(found(check, &redis("maxclients:10\r\n")).is_empty());
    }
}
