use dbwright_model::Candidate;
use dbwright_model::whatif::{Estimate, Offered, Question};
use proptest::prelude::*;

use super::*;

/// A planner whose plans are lists: each statement has configurations with costs, and takes the cheapest that exists.
struct Lists {
    plans: Vec<Vec<(Vec<CandidateId>, f64)>>,
    asked: usize,
}

impl WhatIf for Lists {
    fn place(&self) -> String {
        "a list".into()
    }
    fn offer(&mut self, candidates: &[Candidate]) -> Vec<Result<Offered, Refusal>> {
        candidates.iter().map(|_| Ok(Offered { planners_size: None })).collect()
    }
    fn ask(&mut self, questions: &[Question<'_>]) -> Vec<Result<Estimate, Refusal>> {
        self.asked += questions.len();
        let answer = |question: &Question<'_>| {
            let plans = &self.plans[question.query.parse::<usize>().unwrap()];
            let there = plans.iter().filter(|(needs, _)| needs.iter().all(|at| question.with.contains(at)));
            let (used, cost) = there.min_by(|a, b| a.1.total_cmp(&b.1)).unwrap().clone();
            Ok(Estimate { cost, used, existing: vec![] })
        };
        questions.iter().map(answer).collect()
    }
    fn can_hide(&self) -> bool {
        false
    }
}

const NAMES: [&str; 8] = ["0", "1", "2", "3", "4", "5", "6", "7"];

fn searched(plans: &[Vec<(Vec<CandidateId>, f64)>], sizes: &[f64], bytes: f64, objective: Objective) -> (Found, usize) {
    searched_on(plans, sizes, |_| 0, bytes, objective)
}

fn searched_on(
    plans: &[Vec<(Vec<CandidateId>, f64)>],
    sizes: &[f64],
    table: impl Fn(usize) -> usize,
    bytes: f64,
    objective: Objective,
) -> (Found, usize) {
    let units =
        plans.iter().zip(NAMES).map(|(_, text)| Unit { text, weight: 1.0, relevant: (0..sizes.len()).collect() });
    let candidates =
        sizes.iter().enumerate().map(|(at, size)| Priced { size: *size, table: table(at), upkeep: 0.0 }).collect();
    let problem =
        Problem { units: units.collect(), candidates, objective, bytes: Some(bytes), per_table: None, calls: None };
    let mut lists = Lists { plans: plans.to_vec(), asked: 0 };
    let found = search(&problem, &mut lists, &mut |_| ControlFlow::Continue(()));
    (found, lists.asked)
}

/// The best of all sets, by trying each.
fn optimum(plans: &[Vec<(Vec<CandidateId>, f64)>], sizes: &[f64], bytes: f64) -> f64 {
    let all = (0..1_u32 << sizes.len()).filter(|set| {
        let size: f64 = (0..sizes.len()).filter(|at| set >> at & 1 == 1).map(|at| sizes[at]).sum();
        size <= bytes
    });
    let cost = |set: u32| -> f64 {
        let of = |plan: &Vec<(Vec<CandidateId>, f64)>| {
            let there = plan.iter().filter(|(needs, _)| needs.iter().all(|at| set >> at & 1 == 1));
            there.map(|(_, cost)| *cost).fold(f64::INFINITY, f64::min)
        };
        plans.iter().map(of).sum()
    };
    all.map(cost).fold(f64::INFINITY, f64::min)
}

#[test]
fn two_indexes_that_help_only_together_are_found() {
    let plans = vec![vec![(vec![], 100.0), (vec![0], 99.9), (vec![0, 1], 10.0)], vec![(vec![], 50.0), (vec![2], 40.0)]];
    let (found, _) = searched(&plans, &[10.0, 10.0, 10.0], 20.0, Objective::Cost);
    assert_eq!(found.chosen, [0, 1]);
    assert_eq!(found.costs[0].as_ref().map(|cost| cost.after), Some(10.0));
    assert!(found.proof.is_some_and(|proof| proof.gap < 1e-6), "{:?}", found.proof);
}

