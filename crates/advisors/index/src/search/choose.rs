//! The best set that fits, over the configurations that are known; nothing is asked here.

use dbwright_model::whatif::CandidateId;
use fixedbitset::FixedBitSet;

use super::known::Known;
use super::{Objective, Point, Problem};

/// A configuration: what a statement is worth once all of a set is there.
#[derive(Debug, Clone)]
pub(super) struct Configuration {
    pub(super) set: FixedBitSet,
    pub(super) members: Vec<CandidateId>,
    /// In the unit of the objective; smaller is better.
    pub(super) value: f64,
}

/// All configurations of a problem.
pub(super) struct Choice<'p, 'q> {
    pub(super) problem: &'p Problem<'q>,
    /// Of each unit: its configurations, best first; the last is that of nothing.
    pub(super) units: Vec<Vec<Configuration>>,
    /// For each candidate, the units with a configuration that needs it.
    needed_by: Vec<Vec<usize>>,
}

/// How many points the curve of budgets has.
const CURVE: usize = 12;
/// Passes of the moves over a set; each ends when none helps.
const PASSES: usize = 8;
/// Less is no gain, in the unit of the objective.
const NOTHING: f64 = 1e-9;

impl<'p, 'q> Choice<'p, 'q> {
    pub(super) fn new(problem: &'p Problem<'q>, known: &[Known]) -> Choice<'p, 'q> {
        let scale = Scale::new(problem, known);
        let mut units = Vec::with_capacity(known.len());
        let mut needed_by = vec![Vec::new(); problem.candidates.len()];
        for (unit, known) in known.iter().enumerate() {
            let configurations = known.configurations().into_iter().filter(|(set, _)| problem.fits(set));
            let all: Vec<Configuration> = configurations
                .map(|(set, cost)| Configuration {
                    set: set.clone(),
                    members: set.ones().collect(),
                    value: scale.value(unit, cost),
                })
                .collect();
            for member in all.iter().flat_map(|one| &one.members) {
                if needed_by[*member].last() != Some(&unit) {
                    needed_by[*member].push(unit);
                }
            }
            units.push(all);
        }
        Choice { problem, units, needed_by }
    }

    /// What the load is worth with a set, upkeep included.
    pub(super) fn value(&self, set: &FixedBitSet) -> f64 {
        let upkeep: f64 = set.ones().map(|at| self.problem.candidates[at].upkeep).sum();
        (0..self.units.len()).map(|unit| self.of_unit(unit, set)).sum::<f64>() + upkeep
    }

    /// The cost of the load with a set, relative to now.
    pub(super) fn relative(&self, set: &FixedBitSet) -> f64 {
        let none: f64 = (0..self.units.len()).map(|unit| self.of_unit(unit, &self.problem.empty())).sum();
        let with: f64 = (0..self.units.len()).map(|unit| self.of_unit(unit, set)).sum();
        match self.problem.objective {
            Objective::Geometric => (with - none).exp(),
            Objective::Ratio | Objective::Cost if none > 0.0 => with / none,
            Objective::Ratio | Objective::Cost => 1.0,
        }
    }

    fn of_unit(&self, unit: usize, set: &FixedBitSet) -> f64 {
        self.units[unit].iter().find(|one| one.set.is_subset(set)).map_or(0.0, |one| one.value)
    }

    /// How much worse the load gets without one member of a set.
    pub(super) fn loss(&self, set: &FixedBitSet, member: CandidateId) -> f64 {
        let mut without = set.clone();
        without.remove(member);
        let of = |set: &FixedBitSet| self.needed_by[member].iter().map(|unit| self.of_unit(*unit, set)).sum::<f64>();
        of(&without) - of(set) - self.problem.candidates[member].upkeep
    }

