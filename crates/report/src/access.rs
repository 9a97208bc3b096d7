//! How tables are used, for people: a line a table, a line a pattern.

use dbwright_model::access::{AccessPatterns, Action, Find, Pattern, TableAccess};
use dbwright_model::{Name, Share};
use maud::{Markup, html};

use crate::clean;
use crate::paint::{Paint, flow};
use crate::view::View;

/// Tables on one screen.
const TABLES: usize = 6;
/// Patterns of a table on one screen.
const PATTERNS: usize = 3;

fn of<'a>(view: &View<'a>) -> Option<&'a AccessPatterns> {
    view.case?.get::<AccessPatterns>().ok().filter(|patterns| !patterns.tables.is_empty())
}

/// `look up by order_id, status`, `range over created_at, sorted by id down`, `write total`.
fn told(pattern: &Pattern) -> String {
    let list = |names: &[Name]| names.iter().map(|name| clean::line(name.as_str())).collect::<Vec<_>>().join(", ");
    let by = match pattern.find {
        Find::Lookup => format!("by {}", list(&pattern.equal)),
        Find::Range if pattern.equal.is_empty() => format!("range of {}", list(&pattern.range)),
        Find::Range => format!("by {}, range of {}", list(&pattern.equal), list(&pattern.range)),
        Find::Prefix => format!("beginning of {}", list(&pattern.prefix)),
        Find::Search => format!("search in {}", list(&pattern.search)),
        Find::Join => format!("joined by {}", list(&pattern.joined)),
        Find::Scan => "all rows".to_owned(),
        Find::Nothing => String::new(),
    };
    let action = match pattern.action {
        Action::Read => "read",
        Action::Insert => "insert",
        Action::Update => "update",
        Action::Delete => "delete",
        Action::Merge => "merge",
    };
    let mut text = format!("{action} {by}").trim_end().to_owned();
    if !pattern.aggregates.is_empty() {
        text.push_str(&format!(", {}", pattern.aggregates.join(", ")));
    }
    if !pattern.group.is_empty() {
        text.push_str(&format!(", grouped by {}", list(&pattern.group)));
    }
    if !pattern.sort.is_empty() {
        text.push_str(&format!(", sorted by {}", list(&pattern.sort)));
    }
    if pattern.offset {
        text.push_str(", paged by OFFSET");
    }
    text
}

/// Its part of the time (of the calls, where no time is told), 0 to 1.
fn share(patterns: &AccessPatterns, load: dbwright_model::access::Load) -> f64 {
    let total = patterns.total;
    match total.time.0 > 0.0 {
        true => load.time.0 / total.time.0,
        false => load.calls.0 as f64 / total.calls.0.max(1) as f64,
    }
}

fn mix(table: &TableAccess) -> Option<String> {
    table.read_share().map(|Share(reads)| format!("{:.0} % reads", reads * 100.0))
}

/// The tables with most of the load, each with what is done to it; empty when nothing is known.
pub(crate) fn text(view: &View<'_>) -> String {
    let Some(patterns) = of(view) else { return String::new() };
    let paint = Paint { color: view.color };
    let width = view.width.clamp(30, 140);
    let most = if view.all { usize::MAX } else { TABLES };
    let mut out = String::new();
    for table in patterns.tables.iter().take(most) {
        let name = clean::line(&table.object_name().to_string());
        let mut parts: Vec<String> = vec![format!("{:.1} %", share(patterns, table.total) * 100.0)];
        parts.extend(mix(table));
        let patterns_shown = if view.all { usize::MAX } else { PATTERNS };
        parts.extend(
            table
                .patterns
                .iter()
                .take(patterns_shown)
                .map(|pattern| format!("{} {:.1} %", told(pattern), share(patterns, pattern.load) * 100.0)),
        );
        if table.patterns.len() > patterns_shown {
            parts.push(format!("{} more", table.patterns.len() - patterns_shown));
        }
        let first = format!("{name:<12} ");
        out.push_str(&flow(&parts, " · ", width, &first, "             "));
    }
    if patterns.tables.len() > most {
        out.push_str(&paint.dim(&format!("… and {} more tables (--all)\n", patterns.tables.len() - most)));
    }
    if let Some(Share(share)) = patterns.share_not_understood().filter(|share| share.0 >= 0.001) {
        let text =
            format!("{:.1} % of the time is in statements that were not understood (--all, json)\n", share * 100.0);
        out.push_str(&paint.dim(&text));
    }
    if !out.is_empty() {
        out = format!("{}\n{out}\n", paint.dim("tables"));
    }
    out
}

/// The same as a table on a page.
pub(crate) fn page(view: &View<'_>) -> Markup {
    let Some(patterns) = of(view) else { return html! {} };
    html! {
        h3 { "How tables are used" }
        div class="scroll" { table class="sortable" {
            thead { tr { th { "Table" } th class="num" { "Share" } th class="num" { "Reads" } th class="num" { "Calls" } th { "What is done to it" } } }
            tbody { @for table in patterns.tables.iter().take(100) { tr {
                td { code { (clean::line(&table.object_name().to_string())) } }
                @let part = share(patterns, table.total);
                td class="num" data-sort=(part) { (format!("{:.1} %", part * 100.0)) }
                @match table.read_share() {
                    Some(Share(reads)) => td class="num" data-sort=(reads) { (format!("{:.0} %", reads * 100.0)) },
                    None => td class="num dim" data-sort="-1" { "–" },
                }
                td class="num" data-sort=(table.total.calls.0) { (table.total.calls) }
                td class="query" { @for pattern in table.patterns.iter().take(8) {
                    div { (told(pattern)) " " span class="dim" { (format!("{:.1} %", share(patterns, pattern.load) * 100.0)) } }
                } }
            } } }
        } }
    }
}
