//! One self-contained page: no request leaves it, everything in it is escaped.

mod details;
mod evidence;
mod findings;
mod flame;
mod plan;
mod profile;
pub(crate) mod shell;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::clean;
use crate::group::{Group, blind, groups};
use crate::view::{View, counts, named, plural};

const PLAN_SCRIPT: &str = include_str!("html/plan.js");
const SCRIPT: &str = include_str!("html/page.js");

pub(crate) fn page(view: &View<'_>) -> String {
    let groups = groups(view);
    let server = &view.diagnosis.server;
    let name = server.database.as_ref().map_or_else(|| server.address.to_string(), ToString::to_string);
    let name = clean::line(&name);
    let plans = crate::plan::plans(view).is_some();
    let logs = crate::profile::about_logs(view);
    let what = match (view.files.is_some(), logs) {
        (true, _) => "Query plan",
        (false, true) => "Profile of a database",
        (false, false) => "Database consultation",
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            (shell::head(&format!("{what}: {name}"), plans || logs))
            body class=[plans.then_some("has-plan")] {
                a class="skip" href=(if groups.is_empty() { "#summary" } else { "#findings" }) { "Skip to the findings" }
                header { div class="wrap" {
                    p class="kicker" { (what) }
                    h1 { (name) }
                    p class="facts" { @for fact in view.facts() { span { (clean::line(&fact)) } } }
                    p class="facts dim" { @for fact in view.effort() { span { (clean::line(&fact)) } } }
                } }
                main class="wrap" {
                    (summary(view, &groups))
                    (profile::section(view))
                    (plan::section(view, &groups))
                    (findings::section(view, &groups))
                    (evidence::section(view))
                    (not_seen(view))
                    (suppressed(view))
                }
                footer { div class="wrap" {
                    "dbwright " (env!("CARGO_PKG_VERSION")) @if view.files.is_none() { " · evidence of " (view.time()) } " · redaction: "
                    (format!("{:?}", view.diagnosis.redaction).to_lowercase())
                } }
                script type="module" { (PreEscaped(SCRIPT)) @if plans { (PreEscaped(PLAN_SCRIPT)) } }
            }
        }
    }
    .into_string()
        + "\n"
}

fn summary(view: &View<'_>, groups: &[Group<'_>]) -> Markup {
    let diagnosis = view.diagnosis;
    let shown = view.shown().count();
    html! {
        section aria-labelledby="summary" {
            h2 id="summary" { "Summary" }
            @if shown == 0 {
                p class="calm" { (view.calm()) }
            } @else {
                p class="lede" {
                    (plural(shown, "finding")) " (" (counts(view.shown())) ") from " (view.evaluated()) " of "
                    (plural(diagnosis.rules, "rule")) "."
                    @if !diagnosis.not_evaluated.is_empty() {
                        " " a href="#unseen" { (plural(diagnosis.not_evaluated.len(), "rule")) " could not be evaluated" } "."
                    }
                }
            }
            @if shown > 0 && view.hidden() > 0 { p class="dim" { (plural(view.hidden(), "finding")) " below the asked severity." } }
            @if !groups.is_empty() {
                div class="two" {
                    div {
                        h3 { "What to do first" }
                        ol class="first" {
                            @for (at, group) in groups.iter().enumerate().take(3) {
                                li {
                                    a href={ "#f" (at) } { (clean::line(&group.lead.cause)) }
                                    @if let Some(fix) = group.lead.fixes.first() { (findings::statement(&fix.statement)) }
                                }
                            }
                        }
                    }
                    @if view.files.is_none() { (evidence::areas(view, groups)) }
                }
            }
        }
    }
}

fn not_seen(view: &View<'_>) -> Markup {
    let blind = blind(view);
    html! {
        @if !blind.is_empty() {
            section aria-labelledby="unseen" {
                h2 id="unseen" { "What we could not see" }
                ul class="plain" {
                    @for entry in &blind {
                        li {
                            p { strong { (entry.why) } ": " (clean::line(entry.detail)) }
                            @if let Some(allow) = entry.allow { (findings::statement(allow)) }
                            @if !entry.rules.is_empty() {
                                p class="dim" { "hides " @for (at, rule) in entry.rules.iter().enumerate() {
                                    @if at > 0 { ", " } code { (clean::line(rule)) }
                                } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn suppressed(view: &View<'_>) -> Markup {
    let suppressed = &view.diagnosis.suppressed;
    html! {
        @if !suppressed.is_empty() {
            section aria-labelledby="suppressed" {
                h2 id="suppressed" { "Suppressed" }
                div class="scroll" { table {
                    thead { tr { th { "Rule" } th { "Object" } th { "Reason" } th { "By" } } }
                    tbody { @for entry in suppressed { tr {
                        td { code { (clean::line(&entry.finding.rule)) } }
                        td { code { (clean::line(&named(&entry.finding.subject))) } }
                        td { (clean::line(&entry.reason)) }
                        td { (clean::line(&entry.by)) }
                    } } }
                } }
            }
        }
    }
}