    /// A set without what it gains nothing by, the largest first.
    pub(super) fn pruned(&self, mut set: FixedBitSet) -> FixedBitSet {
        let mut members: Vec<CandidateId> = set.ones().collect();
        members.sort_by(|a, b| {
            self.problem.candidates[*b].size.total_cmp(&self.problem.candidates[*a].size).then(a.cmp(b))
        });
        for member in members {
            if self.loss(&set, member) <= NOTHING {
                set.remove(member);
            }
        }
        set
    }

    /// The best set found: from nothing and from `start`, by what each byte gains and by what is gained, then by moves.
    pub(super) fn best(&self, start: &FixedBitSet) -> FixedBitSet {
        let nothing = self.problem.empty();
        let start = if self.problem.fits(start) { start.clone() } else { nothing.clone() };
        let starts = [(&nothing, true), (&nothing, false), (&start, true)];
        let grown = starts.map(|(from, dense)| self.pruned(self.grown(from.clone(), &nothing, dense)));
        let mut best = start;
        for set in grown {
            let moved = self.moved(set);
            if self.value(&moved) < self.value(&best) - NOTHING {
                best = moved;
            }
        }
        self.moved(best)
    }

    /// Adds whole configurations while any gains: the one that gains most a byte, or most.
    fn grown(&self, mut set: FixedBitSet, blocked: &FixedBitSet, dense: bool) -> FixedBitSet {
        loop {
            let mut best: Option<(f64, FixedBitSet)> = None;
            for one in self.units.iter().flatten() {
                if one.set.is_subset(&set) || !one.set.is_disjoint(blocked) {
                    continue;
                }
                let mut with = set.clone();
                with.union_with(&one.set);
                let gain = self.gain(&set, &with, one);
                if gain <= NOTHING || !self.problem.fits(&with) {
                    continue;
                }
                let added: f64 = one
                    .members
                    .iter()
                    .filter(|at| !set.contains(**at))
                    .map(|at| self.problem.candidates[*at].size)
                    .sum();
                let score = if dense { gain / added.max(1.0) } else { gain };
                if best.as_ref().is_none_or(|(most, _)| score > *most) {
                    best = Some((score, with));
                }
            }
            match best {
                Some((_, with)) => set = with,
                None => return set,
            }
        }
    }

    /// What adding a configuration to a set gains.
    fn gain(&self, set: &FixedBitSet, with: &FixedBitSet, one: &Configuration) -> f64 {
        let mut touched: Vec<usize> = Vec::new();
        let mut upkeep = 0.0;
        for member in one.members.iter().filter(|at| !set.contains(**at)) {
            upkeep += self.problem.candidates[*member].upkeep;
            touched.extend(&self.needed_by[*member]);
        }
        touched.sort_unstable();
        touched.dedup();
        touched.into_iter().map(|unit| self.of_unit(unit, set) - self.of_unit(unit, with)).sum::<f64>() - upkeep
    }

    /// Moves while any helps: taking a configuration in and putting out what is then worth least; taking a member out for
    /// good and growing again.
    fn moved(&self, mut set: FixedBitSet) -> FixedBitSet {
        for _ in 0..PASSES {
            let before = self.value(&set);
            set = self.swapped(set);
            set = self.regrown(set);
            if self.value(&set) >= before - NOTHING {
                break;
            }
        }
        set
    }

    fn swapped(&self, mut set: FixedBitSet) -> FixedBitSet {
        let mut value = self.value(&set);
        for one in self.units.iter().flatten() {
            if one.set.is_subset(&set) {
                continue;
            }
            let mut with = set.clone();
            with.union_with(&one.set);
            let with = self.shrunk(with, &one.set);
            let worth = self.value(&with);
            if worth < value - NOTHING && self.problem.fits(&with) {
                (set, value) = (with, worth);
            }
        }
        set
    }

    /// Takes members out, the one that is worth least a byte first, until the set fits.
    fn shrunk(&self, mut set: FixedBitSet, keep: &FixedBitSet) -> FixedBitSet {
        set = self.pruned(set);
        while !self.problem.fits(&set) {
            let density = |at: &CandidateId| self.loss(&set, *at) / self.problem.candidates[*at].size.max(1.0);
            let members = set.ones().filter(|at| !keep.contains(*at));
            let Some(worst) = members.min_by(|a, b| density(a).total_cmp(&density(b)).then(a.cmp(b))) else { break };
            set.remove(worst);
            set = self.pruned(set);
        }
        set
    }

