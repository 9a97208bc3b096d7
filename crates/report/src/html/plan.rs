//! The plans: a tree to walk through, a flame to see at a glance, and everything known of an operator.

use std::collections::HashMap;

use dbwright_model::plan::{Account, Fields, NodeId};
use dbwright_model::{PlanNode, Seconds, Severity};
use maud::{Markup, html};

use super::{details, flame};
use crate::clean;
use crate::group::Group;
use crate::plan::{Drawn, Measure, Shown, drawn, runs, words};
use crate::view::{View, plural};

/// Plans of more operators than this are shown without what is folded away, unless all is asked for.
const MOST: usize = 5000;
/// Levels that are indented; deeper ones are counted.
const LEVELS: usize = 12;

/// The cards of findings about an operator, with their severity and rule.
pub(super) type Cards<'a> = HashMap<PlanNode, Vec<(usize, Severity, &'a str)>>;

/// Which card speaks of which operator.
fn cards<'a>(groups: &[Group<'a>]) -> Cards<'a> {
    let mut cards = Cards::new();
    for (at, group) in groups.iter().enumerate() {
        for finding in group.own().chain(group.explained()) {
            if let Some(operator) = finding.subject.operator {
                cards.entry(operator).or_default().push((at, finding.severity, &finding.rule));
            }
        }
    }
    cards
}

/// The anchor of an operator.
pub(super) fn anchor(at: PlanNode) -> String {
    format!("p{}-n{}", at.plan + 1, at.node.0 + 1)
}

pub(super) fn section(view: &View<'_>, groups: &[Group<'_>]) -> Markup {
    let drawn = drawn(view);
    let cards = cards(groups);
    let several = drawn.len() > 1;
    html! {
        @for drawn in &drawn {
            @let id = format!("plan-{}", drawn.number + 1);
            section class="plan" aria-labelledby=(id) {
                h2 id=(id) { @if several { "Plan " (drawn.number + 1) } @else { "The plan" } }
                @if several || view.files.is_none() { p class="facts dim" {
                    @if let Some(at) = &drawn.plan.found_at { span { (clean::line(at)) } }
                    @for fact in drawn.facts() { span { (fact) } }
                } }
                @for text in &drawn.plan.missing { p class="missing" { "Missing: " (clean::line(text)) } }
                @if let Some(query) = &drawn.plan.query {
                    details { summary { "The query" } (super::findings::statement(query.as_str())) }
                }
                (account(drawn))
                (views(view, drawn, &cards))
                (rest(drawn))
            }
        }
        @if let Some(files) = view.files {
            @for advice in &files.advice { p { (clean::line(advice)) "." } }
            @if !files.not_read.is_empty() {
                details {
                    summary { (plural(files.not_read.len(), "part")) " not read" }
                    ul { @for part in &files.not_read { li {
                        code { (clean::line(&part.to_string())) }
                        @if let Some(hint) = &part.hint { " " (clean::line(hint)) }
                    } } }
                }
            }
        }
    }
}

/// Where the time went, as one bar.
fn account(drawn: &Drawn<'_>) -> Markup {
    let plan = drawn.plan;
    let Some(account) = plan.account.as_ref().filter(|account| account.execution.0 > 0.0) else { return html! {} };
    let parts = parts(account);
    let mut told: Vec<(&str, String)> = Vec::new();
    told.push(("Triggers", words::triggers(plan).join(", ")));
    told.push(("Pages", words::pages(plan).join(", ")));
    let settings = plan.settings.iter().map(|(name, value)| format!("{} = {}", clean::line(name), words::value(value)));
    told.push(("Settings", settings.collect::<Vec<_>>().join(", ")));
    told.push(("Notes", account.notes.iter().map(|note| clean::line(note)).collect::<Vec<_>>().join("; ")));
    html! {
        figure class="account" {
            svg role="img" aria-label="Where the time went" width="100%" height="10" {
                @for (class, start, share, _) in &parts {
                    rect class={ "a" (class) } x=(percent(*start)) width=(percent(*share)) height="10" {}
                }
            }
            figcaption {
                @for (class, _, _, text) in &parts { span { i class={ "key a" (class) } {} (text) } }
                span class="dim" { "= " (account.execution) @if let Some(time) = plan.planning { ", after " (time) " of planning" } }
            }
        }
        dl class="told" { @for (what, text) in told.iter().filter(|(_, text)| !text.is_empty()) {
            div { dt { (what) } dd { (text) } }
        } }
    }
}

/// What the engine printed about the whole plan and nothing else shows.
fn rest(drawn: &Drawn<'_>) -> Markup {
    let plan = drawn.plan;
    let mut rest: Vec<(String, String)> = Vec::new();
    let mut add = |fields: &Fields, of: &str| {
        rest.extend(fields.iter().map(|(name, value)| (format!("{of}{}", clean::line(name)), words::value(value))));
    };
    add(&plan.extra, "");
    if let Some(jit) = &plan.jit {
        add(&jit.extra, "Compilation: ");
    }
    if let Some(serialization) = &plan.serialization {
        add(&serialization.extra, "Serialization: ");
    }
    html! {
        @if !rest.is_empty() {
            details {
                summary { "Everything else the plan says" }
                dl class="pairs" { @for (name, value) in &rest { dt { (name) } dd { (value) } } }
            }
        }
    }
}

