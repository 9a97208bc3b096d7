//! SARIF 2.1.0: rules with their lessons, results with logical locations.

use std::io;

use dbwright_model::finding::{Severity, Undo};
use dbwright_model::{Finding, Fix};
use serde_json::{Value, json};

use crate::plan;
use crate::view::{View, fingerprint};

pub(crate) fn log(view: &View<'_>) -> io::Result<String> {
    let mut ids: Vec<&str> = view.shown().map(|finding| finding.rule.as_str()).collect();
    ids.extend(view.diagnosis.suppressed.iter().map(|entry| entry.finding.rule.as_str()));
    ids.sort_unstable();
    ids.dedup();
    let rules: Vec<Value> = ids
        .iter()
        .map(|id| match view.rule(id) {
            Some(rule) => json!({
                "id": id,
                "shortDescription": { "text": rule.title },
                "help": { "text": rule.lesson, "markdown": rule.lesson },
                "properties": { "tags": [rule.area.to_string()] },
            }),
            None => json!({ "id": id }),
        })
        .collect();
    let index = |finding: &Finding| ids.binary_search(&finding.rule.as_str()).unwrap_or_default();
    let mut results: Vec<Value> = view.shown().map(|finding| result(view, finding, index(finding))).collect();
    for entry in &view.diagnosis.suppressed {
        let mut value = result(view, &entry.finding, index(&entry.finding));
        value["suppressions"] = json!([{ "kind": "external", "justification": entry.reason }]);
        results.push(value);
    }
    let unseen: Vec<Value> = view
        .diagnosis
        .not_evaluated
        .iter()
        .map(|unseen| {
            let text = match &unseen.reason.allow {
                Some(allow) => format!("{} not evaluated: {}. To allow it: {allow}", unseen.rule, unseen.reason.detail),
                None => format!("{} not evaluated: {}", unseen.rule, unseen.reason.detail),
            };
            json!({ "level": "note", "message": { "text": text } })
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "dbwright", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "invocations": [{ "executionSuccessful": true, "toolExecutionNotifications": unseen }],
            "results": results,
        }],
    });
    Ok(serde_json::to_string_pretty(&log)? + "\n")
}

fn result(view: &View<'_>, finding: &Finding, index: usize) -> Value {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warn => "warning",
        Severity::Info => "note",
    };
    let server = &view.diagnosis.server;
    let mut properties = json!({
        "grade": finding.grade,
        "evidence": finding.evidence.iter().map(|e| format!("{}: {} ({})", e.what, e.value, e.source)).collect::<Vec<_>>(),
        "fixes": finding.fixes.iter().map(told).collect::<Vec<_>>(),
        "wrongWhen": finding.wrong_when,
        "doNot": finding.do_not,
    });
    if let Some(because) = &finding.because {
        properties["because"] = json!({ "rule": because.rule, "subject": because.subject.name });
    }
    if let Some(saving) = finding.saving {
        properties["saving"] = json!(saving);
    }
    let mut location = json!({ "logicalLocations": [{
        "name": finding.subject.name,
        "fullyQualifiedName": match &server.database {
            Some(database) => format!("{database}/{}", finding.subject.name),
            None => finding.subject.name.clone(),
        },
        "kind": finding.subject.kind,
    }] });
    if let Some((file, line)) = plan::found_at(view, finding) {
        location["physicalLocation"] = json!({ "artifactLocation": { "uri": file }, "region": { "startLine": line } });
    }
    json!({
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": level,
        "message": { "text": format!("{}.", finding.cause) },
        "locations": [location],
        "partialFingerprints": { "ruleAndSubject/v1": fingerprint(finding) },
        "properties": properties,
    })
}

fn told(fix: &Fix) -> String {
    let undo = match &fix.undo {
        Undo::Statement(text) => format!("undo: {text}"),
        Undo::NotNeeded(text) => format!("undo not needed: {text}"),
        Undo::Impossible(text) => format!("cannot be undone: {text}"),
    };
    format!("{}\nlock: {}\n{undo}", fix.statement, fix.risk.lock)
}
