//! What people paste: plans, queries, table definitions, settings; and what recognises them in a text.

use std::ops::Range;

use crate::catalog::Catalog;
use crate::plan::Plan;
use crate::privacy::SqlText;
use crate::settings::Settings;

/// A text as it was given, cut into lines.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    /// The file's name, or `-`.
    pub name: &'a str,
    /// All of it.
    pub text: &'a str,
    /// Its lines without their ends, whatever ends they have.
    pub lines: Vec<&'a str>,
}

impl<'a> Input<'a> {
    /// Cuts the text into lines.
    pub fn new(name: &'a str, text: &'a str) -> Input<'a> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Input { name, text, lines: text.lines().collect() }
    }
}

/// Something a text was recognised to hold.
#[derive(Debug, Clone)]
pub enum Artefact {
    /// A plan.
    Plan(Box<Plan>),
    /// A query, as given: literals are still in it.
    Query(SqlText),
    /// Tables, columns, indexes, statistics: what is known of the objects the plan speaks of.
    Catalog(Box<Catalog>),
    /// Server settings.
    Settings(Settings),
}

/// A part of a text that a recogniser claims.
#[derive(Debug, Clone)]
pub struct Piece {
    /// Which lines, from 0, end excluded.
    pub lines: Range<usize>,
    /// How sure the recogniser is; where claims overlap, the surer one wins, then the longer one.
    pub confidence: Confidence,
    /// What it is, or why it cannot be read although it is recognised.
    pub artefact: Result<Artefact, Unreadable>,
}

/// How sure a recogniser is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// It may be that.
    Possible,
    /// It looks like nothing else.
    Likely,
    /// It names itself.
    Certain,
}

/// Why a recognised part cannot be read, for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {}: {message}", line + 1)]
pub struct Unreadable {
    /// The line, from 0.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// Knows one kind of artefact. A new one is a file with one of these, and a line in its room's list.
#[derive(Debug)]
pub struct Recogniser {
    /// Its name: `postgres-plan-text`.
    pub id: &'static str,
    /// What it reads, as the message says that nothing was recognised: `a PostgreSQL plan (EXPLAIN, any format)`.
    pub reads: &'static str,
    /// Every part of the text it claims. Never panics, and looks at each line about once.
    pub find: fn(&Input<'_>) -> Vec<Piece>,
}
