//! A digest as the renderers see it: what was read, which shapes take the time, who asked, what else happened.

pub(crate) mod diff;
mod text;

use std::collections::BTreeMap;

use dbwright_model::Seconds;
use dbwright_workload::digest::{Happened, Shape};
use dbwright_workload::{Chatter, Digest, LogFiles};
use jiff::Timestamp;

use crate::view::{View, plural};

pub(crate) use text::profile;

/// The digest of the case.
pub(crate) struct Profile<'a> {
    pub(crate) digest: &'a Digest,
    /// Time of everything, in nanoseconds; where no durations are told, the calls.
    whole: u64,
}

/// A shape with the figures all renderers share.
pub(crate) struct Row<'a> {
    pub(crate) key: u64,
    pub(crate) shape: &'a Shape,
    pub(crate) calls: u64,
    pub(crate) time: Option<Seconds>,
    pub(crate) mean: Option<Seconds>,
    pub(crate) p95: Option<Seconds>,
    pub(crate) p99: Option<Seconds>,
    pub(crate) errors: u64,
    /// Its part of all time (of all calls, where no durations are told), 0 to 1.
    pub(crate) share: f64,
}

/// The digest of the case, if it has one.
pub(crate) fn of<'a>(view: &View<'a>) -> Option<Profile<'a>> {
    let case = view.case?;
    let digest: &'a Digest = case.get().ok()?;
    let total = digest.total();
    let whole = if total.time > 0 { total.time } else { total.calls };
    Some(Profile { digest, whole })
}

/// Whether the case was made of logs.
pub(crate) fn about_logs(view: &View<'_>) -> bool {
    view.case.is_some_and(|case| case.get::<LogFiles>().is_ok())
}

