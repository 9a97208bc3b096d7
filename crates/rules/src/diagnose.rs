//! From a case to a diagnosis: every rule looks, then findings are ranked, silenced and tied to their cause.

use std::cmp::Ordering;

use dbwright_model::diagnosis::{Suppressed, Unseen};
use dbwright_model::finding::Because;
use dbwright_model::{Case, Diagnosis, Finding, Rule, Why};

use crate::Ignores;

/// Lets every rule of the case's engine look at the case. The same case gives the same diagnosis.
pub fn diagnose<'r>(case: &Case, rules: impl IntoIterator<Item = &'r Rule>, ignores: Ignores) -> Diagnosis {
    let rules: Vec<&Rule> = rules.into_iter().filter(|rule| rule.engines.contains(&case.engine())).collect();
    let mut found: Vec<(&Rule, Finding)> = Vec::new();
    let mut not_evaluated = Vec::new();
    for &rule in &rules {
        match (rule.check)(case) {
            Ok(findings) => found.extend(findings.into_iter().map(|finding| (rule, stamped(rule, finding)))),
            // A question that does not arise is not a question left open.
            Err(reason) if reason.why == Why::NotApplicable => {}
            Err(reason) => not_evaluated.push(Unseen { rule: rule.id.to_owned(), reason }),
        }
    }
    let ignores = ignores.with_comments(case);
    let mut suppressed = Vec::new();
    found.retain(|(_, finding)| match ignores.of(finding) {
        Some((reason, by)) => {
            let entry = Suppressed { finding: finding.clone(), reason: reason.to_owned(), by: by.to_owned() };
            suppressed.push(entry);
            false
        }
        None => true,
    });
    found.sort_by(|(a_rule, a), (b_rule, b)| {
        b.severity
            .cmp(&a.severity)
            .then(a_rule.harm.cmp(&b_rule.harm))
            .then(a_rule.id.cmp(b_rule.id))
            .then(b.weight.partial_cmp(&a.weight).unwrap_or(Ordering::Equal))
            .then(a.subject.cmp(&b.subject))
            .then(a.cause.cmp(&b.cause))
    });
    Diagnosis {
        server: case.server.clone(),
        redaction: case.redaction,
        findings: behind_their_cause(found),
        suppressed,
        not_evaluated,
        gaps: case.gaps.clone(),
        rules: rules.len(),
    }
}

/// The finding with its rule's name on it, and the rule's words where it has none of its own.
fn stamped(rule: &Rule, mut finding: Finding) -> Finding {
    finding.rule = rule.id.to_owned();
    if finding.wrong_when.is_empty() {
        finding.wrong_when = rule.wrong_when.to_owned();
    }
    if finding.do_not.is_empty() {
        finding.do_not = rule.do_not.to_owned();
    }
    finding
}

/// Marks each symptom with the finding that explains it and moves it right behind that one.
/// A cause is as important as the worst of its symptoms, so it takes the place of the first.
fn behind_their_cause(found: Vec<(&Rule, Finding)>) -> Vec<Finding> {
    let cause_of = |at: usize| -> Option<usize> {
        let (rule, finding) = &found[at];
        found.iter().position(|(other, cause)| {
            let same_table = cause.subject.table.is_some() && cause.subject.table == finding.subject.table;
            other.explains.contains(&rule.id)
                && !std::ptr::eq(cause, finding)
                && (cause.subject.kind.reaches_everything() || same_table)
                // Two rules may explain each other; the one that stands first is then the cause.
                && !rule.explains.contains(&other.id)
        })
    };
    // Follow chains to their root, so that a symptom of a symptom hangs on the first cause.
    let roots: Vec<usize> = (0..found.len())
        .map(|at| {
            let mut root = at;
            for _ in 0..found.len() {
                match cause_of(root) {
                    Some(next) if next != at => root = next,
                    _ => break,
                }
            }
            root
        })
        .collect();
    let mut order: Vec<usize> = Vec::with_capacity(found.len());
    let mut placed = vec![false; found.len()];
    for at in 0..found.len() {
        let root = roots[at];
        if std::mem::replace(&mut placed[root], true) {
            continue;
        }
        order.push(root);
        order.extend((0..found.len()).filter(|&other| other != root && roots[other] == root));
    }
    let pointers: Vec<Because> = found
        .iter()
        .map(|(_, finding)| Because { rule: finding.rule.clone(), subject: finding.subject.clone() })
        .collect();
    let mut slots: Vec<Option<Finding>> = found.into_iter().map(|(_, finding)| Some(finding)).collect();
    order
        .into_iter()
        .filter_map(|at| {
            let mut finding = slots[at].take()?;
            if roots[at] != at {
                finding.because = Some(pointers[roots[at]].clone());
            }
            Some(finding)
        })
        .collect()
}