/// Class, start, width (both as shares) and words of each part of the account that can be seen.
fn parts(account: &Account) -> Vec<(usize, f64, f64, String)> {
    let mut start = 0.0;
    let mut parts = Vec::new();
    for (class, entry) in account.entries.iter().enumerate() {
        let share = entry.time.value / account.execution.0;
        if share > 0.0005 {
            let text = format!("{} {}", clean::line(&entry.what), Seconds(entry.time.value));
            parts.push((class.min(6), start, share.min(1.0 - start).max(0.0), text));
            start += share;
        }
    }
    parts
}

pub(super) fn percent(share: f64) -> String {
    format!("{:.3}%", share * 100.0)
}

fn views(view: &View<'_>, drawn: &Drawn<'_>, cards: &Cards<'_>) -> Markup {
    let plan = drawn.number + 1;
    let graph = drawn.measure != Measure::Nothing && drawn.plan.nodes.len() > 1;
    html! {
        @if graph {
            div class="views" role="group" aria-label="Views of the plan" {
                button type="button" aria-pressed="true" data-view="tree" { "Tree" }
                button type="button" aria-pressed="false" data-view="flame" { "Flame" }
                span class="dim keys" { "arrow keys move, Enter opens" }
            }
        }
        div class="operators" {
            div class="main" {
                (tree(view, drawn, cards))
                @if graph { (flame::chart(drawn)) }
            }
            aside class="panel" id={ "panel-" (plan) } aria-live="polite" aria-label="The chosen operator" {
                p class="dim" { "Choose an operator to see everything known of it." }
            }
        }
    }
}

fn tree(view: &View<'_>, drawn: &Drawn<'_>, cards: &Cards<'_>) -> Markup {
    let plan = drawn.plan;
    let large = plan.nodes.len() > MOST && !view.all;
    let depths = depths(drawn);
    let row = |id: NodeId, tucked: bool| row(drawn, id, depths.get(id.0 as usize).copied().unwrap_or(0), tucked, cards);
    let executed = plan.analyzed();
    html! {
        div class="heads" aria-hidden="true" {
            span { "operator" }
            span { "rows expected" @if executed { " → came" } }
            span { @match drawn.measure { Measure::Time => "own time", Measure::Cost => "own cost", Measure::Nothing => "" } }
        }
        div class="tree" role="tree" aria-label="Operators of the plan" {
            @for line in runs(drawn, view.all) {
                @match line.what {
                    Shown::Node(id) => (row(id, false)),
                    Shown::Folded { first, nodes, own, executed } => {
                        @let depth = depths.get(first.0 as usize).copied().unwrap_or(0);
                        div class="more" role="treeitem" tabindex="-1" aria-level=(depth + 1) aria-expanded="false" data-count=(if large { 0 } else { nodes }) {
                            span class="words" style=(indent(depth)) {
                                (deeper(depth))
                                "… " (plural(nodes, "operator"))
                                @if !executed { ", never executed" } @else if drawn.measure != Measure::Nothing { ", " (drawn.told(own)) }
                            }
                        }
                        @if !large { @for at in first.0..first.0 + nodes as u32 { (row(NodeId(at), true)) } }
                    }
                }
            }
        }
    }
}

/// How far each operator stands from the root.
fn depths(drawn: &Drawn<'_>) -> Vec<usize> {
    let mut depths: Vec<usize> = Vec::with_capacity(drawn.plan.nodes.len());
    for node in &drawn.plan.nodes {
        let above = node.parent.and_then(|parent| depths.get(parent.0 as usize));
        depths.push(above.map_or(0, |above| above + 1));
    }
    depths
}

/// The style that indents the words of an operator.
fn indent(depth: usize) -> String {
    format!("--d:{}", depth.min(LEVELS))
}

/// Levels that are not indented, counted.
fn deeper(depth: usize) -> Markup {
    html! { @if depth > LEVELS { span class="dim" { "+" (depth - LEVELS) " " } } }
}

fn row(drawn: &Drawn<'_>, id: NodeId, depth: usize, tucked: bool, cards: &Cards<'_>) -> Markup {
    let node = &drawn.plan[id];
    let place = PlanNode { plan: drawn.number, node: id };
    let (name, parts) = words::title(node);
    let never = node.never_executed();
    let share = drawn.share(id);
    let (rows, off) = words::rows(drawn, id);
    let known = cards.get(&place).map_or(&[][..], Vec::as_slice);
    html! {
        div class={ "op" @if never { " never" } @if tucked { " tucked" } } role="treeitem" id=(anchor(place)) tabindex=(if id == NodeId::ROOT { "0" } else { "-1" })
            aria-level=(depth + 1) aria-expanded=[(!node.children.is_empty()).then_some("true")] {
            span class="words" style=(indent(depth)) {
                (deeper(depth))
                span class="num" { (id) } " " strong { (name.trim_end_matches(',')) } @if name.ends_with(',') { "," } " " (parts.join(" "))
                @if never { span class="dim" { ", never executed" } }
                @for (card, severity, rule) in known { " " a class={ "flag " (severity) } href={ "#f" (card) } { (clean::line(rule)) } }
            }
            span class={ "rows" @if off.is_some_and(|off| off >= 100.0) { " far" } @else if off.is_some() { " off" } } { (rows) }
            @if drawn.measure != Measure::Nothing {
                span class="own" { @if !never { (drawn.told(drawn.figure(id).own)) } }
                svg class="share" aria-hidden="true" width="100%" height="8" { rect class=(flame::heat(share)) width=(percent(share)) height="8" rx="1" {} }
            }
        }
        div class="detail" role="none" hidden { (details::of(drawn, id)) }
    }
}
