//! From what an operator reads and throws away to the index that would not read it.

use dbwright_model::catalog::{Catalog, ObjectName, Table};
use dbwright_model::plan::{ConditionKind, Operator};
use dbwright_model::{Fix, Undo};
use dbwright_sql::Dialect;
use dbwright_sql::expression::{Column, Expr};
use dbwright_sql::predicate::{self, Around, Demand, Operand, Term};

use crate::At;

/// An index that would serve an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The table, as the plan names it.
    pub table: ObjectName,
    /// Its keys, in order.
    pub keys: Vec<Key>,
    /// Its access method.
    pub method: Method,
    /// Only rows for which this holds.
    pub only: Option<String>,
    /// An extension it needs.
    pub extension: Option<&'static str>,
    /// An index of the catalog that has these keys already.
    pub exists: Option<String>,
    /// An index of the catalog that these keys go on from: the new one replaces it.
    pub replaces: Option<String>,
}

/// One key of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The column, unquoted; for an expression the column in it.
    pub column: String,
    /// As it stands in the statement, with operator class and direction.
    pub text: String,
}

/// Access methods that are prescribed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The default.
    BTree,
    /// Many keys a row.
    Gin,
}

/// The index that would serve the conditions of a scan, together with `joined`: conditions of the join above that speak of
/// it. Columns compared for equality come first, then the order asked for above or one range. `None` when no index helps:
/// nothing but negations, `OR`, columns inside expressions that are not known.
pub fn index_for(at: &At<'_>, joined: &[&str], catalog: Option<&Catalog>, dialect: Dialect) -> Option<Index> {
    let node = at.node();
    let relation = node.relation.as_ref().filter(|_| node.operator.is_scan())?;
    let kinds = [ConditionKind::Index, ConditionKind::Recheck, ConditionKind::Filter];
    let own = kinds.iter().flat_map(|kind| node.conditions(*kind)).map(|condition| condition.text.as_str());
    let below = at.subtree().skip(1).flat_map(|part| part.node().conditions(ConditionKind::Index));
    let below = below.map(|condition| condition.text.as_str());
    let mut texts: Vec<&str> = below.chain(own).chain(joined.iter().copied()).collect();
    texts.dedup();
    let parsed: Vec<Expr> = texts.iter().map(|text| Expr::parse(text, dialect)).collect();
    let terms: Vec<Term<'_>> = parsed.iter().flat_map(|expr| demands_of(expr, at, dialect)).collect();
    let table = catalog.and_then(|catalog| find_table(catalog, relation));

    let mut index = Index {
        table: table.map_or_else(|| relation.clone(), |table| table.name.clone()),
        keys: Vec::new(),
        method: Method::BTree,
        only: None,
        extension: None,
        exists: None,
        replaces: None,
    };
    for demand in [Demand::Equal, Demand::In] {
        for term in terms.iter().filter(|term| term.demand == demand) {
            index.push(term, "", dialect);
        }
    }
    let order = order_above(at);
    let limited = order.is_some_and(|(_, limited)| limited);
    let in_one = terms.iter().all(|term| term.demand != Demand::In);
    if let Some((keys, _)) = order.filter(|_| limited && in_one) {
        for (column, text) in keys_of(keys, at, dialect) {
            index.push_text(column, text);
        }
    }
    let ranges = terms.iter().filter(|term| term.demand.is_range());
    if let Some(range) = ranges.clone().next().filter(|_| !(limited && in_one)) {
        let class = match range.demand {
            Demand::Prefix if dialect == Dialect::Postgres => " text_pattern_ops",
            _ => "",
        };
        index.push(range, class, dialect);
    }
    let conditions = partial(&terms, dialect);
    if index.keys.is_empty() {
        index.many_keys(&terms, dialect);
    }
    if index.keys.is_empty()
        && let Some((column, text)) = conditions.first().map(|(column, _)| (column.clone(), dialect.quote(column)))
    {
        index.push_text(column, text);
    }
    if index.keys.is_empty() {
        return None;
    }
    if dialect == Dialect::Postgres && index.method == Method::BTree && !conditions.is_empty() {
        let all: Vec<String> = conditions.into_iter().map(|(_, text)| text).collect();
        index.only = Some(all.join(" AND "));
    } else if dialect == Dialect::MySql {
        // No partial indexes there: the flag goes first, as an equality.
        for (column, _) in conditions.into_iter().rev().filter(|(column, _)| !index.has(column)).collect::<Vec<_>>() {
            let text = dialect.quote(&column);
            index.keys.insert(0, Key { column, text });
        }
    }
    index.compare(table);
    Some(index)
}

