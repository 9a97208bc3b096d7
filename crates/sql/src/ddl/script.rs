//! Where in a text there are definitions and queries, by lines: in scripts, dumps, or between other things.

use std::ops::Range;

use dbwright_model::artefact::Input;
use dbwright_model::catalog::Catalog;

use super::definition;
use super::dump::{self, Passed};
use crate::{Dialect, TokenKind, Tokens};

/// Statements that follow each other and define something.
#[derive(Debug)]
pub struct Script {
    /// Which lines, from 0, end excluded.
    pub lines: Range<usize>,
    /// What they define.
    pub catalog: Catalog,
    /// Something in it is written so in this dialect only.
    pub marked: bool,
}

/// The scripts of a text that the dialect can read: neither a plan nor prose nor the other dialect's.
pub fn scripts(input: &Input<'_>, dialect: Dialect) -> Vec<Script> {
    let mut found = Vec::new();
    let mut run = Run::default();
    // a statement without an end is looked at again only so often
    let mut patience = 50;
    let mut at = 0;
    while let Some(line) = input.lines.get(at) {
        let bare = line.trim();
        if bare.is_empty() {
            at += 1;
        } else if bare.starts_with("--")
            || bare.starts_with('\\')
            || (dialect == Dialect::MySql && bare.starts_with('#'))
        {
            run.dump |= dump::is_head(bare);
            run.first.get_or_insert(at);
            at += 1;
            if dump::is_end(bare) {
                run.last = at;
            }
        } else if let Some(end) = dump::passed(input, at) {
            run.first.get_or_insert(at);
            match end {
                Passed::Lines(end) => at = end,
                Passed::Statement => at = statement(input, at, dialect, &mut patience).lines.end,
            }
        } else if is_definition(command(bare)) {
            let one = statement(input, at, dialect, &mut patience);
            match definition(one.text, dialect) {
                Some(catalog) => run.defined(&one, catalog),
                None if run.parts.is_empty() => run = Run::default(),
                None => {}
            }
            at = one.lines.end;
        } else {
            run.close(&mut found, dialect);
            at += 1;
        }
    }
    run.close(&mut found, dialect);
    found
}

/// What comes behind the prompt of a client.
fn command(line: &str) -> &str {
    let line = line.trim_start();
    let word = line.strip_prefix("MariaDB [").unwrap_or(line);
    let Some((prompt, rest)) = word.split_once(char::is_whitespace) else { return line };
    let marked = ["=#", "=>", "mysql>", "]>"].iter().any(|mark| prompt.ends_with(mark));
    match marked && prompt.len() < 64 && !prompt.contains('(') {
        true => rest.trim_start(),
        false => line,
    }
}

/// Whether the line begins to define a table or an index.
fn is_definition(line: &str) -> bool {
    let mut words = line.split(|c: char| c.is_whitespace() || c == '(').filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    if first.eq_ignore_ascii_case("ALTER") {
        return words.next().is_some_and(|word| word.eq_ignore_ascii_case("TABLE"));
    }
    first.eq_ignore_ascii_case("CREATE")
        && words.take(5).any(|word| word.eq_ignore_ascii_case("TABLE") || word.eq_ignore_ascii_case("INDEX"))
}

/// A run of statements with nothing else between.
#[derive(Default)]
struct Run {
    /// The first line of it.
    first: Option<usize>,
    /// The first line that defines something.
    defines: usize,
    /// Behind the last line that is known to belong to it.
    last: usize,
    parts: Vec<Catalog>,
    /// It begins as dumps do.
    dump: bool,
    own: usize,
    foreign: usize,
}

impl Run {
    fn defined(&mut self, one: &Statement<'_>, catalog: Catalog) {
        if self.parts.is_empty() {
            self.defines = one.lines.start;
        }
        self.first.get_or_insert(one.lines.start);
        self.last = one.lines.end;
        self.parts.push(catalog);
        let (postgres, mysql) = marks(one.text);
        self.own += postgres;
        self.foreign += mysql;
    }

    /// Ends the run: what frames the definitions belongs to it in a dump only.
    fn close(&mut self, found: &mut Vec<Script>, dialect: Dialect) {
        let run = std::mem::take(self);
        let (own, foreign) = match dialect {
            Dialect::Postgres => (run.own, run.foreign),
            Dialect::MySql => (run.foreign, run.own),
        };
        if run.parts.is_empty() || foreign > own {
            return;
        }
        let start = if run.dump { run.first.unwrap_or(run.defines) } else { run.defines };
        found.push(Script { lines: start..run.last, catalog: Catalog::joined(run.parts), marked: own > 0 });
    }
}

