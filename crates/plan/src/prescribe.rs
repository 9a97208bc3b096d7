//! From what an operator reads and throws away to the index that would not read it.

mod existing;
mod keys;
mod statement;

use dbwright_model::catalog::{Catalog, ObjectName, Table};
use dbwright_model::plan::{ConditionKind, Operator};
use dbwright_model::{Name, Product};
use dbwright_sql::Dialect;
use dbwright_sql::expression::{Column, Expr};
use dbwright_sql::predicate::{self, Demand, Operand, Term};

use crate::At;
use keys::Keys;

/// An index that would serve an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The table, as the plan names it.
    pub table: ObjectName,
    /// Its keys, in order.
    pub keys: Vec<Key>,
    /// How many of the keys are compared for equality: their order among themselves does not matter.
    pub equal: usize,
    /// Its access method.
    pub method: Method,
    /// Columns it carries along, so that the rows need not be read.
    pub include: Vec<String>,
    /// Only rows for which this holds.
    pub only: Option<String>,
    /// An extension it needs.
    pub extension: Option<&'static str>,
    /// An index of the catalog that has these keys already.
    pub exists: Option<String>,
    /// An index of the catalog that these keys go on from: the new one replaces it.
    pub replaces: Option<String>,
    /// Names that are taken where the index will stand.
    taken: Vec<Name>,
    /// Partitions, where the table has any: each is built by itself.
    partitions: Vec<ObjectName>,
    /// The table is partitioned.
    partitioned: bool,
    /// Other tables that the plan reads in the same way, where the catalog is not at hand: partitions of one table.
    alike: Vec<ObjectName>,
}

/// One key of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The column, unquoted; for an expression the column in it.
    pub column: String,
    /// As it stands in the statement, with operator class and direction.
    pub text: String,
    /// It is an expression, not the column.
    pub expression: bool,
}

/// Access methods that are prescribed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The default.
    BTree,
    /// Many keys a row.
    Gin,
    /// Ranges and shapes.
    Gist,
}

/// The index that would serve the conditions of a scan, together with `joined`: conditions of the join above that speak of
/// it. Columns compared for equality come first, then the order asked for above or one range. `None` when no index helps:
/// nothing but negations, `OR`, columns inside expressions that are not known or that no index may hold.
pub fn index_for(at: &At<'_>, joined: &[&str], catalog: Option<&Catalog>, dialect: Dialect) -> Option<Index> {
    let node = at.node();
    let relation = node.relation.as_ref().filter(|_| can_be_indexed(at))?;
    let kinds = [ConditionKind::Index, ConditionKind::Recheck, ConditionKind::Filter];
    let own = kinds.iter().flat_map(|kind| node.conditions(*kind)).map(|condition| condition.text.as_str());
    let below = at.subtree().skip(1).flat_map(|part| part.node().conditions(ConditionKind::Index));
    let below = below.map(|condition| condition.text.as_str());
    let mut texts: Vec<&str> = below.chain(own).chain(joined.iter().copied()).collect();
    texts.dedup();
    let parsed: Vec<Expr> = texts.iter().map(|text| Expr::parse(text, dialect)).collect();
    let terms: Vec<Term<'_>> = parsed.iter().flat_map(|expr| demands_of(expr, at, dialect)).collect();
    serving(at, relation, &terms, catalog, dialect)
}

/// The indexes of which each serves one of the alternatives of an `OR` among conditions on a scan: together they find its
/// rows. `None` when there is no `OR`, or one of its alternatives is served by no index.
pub fn indexes_for_alternatives(
    at: &At<'_>,
    conditions: &[&str],
    catalog: Option<&Catalog>,
    dialect: Dialect,
) -> Option<Vec<Index>> {
    let relation = at.node().relation.as_ref().filter(|_| can_be_indexed(at))?;
    let parsed: Vec<Expr> = conditions.iter().map(|text| Expr::parse(text, dialect)).collect();
    let alternatives = parsed.iter().flat_map(Expr::conjuncts).find_map(|part| match part {
        Expr::Or(alternatives) => Some(alternatives),
        _ => None,
    })?;
    let mut indexes: Vec<Index> = Vec::new();
    for alternative in alternatives {
        let terms = demands_of(alternative, at, dialect);
        let index = serving(at, relation, &terms, catalog, dialect)?;
        if !indexes.contains(&index) {
            indexes.push(index);
        }
    }
    Some(indexes)
}