impl Index {
    fn has(&self, column: &str) -> bool {
        self.keys.iter().any(|key| key.column == column)
    }

    fn push_text(&mut self, column: String, text: String) {
        if !self.has(&column) && self.keys.len() < 8 {
            self.keys.push(Key { column, text });
        }
    }

    fn push(&mut self, term: &Term<'_>, class: &str, dialect: Dialect) {
        let text = match &term.around {
            Around::Nothing | Around::Relabel => Some(dialect.quote(&term.column.name)),
            Around::Cast(_) => None,
            Around::Function(_) | Around::Operator(_) => expression_key(term.side, dialect),
        };
        if let Some(text) = text {
            self.push_text(term.column.name.clone(), format!("{text}{class}"));
        }
    }

    /// An index with many keys a row, for demands that no order serves.
    fn many_keys(&mut self, terms: &[Term<'_>], dialect: Dialect) {
        if dialect != Dialect::Postgres {
            return;
        }
        let serves = |term: &&Term<'_>| {
            let plain = matches!(term.around, Around::Nothing | Around::Relabel);
            match term.demand {
                Demand::Pattern | Demand::UnknownPattern => plain || matches!(term.around, Around::Function(_)),
                Demand::Contain | Demand::HasKey => plain,
                Demand::FullText => true,
                _ => false,
            }
        };
        let Some(term) = terms.iter().find(serves) else { return };
        let (text, class) = match (&term.around, term.demand) {
            (Around::Nothing | Around::Relabel, _) => (dialect.quote(&term.column.name), term.demand),
            _ => match expression_key(term.side, dialect) {
                Some(text) => (text, term.demand),
                None => return,
            },
        };
        self.method = Method::Gin;
        let class = match class {
            Demand::Pattern | Demand::UnknownPattern => {
                self.extension = Some("pg_trgm");
                " gin_trgm_ops"
            }
            _ => "",
        };
        self.push_text(term.column.name.clone(), format!("{text}{class}"));
    }

    /// Finds an index of the table that has these keys, or begins with some of them.
    fn compare(&mut self, table: Option<&Table>) {
        let Some(table) = table else { return };
        let wanted: Vec<&str> = self.keys.iter().map(|key| key.column.as_str()).collect();
        for index in table.indexes.iter().filter(|index| !index.invalid && index.method.eq_ignore_ascii_case("btree")) {
            let Some(have) = index.columns() else { continue };
            let have: Vec<&str> = have.into_iter().map(|column| column.as_str()).collect();
            let whole = index.predicate.is_none();
            if whole && have.len() >= wanted.len() && have[..wanted.len()] == wanted[..] {
                self.exists = Some(index.name.as_str().to_owned());
                return;
            }
            if whole && !index.unique && have.len() < wanted.len() && wanted[..have.len()] == have[..] {
                self.replaces = Some(index.name.as_str().to_owned());
            }
        }
    }

    /// What the index is called: `orders_customer_id_idx`, at most 63 bytes.
    pub fn name(&self) -> String {
        let columns: Vec<&str> = self.keys.iter().map(|key| key.column.as_str()).collect();
        let mut name = format!("{}_{}", self.table.name, columns.join("_"));
        let mut end = name.len().min(59);
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        name.truncate(end);
        format!("{name}_idx")
    }

