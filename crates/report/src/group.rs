//! Findings of one rule are told once: the first in full, the others behind it, symptoms behind their cause.

use std::collections::HashMap;

use dbwright_model::{Finding, Rule, Severity, Subject};

use crate::view::View;

/// Findings of one rule and severity.
pub(crate) struct Group<'a> {
    /// The rule, if the reader has it.
    pub rule: Option<&'a Rule>,
    /// The heaviest finding.
    pub lead: &'a Finding,
    /// The others.
    pub more: Vec<&'a Finding>,
    /// What these findings explain, by rule, in the order they came.
    pub symptoms: Vec<(&'a str, Vec<&'a Finding>)>,
}

impl<'a> Group<'a> {
    /// All findings of the rule itself.
    pub(crate) fn own(&self) -> impl Iterator<Item = &'a Finding> {
        std::iter::once(self.lead).chain(self.more.iter().copied())
    }
    /// Every symptom.
    pub(crate) fn explained(&self) -> impl Iterator<Item = &'a Finding> {
        self.symptoms.iter().flat_map(|(_, findings)| findings.iter().copied())
    }
    /// How many findings stand in this group.
    pub(crate) fn len(&self) -> usize {
        1 + self.more.len() + self.explained().count()
    }
}

/// The findings to show, grouped, in their order. A symptom whose cause is not shown stands by itself.
pub(crate) fn groups<'a>(view: &View<'a>) -> Vec<Group<'a>> {
    let shown: Vec<&'a Finding> = view.shown().collect();
    let here: HashMap<(&str, &Subject), ()> =
        shown.iter().filter(|f| f.because.is_none()).map(|f| ((f.rule.as_str(), &f.subject), ())).collect();
    let explained = |f: &Finding| f.because.as_ref().is_some_and(|b| here.contains_key(&(b.rule.as_str(), &b.subject)));
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut by_rule: HashMap<(&str, Severity), usize> = HashMap::new();
    let mut by_subject: HashMap<(&str, &Subject), usize> = HashMap::new();
    for &finding in shown.iter().filter(|f| !explained(f)) {
        let at = *by_rule.entry((finding.rule.as_str(), finding.severity)).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.more.push(finding),
            None => groups.push(Group {
                rule: view.rule(&finding.rule),
                lead: finding,
                more: Vec::new(),
                symptoms: Vec::new(),
            }),
        }
        by_subject.entry((finding.rule.as_str(), &finding.subject)).or_insert(at);
    }
    for &finding in shown.iter().filter(|f| explained(f)) {
        let cause = finding.because.as_ref().and_then(|b| by_subject.get(&(b.rule.as_str(), &b.subject)));
        let Some(group) = cause.and_then(|at| groups.get_mut(*at)) else { continue };
        match group.symptoms.iter_mut().find(|(rule, _)| *rule == finding.rule) {
            Some((_, findings)) => findings.push(finding),
            None => group.symptoms.push((&finding.rule, vec![finding])),
        }
    }
    groups
}

/// What is not evaluated, by what would allow it, most hidden rules first.
pub(crate) fn blind<'a>(view: &View<'a>) -> Vec<Blind<'a>> {
    let mut blind: Vec<Blind<'a>> = Vec::new();
    let mut add = |allow: Option<&'a str>, detail: &'a str, why, rule: Option<&'a str>| {
        let same = |b: &&mut Blind<'a>| match (b.allow, allow) {
            (None, None) => b.detail == detail,
            (a, b) => a == b,
        };
        let at = match blind.iter_mut().find(same) {
            Some(entry) => entry,
            None => {
                blind.push(Blind { allow, detail, why, rules: Vec::new() });
                match blind.last_mut() {
                    Some(entry) => entry,
                    None => return,
                }
            }
        };
        at.rules.extend(rule);
    };
    for unseen in &view.diagnosis.not_evaluated {
        add(unseen.reason.allow.as_deref(), &unseen.reason.detail, unseen.reason.why, Some(&unseen.rule));
    }
    for gap in view.diagnosis.gaps.iter().filter(|gap| gap.why != dbwright_model::Why::NotApplicable) {
        add(gap.allow.as_deref(), &gap.detail, gap.why, None);
    }
    blind.sort_by_key(|entry| std::cmp::Reverse(entry.rules.len()));
    blind
}

/// One reason for not seeing, and what it hides.
pub(crate) struct Blind<'a> {
    /// What would allow it.
    pub allow: Option<&'a str>,
    /// The reason in words.
    pub detail: &'a str,
    /// The kind of reason.
    pub why: dbwright_model::Why,
    /// The rules it hides.
    pub rules: Vec<&'a str>,
}
