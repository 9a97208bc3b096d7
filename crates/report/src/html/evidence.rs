//! Charts and tables of the evidence itself.

use std::collections::BTreeMap;

use dbwright_model::catalog::Table;
use dbwright_model::{Bytes, Catalog, Settings, Severity, Share, Workload};
use maud::{Markup, html};

use crate::charts::{Bar, bars};
use crate::clean;
use crate::group::Group;
use crate::profile;
use crate::view::View;

/// Rows of a table and bars of a chart: enough to see the head of the distribution.
const ROWS: usize = 100;
const BARS: usize = 12;

/// Findings by area, stacked by severity.
pub(super) fn areas(view: &View<'_>, groups: &[Group<'_>]) -> Markup {
    let mut areas: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    for finding in groups.iter().flat_map(|group| group.own().chain(group.explained())) {
        let area = view.rule(&finding.rule).map_or("other".to_owned(), |rule| rule.area.to_string());
        areas.entry(area).or_default()[finding.severity as usize] += 1;
    }
    let mut areas: Vec<(String, [usize; 3])> = areas.into_iter().collect();
    areas.sort_by_key(|(_, count)| std::cmp::Reverse(count.iter().sum::<usize>()));
    let rows: Vec<Bar> = areas
        .into_iter()
        .map(|(label, count)| Bar {
            label,
            parts: [Severity::Error, Severity::Warn, Severity::Info]
                .map(|s| {
                    let class = match s {
                        Severity::Error => "c-error",
                        Severity::Warn => "c-warn",
                        Severity::Info => "c-info",
                    };
                    (count[s as usize] as f64, class)
                })
                .to_vec(),
            value: count.iter().sum::<usize>().to_string(),
        })
        .collect();
    bars("Findings by area", &rows, &[("c-error", "error"), ("c-warn", "warn"), ("c-info", "info")])
}

pub(super) fn section(view: &View<'_>) -> Markup {
    let Some(case) = view.case else { return html! {} };
    let catalog = case.get::<Catalog>().ok();
    // A profile says more than the workload that was made of it.
    let workload = case.get::<Workload>().ok().filter(|_| profile::of(view).is_none());
    let settings = case.get::<Settings>().ok();
    if catalog.is_none() && workload.is_none() && settings.is_none() {
        return html! {};
    }
    html! {
        section aria-labelledby="evidence" {
            h2 id="evidence" { "Evidence" }
            @if let Some(catalog) = catalog { (tables(catalog)) }
            @if let Some(workload) = workload { (queries(workload)) }
            @if let Some(settings) = settings { (changed(settings)) }
        }
    }
}

fn tables(catalog: &Catalog) -> Markup {
    let mut tables: Vec<&Table> = catalog.tables.iter().filter(|table| table.total_size().0 > 0).collect();
    tables.sort_by(|a, b| b.total_size().0.cmp(&a.total_size().0).then(a.name.cmp(&b.name)));
    let size = |bytes: Option<Bytes>| bytes.map_or(0.0, |b| b.0 as f64);
    let rows: Vec<Bar> = tables
        .iter()
        .take(BARS)
        .map(|table| Bar {
            label: clean::line(&table.name.to_string()),
            parts: vec![
                (size(table.data_size), "c-1"),
                (size(table.index_size), "c-2"),
                (size(table.overflow_size), "c-3"),
            ],
            value: table.total_size().to_string(),
        })
        .collect();
    let legend = [("c-1", "rows"), ("c-2", "indexes"), ("c-3", "overflow")];
    html! {
        @if !tables.is_empty() {
            (bars("Largest tables", &rows, &legend))
            details {
                summary { "Tables (" (cut(tables.len())) ")" }
                div class="scroll" { table class="sortable" {
                    thead { tr { th { "Table" } th class="num" { "Rows" } th class="num" { "Data" } th class="num" { "Indexes" } th class="num" { "Total" } th class="num" { "Full scans" } } }
                    tbody { @for table in tables.iter().take(ROWS) {
                        @let scans = table.usage.as_ref().and_then(|usage| usage.full_scans);
                        tr {
                            td { code { (clean::line(&table.name.to_string())) } }
                            (cell(table.rows.map(|n| (n.0 as f64, n.to_string()))))
                            (cell(table.data_size.map(|n| (n.0 as f64, n.to_string()))))
                            (cell(table.index_size.map(|n| (n.0 as f64, n.to_string()))))
                            (cell(Some((table.total_size().0 as f64, table.total_size().to_string()))))
                            (cell(scans.map(|n| (n.0 as f64, n.to_string()))))
                        }
                    } }
                } }
            }
        }
    }
}

fn queries(workload: &Workload) -> Markup {
    let rows: Vec<Bar> = workload
        .queries
        .iter()
        .take(BARS)
        .map(|query| {
            let share = Share::of(query.total_time.0, workload.total_time.0);
            Bar {
                label: clean::line(query.text.as_str()),
                parts: vec![(query.total_time.0, "c-1")],
                value: share.map_or_else(|| query.total_time.to_string(), |share| share.to_string()),
            }
        })
        .collect();
    html! {
        (bars("Time by query", &rows, &[]))
        details {
            summary { "Queries (" (cut(workload.queries.len())) ", from " (clean::line(&workload.source)) ")" }
            div class="scroll" { table class="sortable" {
                thead { tr { th { "Query" } th class="num" { "Calls" } th class="num" { "Total" } th class="num" { "Mean" } th class="num" { "Rows" } } }
                tbody { @for query in workload.queries.iter().take(ROWS) { tr {
                    td class="query" { code { (clean::block(query.text.as_str())) } }
                    (cell(Some((query.calls.0 as f64, query.calls.to_string()))))
                    (cell(Some((query.total_time.0, query.total_time.to_string()))))
                    (cell(Some((query.mean_time.0, query.mean_time.to_string()))))
                    (cell(query.rows.map(|n| (n.0 as f64, n.to_string()))))
                } } }
            } }
        }
    }
}

fn changed(settings: &Settings) -> Markup {
    let changed: Vec<_> = settings
        .0
        .iter()
        .filter(|(_, setting)| setting.default.as_ref().is_some_and(|default| *default != setting.value))
        .collect();
    html! {
        @if !changed.is_empty() {
            details {
                summary { "Settings that differ from the default (" (changed.len()) ")" }
                div class="scroll" { table class="sortable" {
                    thead { tr { th { "Setting" } th { "Value" } th { "Default" } th { "Unit" } th { "Source" } } }
                    tbody { @for (name, setting) in changed { tr {
                        td { code { (clean::line(name)) } }
                        td { (clean::line(&setting.value)) @if setting.pending_restart { " (waits for a restart)" } }
                        td { (clean::line(setting.default.as_deref().unwrap_or_default())) }
                        td { (clean::line(setting.unit.as_deref().unwrap_or_default())) }
                        td { (clean::line(setting.source.as_deref().unwrap_or_default())) }
                    } } }
                } }
            }
        }
    }
}

/// A number that sorts by its base unit; unknown sorts below all and is shown as such.
fn cell(value: Option<(f64, String)>) -> Markup {
    html! {
        @match value {
            Some((number, text)) => td class="num" data-sort=(number) { (text) },
            None => td class="num dim" data-sort="-1" { "unknown" },
        }
    }
}

fn cut(n: usize) -> String {
    if n > ROWS { format!("the first {ROWS} of {n}") } else { n.to_string() }
}