/// The index that serves these demands.
fn serving(
    at: &At<'_>,
    relation: &ObjectName,
    terms: &[Term<'_>],
    catalog: Option<&Catalog>,
    dialect: Dialect,
) -> Option<Index> {
    let table = catalog.and_then(|catalog| find_table(catalog, relation));

    let told = table.map(|table| &table.name).filter(|name| !name.schema.is_empty());
    let mut index = Index::on(told.unwrap_or(relation).clone());
    let reader = Keys { at, table, dialect };
    for demand in [Demand::Equal, Demand::In] {
        for term in terms.iter().filter(|term| term.demand == demand) {
            index.push(reader.key(term, ""));
        }
    }
    index.equal = index.keys.len();
    let in_one = terms.iter().all(|term| term.demand != Demand::In);
    let range = terms.iter().filter(|term| term.demand.is_range()).find_map(|term| {
        let class = match term.demand {
            Demand::Prefix if dialect == Dialect::Postgres => " text_pattern_ops",
            _ => "",
        };
        reader.key(term, class)
    });
    // several values, or a range before it, and the index no longer gives the order
    let order = order_above(at).filter(|(_, limited)| in_one && (*limited || (range.is_none() && index.equal > 0)));
    match order.map(|(sorted, _)| reader.order(sorted)).filter(|order| !order.is_empty()) {
        Some(order) => order.into_iter().for_each(|key| index.push(Some(key))),
        None => index.push(range),
    }
    let parts = partial(terms, dialect);
    if index.keys.is_empty() {
        reader.many_keys(terms, &mut index);
    }
    if index.keys.is_empty()
        && let Some((column, _)) = parts.first()
    {
        index.push(Some(reader.column(column)));
        index.equal = 1;
    }
    if index.keys.is_empty() {
        return None;
    }
    if dialect == Dialect::Postgres && index.method == Method::BTree && !parts.is_empty() {
        let all: Vec<String> = parts.into_iter().map(|(_, text)| text).collect();
        index.only = Some(all.join(" AND "));
    } else if dialect == Dialect::MySql {
        // No partial indexes there: the flag goes first, as an equality.
        for (column, _) in parts.into_iter().rev() {
            if !index.has(&column) {
                index.keys.insert(0, reader.column(&column));
                index.equal += 1;
            }
        }
    }
    match (catalog, table) {
        (Some(catalog), Some(table)) => index.settle(catalog, table),
        _ => index.alike = alike(at),
    }
    Some(index)
}

impl Index {
    fn on(table: ObjectName) -> Index {
        Index {
            table,
            keys: Vec::new(),
            equal: 0,
            method: Method::BTree,
            include: Vec::new(),
            only: None,
            extension: None,
            exists: None,
            replaces: None,
            taken: Vec::new(),
            partitions: Vec::new(),
            partitioned: false,
            alike: Vec::new(),
        }
    }

    fn has(&self, column: &str) -> bool {
        self.keys.iter().any(|key| key.column == column)
    }

    fn push(&mut self, key: Option<Key>) {
        // more keys make it larger, not more selective
        if let Some(key) = key.filter(|key| !self.has(&key.column) && self.keys.len() < 5) {
            self.keys.push(key);
        }
    }

    /// The same index carrying what else the query needs of the rows, so that it alone answers; where the plan tells what
    /// operators return (`VERBOSE`), and that is not much.
    pub fn covering(&self, at: &At<'_>) -> Option<Index> {
        const CARRIED: usize = 3;
        if self.method != Method::BTree || at.node().output.is_empty() || self.keys.iter().any(|key| key.expression) {
            return None;
        }
        let mut include: Vec<String> = Vec::new();
        for column in needed(at)? {
            if !self.has(&column) && !include.contains(&column) {
                include.push(column);
            }
        }
        (!include.is_empty() && include.len() <= CARRIED).then(|| Index { include, exists: None, ..self.clone() })
    }
}

/// The columns of what an operator reads that the plan speaks of anywhere. What the operator itself returns counts only
/// where nothing stands above: a scan hands whole rows up when that is cheaper than picking columns. `None` when something
/// is not understood, or whole rows are asked for.
fn needed(at: &At<'_>) -> Option<Vec<String>> {
    let name = at.node().alias.as_ref().or(at.node().relation.as_ref().map(|relation| &relation.name))?;
    let mut found = Vec::new();
    for (id, node) in at.plan.walk() {
        let own = id == at.place.node && node.parent.is_some();
        let output = node.output.iter().filter(|_| !own);
        let conditions = node.conditions.iter().map(|condition| &condition.text);
        for text in output.chain(conditions).chain(&node.sort_keys).chain(&node.group_keys) {
            let expr = Expr::parse(text.as_str(), Dialect::Postgres);
            let dark = |part: &&Expr| matches!(part, Expr::Other(text) if text.contains(name.as_str()));
            if expr.walk().iter().any(dark) {
                return None;
            }
            let mine = expr.columns().into_iter().filter(|column| is_of(column, at));
            found.extend(mine.map(|column| column.name.clone()));
        }
    }
    (!found.iter().any(|column| column == "*")).then_some(found)
}

/// Whether an index on what the operator reads can be made at all.
fn can_be_indexed(at: &At<'_>) -> bool {
    let node = at.node();
    let outside = matches!(node.operator, Operator::ForeignScan | Operator::SampleScan | Operator::TidScan);
    let system = ["pg_catalog", "information_schema", "pg_toast", "mysql", "performance_schema", "sys"];
    let of_the_server = node.relation.as_ref().is_some_and(|relation| {
        system.contains(&relation.schema.as_str())
            || (at.plan.product == Product::PostgreSQL && relation.name.as_str().starts_with("pg_"))
    });
    node.operator.is_scan() && !outside && !of_the_server
}

/// Whether a column belongs to what the operator reads.
fn is_of(column: &Column, at: &At<'_>) -> bool {
    let node = at.node();
    let qualifier = column.qualifier.rsplit('.').next().unwrap_or("");
    qualifier.is_empty()
        || node.alias.as_ref().is_some_and(|alias| alias == qualifier)
        || (node.alias.is_none() && node.relation.as_ref().is_some_and(|relation| relation.name == qualifier))
}

/// The demands an expression makes on the table of `at`.
fn demands_of<'e>(expr: &'e Expr, at: &At<'_>, dialect: Dialect) -> Vec<Term<'e>> {
    let mine = |column: &Column| is_of(column, at);
    let turned = |part: &'e Expr| match part {
        // `other.b = mine.a`: the demand is on `a`.
        Expr::Binary { operator, left, right } if operator == "=" => {
            [(right, left), (left, right)].into_iter().find_map(|(side, other)| {
                let (column, around) = predicate::side(side, dialect).filter(|(column, _)| mine(column))?;
                let operand = Operand::Columns(other);
                Some(Term { column, side, around, demand: Demand::Equal, operand, whole: part })
            })
        }
        _ => None,
    };
    // both sides are of the same row: no index finds it
    let same_row = |part: &Expr| part.columns().iter().filter(|column| mine(column)).count() > 1;
    let parts = expr.conjuncts().into_iter().filter(|part| !same_row(part));
    let terms = parts.filter_map(|part| match predicate::term(part, dialect).or_else(|| one_of(part, dialect)) {
        Some(term) if mine(term.column) && !matches!(term.operand, Operand::Columns(_)) => Some(term),
        _ => turned(part),
    });
    terms.filter(|term| mine(term.column)).collect()
}

