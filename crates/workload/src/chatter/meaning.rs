//! What a shape means to a conversation.

use dbwright_model::SqlText;
use dbwright_sql::Dialect;
use dbwright_sql::predicate::Demand;
use dbwright_sql::statement::{self, Bound, NoNames, Other, Output, Role, Statement, Under};

use super::framework::Framework;

/// What a shape means to a conversation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Meaning {
    pub(super) text: SqlText,
    pub(super) act: Act,
    pub(super) framework: Option<Framework>,
}

/// What is done.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Act {
    /// It reads.
    Read {
        /// The table and column by whose value it looks rows up; of a read that does not, `None`.
        by: Option<(String, String)>,
        /// Whether it can return many rows.
        many: bool,
        /// The columns it returns, by name; `None` when it returns all, or nobody knows.
        returns: Option<Vec<String>>,
        /// The tables it reads.
        tables: Vec<String>,
    },
    /// It adds rows to a table.
    Insert(String),
    /// It changes or removes rows of a table by a value.
    Change(String),
    /// A transaction begins.
    Begin,
    /// A transaction ends.
    End,
    /// What programs send between requests: a ping, settings, a reset.
    Between,
    /// About the catalog: what drivers and tools ask.
    Catalog,
    /// Anything else.
    Other,
}

impl Meaning {
    pub(super) fn of(text: SqlText, dialect: Dialect, framework: Option<Framework>) -> Meaning {
        let act = match statement::understand(text.as_str(), dialect, &NoNames) {
            Ok(statement) => act(&statement, text.as_str()),
            Err(_) => by_word(text.as_str().split_whitespace().next().unwrap_or("")),
        };
        Meaning { text, act, framework }
    }

    /// Whether it reads by a value: a look-up.
    pub(super) fn looks_up(&self) -> bool {
        matches!(self.act, Act::Read { by: Some(_), .. })
    }

    pub(super) fn writes(&self) -> bool {
        matches!(self.act, Act::Insert(_) | Act::Change(_))
    }
}

fn by_word(word: &str) -> Act {
    match word.to_ascii_lowercase().as_str() {
        "begin" | "start" => Act::Begin,
        "commit" | "rollback" | "end" | "abort" => Act::End,
        "set" | "reset" | "discard" | "show" | "use" | "deallocate" | "unlisten" => Act::Between,
        _ => Act::Other,
    }
}

fn act(statement: &Statement, text: &str) -> Act {
    let table = |role: Role| statement.relations.iter().find(|relation| relation.role == role);
    match &statement.kind {
        statement::Kind::Other(word) => match by_word(word) {
            // A savepoint is inside.
            Act::End if text.to_ascii_lowercase().contains("savepoint") || text.contains(" to ") => Act::Other,
            act => act,
        },
        statement::Kind::Insert => table(Role::Insert).map_or(Act::Other, |into| Act::Insert(name(into))),
        statement::Kind::Update | statement::Kind::Delete => {
            let changed = table(Role::Update).or_else(|| table(Role::Delete));
            match changed {
                Some(changed) if key(changed).is_some() => Act::Change(name(changed)),
                _ => Act::Other,
            }
        }
        statement::Kind::Merge => Act::Other,
        statement::Kind::Select => read(statement),
    }
}

fn name(relation: &statement::Relation) -> String {
    relation.name.name.as_str().to_ascii_lowercase()
}

/// The column by whose value rows of the relation are looked up.
fn key(relation: &statement::Relation) -> Option<String> {
    let by_value = relation.predicates.iter().find(|predicate| {
        predicate.demand == Demand::Equal
            && predicate.under == Under::All
            && predicate.columns.len() == 1
            && matches!(predicate.other, Other::Constant(_) | Other::Parameter)
    });
    by_value.and_then(|predicate| predicate.columns.first()).map(|column| column.to_ascii_lowercase())
}

