//! The lesson of a rule: Markdown with fixed headings, one text for `teach`, the site, SARIF and tests.

use crate::engine::{Engine, Product};
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

/// A lesson that belongs to no rule: an operator of plans, a skill.
#[derive(Debug, Clone, Copy)]
pub struct Topic {
    /// Its name on the command line.
    pub id: &'static str,
    /// The engine it is about; `None` when it is about all.
    pub engine: Option<Engine>,
    /// Markdown; the title is its first line. In its lab a block `sql shows NAME` has a plan with an operator of that name.
    pub text: &'static str,
}

impl Topic {
    /// The title.
    pub fn title(&self) -> &'static str {
        self.text.lines().next().unwrap_or("").trim_start_matches('#').trim()
    }
}

/// The part of a lesson that runs: fenced blocks of SQL that make tables and queries that show the problem, or look like
/// it and are healthy. The same text is read by people, run by `teach --lab` and recorded for the tests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lab<'a> {
    /// Makes the tables; blocks marked `sql setup`, for all products or for one.
    pub setup: Vec<(Option<Product>, &'a str)>,
    /// The queries: blocks marked `sql fires TITLE`, `sql silent TITLE` or `sql shows OPERATOR`.
    pub cases: Vec<LabCase<'a>>,
}

/// A query of a lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabCase<'a> {
    /// Whether the rule must see the problem in its plan, or must not.
    pub fires: bool,
    /// Only on this product.
    pub product: Option<Product>,
    /// Only from this major version on.
    pub since: Option<u32>,
    /// What it shows.
    pub title: &'a str,
    /// `SET` statements, then one query without `EXPLAIN`.
    pub sql: &'a str,
}

/// The lab of a lesson; without cases when the lesson has none. After `setup`, `fires` or `silent` the name of a product
/// in lower case (`mariadb`) or a major version (`13+`) limits the
/// block to it.
pub fn lab(lesson: &str) -> Lab<'_> {
    let mut lab = Lab::default();
    let mut rest = lesson;
    while let Some(at) = rest.find("\n```") {
        let (mark, body) = rest[at + 4..].split_once('\n').unwrap_or((&rest[at + 4..], ""));
        let end = body.find("\n```").unwrap_or(body.len());
        let sql = &body[..end];
        rest = body.get(end + 4..).unwrap_or("");
        let Some(mark) = mark.strip_prefix("sql ") else { continue };
        let (kind, mut title) = mark.split_once(' ').unwrap_or((mark, ""));
        let (mut product, mut since) = (None, None);
        loop {
            let (word, after) = title.split_once(' ').unwrap_or((title, ""));
            let named = [Product::PostgreSQL, Product::MySQL, Product::MariaDB]
                .into_iter()
                .find(|product| word == product.to_string().to_ascii_lowercase());
            match word.strip_suffix('+').and_then(|major| major.parse().ok()) {
                Some(major) => since = Some(major),
                None if named.is_some() => product = named,
                None => break,
            }
            title = after;
        }
        match kind {
            "setup" => lab.setup.push((product, sql)),
            "fires" | "shows" | "silent" => {
                lab.cases.push(LabCase { fires: kind != "silent", product, since, title, sql })
            }
            _ => {}
        }
    }
    lab
}

/// A plan recorded from a real server by running a lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded<'a> {
    /// Whether the rule must see the problem.
    pub fires: bool,
    /// Product and version: `PostgreSQL 18.4`.
    pub server: &'a str,
    /// The title of the case.
    pub title: &'a str,
    /// What the server printed.
    pub plan: &'a str,
}

/// The plans of a `.plans` file: each below a line `==== fires | PostgreSQL 18.4 | TITLE`.
pub fn recorded(text: &str) -> Vec<Recorded<'_>> {
    let mut found = Vec::new();
    for part in text.split("==== ").skip(1) {
        let (head, plan) = part.split_once('\n').unwrap_or((part, ""));
        let mut words = head.splitn(3, " | ");
        if let (Some(kind), Some(server), Some(title)) = (words.next(), words.next(), words.next()) {
            found.push(Recorded { fires: kind == "fires", server, title, plan });
        }
    }
    found
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
    fn the_lab_of_a_lesson_is_found() {
        let lesson = "# T\n\n```sql setup\nCREATE TABLE t (a int);\n```\ntext\n```sql\nSELECT 0;\n```\n\
                      ```sql fires a scan\nSELECT 1;\n```\n```sql silent mariadb 11+ small\nSET a = 1;\nSELECT 2;\n```\n";
        let lab = lab(lesson);
        assert_eq!(lab.setup, [(None, "CREATE TABLE t (a int);")]);
        let case = |fires, product, since, title, sql| LabCase { fires, product, since, title, sql };
        assert_eq!(
            lab.cases,
            [
                case(true, None, None, "a scan", "SELECT 1;"),
                case(false, Some(Product::MariaDB), Some(11), "small", "SET a = 1;\nSELECT 2;")
            ]
        );
        assert_eq!(super::lab("```sql fires"), Lab::default());
    }

    #[test]
    fn parts_are_found_by_heading() {
        let lesson = "# T\n\n## What it looks at\nthis\nand that\n\n## Why it matters\nbecause\n";
        assert_eq!(part(lesson, "What it looks at"), Some("this\nand that"));
        assert_eq!(part(lesson, "Why it matters"), Some("because"));
        assert_eq!(part(lesson, "References"), None);
    }
}
