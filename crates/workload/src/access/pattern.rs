//! What a statement does to one table, without its values: statements that do the same are one pattern.

use std::collections::BTreeMap;

use dbwright_model::Name;
use dbwright_model::access::{Action, Find, Load, Pattern};
use dbwright_model::workload::Query;
use dbwright_sql::expression::Expr;
use dbwright_sql::predicate::{Around, Demand};
use dbwright_sql::statement::{Block, Clause, Key, Other, Predicate, Relation, Role, Statement, Under, is_aggregate};

use super::table::by_time;

/// Queries named with a pattern.
const QUERIES: usize = 8;

/// Patterns so far, by what makes them differ.
#[derive(Default)]
pub(super) struct Patterns(BTreeMap<String, Pattern>);

impl Patterns {
    /// The pattern of one use of a relation, and what makes it differ from others.
    pub(super) fn of(statement: &Statement, relation: usize) -> Option<(String, Pattern)> {
        let pattern = pattern(statement, relation)?;
        Some((format!("{pattern:?}"), pattern))
    }

    pub(super) fn add(&mut self, key: String, pattern: Pattern, query: &Query, load: Load) {
        let known = self.0.entry(key).or_insert(pattern);
        known.load += load;
        if known.queries.len() < QUERIES && !known.queries.contains(&query.fingerprint) {
            known.queries.push(query.fingerprint.clone());
        }
    }

    pub(super) fn finish(self) -> Vec<Pattern> {
        let mut patterns: Vec<Pattern> = self.0.into_values().collect();
        patterns.sort_by(|one, other| by_time(one.load.time, other.load.time));
        patterns
    }
}

/// What is demanded of a column, as patterns tell it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Equal,
    Joined,
    Range,
    Prefix,
    Search,
    Filter,
}

/// How a predicate uses its columns; `None` when it says nothing about which rows of the relation are found.
pub(super) fn use_of(statement: &Statement, relation: &Relation, predicate: &Predicate) -> Option<Use> {
    // a query inside that depends on the row looks the other table up, not this one
    let pushed = is_within(statement, relation.block, predicate.block);
    if !pushed && !matches!(predicate.other, Other::Constant(_) | Other::Parameter | Other::Nothing) {
        return None;
    }
    if !pushed || predicate.under != Under::All {
        return Some(Use::Filter);
    }
    let joined = matches!(predicate.other, Other::Column { .. }) || predicate.clause == Clause::Semi;
    Some(match predicate.demand {
        Demand::Equal if joined => Use::Joined,
        Demand::Equal | Demand::In | Demand::Null | Demand::Flag(_) => Use::Equal,
        Demand::Range => Use::Range,
        Demand::Prefix => Use::Prefix,
        Demand::Pattern | Demand::UnknownPattern => Use::Search,
        Demand::Contain | Demand::HasKey | Demand::FullText | Demand::Distance => Use::Search,
        Demand::Not | Demand::NotNull | Demand::Other => Use::Filter,
    })
}

/// Whether block `inner` is `outer` or stands inside it.
fn is_within(statement: &Statement, inner: usize, outer: usize) -> bool {
    let mut at = Some(inner);
    while let Some(block) = at {
        if block == outer {
            return true;
        }
        at = statement.blocks.get(block).and_then(|block| block.parent);
    }
    false
}

