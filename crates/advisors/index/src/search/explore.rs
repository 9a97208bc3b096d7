//! What is worth asking: each answer is a configuration that `choose` may take.

use std::ops::ControlFlow;

use dbwright_model::whatif::{CandidateId, Question, Refusal, WhatIf};
use fixedbitset::FixedBitSet;

use super::choose::{Choice, Scale};
use super::known::{Answer, Known};
use super::{Cut, Problem, Step};

/// Questions about one statement before the first choice: with everything at hand, and with one table's candidates.
const WHOLE: usize = 14;
const OF_TABLE: usize = 5;
/// Rounds of choosing and asking; the last ones change little.
const ROUNDS: usize = 16;
/// Rounds without a better choice after which no more are asked.
const PATIENCE: usize = 2;
/// A plan that is cheaper by a smaller part than this is no better.
const SLIGHT: f64 = 1e-3;
/// How much dearer than its own gain pays for a candidate may be to be tried: others may share it.
const SHARED: f64 = 3.0;
/// Merged indexes tried a round.
const MERGES: usize = 24;
/// Candidates that several statements might share, tried a round.
const SHARES: usize = 12;

pub(super) struct Explorer<'s, 'q> {
    problem: &'s Problem<'q>,
    whatif: &'s mut dyn WhatIf,
    heard: &'s mut dyn FnMut(Step) -> ControlFlow<()>,
    pub(super) known: Vec<Known>,
    pub(super) calls: usize,
    pub(super) best: FixedBitSet,
}

/// A set to be asked for, of a unit.
type Job = (usize, FixedBitSet);

impl<'s, 'q> Explorer<'s, 'q> {
    pub(super) fn new(
        problem: &'s Problem<'q>,
        whatif: &'s mut dyn WhatIf,
        heard: &'s mut dyn FnMut(Step) -> ControlFlow<()>,
    ) -> Explorer<'s, 'q> {
        let known = vec![Known::default(); problem.units.len()];
        Explorer { problem, whatif, heard, known, calls: 0, best: problem.empty() }
    }

    pub(super) fn run(&mut self) -> Result<(), Cut> {
        let units = 0..self.problem.units.len();
        self.ask(units.clone().map(|unit| (unit, self.problem.empty())).collect())?;
        let everything: Vec<Job> = units.map(|unit| (unit, self.affordable(unit))).collect();
        self.follow(everything, WHOLE)?;
        let of_tables = self.tables();
        self.follow(of_tables, OF_TABLE)?;
        let mut idle = 0;
        let mut lowest = f64::INFINITY;
        for _ in 0..ROUNDS {
            let (set, value) = self.settle()?;
            if value < lowest - SLIGHT * 0.1 {
                (lowest, idle) = (value, 0);
            } else {
                idle += 1;
            }
            if value <= lowest {
                (self.best, lowest) = (set.clone(), value);
            }
            let before = self.calls;
            self.more(&set)?;
            self.merges(&set)?;
            self.shares(&set)?;
            if idle >= PATIENCE || self.calls == before {
                break;
            }
        }
        Ok(())
    }

    /// The relevant candidates that fit the budget, each by itself.
    fn affordable(&self, unit: usize) -> FixedBitSet {
        let most = self.problem.bytes.unwrap_or(f64::INFINITY);
        let relevant = self.problem.units[unit].relevant.iter().copied();
        self.problem.set(relevant.filter(|at| self.problem.candidates[*at].size <= most))
    }

    /// For each statement that gains at all and reads several tables, the candidates of each.
    fn tables(&self) -> Vec<Job> {
        let mut jobs = Vec::new();
        for (unit, known) in self.known.iter().enumerate() {
            let all = self.affordable(unit);
            let gains = known.base.is_some_and(|base| known.least(&all) < base * (1.0 - SLIGHT));
            let mut tables: Vec<usize> = all.ones().map(|at| self.problem.candidates[at].table).collect();
            tables.sort_unstable();
            tables.dedup();
            if !gains || tables.len() < 2 {
                continue;
            }
            for table in tables {
                let of = all.ones().filter(|at| self.problem.candidates[*at].table == table);
                jobs.push((unit, self.problem.set(of)));
            }
        }
        jobs
    }

    /// Asks, and from each answer that gains goes on to sets that force a smaller one, up to so many questions a start.
    fn follow(&mut self, starts: Vec<Job>, most: usize) -> Result<(), Cut> {
        let mut fronts: Vec<(usize, Vec<FixedBitSet>, usize)> =
            starts.into_iter().map(|(unit, set)| (unit, vec![set], 0)).collect();
        loop {
            let mut jobs: Vec<Job> = Vec::new();
            for (unit, front, asked) in &mut fronts {
                for set in front.iter().take(most.saturating_sub(*asked)) {
                    jobs.push((*unit, set.clone()));
                }
                *asked += front.len();
            }
            self.ask(jobs)?;
            let mut any = false;
            for (unit, front, asked) in &mut fronts {
                let asked_for = std::mem::take(front);
                if *asked >= most {
                    continue;
                }
                for set in asked_for {
                    for child in self.smaller(*unit, &set) {
                        if self.known[*unit].settled(&child).is_none() && !front.contains(&child) {
                            front.push(child);
                        }
                    }
                }
                any |= !front.is_empty();
            }
            if !any {
                return Ok(());
            }
        }
    }