/// What logs were read, how much of what; each short. Empty when none were.
pub(crate) fn facts(view: &View<'_>) -> Vec<String> {
    let Some(files) = view.case.and_then(|case| case.get::<LogFiles>().ok()) else { return Vec::new() };
    let lines: u64 = files.files.iter().map(|file| file.lines.0).sum();
    let bytes: u64 = files.files.iter().map(|file| file.bytes.0).sum();
    let mut facts = vec![match files.files.as_slice() {
        [only] => only.name.to_string(),
        several => plural(several.len(), "log"),
    }];
    facts.push(format!("{}, {} lines", dbwright_model::Bytes(bytes), number(lines)));
    let missed: u64 = files.files.iter().map(|file| file.missed.0).sum();
    if missed > 0 {
        let share = missed as f64 / lines.max(1) as f64 * 100.0;
        facts.push(format!("{} of them not understood ({share:.2} %)", number(missed)));
    }
    let mut forms: Vec<&str> = Vec::new();
    for file in &files.files {
        let form = if file.detail.is_empty() { file.format.as_str() } else { file.detail.as_str() };
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    facts.push(match forms.as_slice() {
        [only] => (*only).to_owned(),
        several => plural(several.len(), "form"),
    });
    facts
}

/// Over what time, and how much of what, the case speaks; each short. Empty when it is not about logs.
pub(crate) fn totals(view: &View<'_>) -> Vec<String> {
    if let Some(profile) = of(view) {
        return profile.totals();
    }
    let Some(chatter) = view.case.and_then(|case| case.get::<Chatter>().ok()) else { return Vec::new() };
    let mut totals = vec![
        format!("{} statements", number(chatter.statements)),
        format!("{} in all", seconds(chatter.time)),
        format!("{} sessions", number(chatter.sessions)),
    ];
    if let Some(fastest) = chatter.fastest.map(seconds).filter(|fastest| fastest.0 >= 0.001) {
        totals.push(format!("none logged below {fastest}: loops of faster ones are hidden"));
    }
    if chatter.lost > 0 {
        totals.push(format!("{} without a session could not be followed", number(chatter.lost)));
    }
    totals
}

/// Nanoseconds as seconds.
pub(crate) fn seconds(nanoseconds: u64) -> Seconds {
    Seconds(nanoseconds as f64 / 1e9)
}

/// A number with its thousands apart.
pub(crate) fn number(number: u64) -> String {
    dbwright_model::Count(number).to_string()
}

impl<'a> Profile<'a> {
    /// Whether durations are told.
    pub(crate) fn timed(&self) -> bool {
        self.digest.total().time > 0
    }

    /// The shapes, those that took most first.
    pub(crate) fn rows(&self) -> Vec<Row<'a>> {
        self.digest.by_time().into_iter().map(|(key, shape)| self.row(key, shape)).collect()
    }

    fn row(&self, key: u64, shape: &'a Shape) -> Row<'a> {
        let tally = self.digest.tally(shape);
        let timed = Some(tally.timed).filter(|timed| *timed > 0);
        let part = if self.timed() { tally.time } else { tally.calls };
        Row {
            key,
            shape,
            calls: tally.calls,
            time: (tally.time > 0 || timed.is_some()).then(|| seconds(tally.time)),
            mean: timed.map(|timed| Seconds(tally.time as f64 / 1e9 / timed as f64)),
            p95: shape.quantile(0.95).map(seconds),
            p99: shape.quantile(0.99).map(seconds),
            errors: tally.errors,
            share: if self.whole > 0 { part as f64 / self.whole as f64 } else { 0.0 },
        }
    }

    /// Over what time, and how much: each short.
    pub(crate) fn totals(&self) -> Vec<String> {
        let total = self.digest.total();
        let mut totals = Vec::new();
        if let Some((first, last)) = self.digest.span {
            totals.push(format!("{} to {}", minute(first), minute(last)));
        }
        let what = if self.digest.only_plans() { "logged plans" } else { "statements" };
        totals.push(format!("{} {what}", number(total.calls)));
        if self.timed() {
            totals.push(format!("{} in all", seconds(total.time)));
        }
        if let Some(length) = self.digest.seconds().filter(|length| *length >= 1.0) {
            totals.push(format!("{:.1} a second", total.calls as f64 / length));
            if self.timed() {
                totals.push(format!("{:.2} running at a time", total.time as f64 / 1e9 / length));
            }
        }
        if let Some(sampled) = self.digest.sampled.filter(|sampled| *sampled > 1) {
            totals.push(format!("a sample: one of {} was logged", number(sampled)));
        }
        totals.push(format!("{} shapes", number(self.digest.distinct())));
        if total.errors > 0 {
            totals.push(format!("{} errors", number(total.errors)));
        }
        totals
    }

    /// What else happened, by kind; most frequent first.
    pub(crate) fn happened(&self) -> Vec<Happening<'a>> {
        let mut kinds: BTreeMap<&str, Happening<'a>> = BTreeMap::new();
        for happened in &self.digest.happenings {
            let Happened { class, title, unit, count, measure, .. } = happened;
            let kind = kinds.entry(class).or_insert((title, 0, None));
            kind.1 += count;
            if let Some((sum, _)) = measure {
                let before = kind.2.map_or(0, |(sum, _)| sum);
                kind.2 = Some((before.saturating_add(*sum), unit));
            }
        }
        let mut kinds: Vec<_> = kinds.into_values().collect();
        kinds.sort_by_key(|(title, count, _)| (std::cmp::Reverse(*count), *title));
        kinds
    }

    /// Who asked, by one thing that identifies them: name, calls, time; most time first.
    pub(crate) fn by(&self, what: Who) -> Vec<(String, u64, u64)> {
        let mut sums: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for context in self.digest.contexts.values() {
            let name = match what {
                Who::Database => context.database.to_string(),
                Who::User => context.user.to_string(),
                Who::Application => context.application.to_string(),
            };
            let sum = sums.entry(name).or_default();
            *sum = (sum.0 + context.tally.calls, sum.1.saturating_add(context.tally.time));
        }
        let mut sums: Vec<_> = sums.into_iter().map(|(name, (calls, time))| (name, calls, time)).collect();
        sums.retain(|(name, _, _)| !name.is_empty());
        sums.sort_by(|a, b| (b.2, b.1, &a.0).cmp(&(a.2, a.1, &b.0)));
        sums
    }

    /// Calls and time in so many equal stretches of the whole span; empty when no time is told.
    pub(crate) fn over_time(&self, stretches: usize) -> Vec<(u64, u64)> {
        let series = &self.digest.series;
        let (Some(first), Some(last)) = (series.intervals.first(), series.intervals.last()) else { return Vec::new() };
        let width = i64::from(series.width);
        let span = (last.start - first.start) / width + 1;
        let stretches = stretches.min(span as usize).max(1);
        let mut sums = vec![(0, 0u64); stretches];
        for interval in &series.intervals {
            let at = ((interval.start - first.start) / width) as usize * stretches / span as usize;
            if let Some((calls, time)) = sums.get_mut(at) {
                *calls += interval.calls;
                *time = time.saturating_add(interval.time);
            }
        }
        sums
    }
}

/// A kind of thing that happened: its title, how often, and the sum of its measures with their unit.
pub(crate) type Happening<'a> = (&'a str, u64, Option<(u64, &'a str)>);

/// What identifies who asked.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Who {
    Database,
    User,
    Application,
}

/// A measure in its unit, as people write it.
pub(crate) fn measure(sum: u64, unit: &str) -> String {
    match unit {
        "bytes" => dbwright_model::Bytes(sum).to_string(),
        "ms" => Seconds(sum as f64 / 1e3).to_string(),
        "us" => Seconds(sum as f64 / 1e6).to_string(),
        "s" => Seconds(sum as f64).to_string(),
        unit => format!("{} {unit}", number(sum)),
    }
}

/// Microseconds since 1970 as a minute.
pub(crate) fn minute(at: i64) -> String {
    Timestamp::from_microsecond(at).map_or_else(|_| "?".into(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}
