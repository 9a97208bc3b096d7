//! Which relation a name means.

use super::query::Reader;
use super::{Output, Relation};
use crate::Dialect;
use crate::expression::{Column, Expr};

/// Sources of one block, and the common table expressions it may use.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub(super) block: usize,
    pub(super) sources: Vec<Source>,
    pub(super) ctes: Vec<Cte>,
    /// Names given in the select list, and what each item is.
    pub(super) items: Vec<(Option<String>, Expr)>,
    /// Columns that `USING` made one of two.
    pub(super) merged: Vec<(String, Found)>,
    /// Sources that a condition ties to each other.
    pub(super) ties: Vec<Vec<usize>>,
}

/// A common table expression.
#[derive(Debug, Clone)]
pub(super) struct Cte {
    pub(super) name: String,
    pub(super) yields: Vec<Yield>,
}

/// Something in `FROM`.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// What it is called; empty when it cannot be named.
    pub(super) alias: String,
    pub(super) what: What,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    /// A stored relation.
    Relation(usize),
    /// A query's result.
    Derived(Vec<Yield>),
    /// A function's result, whose columns are not known.
    Opaque,
}

/// A column of a query's result.
#[derive(Debug, Clone)]
pub(super) struct Yield {
    /// Its name; `None` when it has none that could be used.
    pub(super) name: Option<String>,
    pub(super) what: Output,
}

/// What a column was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// A relation's.
    Column(usize, String),
    /// Computed in a source of the frame.
    Computed(usize),
}

/// How sure it is that a source has a column.
pub(super) enum Sure {
    /// Its columns are known.
    Yes(Found),
    /// They are not.
    Maybe(Found),
    /// A function's result, which mostly has one column of another name.
    Hardly(Found),
    /// Its columns are known, and this is none of them.
    No,
}

