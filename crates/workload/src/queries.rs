//! A digest as the queries it holds.

use std::cmp::Reverse;

use dbwright_model::workload::Query;
use dbwright_model::{Bytes, Count, Name, Rows, Seconds, Workload};
use jiff::Timestamp;

use crate::digest::{Digest, Shape};
use crate::tally::Tally;

/// Queries kept in a workload.
const MOST: usize = 1_000;

/// Nanoseconds as seconds.
pub(crate) fn seconds(nanoseconds: u64) -> Seconds {
    Seconds(nanoseconds as f64 / 1e9)
}

impl Digest {
    /// The shapes, those that took most time first; ties by calls, then by fingerprint.
    pub fn by_time(&self) -> Vec<(u64, &Shape)> {
        let mut shapes: Vec<(u64, &Shape)> = self.shapes.iter().map(|(key, shape)| (*key, shape)).collect();
        shapes.sort_by_key(|(key, shape)| (Reverse((self.tally(shape).time, self.tally(shape).calls)), *key));
        shapes
    }

    /// Counts of a shape. Where only plans are logged (`auto_explain` alone), those of its plans.
    pub fn tally(&self, shape: &Shape) -> Tally {
        if !self.only_plans() {
            return shape.tally;
        }
        let mut tally = Tally { errors: shape.tally.errors, ..Tally::default() };
        shape.plans.values().for_each(|plan| tally.merge(&plan.tally));
        tally
    }

    /// Counts of everything; see [`Digest::tally`].
    pub fn total(&self) -> Tally {
        if self.only_plans() { Tally { errors: self.all.errors, ..self.planned } } else { self.all }
    }

    /// Whether plans were logged and no statements.
    pub fn only_plans(&self) -> bool {
        self.all.calls == 0 && self.planned.calls > 0
    }

    /// The queries of the digest, as rules about workloads read them.
    pub fn workload(&self, source: &str) -> Workload {
        let total = self.total();
        let queries = self.by_time().into_iter().take(MOST).map(|(key, shape)| self.query(key, shape)).collect();
        Workload {
            source: source.to_owned(),
            since: self.span.and_then(|(first, _)| Timestamp::from_microsecond(first).ok()),
            total_time: seconds(total.time),
            total_calls: Count(total.calls),
            evicted: Some(Count(self.rare.shapes)).filter(|evicted| evicted.0 > 0),
            queries,
        }
    }

    fn query(&self, key: u64, shape: &Shape) -> Query {
        let tally = self.tally(shape);
        let contexts = || shape.contexts.0.iter().filter_map(|(key, _, _)| self.contexts.get(key));
        let only = |names: Vec<&Name>| {
            let first = names.first().copied().filter(|name| !name.is_empty())?;
            names.iter().all(|name| *name == first).then(|| first.clone())
        };
        Query {
            fingerprint: shape.query_id.map_or_else(|| format!("{key:016x}"), |id| id.to_string()),
            text: shape.text.clone(),
            database: only(contexts().map(|context| &context.database).collect()),
            user: only(contexts().map(|context| &context.user).collect()),
            calls: Count(tally.calls),
            total_time: seconds(tally.time),
            mean_time: Seconds(tally.time as f64 / 1e9 / tally.timed.max(1) as f64),
            max_time: shape.slowest.map(|(longest, _)| seconds(longest)),
            p50: shape.quantile(0.5).map(seconds),
            p95: shape.quantile(0.95).map(seconds),
            p99: shape.quantile(0.99).map(seconds),
            lock_time: shape.sums.lock_wait.map(seconds),
            rows: shape.sums.rows.or(shape.sums.changed).map(Rows),
            rows_examined: shape.sums.examined.map(Rows),
            pages: shape.sums.pages.map(Bytes),
            pages_read: shape.sums.pages_read.map(Bytes),
            spilled: shape.sums.spilled.map(Bytes),
            disk_temp_tables: shape.sums.disk_temp_tables.map(Count),
            without_index: shape.sums.without_index.map(Count),
            errors: Some(Count(tally.errors)),
            first_seen: shape.span.and_then(|(first, _)| Timestamp::from_microsecond(first).ok()),
            last_seen: shape.span.and_then(|(_, last)| Timestamp::from_microsecond(last).ok()),
            ..Query::default()
        }
    }
}
