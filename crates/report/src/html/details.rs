//! Everything known of one operator.

use dbwright_model::plan::{Buffers, Node, NodeId};
use dbwright_model::{Bytes, Seconds};
use maud::{Markup, html};

use crate::clean;
use crate::plan::{Drawn, Measure, words};

pub(super) fn of(drawn: &Drawn<'_>, id: NodeId) -> Markup {
    let node = &drawn.plan[id];
    let (name, parts) = words::title(node);
    html! {
        h3 { span class="num" { (id) } " " (name.trim_end_matches(',')) }
        @if !parts.is_empty() { p class="dim" { (parts.join(" ")) } }
        (figures(drawn, id, node))
        (conditions(node))
        (keys(node))
        (pages(drawn, node))
        (workers(node))
        @if !node.extra.is_empty() {
            dl class="pairs" { @for (name, value) in node.extra.iter() { (pair(&clean::line(name), &words::value(value))) } }
        }
    }
}

fn pair(name: &str, value: &str) -> Markup {
    html! { dt { (name) } dd { (value) } }
}

/// Time or cost, and rows: what was expected beside what came.
fn figures(drawn: &Drawn<'_>, id: NodeId, node: &Node) -> Markup {
    let own = node.own.as_ref();
    let figure = drawn.figure(id);
    let share = |part: f64| match dbwright_model::Share::of(part, drawn.whole) {
        Some(share) => format!(", {share}"),
        None => String::new(),
    };
    let estimate = node.estimate.unwrap_or_default();
    let actual = node.actual.unwrap_or_default();
    let loops = node.loops().unwrap_or(0.0);
    let number = |number: Option<f64>| number.map_or("–".to_owned(), words::compact);
    let seconds = |time: Option<Seconds>| time.map_or("–".to_owned(), |time| time.to_string());
    html! {
        @if drawn.measure == Measure::Time && !node.never_executed() {
            dl class="pairs" {
                @if let Some(time) = own.and_then(|own| own.time) { (pair("Itself", &format!("{}{}", words::interval(time), share(time.value)))) }
                @if let Some(time) = own.and_then(|own| own.total) { (pair("With all below", &format!("{}{}", words::interval(time), share(time.value)))) }
                @if let Some(own) = own.filter(|own| own.processes > 1.0) { (pair("Processes", &words::compact(own.processes))) }
            }
        }
        @if drawn.measure == Measure::Cost {
            dl class="pairs" {
                (pair("Cost itself", &format!("≈ {}{}", words::compact(figure.own), share(figure.own))))
            }
        }
        table class="compare" {
            thead { tr { th { "" } th class="num" { "expected" } @if node.actual.is_some() { th class="num" { "came" } } } }
            tbody {
                tr { th { "Rows" @if loops > 1.0 { ", a loop" } } td class="num" { (number(estimate.rows)) } @if node.actual.is_some() { td class="num" { (number(actual.rows.filter(|_| loops > 0.0))) } } }
                @if loops > 1.0 {
                    tr { th { "Rows, all " (words::compact(loops)) " loops" } td class="num" { (number(estimate.rows.map(|rows| rows * loops))) } td class="num" { (number(node.total_rows())) } }
                }
                @if estimate.examined.is_some() || actual.examined.is_some() {
                    tr { th { "Rows read" } td class="num" { (number(estimate.examined)) } @if node.actual.is_some() { td class="num" { (number(actual.examined)) } } }
                }
                @if actual.keys.is_some() { tr { th { "Keys read" } td class="num" { "–" } td class="num" { (number(actual.keys)) } } }
                @if estimate.total_cost.is_some() || actual.total.is_some() {
                    tr { th { "First row: cost, time" } td class="num" { (number(estimate.startup_cost)) } @if node.actual.is_some() { td class="num" { (seconds(actual.startup)) } } }
                    tr { th { "Last row: cost, time" } td class="num" { (number(estimate.total_cost)) } @if node.actual.is_some() { td class="num" { (seconds(actual.total)) } } }
                }
                @if let Some(width) = estimate.width { tr { th { "Row width" } td class="num" { (Bytes(width.max(0.0) as u64)) } @if node.actual.is_some() { td {} } } }
            }
        }
        @if let Some((factor, more)) = drawn.misestimate(id) {
            p class="off" { (words::compact(factor.round())) " times " (if more { "more" } else { "fewer" }) " rows came than expected." }
        }
    }
}

fn conditions(node: &Node) -> Markup {
    html! {
        @for condition in &node.conditions {
            div class="condition" {
                span class="dim" {
                    (words::kind(condition.kind))
                    @if let Some(removed) = condition.removed.and_then(|removed| words::removed(node, removed)) { ", " (removed) }
                }
                code { (clean::line(condition.text.as_str())) }
            }
        }
    }
}

fn keys(node: &Node) -> Markup {
    let lists = [
        ("sorted by", &node.sort_keys),
        ("sorted already by", &node.presorted_keys),
        ("grouped by", &node.group_keys),
        ("returns", &node.output),
    ];
    html! {
        @for (what, keys) in lists.into_iter().filter(|(_, keys)| !keys.is_empty()) {
            div class="condition" {
                span class="dim" { (what) }
                code { @for (at, key) in keys.iter().enumerate() { @if at > 0 { ", " } (clean::line(key.as_str())) } }
            }
        }
        @if let Some(work) = words::work(node, true) { dl class="pairs" { (pair("Worked with", &work)) } }
    }
}

fn pages(drawn: &Drawn<'_>, node: &Node) -> Markup {
    let told =
        |buffers: Option<Buffers>| buffers.map(|pages| words::buffers(&pages, drawn.plan.product)).unwrap_or_default();
    let own = told(node.own.as_ref().and_then(|own| own.buffers));
    let all = told(node.buffers);
    html! {
        @if !own.is_empty() || !all.is_empty() {
            dl class="pairs" {
                @if !own.is_empty() && own != all { (pair("Pages itself", &own.join(", "))) }
                @if !all.is_empty() { (pair(if own == all { "Pages" } else { "Pages with all below" }, &all.join(", "))) }
            }
        }
    }
}

fn workers(node: &Node) -> Markup {
    html! {
        @if !node.per_worker.is_empty() {
            table class="compare" {
                thead { tr { th { "Worker" } th class="num" { "time" } th class="num" { "rows" } th class="num" { "loops" } } }
                tbody { @for worker in &node.per_worker {
                    @let actual = worker.actual.unwrap_or_default();
                    tr {
                        td { (worker.number) }
                        td class="num" { @if let Some(time) = actual.total { (time) } }
                        td class="num" { @if let Some(rows) = actual.rows { (words::compact(rows)) } }
                        td class="num" { (words::compact(actual.loops)) }
                    }
                } }
            }
        }
    }
}
