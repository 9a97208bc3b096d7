//! Putting digests together.

use std::collections::BTreeMap;

use super::part::{slower, widen};
use super::{Digest, Halves, Happened, INTERVALS, MOST_SHAPES, Part, SHAPE_INTERVALS, Shape, Shares};
use crate::series;
use crate::tally::Tally;

impl Digest {
    /// Adds what follows: a chunk of the same input.
    pub fn absorb(&mut self, mut part: Part) {
        let mut shapes = std::mem::take(&mut part.shapes);
        for raw in &mut shapes {
            raw.shape.latency = std::mem::take(&mut raw.counting).finish();
        }
        self.open_with(&part.digest);
        for raw in shapes {
            self.add_shape(raw.fingerprint, raw.shape, || raw.text.shown());
        }
        self.add_rest(part.digest);
    }

    /// Adds what follows: the digest of a later stretch of time, or of another server.
    pub fn merge(&mut self, mut other: Digest) {
        let shapes = std::mem::take(&mut other.shapes);
        self.open_with(&other);
        for (fingerprint, mut shape) in shapes {
            let text = std::mem::take(&mut shape.text);
            self.add_shape(fingerprint, shape, || text);
        }
        self.add_rest(other);
    }

    /// Widens span and intervals to what will be added.
    fn open_with(&mut self, other: &Digest) {
        let Some((first, last)) = other.span else { return };
        let before = self.span;
        widen(&mut self.span, first);
        widen(&mut self.span, last);
        if self.span == before {
            return;
        }
        self.series.widen(self.width(INTERVALS));
        let width = self.width(SHAPE_INTERVALS);
        self.shapes.values_mut().for_each(|shape| shape.series.widen(width));
        self.happenings.iter_mut().for_each(|happened| happened.series.widen(width));
    }

    /// Width of the intervals of a series over the digest's span, in seconds.
    fn width(&self, at_most: u64) -> u32 {
        let (first, last) = self.span.unwrap_or_default();
        series::width(first.div_euclid(1_000_000), last.div_euclid(1_000_000), at_most)
    }

    fn add_shape(&mut self, fingerprint: u64, shape: Shape, text: impl FnOnce() -> dbwright_model::SqlText) {
        let width = self.width(SHAPE_INTERVALS);
        match self.shapes.get_mut(&fingerprint) {
            Some(known) => known.merge(shape),
            None => {
                let known = self.shapes.entry(fingerprint).or_insert(shape);
                known.text = text();
                known.series.widen(width);
            }
        }
    }

    fn add_rest(&mut self, other: Digest) {
        self.events += other.events;
        self.all.merge(&other.all);
        self.unnamed.merge(&other.unnamed);
        self.planned.merge(&other.planned);
        self.sampled = self.sampled.max(other.sampled);
        self.rare.shapes += other.rare.shapes;
        self.rare.tally.merge(&other.rare.tally);
        self.series.merge(&other.series);
        self.series.widen(self.width(INTERVALS));
        if self.week.is_empty() {
            self.week = other.week;
        } else {
            for (ours, theirs) in self.week.iter_mut().zip(&other.week) {
                *ours = (ours.0 + theirs.0, ours.1.saturating_add(theirs.1));
            }
        }
        for (key, context) in other.contexts {
            match self.contexts.get_mut(&key) {
                Some(known) => known.tally.merge(&context.tally),
                None => drop(self.contexts.insert(key, context)),
            }
        }
        for (key, tag) in other.tags {
            match self.tags.get_mut(&key) {
                Some(known) => known.tally.merge(&tag.tally),
                None => drop(self.tags.insert(key, tag)),
            }
        }
        self.add_happenings(other.happenings);
        for (session, theirs) in other.halves {
            self.add_halves(session, theirs);
        }
        self.bound();
    }

    fn add_happenings(&mut self, others: Vec<Happened>) {
        if others.is_empty() {
            return;
        }
        let width = self.width(SHAPE_INTERVALS);
        let key = |happened: &Happened| {
            (happened.class.clone(), happened.code.clone(), happened.object.clone(), happened.shape)
        };
        let mut known: BTreeMap<_, Happened> =
            std::mem::take(&mut self.happenings).into_iter().map(|happened| (key(&happened), happened)).collect();
        for mut other in others {
            other.series.widen(width);
            match known.get_mut(&key(&other)) {
                Some(known) => known.merge(&other),
                None => drop(known.insert(key(&other), other)),
            }
        }
        self.happenings = known.into_values().collect();
    }

    /// Ties a duration at the start of what follows to the statement it belongs to.
    fn add_halves(&mut self, session: u64, theirs: Halves) {
        let Some(ours) = self.halves.get(&session).copied() else {
            self.halves.insert(session, theirs);
            return;
        };
        if let Some((time, at)) = theirs.early {
            match ours.open.and_then(|(key, context)| Some((self.shapes.remove(&key)?, key, context))) {
                Some((mut shape, key, context)) => {
                    shape.latency.add(time, 1);
                    self.pair(&mut shape, context, time, at);
                    self.shapes.insert(key, shape);
                }
                None => self.nameless(time, at),
            }
        }
        self.halves.insert(session, Halves { early: ours.early, open: theirs.open });
    }