/// `a = 1 OR a = 2` is a list of values by another name.
fn one_of(part: &Expr, dialect: Dialect) -> Option<Term<'_>> {
    let Expr::Or(alternatives) = part else { return None };
    let mut terms = alternatives.iter().map(|alternative| {
        predicate::term(alternative, dialect).filter(|term| matches!(term.demand, Demand::Equal | Demand::In))
    });
    let first = terms.next()??;
    let same = terms
        .all(|term| term.is_some_and(|term| term.side == first.side && !matches!(term.operand, Operand::Columns(_))));
    same.then_some(Term { demand: Demand::In, whole: part, ..first })
}

/// Tables beside this one under the same append that are read from end to end with the same conditions.
fn alike(at: &At<'_>) -> Vec<ObjectName> {
    let append = |above: &At<'_>| matches!(above.node().operator, Operator::Append | Operator::MergeAppend);
    let Some(above) = at.parent().filter(append) else { return Vec::new() };
    let bare = |part: &At<'_>| -> Vec<String> {
        let node = part.node();
        let alias = node.alias.as_ref().or(node.relation.as_ref().map(|relation| &relation.name));
        let conditions = node.conditions.iter().map(|condition| condition.text.as_str());
        match alias {
            Some(alias) => conditions.map(|text| text.replace(&format!("{alias}."), "")).collect(),
            None => conditions.map(str::to_owned).collect(),
        }
    };
    let mine = bare(at);
    let others = above
        .inputs()
        .filter(|other| other.place != at.place && other.node().operator == at.node().operator && bare(other) == mine);
    let mut tables: Vec<ObjectName> = Vec::new();
    for table in others.filter_map(|other| other.node().relation.as_ref()) {
        if Some(table) != at.node().relation.as_ref() && !tables.contains(table) {
            tables.push(table.clone());
        }
    }
    tables
}