    /// For each candidate that the plan with a set uses: the set without it and without what is no smaller on its table.
    fn smaller(&self, unit: usize, set: &FixedBitSet) -> Vec<FixedBitSet> {
        let known = &self.known[unit];
        let (Some(base), Some(answer)) = (known.base, known.settled(set)) else { return vec![] };
        if answer.cost >= base * (1.0 - SLIGHT) {
            return vec![];
        }
        let candidates = &self.problem.candidates;
        let without = |used: CandidateId| {
            let rest = set.ones().filter(|at| {
                *at != used
                    && (candidates[*at].table != candidates[used].table || candidates[*at].size < candidates[used].size)
            });
            self.problem.set(rest)
        };
        answer.used.ones().map(without).collect()
    }

    /// The best set over what is known, once what it really costs is known of every statement.
    fn settle(&mut self) -> Result<(FixedBitSet, f64), Cut> {
        loop {
            let (set, value) = {
                let choice = Choice::new(self.problem, &self.known);
                let set = choice.best(&self.best);
                let value = choice.value(&set);
                self.tell(choice.relative(&set))?;
                (set, value)
            };
            let units = 0..self.problem.units.len();
            let jobs: Vec<Job> = units.map(|unit| (unit, self.within(unit, &set))).collect();
            let before = self.calls;
            let better = self.ask(jobs)?;
            if self.calls == before || !better {
                return Ok((set, value));
            }
        }
    }

    /// The part of a set that is relevant for a unit.
    fn within(&self, unit: usize, set: &FixedBitSet) -> FixedBitSet {
        self.problem.set(self.problem.units[unit].relevant.iter().copied().filter(|at| set.contains(*at)))
    }

    /// Asks what each statement would do with all that could pay for its space besides the set.
    fn more(&mut self, set: &FixedBitSet) -> Result<(), Cut> {
        let price = self.price(set);
        let scale = Scale::new(self.problem, &self.known);
        let mut jobs: Vec<Job> = Vec::new();
        for (unit, known) in self.known.iter().enumerate() {
            let mut with = self.within(unit, set);
            let Some((now, _)) = known.best(&with) else { continue };
            let all = self.affordable(unit);
            let most = scale.value(unit, now) - scale.value(unit, known.least(&all).max(f64::MIN_POSITIVE));
            for at in all.ones().filter(|at| self.problem.candidates[*at].size * price <= most * SHARED) {
                with.insert(at);
            }
            if known.least(&with) < now * (1.0 - SLIGHT) {
                jobs.push((unit, with));
            }
        }
        self.follow(jobs, 3)
    }

    /// What a byte must gain to be worth its place: what the worst member of the set gains; nothing while there is room.
    fn price(&self, set: &FixedBitSet) -> f64 {
        let choice = Choice::new(self.problem, &self.known);
        let full = self.problem.bytes.is_some_and(|bytes| self.problem.size(set) > 0.9 * bytes);
        let density = |at: CandidateId| choice.loss(set, at) / self.problem.candidates[at].size.max(1.0);
        let least = set.ones().map(density).fold(f64::INFINITY, f64::min);
        if full && least.is_finite() { least.max(0.0) } else { 0.0 }
    }

    /// Asks about indexes that could stand for several of the set on one table.
    fn merges(&mut self, set: &FixedBitSet) -> Result<(), Cut> {
        let candidates = &self.problem.candidates;
        // which statements use each member now
        let mut users: Vec<Vec<usize>> = vec![Vec::new(); candidates.len()];
        for (unit, known) in self.known.iter().enumerate() {
            for used in known.best(set).map(|(_, used)| used).unwrap_or_default() {
                users[used].push(unit);
            }
        }
        let mut relevant_to: Vec<Vec<usize>> = vec![Vec::new(); candidates.len()];
        for (unit, one) in self.problem.units.iter().enumerate() {
            one.relevant.iter().for_each(|at| relevant_to[*at].push(unit));
        }
        let mut merges: Vec<(f64, CandidateId, FixedBitSet)> = Vec::new();
        for merged in (0..candidates.len()).filter(|at| !set.contains(*at)) {
            let stands_for = set.ones().filter(|member| {
                candidates[*member].table == candidates[merged].table
                    && !users[*member].is_empty()
                    && users[*member].iter().all(|unit| relevant_to[merged].contains(unit))
            });
            let stands_for = self.problem.set(stands_for);
            let saved = self.problem.size(&stands_for) - candidates[merged].size;
            if stands_for.count_ones(..) >= 2 && saved > 0.0 {
                merges.push((saved, merged, stands_for));
            }
        }
        merges.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut jobs: Vec<Job> = Vec::new();
        for (_, merged, stands_for) in merges.into_iter().take(MERGES) {
            let mut units: Vec<usize> = stands_for.ones().flat_map(|member| users[member].iter().copied()).collect();
            units.sort_unstable();
            units.dedup();
            for unit in units {
                let mut with = self.within(unit, set);
                with.difference_with(&stands_for);
                with.insert(merged);
                jobs.push((unit, with));
            }
        }
        self.ask(jobs).map(|_| ())
    }