#[test]
fn one_that_serves_two_is_preferred_where_both_do_not_fit() {
    let plans = vec![
        vec![(vec![], 100.0), (vec![0], 10.0), (vec![2], 15.0)],
        vec![(vec![], 100.0), (vec![1], 10.0), (vec![2], 15.0)],
    ];
    let (found, _) = searched(&plans, &[10.0, 10.0, 15.0], 15.0, Objective::Cost);
    assert_eq!(found.chosen, [2]);
    let (found, _) = searched(&plans, &[10.0, 10.0, 15.0], 20.0, Objective::Cost);
    assert_eq!(found.chosen, [0, 1]);
}

#[test]
fn no_statement_drowns_the_others() {
    let plans = vec![vec![(vec![], 1e9), (vec![0], 9e8)], vec![(vec![], 100.0), (vec![1], 1.0)]];
    let (found, _) = searched(&plans, &[10.0, 10.0], 10.0, Objective::Geometric);
    assert_eq!(found.chosen, [1]);
    let (found, _) = searched(&plans, &[10.0, 10.0], 10.0, Objective::Cost);
    assert_eq!(found.chosen, [0]);
}

#[test]
fn nothing_is_chosen_where_nothing_helps_or_fits() {
    let plans = vec![vec![(vec![], 100.0), (vec![0], 50.0)], vec![(vec![], 7.0)]];
    let (found, _) = searched(&plans, &[10.0], 5.0, Objective::Geometric);
    assert_eq!((found.chosen.len(), found.calls), (0, 2), "what does not fit is not asked about");
    assert!(found.curve.is_empty());
}

#[test]
fn a_stop_gives_the_best_so_far() {
    let plans = vec![vec![(vec![], 100.0), (vec![0], 50.0)]; 8];
    let units = NAMES.map(|text| Unit { text, weight: 1.0, relevant: vec![0] });
    let candidates = vec![Priced { size: 1.0, table: 0, upkeep: 0.0 }];
    let problem = Problem {
        units: units.to_vec(),
        candidates,
        objective: Objective::Cost,
        bytes: None,
        per_table: None,
        calls: Some(12),
    };
    let mut lists = Lists { plans, asked: 0 };
    let found = search(&problem, &mut lists, &mut |_| ControlFlow::Continue(()));
    assert_eq!((found.cut, found.calls), (Some(Cut::Calls), 12));
    let found = search(&Problem { calls: None, ..problem }, &mut lists, &mut |_| ControlFlow::Break(()));
    assert_eq!(found.cut, Some(Cut::Stopped));
}

fn plans() -> impl Strategy<Value = Vec<Vec<(Vec<CandidateId>, f64)>>> {
    let plan = (prop::collection::btree_set(0_usize..7, 1..3), 1.0..99.0_f64);
    let statement = prop::collection::vec(plan, 0..6).prop_map(|plans| {
        let mut all = vec![(vec![], 100.0)];
        all.extend(plans.into_iter().map(|(needs, cost)| (needs.into_iter().collect(), cost)));
        all
    });
    prop::collection::vec(statement, 1..6)
}

proptest! {
    #[test]
    fn near_the_optimum_within_the_budget_and_the_same_again(
        plans in plans(),
        sizes in prop::collection::vec(1.0..30.0_f64, 7),
        bytes in 5.0..90.0_f64,
    ) {
        let (found, _) = searched_on(&plans, &sizes, |at| at, bytes, Objective::Cost);
        prop_assert!(found.size <= bytes);
        let cost: f64 = found.costs.iter().flatten().map(|cost| cost.after).sum();
        let best = optimum(&plans, &sizes, bytes);
        prop_assert!(cost <= best * 1.1 + 1e-6, "{} instead of {}", cost, best);
        let (again, _) = searched_on(&plans, &sizes, |at| at, bytes, Objective::Cost);
        prop_assert_eq!(found.chosen, again.chosen);
    }
}