/// Conditions that make a part of the table: flags, `IS NULL`. They hold for every run of the query.
fn partial(terms: &[Term<'_>], dialect: Dialect) -> Vec<(String, String)> {
    let plain = terms.iter().filter(|term| matches!(term.around, predicate::Around::Nothing));
    let found = plain.filter_map(|term| {
        let quoted = dialect.quote(&term.column.name);
        let text = match term.demand {
            Demand::Flag(true) => quoted,
            Demand::Flag(false) => format!("NOT {quoted}"),
            Demand::Null => format!("{quoted} IS NULL"),
            _ => return None,
        };
        Some((term.column.name.clone(), text))
    });
    let mut all: Vec<(String, String)> = Vec::new();
    for (column, text) in found {
        if all.iter().all(|(known, _)| *known != column) {
            all.push((column, text));
        }
    }
    all
}

/// The keys of the sort above that gets its rows from here, through operators that keep the order; and whether a limit
/// wants only the first of them.
fn order_above<'a>(at: &At<'a>) -> Option<(&'a [dbwright_model::SqlText], bool)> {
    for above in at.ancestors() {
        let node = above.node();
        match node.operator {
            Operator::Sort | Operator::IncrementalSort => {
                let mut higher = above.ancestors().map(|higher| higher.node().operator);
                let limited = higher.find(|operator| *operator != Operator::Gather) == Some(Operator::Limit);
                return Some((&node.sort_keys, limited));
            }
            Operator::Gather | Operator::Filter | Operator::Result | Operator::Project | Operator::SubqueryScan => {}
            _ => return None,
        }
    }
    None
}

/// The table of that name; by its name alone when only one has it and the plan does not tell the schema, or nobody told
/// that of the table.
pub fn find_table<'c>(catalog: &'c Catalog, name: &ObjectName) -> Option<&'c Table> {
    if !name.schema.is_empty() {
        let anywhere = || catalog.table(&ObjectName::new("", name.name.clone()));
        return catalog.table(name).or_else(anywhere);
    }
    let mut named = catalog.tables.iter().filter(|table| table.name.name == name.name);
    match (named.next(), named.next()) {
        (Some(table), None) => Some(table),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
