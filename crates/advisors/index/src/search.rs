//! The search for the set of indexes that is worth its space and its upkeep, with few questions to the planner.
//!
//! A plan that was found with the candidates `S` and uses only `U` of them is the plan, at the same cost, for every set
//! between `U` and `S` (the planner takes the cheapest, and none of it is lost). So an answer says more than it was asked
//! for: what a statement costs with any set is bounded from both sides by what is known (`known`), and each `U` is an *atomic
//! configuration*: a set of indexes with what the statement costs once all of them are there. The search is a loop of two
//! halves: `choose` finds the best set that fits, over the configurations known; `explore` asks what that set really
//! costs, and what each statement would do with more. What is left to gain among the configurations known is proven by an
//! integer program (`exact`), the form of CoPhy (Dash, Polyzotis, Ailamaki: VLDB 2011).

mod choose;
mod exact;
mod explore;
mod known;

use std::ops::ControlFlow;

use dbwright_model::whatif::{CandidateId, Refusal, WhatIf};
use fixedbitset::FixedBitSet;

pub use exact::Proof;

/// What is made as small as possible.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Objective {
    /// The mean of the logarithms of each statement's cost relative to what it costs now: a statement that becomes twice as
    /// fast counts the same, whatever it cost; none drowns the others.
    #[default]
    Geometric,
    /// The weighted mean of costs relative to what each costs now: with measured time as weight, the time of the whole load.
    Ratio,
    /// The sum of costs.
    Cost,
}

/// A statement to be planned.
#[derive(Debug, Clone)]
pub struct Unit<'q> {
    /// Its text.
    pub text: &'q str,
    /// How much it counts; any unit.
    pub weight: f64,
    /// Candidates that could serve it, ascending.
    pub relevant: Vec<CandidateId>,
}

/// A candidate with its price.
#[derive(Debug, Clone, Copy, Default)]
pub struct Priced {
    /// Bytes.
    pub size: f64,
    /// Which table it is of.
    pub table: usize,
    /// What keeping it costs, in the unit of the objective (a share of the load).
    pub upkeep: f64,
}

/// What is searched.
#[derive(Debug, Clone)]
pub struct Problem<'q> {
    /// Statements.
    pub units: Vec<Unit<'q>>,
    /// Candidates, as offered to the [`WhatIf`].
    pub candidates: Vec<Priced>,
    /// What is made small.
    pub objective: Objective,
    /// Bytes that all chosen may take together.
    pub bytes: Option<f64>,
    /// How many may be chosen of one table.
    pub per_table: Option<usize>,
    /// How many questions may be asked.
    pub calls: Option<usize>,
}

/// How far the search is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Questions asked so far.
    pub calls: usize,
    /// Cost of the load with the best set so far, relative to now (1: nothing gained).
    pub relative: f64,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The candidates chosen, ascending.
    pub chosen: Vec<CandidateId>,
    /// Bytes they take.
    pub size: f64,
    /// For each unit, what it costs now and with what was chosen; `None` where the planner refused it.
    pub costs: Vec<Option<Cost>>,
    /// Questions asked.
    pub calls: usize,
    /// How far from the best choice among all configurations that are known.
    pub proof: Option<Proof>,
    /// What can be had for less, and for more: best sets by size, ascending, as far as is known without asking.
    pub curve: Vec<Point>,
    /// Units that the planner refused, with its words.
    pub refused: Vec<(usize, String)>,
    /// Why the search ended before it was done.
    pub cut: Option<Cut>,
}

/// Costs of a unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// Now.
    pub before: f64,
    /// With what was chosen.
    pub after: f64,
    /// Chosen candidates that its plan uses, ascending.
    pub uses: Vec<CandidateId>,
}

/// A choice for a budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Bytes it takes.
    pub size: f64,
    /// Cost of the load relative to now.
    pub relative: f64,
    /// What is chosen, ascending.
    pub chosen: Vec<CandidateId>,
}

/// Why a search ended early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cut {
    /// Somebody asked it to.
    Stopped,
    /// As many questions were asked as were allowed.
    Calls,
    /// The planner is lost; why.
    Lost(String),
}

/// Searches. `heard` is told how it goes and may end it; then the best set so far is the answer.
pub fn search(problem: &Problem<'_>, whatif: &mut dyn WhatIf, heard: &mut dyn FnMut(Step) -> ControlFlow<()>) -> Found {
    let mut explorer = explore::Explorer::new(problem, whatif, heard);
    let cut = explorer.run().err();
    let (known, calls) = (explorer.known, explorer.calls);
    let choice = choose::Choice::new(problem, &known);
    let best = explorer.best;
    let proof = exact::prove(problem, &choice, &best);
    // What the exact step found among the same configurations may be better than what the moves of `choose` reach.
    let best = match &proof {
        Some((_, better)) if choice.value(better) < choice.value(&best) - 1e-12 => better.clone(),
        _ => best,
    };
    let best = choice.pruned(best);
    let costs = known.iter().map(|unit| {
        let before = unit.base?;
        let (after, uses) = unit.best(&best)?;
        Some(Cost { before, after, uses })
    });
    Found {
        size: problem.size(&best),
        costs: costs.collect(),
        calls,
        proof: proof.map(|(proof, _)| proof),
        curve: choice.curve(&best),
        refused: known.iter().enumerate().filter_map(|(at, unit)| Some((at, unit.refused.clone()?))).collect(),
        cut,
        chosen: best.ones().collect(),
    }
}

impl Problem<'_> {
    fn size(&self, set: &FixedBitSet) -> f64 {
        set.ones().map(|at| self.candidates[at].size).sum()
    }

    fn fits(&self, set: &FixedBitSet) -> bool {
        let few = self.per_table.is_none_or(|most| {
            let mut tables: Vec<usize> = set.ones().map(|at| self.candidates[at].table).collect();
            tables.sort_unstable();
            tables.chunk_by(|a, b| a == b).all(|of_one| of_one.len() <= most)
        });
        few && self.bytes.is_none_or(|bytes| self.size(set) <= bytes)
    }

    fn empty(&self) -> FixedBitSet {
        FixedBitSet::with_capacity(self.candidates.len())
    }

    fn set(&self, of: impl IntoIterator<Item = CandidateId>) -> FixedBitSet {
        let mut set = self.empty();
        of.into_iter().for_each(|at| set.insert(at));
        set
    }
}

impl From<Refusal> for Cut {
    fn from(refusal: Refusal) -> Cut {
        Cut::Lost(refusal.to_string())
    }
}

#[cfg(test)]
mod tests;