    /// The keys as they stand in the statement.
    pub fn columns(&self) -> String {
        self.keys.iter().map(|key| key.text.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The statement that makes it while the application goes on.
    pub fn fix(&self, dialect: Dialect) -> Fix {
        let table = dialect.qualified(&self.table);
        let name = dialect.quote(self.name());
        let columns = self.columns();
        match dialect {
            Dialect::Postgres => {
                let method = if self.method == Method::Gin { " USING gin" } else { "" };
                let only = self.only.as_ref().map_or(String::new(), |only| format!(" WHERE {only}"));
                let create = format!("CREATE INDEX CONCURRENTLY {name} ON {table}{method} ({columns}){only};");
                let create = match self.extension {
                    Some(extension) => format!("CREATE EXTENSION IF NOT EXISTS {extension};\n{create}"),
                    None => create,
                };
                let qualified = match self.table.schema.is_empty() {
                    true => name,
                    false => format!("{}.{name}", dialect.quote(&self.table.schema)),
                };
                let fix = Fix::sql(create, Undo::Statement(format!("DROP INDEX CONCURRENTLY {qualified};")))
                    .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)");
                match &self.replaces {
                    Some(old) => fix.cost(format!(
                        "{old} holds the leading keys of this one and can go once this one is built: DROP INDEX CONCURRENTLY {};",
                        dialect.quote(old)
                    )),
                    None => fix.cost("every insert, and every update of these columns, keeps one more index up to date"),
                }
            }
            Dialect::MySql => Fix::sql(
                format!("ALTER TABLE {table} ADD INDEX {name} ({columns}), ALGORITHM=INPLACE, LOCK=NONE;"),
                Undo::Statement(format!("ALTER TABLE {table} DROP INDEX {name};")),
            )
            .lock("metadata lock for a moment at start and end (reads and writes go on between)")
            .cost("every insert, and every update of these columns, keeps one more index up to date"),
        }
    }
}

/// The demands an expression makes on the table of `at`.
fn demands_of<'e>(expr: &'e Expr, at: &At<'_>, dialect: Dialect) -> Vec<Term<'e>> {
    let node = at.node();
    let mine = |column: &Column| {
        let qualifier = column.qualifier.rsplit('.').next().unwrap_or("");
        qualifier.is_empty()
            || node.alias.as_ref().is_some_and(|alias| alias == qualifier)
            || (node.alias.is_none() && node.relation.as_ref().is_some_and(|relation| relation.name == qualifier))
    };
    let turned = |part: &'e Expr| match part {
        // `other.b = mine.a`: the demand is on `a`.
        Expr::Binary { operator, left, right } if operator == "=" => {
            [(right, left), (left, right)].into_iter().find_map(|(side, other)| {
                let (column, around) = predicate::side(side, dialect).filter(|(column, _)| mine(column))?;
                Some(Term {
                    column,
                    side,
                    around,
                    demand: Demand::Equal,
                    operand: Operand::Columns(other),
                    whole: part,
                })
            })
        }
        _ => None,
    };
    let parts = expr.conjuncts().into_iter();
    let terms = parts.filter_map(|part| match predicate::term(part, dialect) {
        Some(term) if mine(term.column) && !matches!(term.operand, Operand::Columns(_)) => Some(term),
        _ => turned(part),
    });
    terms.filter(|term| mine(term.column)).collect()
}