fn pattern(statement: &Statement, at: usize) -> Option<Pattern> {
    let relation = statement.relations.get(at)?;
    let block = statement.blocks.get(relation.block)?;
    let mut pattern = Pattern { action: action(relation.role), ..Pattern::default() };
    for predicate in &relation.predicates {
        let shown = shown(&predicate.columns, &predicate.around);
        let into = match use_of(statement, relation, predicate) {
            Some(Use::Equal) => &mut pattern.equal,
            Some(Use::Joined) => &mut pattern.joined,
            Some(Use::Range) => &mut pattern.range,
            Some(Use::Prefix) => &mut pattern.prefix,
            Some(Use::Search) => &mut pattern.search,
            Some(Use::Filter) => &mut pattern.filter,
            None => continue,
        };
        for name in shown {
            if !into.contains(&name) {
                into.push(name);
            }
        }
    }
    // in which order conditions are written does not matter
    for columns in [
        &mut pattern.equal,
        &mut pattern.joined,
        &mut pattern.range,
        &mut pattern.prefix,
        &mut pattern.search,
        &mut pattern.filter,
    ] {
        columns.sort();
    }
    pattern.find = find(&pattern);
    for sort in statement.ordering_of(at) {
        let Some(name) = key_name(&sort.key) else { break };
        if sort.descending {
            pattern.descending.push(name.clone());
        }
        pattern.sort.push(name);
    }
    pattern.group = statement.grouping_of(at).into_iter().filter_map(key_name).collect();
    pattern.aggregates = aggregates(block);
    pattern.limit = block.limit.is_some();
    pattern.offset = block.offset.is_some();
    pattern.written = relation.written.iter().map(|column| Name::from(column.as_str())).collect();
    pattern.written.sort();
    if !relation.read_all && relation.role == Role::Read {
        pattern.columns = relation.read.iter().map(|column| Name::from(column.as_str())).collect();
        pattern.columns.sort();
    }
    Some(pattern)
}

fn action(role: Role) -> Action {
    match role {
        Role::Read => Action::Read,
        Role::Insert => Action::Insert,
        Role::Update => Action::Update,
        Role::Delete => Action::Delete,
        Role::Merge => Action::Merge,
    }
}

fn find(pattern: &Pattern) -> Find {
    let is = |columns: &Vec<Name>| !columns.is_empty();
    if pattern.action == Action::Insert {
        Find::Nothing
    } else if is(&pattern.range) {
        Find::Range
    } else if is(&pattern.prefix) {
        Find::Prefix
    } else if is(&pattern.search) {
        Find::Search
    } else if is(&pattern.equal) {
        Find::Lookup
    } else if is(&pattern.joined) {
        Find::Join
    } else {
        Find::Scan
    }
}

fn aggregates(block: &Block) -> Vec<String> {
    // a function that somebody defined has a name of its own
    let known = |function: &String| if is_aggregate(function) { function.clone() } else { "other".to_owned() };
    let mut functions: Vec<String> = block.aggregates.iter().map(|aggregate| known(&aggregate.function)).collect();
    functions.sort();
    functions.dedup();
    functions
}

/// A column with what stands around it, without any value: `lower(email)`, `data ->>`.
fn shown(columns: &[String], around: &Around) -> Vec<Name> {
    let all = || columns.iter().map(|column| Name::from(column.as_str()));
    let [column] = columns else { return all().collect() };
    match around {
        Around::Function(function) => vec![Name::from(format!("{function}({column})"))],
        Around::Operator(operator) if !operator.is_empty() => vec![Name::from(format!("{column} {operator}"))],
        Around::Cast(to) => vec![Name::from(format!("{column}::{to}"))],
        Around::Nothing | Around::Relabel | Around::Operator(_) => all().collect(),
    }
}

pub(super) fn key_name(key: &Key) -> Option<Name> {
    if let Some(column) = &key.column {
        return Some(Name::from(column.as_str()));
    }
    key.relation?;
    let columns: Vec<String> = key.expr.columns().into_iter().map(|column| column.name.clone()).collect();
    let around = match &key.expr {
        Expr::Call { name, .. } => Around::Function(name.to_ascii_lowercase()),
        Expr::Cast { to, .. } => Around::Cast(to.clone()),
        Expr::Binary { operator, .. } | Expr::Unary { operator, .. } => Around::Operator(operator.clone()),
        _ => return None,
    };
    match columns.as_slice() {
        [_] => shown(&columns, &around).pop(),
        _ => None,
    }
}
