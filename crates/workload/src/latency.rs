//! Durations by frequency, so that quantiles of any number of executions are known within one per cent.
//!
//! Buckets are the 64 equal parts of each power of two: the middle of a bucket is at most 1/128 away from anything in
//! it. Everything is counted in whole numbers, so that the sum of two is the same in any order and on any machine (a
//! sketch that keeps floating-point sums cannot promise that).

use serde::{Deserialize, Serialize};

/// Parts of a power of two, as a power of two.
const PARTS: u32 = 6;

/// Durations in nanoseconds by bucket, in order of their length.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Latency(Vec<(u16, u64)>);

/// The bucket of a duration.
fn bucket(nanoseconds: u64) -> u16 {
    let power = 63 - (nanoseconds | 1).leading_zeros();
    if power < PARTS {
        return nanoseconds as u16;
    }
    let shift = power - PARTS;
    // The leading bit is 1 and says nothing: it carries into the number of the power.
    ((shift << PARTS) as u64 + (nanoseconds >> shift)) as u16
}

/// The middle of a bucket, in nanoseconds.
fn middle(bucket: u16) -> u64 {
    let bucket = u64::from(bucket);
    let parts = 1 << PARTS;
    if bucket < 2 * parts {
        return bucket;
    }
    let shift = (bucket >> PARTS) - 1;
    let low = ((bucket & (parts - 1)) | parts) << shift;
    low + (1 << shift) / 2
}

impl Latency {
    /// Adds one duration. Cheap when it is among few different ones; many at once are counted first.
    pub fn add(&mut self, nanoseconds: u64, times: u64) {
        self.insert(bucket(nanoseconds), times);
    }

    fn insert(&mut self, bucket: u16, times: u64) {
        match self.0.binary_search_by_key(&bucket, |(bucket, _)| *bucket) {
            Ok(at) => self.0[at].1 += times,
            Err(at) => self.0.insert(at, (bucket, times)),
        }
    }

    /// Adds all of another's.
    pub fn merge(&mut self, other: &Latency) {
        if self.0.is_empty() {
            self.0.clone_from(&other.0);
            return;
        }
        if other.0.len() * 8 < self.0.len() {
            other.0.iter().for_each(|(bucket, times)| self.insert(*bucket, *times));
            return;
        }
        let mut merged = Vec::with_capacity(self.0.len() + other.0.len());
        let (mut ours, mut theirs) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some(our), Some(their)) = (ours.peek(), theirs.peek()) {
            let (our, their) = (**our, **their);
            if our.0 <= their.0 {
                ours.next();
            }
            if their.0 <= our.0 {
                theirs.next();
            }
            merged.push(match our.0.cmp(&their.0) {
                std::cmp::Ordering::Less => our,
                std::cmp::Ordering::Greater => their,
                std::cmp::Ordering::Equal => (our.0, our.1 + their.1),
            });
        }
        merged.extend(ours);
        merged.extend(theirs);
        self.0 = merged;
    }

    /// How many durations.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|(_, times)| times).sum()
    }

    /// The duration that this part of all (0 to 1) do not exceed, in nanoseconds, within 0.8 %; `None` of none.
    pub fn quantile(&self, part: f64) -> Option<u64> {
        let count = self.count();
        let rank = ((part.clamp(0.0, 1.0) * count as f64).ceil() as u64).clamp(1, count.max(1));
        let mut seen = 0;
        let found = self.0.iter().find(|(_, times)| {
            seen += times;
            seen >= rank
        });
        found.map(|(bucket, _)| middle(*bucket))
    }

    /// The buckets as (middle in nanoseconds, how many), shortest first.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.0.iter().map(|(bucket, times)| (middle(*bucket), *times))
    }
}

/// Durations while they are being counted: a few as they are, many in a window of buckets.
#[derive(Debug, Default)]
pub(crate) struct Counting {
    few: Vec<u16>,
    first: usize,
    window: Vec<u32>,
}

/// So many are kept as they are.
const FEW: usize = 32;

impl Counting {
    pub(crate) fn add(&mut self, nanoseconds: u64) {
        let bucket = bucket(nanoseconds);
        if let Some(count) = usize::from(bucket).checked_sub(self.first).and_then(|at| self.window.get_mut(at)) {
            *count += 1;
            return;
        }
        self.few.push(bucket);
        if self.few.len() > FEW {
            self.widen();
        }
    }

    /// Takes the few into the window.
    fn widen(&mut self) {
        let (low, high) = (self.few.iter().min().copied(), self.few.iter().max().copied());
        let (Some(low), Some(high)) = (low.map(usize::from), high.map(usize::from)) else { return };
        let (first, end) = match self.window.is_empty() {
            true => (low, high + 1),
            false => (self.first.min(low), (self.first + self.window.len()).max(high + 1)),
        };
        let mut window = vec![0; end - first];
        let from = self.first.saturating_sub(first);
        window[from..from + self.window.len()].copy_from_slice(&self.window);
        self.few.drain(..).for_each(|bucket| window[usize::from(bucket) - first] += 1);
        (self.first, self.window) = (first, window);
    }

    pub(crate) fn finish(mut self) -> Latency {
        if self.window.is_empty() {
            self.few.sort_unstable();
            let mut buckets: Vec<(u16, u64)> = Vec::with_capacity(self.few.len());
            for bucket in self.few {
                match buckets.last_mut() {
                    Some((last, times)) if *last == bucket => *times += 1,
                    _ => buckets.push((bucket, 1)),
                }
            }
            return Latency(buckets);
        }
        self.widen();
        let filled = self.window.iter().enumerate().filter(|(_, times)| **times > 0);
        Latency(filled.map(|(at, times)| ((self.first + at) as u16, u64::from(*times))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_one_per_cent() {
        let mut counting = Counting::default();
        let durations: Vec<u64> = (1..=100_000).map(|n: u64| n * n * 37).collect();
        durations.iter().for_each(|duration| counting.add(*duration));
        let latency = counting.finish();
        assert_eq!(latency.count(), 100_000);
        for part in [0.01, 0.5, 0.95, 0.99, 0.999, 1.0] {
            let exact = durations[(part * 100_000.0) as usize - 1] as f64;
            let found = latency.quantile(part).unwrap() as f64;
            assert!((found / exact - 1.0).abs() <= 0.01, "{part}: {found} instead of {exact}");
        }
        assert_eq!(Latency::default().quantile(0.5), None);
    }

    proptest::proptest! {
        #[test]
        fn a_bucket_holds_what_is_near_its_middle(nanoseconds: u64) {
            let middle = middle(bucket(nanoseconds)) as f64;
            proptest::prop_assert!((middle - nanoseconds as f64).abs() <= nanoseconds as f64 / 128.0 + 0.5);
        }

        #[test]
        fn the_order_of_counting_and_merging_does_not_matter(
            durations in proptest::collection::vec(0..10_000_000_000u64, 0..300), at in 0..300usize
        ) {
            let count = |durations: &[u64]| {
                let mut counting = Counting::default();
                durations.iter().for_each(|duration| counting.add(*duration));
                counting.finish()
            };
            let at = at.min(durations.len());
            let mut merged = count(&durations[at..]);
            merged.merge(&count(&durations[..at]));
            proptest::prop_assert_eq!(&merged, &count(&durations));
            let mut singly = Latency::default();
            durations.iter().for_each(|duration| singly.add(*duration, 1));
            proptest::prop_assert_eq!(&merged, &singly);
        }
    }
}
