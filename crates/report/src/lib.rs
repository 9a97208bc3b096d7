//! The renderers: a diagnosis as text, JSON, Markdown, HTML, SARIF or workflow commands.
//!
//! They know no rule and decide nothing; every format carries the same findings and the same counts.

mod access;
mod charts;
mod clean;
mod diff;
mod doctor;
mod github;
mod group;
mod html;
mod json;
mod lesson;
mod markdown;
mod paint;
mod plan;
mod profile;
mod rules;
#[cfg(test)]
mod sample;
mod sarif;
#[cfg(test)]
mod tests;
mod text;
mod view;

use std::io;

pub use diff::{Change, Difference, difference};
pub use doctor::{doctor_json, doctor_text};
pub use json::SCHEMA;
pub use lesson::{lesson, lesson_markdown, markdown};
pub use plan::diff::{PlanDifference, plan_difference};
pub use profile::diff::{ProfileDifference, profile_difference};
pub use rules::{rules_json, rules_text};
pub use view::{Files, Format, NotRead, UnknownFormat, View};

/// Writes the diagnosis in that format. The same view gives the same bytes.
pub fn render(format: Format, view: &View<'_>, out: &mut impl io::Write) -> io::Result<()> {
    let page = match format {
        Format::Text => text::page(view),
        Format::Json => json::document(view)?,
        Format::Jsonl => json::lines(view)?,
        Format::Markdown => markdown::page(view),
        Format::Html => html::page(view),
        Format::Sarif => sarif::log(view)?,
        Format::Github => github::commands(view),
    };
    out.write_all(page.as_bytes())
}