impl Reader<'_> {
    /// Names as the server compares them.
    pub(super) fn same(&self, one: &str, other: &str) -> bool {
        match self.dialect {
            Dialect::Postgres => one == other,
            Dialect::MySql => one.eq_ignore_ascii_case(other),
        }
    }

    /// A column as an expression: qualified by the relation's number when it was found.
    pub(super) fn column(&mut self, qualifier: &[String], name: &str) -> Expr {
        let found = match qualifier.last() {
            Some(last) => self.qualified(last, qualifier.len().checked_sub(2).map(|at| &*qualifier[at]), name),
            None => self.unqualified(name),
        };
        match found {
            Some((Found::Column(relation, column), depth)) => {
                self.correlate(depth);
                self.used(relation, &column);
                number(relation, column)
            }
            Some((Found::Computed(source), depth)) => {
                self.correlate(depth);
                let own = depth + 1 == self.frames.len();
                let qualifier = if own { format!("{COMPUTED}{source}") } else { COMPUTED.to_owned() };
                Expr::Column(Column { qualifier, name: name.to_owned() })
            }
            None => {
                let written = match qualifier.is_empty() {
                    true => name.to_owned(),
                    false => format!("{}.{name}", qualifier.join(".")),
                };
                if !self.statement.unresolved.contains(&written) {
                    self.statement.unresolved.push(written);
                }
                Expr::Column(Column { qualifier: UNKNOWN.into(), name: name.to_owned() })
            }
        }
    }

    /// A relation's column is read.
    pub(super) fn used(&mut self, relation: usize, column: &str) {
        if let Some(Relation { read, .. }) = self.statement.relations.get_mut(relation)
            && !read.iter().any(|known| known == column)
        {
            read.push(column.to_owned());
        }
    }

    /// Blocks further in than the frame at `depth` depend on it.
    fn correlate(&mut self, depth: usize) {
        for frame in self.frames.iter().skip(depth + 1) {
            if let Some(block) = self.statement.blocks.get_mut(frame.block) {
                block.correlated = true;
            }
        }
    }

    fn qualified(&self, alias: &str, schema: Option<&str>, name: &str) -> Option<(Found, usize)> {
        for (depth, frame) in self.frames.iter().enumerate().rev() {
            let place = frame.sources.iter().position(|source| {
                self.same(&source.alias, alias)
                    && match (schema, &source.what) {
                        (Some(schema), What::Relation(relation)) => {
                            self.statement.relations.get(*relation).is_none_or(|used| {
                                used.name.schema.is_empty() || self.same(used.name.schema.as_str(), schema)
                            })
                        }
                        (Some(_), _) => false,
                        (None, _) => true,
                    }
            });
            if let Some((place, source)) = place.and_then(|place| Some((place, frame.sources.get(place)?))) {
                let found = match self.within(source, place, name) {
                    Sure::Yes(found) | Sure::Maybe(found) | Sure::Hardly(found) => found,
                    Sure::No => match &source.what {
                        What::Relation(relation) => Found::Column(*relation, name.to_owned()),
                        _ => Found::Computed(place),
                    },
                };
                return Some((found, depth));
            }
        }
        // the row that could not be inserted, or that is about to be
        if ["excluded", "new", "old"].iter().any(|word| alias.eq_ignore_ascii_case(word)) {
            return Some((Found::Computed(usize::MAX), self.frames.len().saturating_sub(1)));
        }
        // `column.field` of a composite
        let (_, depth) = self.unqualified(alias)?;
        Some((Found::Computed(usize::MAX), depth))
    }

    fn unqualified(&self, name: &str) -> Option<(Found, usize)> {
        for (depth, frame) in self.frames.iter().enumerate().rev() {
            if let Some((_, found)) = frame.merged.iter().find(|(merged, _)| self.same(merged, name)) {
                return Some((found.clone(), depth));
            }
            let (mut maybe, mut hardly) = (Vec::new(), Vec::new());
            for (place, source) in frame.sources.iter().enumerate() {
                match self.within(source, place, name) {
                    Sure::Yes(found) => return Some((found, depth)),
                    Sure::Maybe(found) => maybe.push(found),
                    Sure::Hardly(found) => hardly.push(found),
                    Sure::No => {}
                }
            }
            // the whole row
            let row = frame.sources.iter().position(|source| {
                self.same(&source.alias, name) && (maybe.len() != 1 || !matches!(source.what, What::Relation(_)))
            });
            if let Some(place) = row {
                return Some((Found::Computed(place), depth));
            }
            if maybe.is_empty() {
                maybe = hardly;
            }
            match maybe.len() {
                0 => {}
                1 => return maybe.pop().map(|found| (found, depth)),
                _ => return None,
            }
        }
        None
    }

    /// Whether a source has a column of that name.
    pub(super) fn within(&self, source: &Source, place: usize, name: &str) -> Sure {
        match &source.what {
            What::Relation(relation) => self.of_relation(*relation, name),
            What::Opaque => Sure::Hardly(Found::Computed(place)),
            What::Derived(yields) => {
                let mut maybe = None;
                for column in yields {
                    match &column.what {
                        Output::All(Some(relation)) => match self.of_relation(*relation, name) {
                            Sure::Yes(found) => return Sure::Yes(found),
                            Sure::Maybe(found) | Sure::Hardly(found) => maybe = Some(found),
                            Sure::No => {}
                        },
                        Output::All(None) => maybe = Some(Found::Computed(place)),
                        other if column.name.as_deref().is_some_and(|known| self.same(known, name)) => {
                            return Sure::Yes(match other {
                                Output::Column { relation, column } => Found::Column(*relation, column.clone()),
                                _ => Found::Computed(place),
                            });
                        }
                        _ => {}
                    }
                }
                maybe.map_or(Sure::No, Sure::Maybe)
            }
        }
    }

    fn of_relation(&self, relation: usize, name: &str) -> Sure {
        match self.columns.get(relation).and_then(Option::as_ref) {
            Some(columns) => match columns.iter().find(|column| self.same(column, name)) {
                Some(column) => Sure::Yes(Found::Column(relation, column.clone())),
                // a system column
                None if ["ctid", "xmin", "xmax", "tableoid", "cmin", "cmax"].contains(&name) => {
                    Sure::Maybe(Found::Column(relation, name.to_owned()))
                }
                None => Sure::No,
            },
            None => Sure::Maybe(Found::Column(relation, name.to_owned())),
        }
    }

    /// The common table expression of that name.
    pub(super) fn cte(&self, name: &str) -> Option<&Cte> {
        self.frames.iter().rev().flat_map(|frame| frame.ctes.iter().rev()).find(|cte| self.same(&cte.name, name))
    }
}

const COMPUTED: &str = "#computed ";
const UNKNOWN: &str = "#unknown";

/// A column of that relation, as expressions inside the reader hold it.
pub(super) fn number(relation: usize, column: String) -> Expr {
    Expr::Column(Column { qualifier: format!("#{relation}"), name: column })
}

/// A column that a source of the innermost frame computes.
pub(super) fn computed(source: usize, name: &str) -> Expr {
    Expr::Column(Column { qualifier: format!("{COMPUTED}{source}"), name: name.to_owned() })
}

/// The relation that such a column is of.
pub(super) fn relation_of(column: &Column) -> Option<usize> {
    column.qualifier.strip_prefix('#')?.parse().ok()
}

/// The source in the innermost frame that computes such a column.
pub(super) fn source_of(column: &Column) -> Option<usize> {
    column.qualifier.strip_prefix(COMPUTED)?.parse().ok()
}