/// What only PostgreSQL writes, and what only MySQL does.
const MARKS: [&[&str]; 2] = [
    &[
        "concurrently",
        "::",
        "pg_catalog",
        "using gin",
        "using gist",
        "using brin",
        "serial",
        "jsonb",
        "timestamptz",
        "time zone",
        " only ",
        " uuid",
        "[]",
        "include (",
        "character varying",
        "nextval",
        "bytea",
        "_ops",
        " as identity",
        "partition of",
        "nulls last",
        "nulls first",
        "index on ",
    ],
    &[
        "`",
        "engine=",
        "auto_increment",
        " unsigned",
        "\nkey ",
        " key `",
        "/*!",
        "charset",
        "fulltext",
        "algorithm=",
        "mediumtext",
    ],
];

fn marks(text: &str) -> (usize, usize) {
    let mut end = text.len().min(8192);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let lower = text[..end].to_ascii_lowercase();
    let count = |list: &[&str]| list.iter().filter(|mark| lower.contains(**mark)).count();
    (count(MARKS[0]), count(MARKS[1]))
}

/// A statement in a text.
pub(super) struct Statement<'a> {
    pub(super) text: &'a str,
    pub(super) lines: Range<usize>,
}

/// The text from a line on.
pub(super) fn rest<'a>(input: &Input<'a>, line: &str) -> &'a str {
    let offset = (line.as_ptr() as usize).saturating_sub(input.text.as_ptr() as usize);
    input.text.get(offset..).unwrap_or_default()
}

/// The statement that begins in line `at`: up to its semicolon, or to where something else begins.
fn statement<'a>(input: &Input<'a>, at: usize, dialect: Dialect, patience: &mut usize) -> Statement<'a> {
    let line = input.lines.get(at).copied().unwrap_or_default();
    let text = rest(input, command(line));
    let (mut offset, mut row, mut depth, mut grouped) = (0, at, 0usize, false);
    // where a statement that never ends is cut: its first blank line
    let mut blank: Option<(usize, usize)> = None;
    let mut ended = false;
    for token in Tokens::new(text, dialect) {
        let rows = token.text.matches('\n').count();
        if token.kind == TokenKind::Space && rows > 0 {
            let next = input.lines.get(row + rows).copied().unwrap_or_default();
            if rows > 1 && blank.is_none() {
                blank = Some((offset, row + 1));
            }
            ended = begins_other(next, depth == 0) || (depth == 0 && (rows > 1 || (grouped && is_foreign(next))));
            if ended {
                break;
            }
        }
        offset += token.text.len();
        row += rows;
        match token.text {
            "(" => (depth, grouped) = (depth + 1, true),
            ")" => depth = depth.saturating_sub(1),
            ";" if depth == 0 && token.kind == TokenKind::Symbol => {
                ended = true;
                break;
            }
            _ => {}
        }
    }
    let (mut end, mut last) = (offset, row + 1);
    if !ended
        && depth > 0
        && *patience > 0
        && let Some((blank_offset, blank_row)) = blank
    {
        *patience -= 1;
        (end, last) = (blank_offset, blank_row);
    }
    let text = text.get(..end).unwrap_or(text).trim_end();
    Statement { text: text.strip_suffix(';').unwrap_or(text), lines: at..last.min(input.lines.len()).max(at + 1) }
}

/// Whether a line begins a statement that no definition goes on with.
fn begins_other(line: &str, outside: bool) -> bool {
    const WORDS: &[&str] = &["CREATE ", "EXPLAIN ", "INSERT ", "SELECT ", "UPDATE ", "DELETE ", "QUERY PLAN"];
    const OUTSIDE: &[&str] = &["ANALYZE ", "SET ", "ALTER TABLE ", "DROP TABLE ", "COMMENT ON ", "GRANT ", "COPY "];
    let starts = |words: &[&str]| {
        words.iter().any(|word| line.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word)))
    };
    starts(WORDS) || (outside && starts(OUTSIDE))
}

/// Whether a line is of a plan or a table.
fn is_foreign(line: &str) -> bool {
    let bare = line.trim_start();
    ["->", "|", "+-", "{", "[", "```", "---", "***", "QUERY PLAN"].iter().any(|mark| bare.starts_with(mark))
        || line.contains("(cost=")
        || line.contains("(actual time=")
        || line.contains("select_type")
}