    /// Asks about single candidates that several statements could share: those that promise most beyond the price of their
    /// space, by what each statement could gain at all.
    fn shares(&mut self, set: &FixedBitSet) -> Result<(), Cut> {
        let candidates = &self.problem.candidates;
        let price = self.price(set);
        let scale = Scale::new(self.problem, &self.known);
        let mut promise = vec![(0.0, Vec::new()); candidates.len()];
        for (unit, known) in self.known.iter().enumerate() {
            let within = self.within(unit, set);
            for at in self.affordable(unit).ones().filter(|at| !set.contains(*at)) {
                // in the place of what the set has on its table
                let others = within.ones().filter(|member| candidates[*member].table != candidates[at].table);
                let mut with = self.problem.set(others);
                let Some((now, _)) = known.best(&with) else { continue };
                with.insert(at);
                let least = known.settled(&with).map_or_else(|| known.least(&with), |answer| answer.cost);
                let most = scale.value(unit, now) - scale.value(unit, least.max(f64::MIN_POSITIVE));
                if most > SLIGHT * 0.1 {
                    let (gain, units): &mut (f64, Vec<Job>) = &mut promise[at];
                    *gain += most;
                    units.push((unit, with));
                }
            }
        }
        let open = |jobs: &[Job]| jobs.iter().any(|(unit, with)| self.known[*unit].settled(with).is_none());
        let mut shared: Vec<(f64, Vec<Job>)> = promise
            .into_iter()
            .enumerate()
            .map(|(at, (gain, jobs))| (gain - price * candidates[at].size, jobs))
            .filter(|(gain, jobs)| *gain > 0.0 && jobs.len() >= 2 && open(jobs))
            .collect();
        shared.sort_by(|a, b| b.0.total_cmp(&a.0));
        let jobs = shared.into_iter().take(SHARES).flat_map(|(_, jobs)| jobs).collect();
        self.ask(jobs).map(|_| ())
    }

    fn tell(&mut self, relative: f64) -> Result<(), Cut> {
        match (self.heard)(Step { calls: self.calls, relative }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Cut::Stopped),
        }
    }

    /// Asks what is not settled yet; whether any answer was better than what was known before.
    fn ask(&mut self, jobs: Vec<Job>) -> Result<bool, Cut> {
        let mut open: Vec<Job> = Vec::new();
        for (unit, set) in jobs {
            let known = &self.known[unit];
            if known.refused.is_none()
                && known.settled(&set).is_none()
                && !open.iter().any(|(u, s)| *u == unit && *s == set)
            {
                open.push((unit, set));
            }
        }
        let allowed = self.problem.calls.map_or(usize::MAX, |most| most.saturating_sub(self.calls));
        let cut = open.len() > allowed;
        open.truncate(allowed);
        let mut better = false;
        // in portions, so that whoever waits is told, and a stop is heard
        for portion in open.chunks(64) {
            let questions: Vec<Question<'_>> = portion
                .iter()
                .map(|(unit, set)| Question {
                    query: self.problem.units[*unit].text,
                    with: set.ones().collect(),
                    without: vec![],
                })
                .collect();
            let answers = self.whatif.ask(&questions);
            self.calls += answers.len();
            for ((unit, set), answer) in portion.iter().zip(answers) {
                match answer {
                    Ok(estimate) => {
                        let known = &mut self.known[*unit];
                        better |= known.best(set).is_none_or(|(cost, _)| estimate.cost < cost * (1.0 - SLIGHT));
                        let used = self.problem.set(estimate.used);
                        known.learn(Answer { with: set.clone(), used, cost: estimate.cost });
                    }
                    Err(Refusal::Refused(why)) => self.known[*unit].refused = Some(why),
                    Err(Refusal::Lost(why)) => return Err(Cut::Lost(why)),
                }
            }
            if portion.len() == 64 {
                let relative = Choice::new(self.problem, &self.known).relative(&self.best);
                self.tell(relative)?;
            }
        }
        if cut { Err(Cut::Calls) } else { Ok(better) }
    }
}