/// Conditions that make a part of the table: flags, `IS NULL`. They hold for every run of the query.
fn partial(terms: &[Term<'_>], dialect: Dialect) -> Vec<(String, String)> {
    let plain = terms.iter().filter(|term| matches!(term.around, Around::Nothing));
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

/// An expression as a key of an index, in the parentheses it needs.
fn expression_key(side: &Expr, dialect: Dialect) -> Option<String> {
    let text = side.to_index_sql(dialect)?;
    Some(match side {
        Expr::Call { .. } if dialect == Dialect::Postgres => text,
        Expr::Binary { .. } | Expr::Unary { .. } | Expr::Is { .. } | Expr::Not(_) => match dialect {
            Dialect::Postgres => text,
            Dialect::MySql => format!("({text})"),
        },
        _ => format!("({text})"),
    })
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

/// Sort keys as keys of an index; none when one of them is not a plain column of the scan.
fn keys_of(keys: &[dbwright_model::SqlText], at: &At<'_>, dialect: Dialect) -> Vec<(String, String)> {
    let key = |key: &dbwright_model::SqlText| {
        let text = key.as_str();
        let (text, nulls) = match text.find(" NULLS ") {
            Some(cut) => (&text[..cut], &text[cut..]),
            None => (text, ""),
        };
        let (text, direction) = match text.strip_suffix(" DESC") {
            Some(text) => (text, " DESC"),
            None => (text.trim_end_matches(" ASC"), ""),
        };
        let expr = Expr::parse(text, dialect);
        let Expr::Column(column) = expr.without_casts() else { return None };
        let qualifier = column.qualifier.rsplit('.').next().unwrap_or("").to_owned();
        let node = at.node();
        let mine = qualifier.is_empty()
            || node.alias.as_ref().is_some_and(|alias| *alias == *qualifier)
            || node.relation.as_ref().is_some_and(|relation| relation.name == *qualifier);
        mine.then(|| (column.name.clone(), format!("{}{direction}{nulls}", dialect.quote(&column.name))))
    };
    keys.iter().map(key).collect::<Option<Vec<_>>>().unwrap_or_default()
}

/// The table of that name; by its name alone when the plan does not tell the schema and only one has it.
pub fn find_table<'c>(catalog: &'c Catalog, name: &ObjectName) -> Option<&'c Table> {
    if !name.schema.is_empty() {
        return catalog.table(name);
    }
    let mut named = catalog.tables.iter().filter(|table| table.name.name == name.name);
    match (named.next(), named.next()) {
        (Some(table), None) => Some(table),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use dbwright_model::plan::{Condition, Link, Node, NodeId, Plan, Plans};
    use dbwright_model::{PlanNode, Product};

    use super::*;

    fn scan(filter: &str) -> Node {
        let mut node = Node::new(Operator::FullScan, "Seq Scan");
        node.relation = Some(ObjectName::new("public", "orders"));
        node.alias = Some("o".into());
        node.conditions.push(Condition { kind: ConditionKind::Filter, text: filter.into(), removed: None });
        node
    }

    fn advice(plan: Plan, node: u32, joined: &[&str]) -> Option<String> {
        let plans = Plans { plans: vec![plan] };
        let at = At { plans: &plans, plan: &plans.plans[0], place: PlanNode { plan: 0, node: NodeId(node) } };
        index_for(&at, joined, None, Dialect::Postgres).map(|index| index.fix(Dialect::Postgres).statement)
    }

    fn alone(filter: &str) -> Option<String> {
        let on = "CREATE INDEX CONCURRENTLY ";
        let advice = advice(Plan::new(Product::PostgreSQL, "text", scan(filter)), 0, &[])?;
        let at = advice.find(" ON public.orders").unwrap();
        assert!(advice.contains(on));
        Some(advice[at + 17..].trim_end_matches(';').trim().to_owned())
    }

    #[test]
    fn equality_comes_before_a_range() {
        assert_eq!(alone("((created_at > $1) AND (status = 'x'::text))").unwrap(), "(status, created_at)");
        assert_eq!(alone("((o.a = ANY ('{1,2}'::integer[])) AND (o.b = 5))").unwrap(), "(b, a)");
        assert_eq!(alone("((deleted_at IS NULL) AND (email = ?))").unwrap(), "(email) WHERE deleted_at IS NULL");
        assert_eq!(alone("(NOT done)").unwrap(), "(done) WHERE NOT done");
        assert_eq!(alone("(lower((email)::text) = 'x'::text)").unwrap(), "(lower((email)::text))");
        assert_eq!(alone("((data ->> 'k'::text) = 'v'::text)").unwrap(), "((data ->> ('k')::text))");
        assert_eq!(alone("(name ~~ 'x%'::text)").unwrap(), "(name text_pattern_ops)");
        assert_eq!(alone("(tags @> '{a}'::text[])").unwrap(), "USING gin (tags)");
        assert_eq!(alone("(name ~~ '%x%'::text)").unwrap(), "USING gin (name gin_trgm_ops)");
    }

    #[test]
    fn nothing_is_prescribed_where_no_index_helps() {
        for filter in
            ["(a <> 5)", "((a = 1) OR (b = 2))", "((a)::numeric = '1'::numeric)", "((a + b) = 3)", "(x.a = 5)"]
        {
            assert_eq!(alone(filter), None, "{filter}");
        }
    }

    #[test]
    fn the_order_asked_for_comes_behind_equality() {
        let mut plan = Plan::new(Product::PostgreSQL, "text", Node::new(Operator::Limit, "Limit"));
        let mut sort = Node::new(Operator::Sort, "Sort");
        sort.sort_keys = vec!["o.created_at DESC".into()];
        let sort = plan.push(NodeId::ROOT, sort);
        plan.push(sort, Node { link: Link::Outer, ..scan("(customer_id = 7)") });
        let advice = advice(plan, 2, &[]).unwrap();
        assert!(advice.contains("(customer_id, created_at DESC)"), "{advice}");
    }

    #[test]
    fn a_join_condition_counts_for_the_side_it_names() {
        let plan = Plan::new(Product::PostgreSQL, "text", scan("(status = 'x'::text)"));
        let advice = advice(plan, 0, &["(c.id = o.customer_id)"]).unwrap();
        assert!(advice.contains("(status, customer_id)"), "{advice}");
    }
}