    /// Counts a duration for the statement it belongs to, which was counted as a call before.
    pub(super) fn pair(&mut self, shape: &mut Shape, context: u64, time: u64, at: Option<i64>) {
        let tally = Tally { calls: 0, timed: 1, time, errors: 0 };
        shape.tally.merge(&tally);
        shape.contexts.add(context, &tally);
        slower(&mut shape.slowest, time, at);
        if let Some(at) = at {
            shape.series.add(at.div_euclid(1_000_000), 0, time);
        }
        if let Some(context) = self.contexts.get_mut(&context) {
            context.tally.merge(&tally);
        }
        self.all.merge(&tally);
        self.count_time(at, &tally);
    }

    /// Counts a duration whose statement was not logged.
    pub(super) fn nameless(&mut self, time: u64, at: Option<i64>) {
        let tally = Tally { calls: 1, timed: 1, time, errors: 0 };
        self.unnamed.merge(&tally);
        self.all.merge(&tally);
        self.count_time(at, &tally);
    }

    /// Counts over time.
    pub(super) fn count_time(&mut self, at: Option<i64>, tally: &Tally) {
        let Some(at) = at else { return };
        let second = at.div_euclid(1_000_000);
        self.series.add(second, tally.calls, tally.time);
        if self.week.is_empty() {
            self.week = vec![(0, 0); 168];
        }
        // 1970-01-01 was a Thursday.
        let hour = (second.div_euclid(3_600) + 72).rem_euclid(168);
        if let Some((calls, time)) = usize::try_from(hour).ok().and_then(|hour| self.week.get_mut(hour)) {
            *calls += tally.calls;
            *time = time.saturating_add(tally.time);
        }
    }

    /// Puts the cheaper half of the shapes together when there are too many.
    fn bound(&mut self) {
        if self.shapes.len() <= MOST_SHAPES {
            return;
        }
        let mut by_cost: Vec<(u64, u64, u64)> =
            self.shapes.iter().map(|(key, shape)| (shape.tally.time, shape.tally.calls, *key)).collect();
        by_cost.sort_unstable_by(|a, b| b.cmp(a));
        for (_, _, key) in by_cost.drain(MOST_SHAPES / 2..) {
            if let Some(shape) = self.shapes.remove(&key) {
                self.rare.shapes += 1;
                self.rare.tally.merge(&shape.tally);
            }
        }
    }
}

impl Shape {
    fn merge(&mut self, other: Shape) {
        self.tally.merge(&other.tally);
        self.sums.merge(&other.sums);
        self.latency.merge(&other.latency);
        if let Some((duration, at)) = other.slowest {
            slower(&mut self.slowest, duration, at);
        }
        if let Some((first, last)) = other.span {
            widen(&mut self.span, first);
            widen(&mut self.span, last);
        }
        self.series.merge(&other.series);
        self.contexts.merge(&other.contexts);
        self.tags.merge(&other.tags);
        self.query_id = self.query_id.or(other.query_id);
        for (key, theirs) in other.plans {
            match self.plans.get_mut(&key) {
                Some(ours) => {
                    ours.tally.merge(&theirs.tally);
                    if let Some((first, last)) = theirs.span {
                        widen(&mut ours.span, first);
                        widen(&mut ours.span, last);
                    }
                }
                None => drop(self.plans.insert(key, theirs)),
            }
        }
    }

    /// The duration that this part of its executions (0 to 1) do not exceed, in nanoseconds.
    pub fn quantile(&self, part: f64) -> Option<u64> {
        let quantile = self.latency.quantile(part)?;
        // The middle of the last bucket may lie beyond the longest.
        Some(self.slowest.map_or(quantile, |(longest, _)| quantile.min(longest)))
    }
}

impl Happened {
    fn merge(&mut self, other: &Happened) {
        self.count += other.count;
        if let Some((sum, most)) = other.measure {
            let ours = self.measure.unwrap_or_default();
            self.measure = Some((ours.0.saturating_add(sum), ours.1.max(most)));
        }
        if let Some((first, last)) = other.span {
            widen(&mut self.span, first);
            widen(&mut self.span, last);
        }
        self.series.merge(&other.series);
    }
}

impl Shares {
    /// Counts for one key.
    pub(super) fn add(&mut self, key: u64, tally: &Tally) {
        match self.0.binary_search_by_key(&key, |(key, _, _)| *key) {
            Ok(at) => {
                self.0[at].1 += tally.calls;
                self.0[at].2 = self.0[at].2.saturating_add(tally.time);
            }
            Err(at) => self.0.insert(at, (key, tally.calls, tally.time)),
        }
    }

    fn merge(&mut self, other: &Shares) {
        for (key, calls, time) in &other.0 {
            self.add(*key, &Tally { calls: *calls, timed: 0, time: *time, errors: 0 });
        }
    }
}
