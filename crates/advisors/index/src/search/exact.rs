//! How far a set is from the best among all configurations known: an integer program.

use fixedbitset::FixedBitSet;
use microlp::{ComparisonOp, LinearExpr, OptimizationDirection, SolveOptions, Variable};

use super::choose::Choice;
use super::{Objective, Problem};

/// What the integer program says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proof {
    /// No choice among the configurations known makes the load cheaper than so much of what it costs now.
    pub relative_at_least: f64,
    /// How much cheaper than the set found that would be at most, relative to it.
    pub gap: f64,
}

/// Nodes of the search tree at most: a limit that does not depend on the machine.
const NODES: u64 = 400;
/// Beyond so many variables the program takes longer than its answer is worth.
const VARIABLES: usize = 6_000;

/// Proves how good a set is; the second is the set that the program found, which may be better.
pub(super) fn prove(problem: &Problem<'_>, choice: &Choice<'_, '_>, set: &FixedBitSet) -> Option<(Proof, FixedBitSet)> {
    let configurations = choice.units.iter().map(Vec::len).sum::<usize>();
    if configurations + problem.candidates.len() > VARIABLES {
        return None;
    }
    let mut program = microlp::Problem::new(OptimizationDirection::Minimize);
    let mut needed = problem.empty();
    choice.units.iter().flatten().for_each(|one| needed.union_with(&one.set));
    let mut chosen: Vec<Option<Variable>> = vec![None; problem.candidates.len()];
    for at in needed.ones() {
        chosen[at] = Some(program.add_binary_var(problem.candidates[at].upkeep));
    }
    for unit in &choice.units {
        let mut one_of = LinearExpr::empty();
        for configuration in unit {
            let taken = program.add_var(configuration.value, (0.0, 1.0));
            one_of.add(taken, 1.0);
            for member in configuration.members.iter().filter_map(|at| chosen[*at]) {
                program.add_constraint([(taken, 1.0), (member, -1.0)], ComparisonOp::Le, 0.0);
            }
        }
        if !unit.is_empty() {
            program.add_constraint(one_of, ComparisonOp::Eq, 1.0);
        }
    }
    let variables = || needed.ones().filter_map(|at| Some((at, chosen[at]?)));
    if let Some(bytes) = problem.bytes.filter(|bytes| *bytes > 0.0) {
        let sizes: Vec<(Variable, f64)> =
            variables().map(|(at, variable)| (variable, (problem.candidates[at].size / bytes).max(1e-6))).collect();
        program.add_constraint(sizes, ComparisonOp::Le, 1.0);
    }
    if let Some(most) = problem.per_table {
        let mut tables: Vec<usize> = needed.ones().map(|at| problem.candidates[at].table).collect();
        tables.sort_unstable();
        tables.dedup();
        for table in tables {
            let of: Vec<(Variable, f64)> = variables()
                .filter(|(at, _)| problem.candidates[*at].table == table)
                .map(|(_, variable)| (variable, 1.0))
                .collect();
            program.add_constraint(of, ComparisonOp::Le, most as f64);
        }
    }
    let mut options = SolveOptions::default();
    options.node_limit = Some(NODES);
    options.mip_gap = 1e-4;
    options.warm_start = Some(variables().map(|(at, variable)| (variable, f64::from(set.contains(at)))).collect());
    let solution = program.solve_with(options).ok()?.into_solution().ok()?;
    let bound = solution.stats().best_bound.unwrap_or(solution.objective());
    let found = problem.set(variables().filter(|(_, variable)| solution.var_value(*variable) > 0.5).map(|(at, _)| at));
    let found = if problem.fits(&found) { found } else { set.clone() };
    let value = choice.value(&found).min(choice.value(set));
    let none: f64 = choice.value(&problem.empty());
    let (relative_at_least, gap) = match problem.objective {
        Objective::Geometric => ((bound - none).exp(), 1.0 - (bound - value).min(0.0).exp()),
        Objective::Ratio | Objective::Cost => {
            (bound / none.max(f64::MIN_POSITIVE), ((value - bound) / value.max(f64::MIN_POSITIVE)).max(0.0))
        }
    };
    Some((Proof { relative_at_least, gap }, found))
}
