//! Two digests compared: which shapes are new, gone, slower, faster, asked more often.
//!
//! Durations are compared as geometric means: the ratio of two has the confidence interval
//! exp(Δ ± 1.96·√(s²₁/n₁ + s²₂/n₂)) over the logarithms (Welch 1947). It is not swayed by a single slow execution, and a shape counts
//! as slower only when the whole interval is.

use dbwright_model::{Seconds, SqlText};
use serde::Serialize;

use crate::Latency;
use crate::digest::{Digest, Shape};
use crate::queries::seconds;

/// A shape that takes less of both is not worth a line.
const SHARE: f64 = 0.005;
/// A ratio of durations nearer to 1 is as before.
const NOTICED: f64 = 1.1;
/// A ratio of calls nearer to 1 is as before.
const OFTEN: f64 = 1.5;
/// Executions of either that a comparison of durations needs.
const ENOUGH: u64 = 20;

/// What became of a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It was not asked before.
    New,
    /// Each execution takes longer.
    Slower,
    /// It is asked more often.
    MoreOften,
    /// It is executed by another plan.
    OtherPlan,
    /// Each execution takes less.
    Faster,
    /// It is asked less often.
    LessOften,
    /// It is no longer asked.
    Gone,
}

/// A shape on one side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Side {
    /// Calls.
    pub calls: u64,
    /// Calls a second; `None` when no time is told.
    pub rate: Option<f64>,
    /// Mean duration.
    pub mean: Seconds,
    /// The duration that 95 % do not exceed.
    pub p95: Option<Seconds>,
    /// Its part of the time of all, 0 to 1.
    pub share: f64,
}

/// A ratio and the interval it lies in with 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ratio {
    /// The likely one.
    pub likely: f64,
    /// At least.
    pub low: f64,
    /// At most.
    pub high: f64,
}

/// A shape that changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changed {
    /// Its fingerprint, in hexadecimal.
    pub shape: String,
    /// Its text.
    pub text: SqlText,
    /// What became of it.
    pub fate: Fate,
    /// Before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Side>,
    /// After.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Side>,
    /// Duration after by duration before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slower: Option<Ratio>,
    /// Time that this costs (saves, when negative) each hour, in seconds; `None` when no time is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hourly: Option<f64>,
}

/// What differs between two digests.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Statements, seconds of time, seconds covered: before.
    pub before: (u64, Seconds, Option<f64>),
    /// After.
    pub after: (u64, Seconds, Option<f64>),
    /// The shapes that changed: what costs most first within each fate.
    pub changed: Vec<Changed>,
    /// Shapes that are as before.
    pub unchanged: usize,
}

/// Compares two digests of one system.
pub fn compare(before: &Digest, after: &Digest) -> Comparison {
    let mut changed = Vec::new();
    let mut unchanged = 0;
    for (key, shape) in &after.shapes {
        match before.shapes.get(key) {
            Some(was) => match between(before, after, *key, was, shape) {
                Some(change) => changed.push(change),
                None => unchanged += 1,
            },
            None => changed.extend(alone(after, *key, shape, Fate::New)),
        }
    }
    let gone = before.shapes.iter().filter(|(key, _)| !after.shapes.contains_key(key));
    changed.extend(gone.filter_map(|(key, shape)| alone(before, *key, shape, Fate::Gone)));
    changed.sort_by(|a, b| a.fate.cmp(&b.fate).then(weight(b).total_cmp(&weight(a))).then(a.shape.cmp(&b.shape)));
    let about = |digest: &Digest| (digest.total().calls, seconds(digest.total().time), digest.seconds());
    Comparison { before: about(before), after: about(after), changed, unchanged }
}

/// What a change weighs: the time it costs, or the share it has.
fn weight(change: &Changed) -> f64 {
    let share = change.after.or(change.before).map_or(0.0, |side| side.share);
    change.hourly.map_or(share, f64::abs)
}

fn side(digest: &Digest, shape: &Shape) -> Side {
    let tally = digest.tally(shape);
    let total = digest.total();
    let share = match total.time {
        0 => tally.calls as f64 / total.calls.max(1) as f64,
        time => tally.time as f64 / time as f64,
    };
    Side {
        calls: tally.calls,
        rate: digest.seconds().filter(|length| *length > 0.0).map(|length| tally.calls as f64 / length),
        mean: Seconds(tally.time as f64 / 1e9 / tally.timed.max(1) as f64),
        p95: shape.quantile(0.95).map(seconds),
        share,
    }
}

fn alone(digest: &Digest, key: u64, shape: &Shape, fate: Fate) -> Option<Changed> {
    let side = side(digest, shape);
    if side.share < SHARE || side.calls == 0 {
        return None;
    }
    let hourly = side.rate.map(|rate| rate * side.mean.0 * 3_600.0);
    let (before, after, hourly) = match fate {
        Fate::Gone => (Some(side), None, hourly.map(|hourly| -hourly)),
        _ => (None, Some(side), hourly),
    };
    Some(Changed { shape: format!("{key:016x}"), text: shape.text.clone(), fate, before, after, slower: None, hourly })
}