    fn regrown(&self, mut set: FixedBitSet) -> FixedBitSet {
        let mut value = self.value(&set);
        for member in set.clone().ones() {
            if !set.contains(member) {
                continue;
            }
            let blocked = self.problem.set([member]);
            let mut without = set.clone();
            without.remove(member);
            let without = self.pruned(without);
            for dense in [true, false] {
                // what was put out may come back where it still gains
                let again = self.grown(self.grown(without.clone(), &blocked, dense), &self.problem.empty(), dense);
                let again = self.pruned(again);
                let worth = self.value(&again);
                if worth < value - NOTHING {
                    (set, value) = (again, worth);
                }
            }
        }
        set
    }

    /// The best sets for growing budgets, that of the whole budget among them.
    pub(super) fn curve(&self, best: &FixedBitSet) -> Vec<Point> {
        let unbounded = Problem { bytes: None, ..self.problem.clone() };
        let most = {
            let choice = Choice { problem: &unbounded, units: self.units.clone(), needed_by: self.needed_by.clone() };
            unbounded.size(&choice.pruned(choice.grown(unbounded.empty(), &unbounded.empty(), false)))
        };
        let point = |set: &FixedBitSet| Point {
            size: self.problem.size(set),
            relative: self.relative(set),
            chosen: set.ones().collect(),
        };
        let mut points = vec![point(best)];
        for step in 1..=CURVE {
            let bytes = most * (step as f64 / CURVE as f64).powi(2);
            let limited = Problem { bytes: Some(bytes), ..self.problem.clone() };
            let choice = Choice { problem: &limited, units: self.units.clone(), needed_by: self.needed_by.clone() };
            let set = choice.pruned(choice.grown(limited.empty(), &limited.empty(), true));
            points.push(point(&set));
        }
        points.sort_by(|a, b| a.size.total_cmp(&b.size).then(a.relative.total_cmp(&b.relative)));
        let mut lowest = 1.0;
        points.retain(|point| {
            let better = point.relative < lowest - NOTHING;
            lowest = f64::min(lowest, point.relative);
            better
        });
        points
    }
}

/// Turns costs into the unit of the objective.
pub(super) struct Scale {
    objective: Objective,
    /// Of each unit: its weight as a share of all, and its cost now.
    units: Vec<(f64, f64)>,
}

impl Scale {
    pub(super) fn new(problem: &Problem<'_>, known: &[Known]) -> Scale {
        let base = |unit: &Known| unit.base.unwrap_or(0.0).max(f64::MIN_POSITIVE);
        let counted = |weight: f64, unit: &Known| match problem.objective {
            Objective::Cost => weight * base(unit),
            Objective::Geometric | Objective::Ratio => weight,
        };
        let pairs = || problem.units.iter().zip(known).filter(|(_, known)| known.base.is_some());
        let total: f64 = pairs().map(|(unit, known)| counted(unit.weight, known)).sum();
        let units = problem.units.iter().zip(known).map(|(unit, known)| match known.base {
            Some(_) if total > 0.0 => (counted(unit.weight, known) / total, base(known)),
            _ => (0.0, 1.0),
        });
        Scale { objective: problem.objective, units: units.collect() }
    }

    /// What a cost of a unit is worth; the least is best. A cost of now is worth 0 (geometric) or the unit's share.
    pub(super) fn value(&self, unit: usize, cost: f64) -> f64 {
        let (share, base) = self.units[unit];
        let ratio = (cost / base).max(1e-9);
        match self.objective {
            Objective::Geometric => share * ratio.ln(),
            Objective::Ratio | Objective::Cost => share * ratio,
        }
    }
}
