use dbwright_model::{Area, Case, Checked, Count, Engine, Harm, Limit, Rule, Severity};

use dbwright_model::plan::Value;

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "many-candidate-plans",
    title: "Many indexes compete for one query",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Waste,
    limits: &[&REJECTED],
    explains: &[],
    wrong_when: "each of the indexes serves another query that is worth it",
    do_not: "add a hint to the query: it keeps the plan when a better index comes, and fails when the hinted one is dropped",
    lesson: include_str!("many_candidate_plans.md"),
    check,
};

static REJECTED: Limit<Count> = Limit {
    what: "plans that were tried and rejected",
    value: Count(5),
    source: "each candidate runs for up to 10,000 works or 101 results before one is chosen (internalQueryPlanEvaluation*)",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::tops(case)? {
        let rejected = at.plan.extra.get("rejectedPlans").map_or(&[][..], Value::items);
        if (rejected.len() as u64) < REJECTED.value.0 {
            continue;
        }
        let mut indexes: Vec<&str> =
            rejected.iter().filter_map(Value::group).filter_map(|plan| plan.text("indexName")).collect();
        indexes.sort_unstable();
        indexes.dedup();
        let cause = format!(
            "{} other plans were tried before this one, with {}: each new shape of the query pays for the race, and the winner may change",
            rejected.len(),
            match indexes.len() {
                0 => "the same indexes".to_owned(),
                _ => indexes.join(", "),
            }
        );
        found.push(at.finding(Severity::Info, cause).measured(
            "rejected plans",
            seen::count(rejected.len() as f64),
            "queryPlanner.rejectedPlans",
        ));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, planned};
    use super::*;

    fn explained(rejected: usize) -> String {
        let plans: Vec<String> = (0..rejected)
            .map(|n| format!("{{ stage: 'FETCH', inputStage: {{ stage: 'IXSCAN', indexName: 'i{n}_1' }} }}"))
            .collect();
        planned("{ a: { $eq: 1 } }", "{ stage: 'FETCH', inputStage: { stage: 'IXSCAN', indexName: 'a_1' } }")
            .replace("rejectedPlans: []", &format!("rejectedPlans: [ {} ]", plans.join(", ")))
    }

    #[test]
    fn fires_on_five() {
        let found = check(&RULE, &explained(5));
        assert!(found[0].cause.contains("i0_1, i1_1"), "{found:?}");
    }

    #[test]
    fn fires_on_more() {
        assert_eq!(check(&RULE, &explained(12)).len(), 1);
    }

    #[test]
    fn silent_on_a_few() {
        assert!(check(&RULE, &explained(4)).is_empty());
    }

    #[test]
    fn silent_without_rivals() {
        assert!(check(&RULE, &explained(0)).is_empty());
    }
}
