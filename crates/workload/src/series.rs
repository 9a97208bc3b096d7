//! Calls and time over time, in intervals that widen with the span they cover.

use serde::{Deserialize, Serialize};

/// Widths of an interval in seconds; each is a multiple of those before it, so that intervals can be put together.
const WIDTHS: &[u32] = &[1, 10, 60, 600, 3_600, 21_600, 86_400, 604_800, 2_419_200, 29_030_400];

/// Width of the intervals of a series, in seconds: the smallest that covers the span with so many of them. It depends on
/// the span alone, so that a series does not depend on how it was put together.
pub(crate) fn width(first: i64, last: i64, at_most: u64) -> u32 {
    let fits =
        |width: &&u32| last.div_euclid(i64::from(**width)) - first.div_euclid(i64::from(**width)) < at_most as i64;
    WIDTHS.iter().find(fits).or(WIDTHS.last()).copied().unwrap_or(1)
}

/// What happened in an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(i64, u64, u64)", into = "(i64, u64, u64)")]
pub struct Interval {
    /// Its start, in seconds since 1970-01-01 UTC.
    pub start: i64,
    /// How many calls.
    pub calls: u64,
    /// Their time, in nanoseconds.
    pub time: u64,
}

impl From<(i64, u64, u64)> for Interval {
    fn from((start, calls, time): (i64, u64, u64)) -> Interval {
        Interval { start, calls, time }
    }
}

impl From<Interval> for (i64, u64, u64) {
    fn from(interval: Interval) -> (i64, u64, u64) {
        (interval.start, interval.calls, interval.time)
    }
}

/// Intervals in which something happened, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// Width of an interval, in seconds.
    pub width: u32,
    /// Those in which something happened.
    pub intervals: Vec<Interval>,
}

impl Default for Series {
    fn default() -> Series {
        Series { width: 1, intervals: Vec::new() }
    }
}

impl Series {
    /// Counts calls and time at a second since 1970-01-01 UTC. Cheap when it is not before the last one.
    pub(crate) fn add(&mut self, second: i64, calls: u64, time: u64) {
        let start = second - second.rem_euclid(i64::from(self.width));
        let at = match self.intervals.last() {
            Some(last) if last.start == start => Ok(self.intervals.len() - 1),
            Some(last) if last.start > start => self.intervals.binary_search_by_key(&start, |interval| interval.start),
            _ => Err(self.intervals.len()),
        };
        match at {
            Ok(at) => {
                self.intervals[at].calls += calls;
                self.intervals[at].time += time;
            }
            Err(at) => self.intervals.insert(at, Interval { start, calls, time }),
        }
    }

    /// Widens the intervals; narrower ones stay as they are.
    pub(crate) fn widen(&mut self, width: u32) {
        if width <= self.width {
            return;
        }
        self.width = width;
        let narrow = std::mem::take(&mut self.intervals);
        narrow.into_iter().for_each(|interval| self.add(interval.start, interval.calls, interval.time));
    }

    /// Adds another's.
    pub(crate) fn merge(&mut self, other: &Series) {
        self.widen(other.width);
        other.intervals.iter().for_each(|interval| self.add(interval.start, interval.calls, interval.time));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_width_follows_the_span() {
        assert_eq!(width(0, 99, 100), 1);
        assert_eq!(width(0, 100, 100), 10);
        assert_eq!(width(0, 86_400 * 30, 1024), 3_600);
        assert!(WIDTHS.windows(2).all(|pair| pair[1] % pair[0] == 0));
    }

    #[test]
    fn intervals_are_put_together_in_any_order() {
        let points = [(5, 1), (61, 2), (59, 3), (-1, 4), (3_605, 5)];
        let mut series = Series::default();
        points.iter().for_each(|(second, time)| series.add(*second, 1, *time));
        assert!(series.intervals.is_sorted_by_key(|interval| interval.start));
        let mut other = Series { width: 60, intervals: Vec::new() };
        points.iter().rev().for_each(|(second, time)| other.add(*second, 1, *time));
        series.widen(60);
        assert_eq!(series, other);
        assert_eq!(series.intervals.iter().map(|interval| interval.time).collect::<Vec<u64>>(), [4, 4, 2, 5]);
    }
}