fn read(statement: &Statement) -> Act {
    if statement.relations.is_empty() {
        return Act::Between;
    }
    let catalog = |relation: &statement::Relation| {
        let schema = relation.name.schema.as_str().to_ascii_lowercase();
        let name = name(relation);
        matches!(schema.as_str(), "pg_catalog" | "information_schema" | "performance_schema" | "mysql" | "sys")
            || name.starts_with("pg_")
    };
    if statement.relations.iter().all(catalog) {
        return Act::Catalog;
    }
    let by = statement.relations.iter().find_map(|relation| Some((name(relation), key(relation)?)));
    let Some(outer) = statement.blocks.first() else { return Act::Other };
    let one_row = outer.limit == Some(Bound::Rows(1)) || (!outer.aggregates.is_empty() && outer.grouping.is_empty());
    // By what is a key by its name, one row is found; a statement over several tables may return many all the same.
    let by_key = statement.relations.len() == 1 && by.as_ref().is_some_and(|(table, column)| is_key_of(column, table));
    let computed_only = outer.outputs.iter().all(|output| *output == Output::Computed);
    let returns = match outer.outputs.iter().any(|output| matches!(output, Output::All(_))) {
        true => None,
        false => Some(
            outer
                .outputs
                .iter()
                .filter_map(|output| match output {
                    Output::Column { column, .. } => Some(column.to_ascii_lowercase()),
                    _ => None,
                })
                .collect(),
        ),
    };
    let tables = statement.relations.iter().map(name).collect();
    let at_most_one = one_row || by_key || (computed_only && outer.grouping.is_empty());
    Act::Read { by, many: !at_most_one, returns, tables }
}

/// Whether a column's name says that it is the key of its table: `id`, `order_id` of `orders`.
pub(super) fn is_key_of(column: &str, table: &str) -> bool {
    let bare = column.trim_end_matches("_id").trim_end_matches("id");
    matches!(column, "id" | "uuid" | "guid" | "pk" | "_id")
        || (bare != column && !bare.is_empty() && same_thing(bare, table))
}

/// Whether two words name one thing, in the singular or the plural: `order` and `shop_orders`.
pub(super) fn same_thing(word: &str, table: &str) -> bool {
    let plain = |text: &str| -> String { text.chars().filter(|c| c.is_ascii_alphanumeric()).collect() };
    let (word, table) = (plain(word), plain(table));
    let endings = |word: &str| {
        let mut forms = vec![word.to_owned(), format!("{word}s"), format!("{word}es")];
        if let Some(stem) = word.strip_suffix('y') {
            forms.push(format!("{stem}ies"));
        }
        if word == "person" {
            forms.push("people".into());
        }
        forms
    };
    !word.is_empty()
        && (endings(&word).iter().any(|form| table.ends_with(form.as_str())) || endings(&table).contains(&word))
}

/// Whether the values looked up by `child` can come out of `parent`.
pub(super) fn can_feed(parent: &Meaning, child: &Meaning) -> bool {
    let Act::Read { returns, tables, .. } = &parent.act else { return false };
    let Act::Read { by: Some((table, column)), .. } = &child.act else { return true };
    // A key of the very table the parent reads is in the parent's rows already.
    if tables.contains(table) && is_key_of(column, table) && tables.len() == 1 {
        return false;
    }
    let Some(returns) = returns else { return true };
    let base = column.trim_end_matches("_id");
    returns.iter().any(|returned| {
        returned == column
            // orders.customer_id → customers.id
            || (is_key_of(column, table) && returned.ends_with("id") && same_thing(returned.trim_end_matches("_id").trim_end_matches("id"), table))
            // orders.id → items.order_id
            || (is_key_of(returned, "") && base != column && tables.iter().any(|parent| same_thing(base, parent)))
            || (is_key_of(returned, "") && column.ends_with("id") && tables.iter().any(|parent| same_thing(column.trim_end_matches("id"), parent)))
    }) || (column.ends_with("_id") || column.ends_with("id")) && returns.iter().any(|returned| returned == "id") && !is_key_of(column, table)
}
