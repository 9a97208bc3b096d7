//! The lesson of a rule: as it stands, or readable on a terminal.

use std::io::{self, Write};

use dbwright_model::Rule;
use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};

use crate::text::{Paint, wrapped};

/// The lesson as Markdown, with the rule's limits and its standing advice.
///
/// # Errors
/// Those of the writer.
pub fn markdown(rule: &Rule, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    out.write_all(rule.lesson.trim_end().as_bytes())?;
    write!(out, "\n\n{}", appendix(rule))
}

/// What the rule's metadata adds to its lesson, as Markdown.
fn appendix(rule: &Rule) -> String {
    let engines: Vec<String> = rule.engines.iter().map(ToString::to_string).collect();
    let mut text = String::from("## The rule\n");
    text += &format!("`{}`, for {} ({}).\n\n", rule.id, engines.join(", "), rule.versions);
    for limit in rule.limits {
        text += &format!("- {}: **{}** ({})\n", limit.what(), limit.quantity(), limit.source());
    }
    text += &format!("\nDo not {}.\n\nWrong when {}.\n", rule.do_not, rule.wrong_when);
    if !rule.explains.is_empty() {
        text += &format!("\nIt explains: {}.\n", rule.explains.join(", "));
    }
    text
}

/// The lesson for a terminal: headings, paragraphs wrapped to `width`, code as it stands.
///
/// # Errors
/// Those of the writer.
pub fn text(rule: &Rule, width: usize, color: bool, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let paint = Paint(color);
    let width = width.min(100);
    let whole = format!("{}\n\n{}", rule.lesson.trim_end(), appendix(rule));
    let mut paragraph = String::new();
    let mut heading = None;
    let mut code = false;
    let mut items: Vec<Option<u64>> = Vec::new();
    let mut bullet = String::new();
    for event in Parser::new(&whole) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => heading = Some(level),
            Event::End(TagEnd::Heading(_)) => {
                let title = std::mem::take(&mut paragraph);
                let shown = match heading.take() {
                    Some(HeadingLevel::H1) => title,
                    _ => format!("\n{title}"),
                };
                writeln!(out, "{}", paint.bold(&shown))?;
            }
            Event::Start(Tag::List(start)) => items.push(start),
            Event::End(TagEnd::List(_)) => {
                items.pop();
                writeln!(out)?;
            }
            Event::Start(Tag::Item) => {
                bullet = match items.last_mut() {
                    Some(Some(n)) => {
                        *n += 1;
                        format!("{}. ", *n - 1)
                    }
                    _ => "- ".to_owned(),
                };
            }
            Event::End(TagEnd::Item | TagEnd::Paragraph) if !paragraph.is_empty() => {
                let text = std::mem::take(&mut paragraph);
                let indent = " ".repeat(items.len() * 2);
                let hang = " ".repeat(items.len() * 2 + bullet.len());
                wrapped(&text, &format!("{indent}{bullet}"), &hang, width, out)?;
                bullet.clear();
                if items.is_empty() {
                    writeln!(out)?;
                }
            }
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(TagEnd::CodeBlock) => {
                code = false;
                writeln!(out)?;
            }
            Event::Text(text) if code => {
                for line in text.lines() {
                    writeln!(out, "    {}", paint.code(line))?;
                }
            }
            Event::Text(text) => paragraph.push_str(&text),
            Event::Code(text) => paragraph.push_str(&paint.code(&text)),
            Event::SoftBreak | Event::HardBreak => paragraph.push(' '),
            _ => {}
        }
    }
    Ok(())
}