fn between(before: &Digest, after: &Digest, key: u64, was: &Shape, is: &Shape) -> Option<Changed> {
    let (old, new) = (side(before, was), side(after, is));
    if old.share.max(new.share) < SHARE {
        return None;
    }
    let slower = ratio(&was.latency, &is.latency);
    let often = old.rate.zip(new.rate).filter(|(old, _)| *old > 0.0).map(|(old, new)| new / old);
    let other_plan =
        !was.plans.is_empty() && !is.plans.is_empty() && is.plans.keys().all(|plan| !was.plans.contains_key(plan));
    let fate = match (slower, often) {
        (Some(slower), _) if slower.low > 1.0 && slower.likely >= NOTICED => Fate::Slower,
        (Some(slower), _) if slower.high < 1.0 && slower.likely <= 1.0 / NOTICED => Fate::Faster,
        _ if other_plan => Fate::OtherPlan,
        // A rate over less than a minute says little.
        (_, Some(often)) if often >= OFTEN && long(before) && long(after) => Fate::MoreOften,
        (_, Some(often)) if often <= 1.0 / OFTEN && long(before) && long(after) => Fate::LessOften,
        _ => return None,
    };
    let load = |side: &Side| side.rate.map(|rate| rate * side.mean.0 * 3_600.0);
    let hourly = match fate {
        // What each execution costs more, at the rate of now.
        Fate::Slower | Fate::Faster => new.rate.map(|rate| rate * (new.mean.0 - old.mean.0) * 3_600.0),
        _ => load(&new).zip(load(&old)).map(|(new, old)| new - old),
    };
    let (before, after) = (Some(old), Some(new));
    Some(Changed { shape: format!("{key:016x}"), text: is.text.clone(), fate, before, after, slower, hourly })
}

fn long(digest: &Digest) -> bool {
    digest.seconds().is_some_and(|length| length >= 60.0)
}

/// Durations of one by those of the other; `None` where there are too few.
fn ratio(before: &Latency, after: &Latency) -> Option<Ratio> {
    let (old, new) = (logarithms(before)?, logarithms(after)?);
    let difference = new.0 - old.0;
    let error = 1.96 * (old.1 + new.1).sqrt();
    Some(Ratio { likely: difference.exp(), low: (difference - error).exp(), high: (difference + error).exp() })
}

/// Mean of the logarithms of the durations, and the variance of that mean.
fn logarithms(latency: &Latency) -> Option<(f64, f64)> {
    let count = latency.count();
    if count < ENOUGH {
        return None;
    }
    let each = || latency.buckets().map(|(duration, times)| ((duration.max(1) as f64).ln(), times as f64));
    let mean = each().map(|(log, times)| log * times).sum::<f64>() / count as f64;
    let squares = each().map(|(log, times)| (log - mean).powi(2) * times).sum::<f64>();
    Some((mean, squares / (count as f64 - 1.0) / count as f64))
}

#[cfg(test)]
mod tests {
    use dbwright_log::Listener;
    use dbwright_model::log::{Event, Said, Statement, What};
    use dbwright_sql::Dialect;

    use super::*;
    use crate::Digesting;

    /// Two minutes of these statements, each so often with durations around so many microseconds.
    fn digest(statements: &[(&str, u64, u64)]) -> Digest {
        let digesting = Digesting { dialect: Dialect::Postgres };
        let mut part = digesting.part();
        for (text, times, micros) in statements {
            for n in 0..*times {
                let duration = Some(micros * 1_000 * (80 + n % 41) / 100);
                let statement = Statement { said: Said::Sql(text.as_bytes()), duration, ..Statement::default() };
                let at = Some((n * 120_000_000 / times) as i64);
                digesting.hear(&mut part, &Event { at, what: What::Statement(statement), ..Event::default() });
            }
        }
        let mut digest = Digest::default();
        digest.absorb(part);
        digest
    }

    fn fates(before: &Digest, after: &Digest) -> Vec<(Fate, String)> {
        compare(before, after).changed.into_iter().map(|change| (change.fate, change.text.to_string())).collect()
    }

    #[test]
    fn the_same_load_is_unchanged() {
        let one = digest(&[("select a from t", 1_000, 500), ("select b from t", 500, 900)]);
        let other = digest(&[("select a from t", 1_010, 505), ("select b from t", 490, 890)]);
        assert_eq!(fates(&one, &other), []);
        assert_eq!(compare(&one, &other).unchanged, 2);
    }

    #[test]
    fn new_gone_slower_faster_and_more_often() {
        let one =
            digest(&[("select a", 1_000, 500), ("select b", 500, 900), ("select c", 500, 400), ("select d", 90, 500)]);
        let other =
            digest(&[("select a", 1_000, 800), ("select b", 500, 300), ("select d", 900, 500), ("select e", 100, 900)]);
        let fates = fates(&one, &other);
        let expected = [
            (Fate::New, "select e"),
            (Fate::Slower, "select a"),
            (Fate::MoreOften, "select d"),
            (Fate::Faster, "select b"),
            (Fate::Gone, "select c"),
        ];
        assert_eq!(fates.iter().map(|(fate, text)| (*fate, text.as_str())).collect::<Vec<_>>(), expected);
        let slower = compare(&one, &other).changed[1].slower.unwrap();
        assert!(slower.low < 1.6 && slower.high > 1.6 && slower.low > 1.5, "{slower:?}");
        let hourly = compare(&one, &other).changed[1].hourly.unwrap();
        assert!((hourly - 1_000.0 / 120.0 * 0.0003 * 3_600.0).abs() < 0.5, "{hourly}");
    }

    #[test]
    fn few_executions_prove_nothing() {
        let one = digest(&[("select a", 10, 500), ("select b", 1_000, 500)]);
        let other = digest(&[("select a", 10, 900), ("select b", 1_000, 500)]);
        assert_eq!(fates(&one, &other), []);
    }
}
