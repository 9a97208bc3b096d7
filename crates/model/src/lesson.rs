//! The lesson of a rule: Markdown with fixed headings, one text for `teach`, the site, SARIF and tests.

use crate::rule::Rule;

/// The headings every lesson has, in this order, below its `# title`.
pub const HEADINGS: &[&str] =
    &["What it looks at", "Why it matters", "See it yourself", "What to do", "When to leave it alone", "References"];

/// The text below one heading of a lesson, trimmed; `None` when the heading is not there.
pub fn part<'a>(lesson: &'a str, heading: &str) -> Option<&'a str> {
    let mut rest = lesson;
    while let Some(at) = rest.find("\n## ") {
        let body = &rest[at + 4..];
        let (title, text) = body.split_once('\n').unwrap_or((body, ""));
        if title.trim() == heading {
            let end = text.find("\n## ").unwrap_or(text.len());
            return Some(text[..end].trim());
        }
        rest = &rest[at + 4..];
    }
    None
}

/// What is wrong with a rule's metadata and lesson; empty when all is well. Every rule book is tested with it.
pub fn problems(rule: &Rule) -> Vec<String> {
    let mut problems = Vec::new();
    let mut need = |ok: bool, what: &str| {
        if !ok {
            problems.push(format!("{}: {what}", rule.id));
        }
    };
    let word =
        |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    need(word(rule.id), "the id must be lower-case words joined by hyphens");
    need(!rule.title.is_empty() && !rule.title.ends_with('.'), "the title must be a line without a period");
    need(!rule.engines.is_empty(), "no engine");
    need(!rule.versions.is_empty(), "no version range");
    need(rule.wrong_when.len() > 20, "say when a finding is wrong");
    need(rule.do_not.len() > 10, "say what not to do");
    need(rule.lesson.starts_with(&format!("# {}\n", rule.title)), "the lesson must start with `# title`");
    need(rule.limits.iter().all(|limit| !limit.source().is_empty()), "a limit without a source");
    let mut from = 0;
    for heading in HEADINGS {
        match rule.lesson[from..].find(&format!("\n## {heading}\n")) {
            Some(at) => from += at + 1,
            None => need(false, &format!("the lesson lacks `## {heading}` (in order)")),
        }
        need(part(rule.lesson, heading).is_some_and(|text| text.len() > 15), &format!("`## {heading}` is empty"));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_by_heading() {
        let lesson = "# T\n\n## What it looks at\nthis\nand that\n\n## Why it matters\nbecause\n";
        assert_eq!(part(lesson, "What it looks at"), Some("this\nand that"));
        assert_eq!(part(lesson, "Why it matters"), Some("because"));
        assert_eq!(part(lesson, "References"), None);
    }
}
