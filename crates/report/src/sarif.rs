//! SARIF 2.1.0 for code scanning: the part of it that fits a database, where objects are logical locations.

use std::collections::BTreeSet;
use std::io::{self, Write};

use dbwright_model::{Finding, Severity};
use serde_json::{Value, json};

use crate::View;
use crate::text::price;

pub(crate) fn render(view: &View<'_>, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let diagnosis = view.diagnosis;
    let used: BTreeSet<&str> = diagnosis.findings.iter().map(|finding| finding.rule.as_str()).collect();
    let ids: Vec<&str> = used.into_iter().collect();
    let rules: Vec<Value> = ids
        .iter()
        .map(|id| {
            let rule = view.rule(id);
            let title = rule.map_or(*id, |rule| rule.title);
            json!({
                "id": id,
                "shortDescription": { "text": title },
                "help": { "text": title, "markdown": rule.map_or("", |rule| rule.lesson) },
                "properties": { "tags": rule.map(|rule| vec![rule.area.to_string()]).unwrap_or_default() },
            })
        })
        .collect();
    let mut results: Vec<Value> = Vec::new();
    for finding in &diagnosis.findings {
        results.push(result(finding, &ids, None));
    }
    for entry in &diagnosis.suppressed {
        results.push(result(&entry.finding, &ids, Some(&entry.reason)));
    }
    let notifications: Vec<Value> = diagnosis
        .not_evaluated
        .iter()
        .map(|unseen| {
            json!({
                "level": "note",
                "message": { "text": format!("{} was not evaluated: {}", unseen.rule, unseen.reason.detail) },
            })
        })
        .collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "dbwright", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "invocations": [{ "executionSuccessful": true, "toolExecutionNotifications": notifications }],
            "results": results,
            "properties": { "target": view.target, "product": diagnosis.server.product.to_string(), "version": diagnosis.server.version.to_string() },
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

fn result(finding: &Finding, ids: &[&str], silenced: Option<&str>) -> Value {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warn => "warning",
        Severity::Info => "note",
    };
    let kind = serde_json::to_value(finding.subject.kind).unwrap_or_default();
    let fixes: Vec<Value> =
        finding.fixes.iter().map(|fix| json!({ "statement": fix.statement, "price": price(fix) })).collect();
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level,
        "message": { "text": finding.cause },
        "locations": [{ "logicalLocations": [{ "fullyQualifiedName": finding.subject.name, "kind": kind }] }],
        // The same object under the same rule is the same alert, whatever its numbers say today.
        "partialFingerprints": { "ruleAndSubject/v1": format!("{}/{}", finding.rule, finding.subject.name) },
        "properties": {
            "grade": finding.grade,
            "evidence": finding.evidence,
            "fixes": fixes,
            "wrongWhen": finding.wrong_when,
            "doNot": finding.do_not,
        },
    });
    if let (Some(map), Some(index)) = (result.as_object_mut(), ids.iter().position(|id| *id == finding.rule)) {
        map.insert("ruleIndex".into(), json!(index));
    }
    if let (Some(map), Some(reason)) = (result.as_object_mut(), silenced) {
        map.insert("suppressions".into(), json!([{ "kind": "external", "justification": reason }]));
    }
    result
}
