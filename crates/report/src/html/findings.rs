//! The findings as cards, with what filters them.

use dbwright_model::finding::{FixKind, Undo};
use dbwright_model::{Finding, Fix, Grade, Severity};
use maud::{Markup, PreEscaped, html};
use pulldown_cmark::{Event, Parser};

use crate::clean;
use crate::group::Group;
use crate::view::{View, named};

pub(super) fn section(view: &View<'_>, groups: &[Group<'_>]) -> Markup {
    let mut areas: Vec<_> = groups.iter().filter_map(|group| group.rule.map(|rule| rule.area)).collect();
    areas.sort_unstable();
    areas.dedup();
    html! {
        @if !groups.is_empty() {
            section aria-labelledby="findings" {
                h2 id="findings" { "Findings" }
                form class="filters" id="filters" role="search" {
                    label { span { "Search" } input type="search" name="q" placeholder="table, rule, word" autocomplete="off"; }
                    label { span { "Severity" } select name="severity" {
                        option value="" { "all" }
                        @for severity in [Severity::Error, Severity::Warn, Severity::Info] { option value=(severity) { (severity) } }
                    } }
                    label { span { "Area" } select name="area" {
                        option value="" { "all" }
                        @for area in &areas { option value=(area) { (area) } }
                    } }
                    label { span { "Grade" } select name="grade" {
                        option value="" { "all" }
                        @for grade in [Grade::Proven, Grade::Measured, Grade::Derived, Grade::Suspected] { option value=(grade) { (grade) } }
                    } }
                    button type="reset" { "Clear" }
                    output id="matches" aria-live="polite" {}
                }
                @for (at, group) in groups.iter().enumerate() { (card(view, at, group)) }
                p id="none" hidden { "No finding matches these filters." }
            }
        }
    }
}

fn card(view: &View<'_>, at: usize, group: &Group<'_>) -> Markup {
    let lead = group.lead;
    let area = group.rule.map(|rule| rule.area.to_string()).unwrap_or_default();
    let mut grades: Vec<String> = group.own().map(|finding| finding.grade.to_string()).collect();
    grades.sort_unstable();
    grades.dedup();
    html! {
        article class={ "card " (lead.severity) } id={ "f" (at) } data-severity=(lead.severity) data-area=(area) data-grade=(grades.join(" ")) data-count=(group.len()) {
            header {
                span class="badge" { (lead.severity) }
                h3 { (group.rule.map_or(lead.rule.as_str(), |rule| rule.title)) }
                p class="meta" {
                    (subject(lead))
                    span { (clean::line(&lead.rule)) }
                    @if !area.is_empty() { span { (area) } }
                    span { "grade: " (lead.grade) }
                }
            }
            p class="cause" { (clean::line(&lead.cause)) "." }
            @if let Some(saving) = crate::plan::saving_of(view, lead) { p { strong { "Saves " (saving) } } }
            (evidence(lead))
            @for fix in &lead.fixes { (prescription(fix)) }
            (caveats(lead))
            @if !group.more.is_empty() {
                details {
                    summary { (group.more.len()) " more of this rule" }
                    (list(group.more.iter().copied(), false))
                }
            }
            @if !group.symptoms.is_empty() {
                details {
                    summary { "Explains " @for (at, (rule, findings)) in group.symptoms.iter().enumerate() {
                        @if at > 0 { ", " } (findings.len()) " × " (clean::line(rule))
                    } }
                    (list(group.explained(), true))
                }
            }
            @if let Some(rule) = group.rule.filter(|rule| !rule.lesson.is_empty()) {
                details class="lesson" { summary { "The lesson: " (rule.title) } (lesson(rule.lesson)) }
            } @else {
                p class="dim" { "Lesson: " code { "dbwright teach " (clean::shell(&lead.rule)) } }
            }
        }
    }
}

/// The object; an operator of a plan leads there.
fn subject(finding: &Finding) -> Markup {
    let name = clean::line(&named(&finding.subject));
    html! {
        @match finding.subject.operator {
            Some(at) => span { a href={ "#" (super::plan::anchor(at)) } { code { (name) } } },
            None => code { (name) },
        }
    }
}