/// Queries by themselves, with the lines they stand in; an `EXPLAIN` before them is off.
pub fn queries<'a>(input: &Input<'a>, dialect: Dialect) -> Vec<(Range<usize>, &'a str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(line) = input.lines.get(at) {
        if !begins_query(command(line)) {
            at += 1;
            continue;
        }
        let one = query(input, at, dialect);
        at = one.lines.end;
        let bare = unexplained(one.text, dialect);
        let said = bare.len() < one.text.len() || bare.ends_with(';');
        let bare = bare.trim_end_matches(';').trim_end();
        if is_query(bare, dialect, said) {
            found.push((one.lines, bare));
        }
    }
    found
}

const QUERIES: &[&str] = &["SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "EXPLAIN", "ANALYZE"];

fn begins_query(line: &str) -> bool {
    let word = line.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    QUERIES.iter().any(|query| query.eq_ignore_ascii_case(word))
}

/// Up to a semicolon, a blank line, a plan, or a table.
fn query<'a>(input: &Input<'a>, at: usize, dialect: Dialect) -> Statement<'a> {
    let line = input.lines.get(at).copied().unwrap_or_default();
    let text = rest(input, command(line));
    let mut last = at + 1;
    let stop = |line: &&str| line.trim().is_empty() || is_foreign(line) || line.trim() == "QUERY PLAN";
    while input.lines.get(last).is_some_and(|line| !stop(line)) {
        last += 1;
    }
    let until = input.lines.get(last).map_or(text.len(), |line| text.len() - rest(input, line).len().min(text.len()));
    let text = text.get(..until).unwrap_or(text);
    let mut offset = 0;
    for token in Tokens::new(text, dialect) {
        if token.text == ";" && token.kind == TokenKind::Symbol {
            let rows = text[..offset].matches('\n').count();
            return Statement { text: text[..=offset].trim(), lines: at..at + rows + 1 };
        }
        offset += token.text.len();
    }
    Statement { text: text.trim(), lines: at..last }
}

/// Without `EXPLAIN (…)`, `EXPLAIN ANALYZE`, `EXPLAIN FORMAT=JSON`, `ANALYZE FORMAT=JSON`.
fn unexplained(text: &str, dialect: Dialect) -> &str {
    let mut offset = 0;
    let mut depth = 0usize;
    for token in Tokens::new(text, dialect) {
        match (token.kind, token.text) {
            (TokenKind::Symbol, "(") => depth += 1,
            (TokenKind::Symbol, ")") => depth = depth.saturating_sub(1),
            (TokenKind::Word, word) if depth == 0 => {
                let options = [
                    "EXPLAIN",
                    "ANALYZE",
                    "VERBOSE",
                    "EXTENDED",
                    "PARTITIONS",
                    "FORMAT",
                    "JSON",
                    "TREE",
                    "TRADITIONAL",
                ];
                if !options.iter().any(|option| option.eq_ignore_ascii_case(word)) {
                    return text.get(offset..).unwrap_or(text);
                }
            }
            _ => {}
        }
        offset += token.text.len();
    }
    text
}

/// Whether it is SQL and not a sentence that begins like it. `said` is whether an `EXPLAIN` or a semicolon says so.
fn is_query(text: &str, dialect: Dialect, said: bool) -> bool {
    let words: Vec<&str> = Tokens::new(text, dialect)
        .filter(|token| token.kind != TokenKind::Space)
        .map(|token| token.text)
        .take(400)
        .collect();
    let word = |at: usize, expected: &str| words.get(at).is_some_and(|word| word.eq_ignore_ascii_case(expected));
    let has = |expected: &str| words.iter().any(|word| word.eq_ignore_ascii_case(expected));
    let symbols = words.iter().any(|word| matches!(*word, "*" | "=" | "," | "(" | "<" | ">" | "."));
    let first = words.first().copied().unwrap_or_default().to_ascii_uppercase();
    match first.as_str() {
        "SELECT" => usize::from(has("FROM")) + usize::from(symbols) + usize::from(said) >= 2,
        "WITH" => has("AS") && has("("),
        "INSERT" | "REPLACE" | "MERGE" => has("INTO") && (symbols || has("SELECT")),
        "UPDATE" => has("SET") && has("="),
        "DELETE" => word(1, "FROM") && (symbols || words.len() == 3),
        _ => false,
    }
}
