use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Severity};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "plan-replanned",
    title: "The cached plan failed and the query was planned again",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[],
    explains: &[],
    wrong_when: "it happened once after an index was built or dropped, or after a restart",
    do_not: "clear the plan cache on a schedule: it makes every query race its candidates again",
    lesson: include_str!("plan_replanned.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::tops(case)? {
        let extra = &at.plan.extra;
        let reason = extra.text("replanReason");
        let replanned = extra.bool("replanned") == Some(true)
            || at.subtree().any(|below| below.node().extra.bool("replanned") == Some(true));
        if !replanned && reason.is_none() {
            continue;
        }
        let why = reason.map_or(String::new(), |reason| format!(" ({reason})"));
        let cause = format!(
            "the plan in the cache did far more work than when it was cached, so the query was planned anew{why}"
        );
        found.push(at.finding(Severity::Info, cause).measured("replanned", "true", "system.profile.replanned"));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::*;

    fn line(more: &str) -> String {
        format!(
            "{{ op: 'query', ns: 'shop.orders', command: {{ find: 'orders', filter: {{ a: 1 }} }}, keysExamined: 900, docsExamined: 900, nreturned: 9, millis: 40, planSummary: 'IXSCAN {{ a: 1 }}'{more} }}"
        )
    }

    #[test]
    fn fires_with_the_reason() {
        let found =
            check(&RULE, &line(", replanned: true, replanReason: 'cached plan was less efficient than expected'"));
        assert!(found[0].cause.contains("less efficient"), "{found:?}");
    }

    #[test]
    fn fires_without_a_reason() {
        assert_eq!(check(&RULE, &line(", replanned: true")).len(), 1);
    }

    #[test]
    fn silent_when_the_cached_plan_held() {
        assert!(check(&RULE, &line(", replanned: false, fromPlanCache: true")).is_empty());
    }

    #[test]
    fn silent_when_nothing_is_said() {
        assert!(check(&RULE, &line("")).is_empty());
    }
}