fn evidence(finding: &Finding) -> Markup {
    html! {
        @if !finding.evidence.is_empty() {
            div class="scroll" { table class="evidence" {
                thead { tr { th { "Evidence" } th class="num" { "Value" } th { "Source" } th { "Origin" } } }
                tbody { @for entry in &finding.evidence { tr {
                    td { (clean::line(&entry.what)) }
                    td class="num" { (clean::line(&entry.value.to_string())) }
                    td { code { (clean::line(&entry.source)) } }
                    td { (format!("{:?}", entry.origin).to_lowercase()) }
                } } }
            } }
        }
    }
}

fn caveats(finding: &Finding) -> Markup {
    html! {
        @if !finding.do_not.is_empty() || !finding.wrong_when.is_empty() {
            dl class="caveats" {
                @if !finding.do_not.is_empty() { dt { "Do not" } dd { (clean::line(&finding.do_not)) } }
                @if !finding.wrong_when.is_empty() { dt { "Wrong when" } dd { (clean::line(&finding.wrong_when)) } }
            }
        }
    }
}

fn prescription(fix: &Fix) -> Markup {
    let place = match fix.kind {
        FixKind::Sql => "Fix",
        FixKind::Command => "Fix, a command of the server",
        FixKind::Shell => "Fix, in a shell on the host",
        FixKind::Config => "Fix, in the configuration file",
        FixKind::Code => "Fix, in the application",
    };
    html! {
        div class="fix" {
            h4 { (place) }
            (statement(&fix.statement))
            dl class="price" {
                @if !fix.risk.lock.is_empty() { div { dt { "Lock" } dd { (clean::line(&fix.risk.lock)) } } }
                @if let Some(duration) = fix.risk.duration { div { dt { "Takes" } dd { "≈ " (duration) } } }
                @if let Some(disk) = fix.risk.disk { div { dt { "Disk" } dd { (disk) } } }
                @if let Some(cost) = &fix.risk.cost { div { dt { "Cost" } dd { (clean::line(cost)) } } }
                div { dt { "Undo" } dd {
                    @match &fix.undo {
                        Undo::Statement(text) => code { (clean::block(text)) },
                        Undo::NotNeeded(why) => { "not needed: " (clean::line(why)) },
                        Undo::Impossible(why) => { "impossible: " (clean::line(why)) },
                    }
                } }
                @if let Some(verify) = &fix.verify { div { dt { "Verify" } dd { code { (clean::block(verify)) } } } }
            }
        }
    }
}

/// A statement that a button copies.
pub(super) fn statement(text: &str) -> Markup {
    html! {
        div class="statement" {
            pre tabindex="0" { code { (clean::block(text)) } }
            button type="button" class="copy" aria-live="polite" { "Copy" }
        }
    }
}

fn list<'f>(findings: impl Iterator<Item = &'f Finding>, with_rule: bool) -> Markup {
    html! {
        div class="scroll" { table {
            thead { tr { @if with_rule { th { "Rule" } } th { "Object" } th { "Cause" } th { "Fix" } } }
            tbody { @for finding in findings { tr {
                @if with_rule { td { code { (clean::line(&finding.rule)) } } }
                td { (subject(finding)) }
                td { (clean::line(&finding.cause)) }
                td { @if let Some(fix) = finding.fixes.first() { code { (clean::block(&fix.statement)) } } }
            } } }
        } }
    }
}

/// Markdown without its title; raw HTML in it is shown, not obeyed, and links are text.
fn lesson(markdown: &str) -> Markup {
    let body = markdown.split_once("\n## ").map_or(markdown.to_owned(), |(_, rest)| format!("## {rest}"));
    let events = Parser::new(&body).filter_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(pulldown_cmark::Tag::Link { .. } | pulldown_cmark::Tag::Image { .. })
        | Event::End(pulldown_cmark::TagEnd::Link | pulldown_cmark::TagEnd::Image) => None,
        event => Some(event),
    });
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, events);
    PreEscaped(html.replace("<h2>", "<h4>").replace("</h2>", "</h4>"))
}
