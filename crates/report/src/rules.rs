//! The rule book as a list.

use std::io;

use dbwright_model::Rule;
use serde_json::json;

use crate::paint::{Paint, columns, pad, wrap};

/// One rule a line, by area, for a terminal.
pub fn rules_text(rules: &[&Rule], width: usize, color: bool, out: &mut impl io::Write) -> io::Result<()> {
    let paint = Paint { color };
    let width = width.clamp(30, 140);
    let mut rules = rules.to_vec();
    rules.sort_by_key(|rule| (rule.area, rule.id));
    let column = rules.iter().map(|rule| columns(rule.id)).max().unwrap_or(0) + 2;
    let mut area = None;
    for rule in &rules {
        if area.replace(rule.area) != Some(rule.area) {
            writeln!(out, "{}", paint.bold(&rule.area.to_string()))?;
        }
        if 2 + column + columns(rule.title) <= width {
            writeln!(out, "  {}{}{}", paint.code(rule.id), pad(rule.id, column), rule.title)?;
        } else {
            write!(out, "  {}\n{}", paint.code(rule.id), wrap(rule.title, width, "    ", "    "))?;
        }
    }
    writeln!(out, "{} rules", rules.len())
}

/// The rule book as JSON.
pub fn rules_json(rules: &[&Rule], out: &mut impl io::Write) -> io::Result<()> {
    let rules: Vec<_> = rules
        .iter()
        .map(|rule| {
            let limits: Vec<_> = rule
                .limits
                .iter()
                .map(|limit| json!({ "what": limit.what(), "value": limit.quantity(), "source": limit.source() }))
                .collect();
            json!({
                "id": rule.id, "title": rule.title, "engines": rule.engines, "versions": rule.versions,
                "area": rule.area, "harm": rule.harm, "limits": limits, "explains": rule.explains,
                "wrong_when": rule.wrong_when, "do_not": rule.do_not, "lesson": rule.lesson,
            })
        })
        .collect();
    writeln!(out, "{}", serde_json::to_string_pretty(&json!({ "schema": "dbwright/rules/1", "rules": rules }))?)
}
