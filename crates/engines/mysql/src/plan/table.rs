//! A table as JSON version 1, MariaDB's JSON and the tabular format describe it.

use dbwright_model::plan::{Condition, ConditionKind, Fields, Link, Node, Operator, Value};
use dbwright_model::{Name, SqlText};

use super::branch::Branch;

/// The node of a table, without its figures; what it takes out of the fields stands in the node.
pub(super) fn node(fields: &mut Fields) -> Node {
    let access = fields.text("access_type").unwrap_or_default().to_owned();
    let covering = fields.bool("using_index") == Some(true);
    let inserts = fields.get("insert").is_some() || fields.get("replace").is_some();
    let (operator, name) = match (access.as_str(), covering) {
        ("ALL", _) if inserts && fields.get("rows").or(fields.get("rows_examined_per_scan")).is_none() => {
            (Operator::Modify, if fields.get("replace").is_some() { "Replace" } else { "Insert" })
        }
        ("ALL", _) => (Operator::FullScan, "Table scan"),
        ("index", true) => (Operator::IndexOnlyScan, "Covering index scan"),
        ("index", false) => (Operator::FullIndexScan, "Index scan"),
        ("const" | "system", _) => (Operator::IndexScan, "Constant row"),
        ("eq_ref", true) => (Operator::IndexOnlyScan, "Single-row covering index lookup"),
        ("eq_ref", false) => (Operator::IndexScan, "Single-row index lookup"),
        ("ref" | "ref_or_null" | "unique_subquery" | "index_subquery", true) => {
            (Operator::IndexOnlyScan, "Covering index lookup")
        }
        ("ref" | "ref_or_null" | "unique_subquery" | "index_subquery", false) => (Operator::IndexScan, "Index lookup"),
        ("range", true) => (Operator::IndexOnlyScan, "Covering index range scan"),
        ("range", false) => (Operator::IndexScan, "Index range scan"),
        ("index_merge", _) => (Operator::IndexScan, "Index merge"),
        ("fulltext", _) => (Operator::IndexScan, "Full-text index search"),
        ("hash_ALL" | "hash_index" | "hash_range" | "hash_index_merge", _) => (Operator::FullScan, "Table scan"),
        _ if fields.get("message").is_some() => (Operator::Result, "Result"),
        _ => (Operator::Other, "Table"),
    };
    let mut node = Node::new(operator, name);
    if let Some(Value::Text(table)) = fields.take("table_name") {
        super::operation::target(&mut node, table.as_str());
    }
    if let (Operator::Result, Some(message)) = (operator, fields.take("message")) {
        node.name = message.text().unwrap_or("Result").into();
    }
    if let Some(Value::Text(key)) = fields.take("key") {
        node.index = Some(Name::from(key.as_str()));
    }
    lookup(&mut node, fields);
    for key in ["index_condition", "index_condition_bka", "attached_condition", "having_condition"] {
        condition(&mut node, fields, key);
    }
    node
}

/// What a lookup compares: the parts of the index it uses, each with what `ref` says. Constants are not printed.
fn lookup(node: &mut Node, fields: &Fields) {
    let (Some(parts), Some(others)) = (fields.get("used_key_parts"), fields.get("ref")) else { return };
    let pairs = parts.items().iter().zip(others.items()).filter_map(|(part, other)| {
        let other = match other.text()? {
            "const" | "func" => "?",
            column => column,
        };
        Some(format!("{} = {other}", part.text()?))
    });
    let text = pairs.collect::<Vec<_>>().join(" and ");
    if !text.is_empty() {
        node.conditions.push(Condition { kind: ConditionKind::Index, text: SqlText::from(text), removed: None });
    }
}

/// Moves a condition into the node.
pub(super) fn condition(node: &mut Node, fields: &mut Fields, key: &str) {
    let kind = match key {
        "index_condition" | "index_condition_bka" => ConditionKind::Index,
        _ if node.operator.is_join() => ConditionKind::JoinFilter,
        _ => ConditionKind::Filter,
    };
    let Some(text) = fields.text(key).map(SqlText::from) else { return };
    fields.take(key);
    node.conditions.push(Condition { kind, text, removed: None });
}

/// A table that is read from what stands below it is none of the schema.
pub(super) fn read_from_below(branch: &mut Branch) {
    if branch.below.iter().any(|input| input.node.link == Link::Subquery) {
        branch.node.relation = None;
        if branch.node.operator.is_scan() {
            branch.node.operator = Operator::SubqueryScan;
        }
    }
}

/// Which change the statement makes to the table.
pub(super) fn change(fields: &Fields) -> Option<&'static str> {
    [("update", "Update"), ("delete", "Delete")]
        .into_iter()
        .find(|(key, _)| fields.get(key).is_some())
        .map(|(_, verb)| verb)
}

/// The change of the rows that `scan` finds.
pub(super) fn changed(scan: Branch, verb: &str) -> Branch {
    let mut node = Node::new(Operator::Modify, verb);
    node.relation = scan.node.relation.clone();
    node.alias = scan.node.alias.clone();
    Branch { node: Box::new(node), below: vec![scan.linked(Link::Outer)] }
}

/// The join that looks `inner` up.
pub(super) fn join(inner: &Node) -> Node {
    let buffer = inner.extra.text("using_join_buffer").unwrap_or_default().to_ascii_lowercase();
    let hashed = buffer.contains("hash") || buffer.contains("bnlh") || buffer.contains("bkah");
    let (operator, name) = match buffer.as_str() {
        "" => (Operator::NestedLoop, "Nested loop join"),
        _ if hashed => (Operator::HashJoin, "Hash join"),
        _ if buffer.contains("bka") || buffer.contains("batched") => (Operator::NestedLoop, "Batched key access join"),
        _ => (Operator::NestedLoop, "Block nested loop join"),
    };
    let mut node = Node::new(operator, name);
    let semi = inner.extra.get("first_match").is_some();
    let anti = inner.extra.get("not_exists").is_some();
    let left = inner.conditions.iter().any(|condition| condition.text.as_str().contains("trigcond("));
    node.join = match (semi, anti) {
        (true, _) => Some("Semi".into()),
        (_, true) => Some("Anti".into()),
        _ if left => Some("Left".into()),
        _ => Some("Inner".into()),
    };
    node
}
