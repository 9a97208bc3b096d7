//! A lesson: Markdown made readable on a terminal, with the rule's limits below it.

use std::io;

use dbwright_model::Rule;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::paint::{Paint, wrap};

/// The lesson as it stands, with the rule's limits and their sources.
pub fn lesson_markdown(rule: &Rule, out: &mut impl io::Write) -> io::Result<()> {
    out.write_all(with_limits(rule).as_bytes())
}

fn with_limits(rule: &Rule) -> String {
    let mut text = rule.lesson.trim_end().to_owned() + "\n";
    if !rule.limits.is_empty() {
        text.push_str("\n## Limits\n");
        for limit in rule.limits {
            text.push_str(&format!("- {}: {} ({})\n", limit.what(), limit.quantity(), limit.source()));
        }
    }
    text
}

/// The lesson for a terminal.
pub fn lesson(rule: &Rule, width: usize, color: bool, out: &mut impl io::Write) -> io::Result<()> {
    markdown(&with_limits(rule), width, color, out)
}

/// Any lesson for a terminal.
pub fn markdown(text: &str, width: usize, color: bool, out: &mut impl io::Write) -> io::Result<()> {
    let paint = Paint { color };
    let width = width.clamp(30, 100);
    let mut page = String::new();
    let mut inline = String::new();
    let mut lists: Vec<Option<u64>> = Vec::new();
    let mut bullet: Option<String> = None;
    let (mut code, mut heading, mut bold, mut italic) = (false, false, false, false);
    let flush = |page: &mut String, inline: &mut String, lists: &[Option<u64>], bullet: &mut Option<String>| {
        if inline.trim().is_empty() {
            inline.clear();
            return;
        }
        let indent = "  ".repeat(lists.len());
        let first =
            bullet.take().map_or_else(|| indent.clone(), |b| format!("{}{b}", "  ".repeat(lists.len().max(1) - 1)));
        page.push_str(&wrap(inline.trim(), width, &first, &indent));
        inline.clear();
    };
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = true,
            Event::End(TagEnd::Heading(_)) => {
                heading = false;
                if !page.is_empty() && !page.ends_with("\n\n") {
                    page.push('\n');
                }
                page.push_str(&format!("{}\n", paint.bold(inline.trim())));
                inline.clear();
            }
            Event::Start(Tag::CodeBlock(_)) => {
                flush(&mut page, &mut inline, &lists, &mut bullet);
                code = true;
                if !page.ends_with("\n\n") {
                    page.push('\n');
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                code = false;
                page.push('\n');
            }
            Event::Start(Tag::List(start)) => {
                flush(&mut page, &mut inline, &lists, &mut bullet);
                lists.push(start);
            }
            Event::End(TagEnd::List(_)) => {
                flush(&mut page, &mut inline, &lists, &mut bullet);
                lists.pop();
                if lists.is_empty() {
                    page.push('\n');
                }
            }
            Event::Start(Tag::Item) => {
                flush(&mut page, &mut inline, &lists, &mut bullet);
                bullet = Some(match lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".to_owned(),
                });
            }
            Event::End(TagEnd::Item | TagEnd::TableRow | TagEnd::TableHead) => {
                flush(&mut page, &mut inline, &lists, &mut bullet);
            }
            Event::End(TagEnd::TableCell) => inline.push_str("  "),
            Event::End(TagEnd::Paragraph) => {
                flush(&mut page, &mut inline, &lists, &mut bullet);
                if lists.is_empty() {
                    page.push('\n');
                }
            }
            Event::Start(Tag::Strong) => bold = true,
            Event::End(TagEnd::Strong) => bold = false,
            Event::Start(Tag::Emphasis) => italic = true,
            Event::End(TagEnd::Emphasis) => italic = false,
            Event::Text(text) if code => {
                for line in text.lines() {
                    page.push_str(&format!("    {}\n", paint.code(line)));
                }
            }
            Event::Text(text) if bold && !heading => inline.push_str(&paint.bold(&text)),
            Event::Text(text) if italic && !heading => inline.push_str(&paint.italic(&text)),
            Event::Text(text) => inline.push_str(&text),
            Event::Code(text) if heading || !color => inline.push_str(&text),
            Event::Code(text) => inline.push_str(&paint.code(&text)),
            Event::SoftBreak | Event::HardBreak => inline.push(' '),
            Event::Html(text) | Event::InlineHtml(text) => inline.push_str(&text),
            _ => {}
        }
    }
    flush(&mut page, &mut inline, &lists, &mut bullet);
    while page.contains("\n\n\n") {
        page = page.replace("\n\n\n", "\n\n");
    }
    writeln!(out, "{}", page.trim_end())
}
