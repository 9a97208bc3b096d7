//! What is known of the cost of a statement, from the planner's answers.

use dbwright_model::whatif::CandidateId;
use fixedbitset::FixedBitSet;

/// An answer of the planner.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// What existed.
    pub(super) with: FixedBitSet,
    /// What of it the plan uses.
    pub(super) used: FixedBitSet,
    pub(super) cost: f64,
}

/// All answers about one statement.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// Its cost without any candidate.
    pub(super) base: Option<f64>,
    pub(super) answers: Vec<Answer>,
    /// The planner does not take it.
    pub(super) refused: Option<String>,
}

impl Known {
    pub(super) fn learn(&mut self, answer: Answer) {
        if answer.with.is_clear() {
            self.base = Some(answer.cost);
        }
        self.answers.push(answer);
    }

    /// Its cost with just that set, if an answer settles it.
    pub(super) fn settled(&self, set: &FixedBitSet) -> Option<&Answer> {
        self.answers.iter().find(|answer| answer.used.is_subset(set) && set.is_subset(&answer.with))
    }

    /// The least that it is known to cost with that set, and what that plan uses.
    pub(super) fn best(&self, set: &FixedBitSet) -> Option<(f64, Vec<CandidateId>)> {
        let fitting = self.answers.iter().filter(|answer| answer.used.is_subset(set));
        let best = fitting.min_by(|a, b| a.cost.total_cmp(&b.cost))?;
        Some((best.cost, best.used.ones().collect()))
    }

    /// What it costs at least, whatever there is within that set.
    pub(super) fn least(&self, set: &FixedBitSet) -> f64 {
        let wider = self.answers.iter().filter(|answer| set.is_subset(&answer.with));
        wider.map(|answer| answer.cost).fold(0.0, f64::max)
    }

    /// The atomic configurations: each set that a plan uses, with its cost, cheapest first, without those that cost no less
    /// than one that needs a part of it.
    pub(super) fn configurations(&self) -> Vec<(&FixedBitSet, f64)> {
        let mut all: Vec<(&FixedBitSet, f64)> = self.answers.iter().map(|answer| (&answer.used, answer.cost)).collect();
        all.sort_by(|a, b| {
            let size = |set: &FixedBitSet| set.count_ones(..);
            a.1.total_cmp(&b.1).then_with(|| size(a.0).cmp(&size(b.0))).then_with(|| a.0.ones().cmp(b.0.ones()))
        });
        let mut kept: Vec<(&FixedBitSet, f64)> = Vec::new();
        for (set, cost) in all {
            if !kept.iter().any(|(other, _)| other.is_subset(set)) {
                kept.push((set, cost));
            }
        }
        kept
    }
}
