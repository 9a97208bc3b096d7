//! What the rules about logs share: how often something happened, where, and in what time.

use std::collections::BTreeMap;

use dbwright_model::{Count, Finding, SqlText};
use dbwright_workload::Digest;
use dbwright_workload::digest::Happened;

/// Kinds of things that happened, taken together.
pub(crate) struct Seen<'a> {
    digest: &'a Digest,
    happened: Vec<&'a Happened>,
    /// How often.
    pub(crate) count: u64,
    /// Sum of the measures, in their unit.
    pub(crate) sum: u64,
    /// The largest measure.
    pub(crate) most: u64,
    /// Hours the log covers; at least one, so that a short log is not blown up.
    pub(crate) hours: f64,
}

/// What the log says of these kinds; `None` when it says nothing.
pub(crate) fn seen<'a>(digest: &'a Digest, classes: &[&str]) -> Option<Seen<'a>> {
    let happened: Vec<&Happened> =
        digest.happenings.iter().filter(|happened| classes.contains(&happened.class.as_str())).collect();
    let count: u64 = happened.iter().map(|happened| happened.count).sum();
    let measures = || happened.iter().filter_map(|happened| happened.measure);
    let sum = measures().fold(0u64, |all, (sum, _)| all.saturating_add(sum));
    let most = measures().map(|(_, most)| most).max().unwrap_or(0);
    let hours = (digest.seconds().unwrap_or(0.0) / 3_600.0).max(1.0);
    (count > 0).then_some(Seen { digest, happened, count, sum, most, hours })
}

impl Seen<'_> {
    /// How often each hour.
    pub(crate) fn hourly(&self) -> f64 {
        self.count as f64 / self.hours
    }

    /// Where most of it happened, and how often there: tables, databases, settings; those without a name left out.
    pub(crate) fn places(&self) -> Vec<(String, u64)> {
        self.by(|happened| Some(happened.object.to_string()).filter(|object| !object.is_empty()))
    }

    /// The kinds, most frequent first.
    pub(crate) fn kinds(&self) -> Vec<(String, u64)> {
        self.by(|happened| Some(happened.title.clone()))
    }

    fn by(&self, name: impl Fn(&Happened) -> Option<String>) -> Vec<(String, u64)> {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for happened in &self.happened {
            if let Some(name) = name(happened) {
                *counts.entry(name).or_default() += happened.count;
            }
        }
        let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        counts
    }

    /// The statement it befell most often.
    pub(crate) fn statement(&self) -> Option<(&SqlText, u64)> {
        let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
        for happened in &self.happened {
            if let Some(shape) = happened.shape {
                *counts.entry(shape).or_default() += happened.count;
            }
        }
        let (shape, count) = counts.into_iter().max_by_key(|(shape, count)| (*count, std::cmp::Reverse(*shape)))?;
        Some((&self.digest.shapes.get(&shape)?.text, count))
    }

    /// ` (orders 12, items 3)`: the first few places.
    pub(crate) fn told_places(&self) -> String {
        let places: Vec<String> =
            self.places().into_iter().take(3).map(|(place, count)| format!("{place} {count}")).collect();
        if places.is_empty() { String::new() } else { format!(" ({})", places.join(", ")) }
    }

    /// Adds the figures to a finding.
    pub(crate) fn figures(&self, finding: Finding) -> Finding {
        let mut finding = finding.measured("how often", Count(self.count), "log");
        for (kind, count) in self.kinds().into_iter().take(4) {
            finding = finding.measured(&kind, Count(count), "log");
        }
        if let Some((text, count)) = self.statement() {
            finding = finding.measured("most often in", text.to_string(), &format!("log: {count} times"));
        }
        finding.weight(self.count as f64)
    }
}

/// Examples for the rules' tests.
#[cfg(test)]
pub(crate) mod example {
    use dbwright_model::{Case, Name, Product, Redaction, Server, Version};
    use dbwright_workload::digest::Happened;
    use dbwright_workload::{Digest, Tally};

    /// Something that happened so often, with a measure in all.
    pub(crate) fn happened(class: &str, object: &str, count: u64, sum: u64) -> Happened {
        Happened {
            class: class.into(),
            title: class.into(),
            object: Name::from(object),
            count,
            measure: (sum > 0).then_some((sum, sum / count.max(1))),
            ..Happened::default()
        }
    }

    /// A log of so many hours with a million statements of 1,000 seconds in all.
    pub(crate) fn log(hours: i64, happenings: Vec<Happened>) -> Case {
        let all = Tally { calls: 1_000_000, timed: 1_000_000, time: 1_000_000_000_000, errors: 0 };
        let mut digest = Digest::default();
        digest.span = Some((0, hours * 3_600_000_000));
        (digest.all, digest.happenings) = (all, happenings);
        Case::new(Server::new(Product::PostgreSQL, Version::default()), Redaction::Literals).with(&digest)
    }
}
