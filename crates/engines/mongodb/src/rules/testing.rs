//! Plans for the tests of rules: stages as the shell prints them, in the frame of an explain document.

use dbwright_model::artefact::{Artefact, Input};
use dbwright_model::plan::Plans;
use dbwright_model::{Case, Finding, Product, Redaction, Rule, Server, Version};
use dbwright_sql::Dialect;

/// A case with the plans in a text.
pub(super) fn case(text: &str) -> Case {
    let mut plans = Plans::default();
    for piece in crate::plan::RECOGNISERS.iter().flat_map(|recogniser| (recogniser.find)(&Input::new("test", text))) {
        if let Ok(Artefact::Plan(mut plan)) = piece.artefact {
            // As the binary does: rules never see literals.
            dbwright_plan::account(&mut plan);
            dbwright_plan::redact(&mut plan, Dialect::MySql, Redaction::Literals);
            plans.plans.push(*plan);
        }
    }
    assert!(!plans.plans.is_empty(), "no plan in {text}");
    Case::new(Server::new(Product::MongoDB, Version::new(7, 0, 0)), Redaction::Literals).with(&plans)
}

/// What the rule says of the plans in a text.
pub(super) fn check(rule: &Rule, text: &str) -> Vec<Finding> {
    (rule.check)(&case(text)).unwrap()
}

/// `explain('executionStats')` of a find on `shop.orders` whose executed stages are given.
pub(super) fn executed(millis: u32, stage: &str) -> String {
    asked(millis, "{}", stage)
}

/// The same with the query as the planner parsed it.
pub(super) fn asked(millis: u32, query: &str, stage: &str) -> String {
    format!(
        "{{ explainVersion: '1', queryPlanner: {{ namespace: 'shop.orders', indexFilterSet: false, parsedQuery: {query},
           winningPlan: {stage}, rejectedPlans: [] }},
           executionStats: {{ executionSuccess: true, executionTimeMillis: {millis}, executionStages: {stage} }}, ok: 1 }}"
    )
}

/// `explain()` of a find on `shop.orders`: planned only.
pub(super) fn planned(query: &str, stage: &str) -> String {
    format!(
        "{{ explainVersion: '1', queryPlanner: {{ namespace: 'shop.orders', parsedQuery: {query}, winningPlan: {stage},
           rejectedPlans: [] }}, ok: 1 }}"
    )
}

/// `explain('executionStats')` of an aggregation on `shop.orders`: a collection scan, then the stages.
pub(super) fn pipeline(millis: u32, read: u32, stages: &str) -> String {
    format!(
        "{{ explainVersion: '1', stages: [ {{ $cursor: {{ queryPlanner: {{ namespace: 'shop.orders', parsedQuery: {{}},
             winningPlan: {{ stage: 'COLLSCAN' }}, rejectedPlans: [] }},
             executionStats: {{ executionSuccess: true, nReturned: {read}, executionTimeMillis: {millis}, totalKeysExamined: 0,
               totalDocsExamined: {read}, executionStages: {{ stage: 'COLLSCAN', nReturned: {read}, executionTimeMillisEstimate: 1,
                 works: {read}, docsExamined: {read} }} }} }}, nReturned: {read}, executionTimeMillisEstimate: 2 }}, {stages} ], ok: 1 }}"
    )
}
