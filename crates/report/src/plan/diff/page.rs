//! The difference of two plans as a self-contained page.

use std::io;

use dbwright_model::plan::Plan;
use maud::{DOCTYPE, Markup, html};

use super::{Merged, PlanDifference, figure, told};
use crate::clean;
use crate::html::shell;
use crate::plan::words;
use crate::view::plural;

/// Levels that are indented; deeper ones are counted.
const LEVELS: usize = 12;

impl PlanDifference<'_> {
    /// As one page for all of them.
    pub fn html(differences: &[PlanDifference<'_>], out: &mut impl io::Write) -> io::Result<()> {
        let several = differences.len() > 1;
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                (shell::head("Two plans compared", true))
                body class="has-plan" {
                    header { div class="wrap" {
                        p class="kicker" { "Two plans compared" }
                        @if let [only] = differences { h1 { (only.verdict()) } } @else { h1 { (plural(differences.len(), "pair")) } }
                    } }
                    main class="wrap" {
                        @for (at, difference) in differences.iter().enumerate() { section class="pair" {
                            @if several { h2 { "Pair " (at + 1) ": " (difference.verdict()) } }
                            (facts("Before", &difference.before_at, difference.before))
                            (facts("After", &difference.after_at, difference.after))
                            (changes(difference))
                            (tree(difference))
                        } }
                    }
                    footer { div class="wrap" { "dbwright " (env!("CARGO_PKG_VERSION")) } }
                }
            }
        };
        writeln!(out, "{}", page.into_string())
    }
}

fn facts(label: &str, at: &str, plan: &Plan) -> Markup {
    html! {
        p class="facts" {
            span { strong { (label) } }
            @if !at.is_empty() { span { (clean::line(at)) } }
            span { (plural(plan.nodes.len(), "operator")) }
            @if let Some(account) = &plan.account { span { "executed in " (account.execution) } }
        }
    }
}

fn changes(difference: &PlanDifference<'_>) -> Markup {
    html! {
        @if !difference.diff.changes.is_empty() {
            h2 { "What changed" }
            div class="scroll" { table class="changes" {
                thead { tr { th { "Kind" } th { "Change" } th class="num" { "Time with all below" } } }
                tbody { @for change in &difference.diff.changes {
                    @let (kind, cost) = told(change);
                    tr { td { (kind) } td { (clean::line(&change.what)) } td class="num" { (cost.unwrap_or_default()) } }
                } }
            } }
        }
    }
}

fn tree(difference: &PlanDifference<'_>) -> Markup {
    html! {
        h2 { "Both as one tree" }
        div class="heads" aria-hidden="true" { span { "operator" } span { "before" } span { "after" } }
        ul class="merged" { @for line in difference.merged() { (row(difference, &line)) } }
    }
}

fn row(difference: &PlanDifference<'_>, line: &Merged) -> Markup {
    let before = line.before.map(|id| &difference.before[id]);
    let after = line.after.map(|id| &difference.after[id]);
    let (class, sign, word) = match (before, after) {
        (None, _) => ("op gained", "+", "came: "),
        (_, None) => ("op lost", "−", "went: "),
        _ => ("op", "", ""),
    };
    html! {
        @if let Some(node) = after.or(before) {
            @let (name, parts) = words::title(node);
            @let was = before.filter(|was| after.is_some() && was.name != node.name).map(|was| words::title(was).0);
            li class=(class) {
                span class="words" style={ "--d:" (line.depth.min(LEVELS)) } {
                    span class="sign" aria-hidden="true" { (sign) } span class="hear" { (word) }
                    @if line.depth > LEVELS { span class="dim" { "+" (line.depth - LEVELS) " " } }
                    @if let Some(was) = was { s { (was.trim_end_matches(',')) } " → " }
                    strong { (name.trim_end_matches(',')) } @if name.ends_with(',') { "," } " " (parts.join(" "))
                }
                span class="rows" { @if let Some(node) = before { (figure(node)) } }
                span class="own" { @if let Some(node) = after { (figure(node)) } }
            }
        }
    }
}
