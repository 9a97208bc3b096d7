//! The list of rules.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
use dbwright_model::rule::Area;
use dbwright_model::{Engine, Harm, Quantity, Rule};
use serde::Serialize;

use crate::text::Paint;

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    title: &'a str,
    engines: &'a [Engine],
    versions: &'a str,
    area: Area,
    harm: Harm,
    limits: Vec<LimitEntry>,
    explains: &'a [&'a str],
    wrong_when: &'a str,
    do_not: &'a str,
}

#[derive(Serialize)]
struct LimitEntry {
    what: &'static str,
    limit: Quantity,
    source: &'static str,
}

/// As JSON, one array.
///
/// # Errors
/// Those of the writer.
pub fn json(rules: &[&Rule], out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let entries: Vec<Entry<'_>> = rules
        .iter()
        .map(|rule| Entry {
            id: rule.id,
            title: rule.title,
            engines: rule.engines,
            versions: rule.versions,
            area: rule.area,
            harm: rule.harm,
            limits: rule
                .limits
                .iter()
                .map(|limit| LimitEntry { what: limit.what(), limit: limit.quantity(), source: limit.source() })
                .collect(),
            explains: rule.explains,
            wrong_when: rule.wrong_when,
            do_not: rule.do_not,
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &entries)?;
    out.write_all(b"\n")
}

/// As a table by area.
///
/// # Errors
/// Those of the writer.
pub fn text(rules: &[&Rule], width: usize, color: bool, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let paint = Paint(color);
    let mut rules = rules.to_vec();
    rules.sort_by_key(|rule| (rule.area, rule.id));
    for group in rules.chunk_by(|a, b| a.area == b.area) {
        if let Some(first) = group.first() {
            writeln!(out, "{}", paint.bold(&first.area.to_string()))?;
        }
        let mut table = Table::new();
        table
            .load_preset(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(width).unwrap_or(100));
        for rule in group {
            let limits: Vec<String> =
                rule.limits.iter().map(|limit| format!("{} {}", limit.what(), limit.quantity())).collect();
            let engines: Vec<&str> = rule.engines.iter().map(|engine| engine.id()).collect();
            let mut about = rule.title.to_owned();
            if !limits.is_empty() {
                about += &format!(" ({})", limits.join("; "));
            }
            table.add_row([rule.id.to_owned(), engines.join(" "), about]);
        }
        writeln!(out, "{table}\n")?;
    }
    writeln!(out, "{} rules · dbwright teach RULE", rules.len())
}
