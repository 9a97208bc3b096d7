//! MySQL's JSON version 2 (8.3 and later): the operators of `FORMAT=TREE` with their figures as fields.

use dbwright_model::catalog::ObjectName;
use dbwright_model::plan::{Actual, Estimate, Fields, Link, Node, NodeId, Operator, Plan, Value};
use dbwright_model::{Name, Product, Seconds, SqlText, Version};

use super::{operation, tree};

/// Whether these fields are an operator.
pub(super) fn is_operator(fields: &Fields) -> bool {
    fields.get("operation").is_some() && (fields.get("access_type").is_some() || fields.get("inputs").is_some())
}

/// Makes a plan of a document with `query_plan`, or of an operator alone.
pub(super) fn interpret(mut document: Fields) -> Option<Plan> {
    let root = match document.take("query_plan") {
        Some(Value::Group(root)) => root,
        None if is_operator(&document) => std::mem::take(&mut document),
        // before 8.3 the fields of the root and of the document were one
        other => {
            drop(other);
            return None;
        }
    };
    let (heading, node, below) = node(root);
    let mut plan = Plan::new(Product::MySQL, "json", heading.unwrap_or_else(|| node.clone()));
    let root = plan.root().label.is_some().then(|| {
        let node = Node { link: Link::Outer, ..node };
        plan.push(NodeId::ROOT, node)
    });
    let mut open = vec![(root.unwrap_or(NodeId::ROOT), below.into_iter())];
    while let Some((parent, below)) = open.last_mut() {
        let parent = *parent;
        match below.next() {
            Some(fields) => {
                let (heading, mut node, below) = self::node(fields);
                let mut parent = parent;
                if let Some(mut heading) = heading {
                    heading.link = tree::link(&plan, parent, &heading);
                    parent = plan.push(parent, heading);
                }
                node.link = tree::link(&plan, parent, &node);
                let id = plan.push(parent, node);
                open.push((id, below.into_iter()));
            }
            None => {
                open.pop();
            }
        }
    }
    tree::name_temporaries(&mut plan);
    tree::sent(&mut plan);
    if let Some(Value::Text(query)) = document.take("query") {
        plan.query = Some(query);
    }
    plan.since = Some(Version::new(8, 3, 0));
    plan.extra = document;
    Some(plan)
}

/// The node of an operator, the heading of a subquery it carries, and what stands below it.
fn node(mut fields: Fields) -> (Option<Node>, Node, Vec<Fields>) {
    let text = fields.text("operation").unwrap_or_default().to_owned();
    let mut node = operation::node(&text);
    fields.take("operation");
    for (name, _) in fields.0.iter().filter(|(name, _)| matches!(&**name, "limit" | "limit_offset")) {
        node.extra.take(name);
    }
    let heading = fields.text("heading").map(operation::node);
    if heading.is_some() {
        fields.take("heading");
    }
    let name = |fields: &mut Fields, key: &str| match fields.take(key) {
        Some(Value::Text(text)) => Some(Name::from(text.as_str())),
        _ => None,
    };
    let table = name(&mut fields, "table_name").filter(|table| !table.as_str().starts_with('<'));
    let schema = name(&mut fields, "schema_name");
    if let (Some(table), Some(schema)) = (table.clone(), schema) {
        node.relation = Some(ObjectName::new(schema, table));
    } else if let (Some(table), true) = (table, node.operator == Operator::Modify) {
        node.relation = Some(ObjectName::new("", table));
    }
    node.alias = name(&mut fields, "alias").or(node.alias);
    node.index = name(&mut fields, "index_name").or(node.index);
    if let Some(Value::List(keys)) = fields.take("sort_fields") {
        let text = |key: &Value| key.text().map(SqlText::from);
        node.sort_keys = keys.iter().filter_map(text).collect();
    }
    let number = |fields: &mut Fields, key: &str| fields.take(key).and_then(|value| value.number());
    let estimate = Estimate {
        startup_cost: number(&mut fields, "estimated_first_row_cost"),
        total_cost: number(&mut fields, "estimated_total_cost"),
        rows: number(&mut fields, "estimated_rows"),
        ..Estimate::default()
    };
    node.estimate = (estimate != Estimate::default()).then_some(estimate);
    if fields.get("actual_loops").is_some() || fields.get("actual_rows").is_some() {
        let time = |fields: &mut Fields, key: &str| number(fields, key).map(|ms| Seconds(ms / 1000.0));
        let never = fields.get("actual_rows") == Some(&Value::Null);
        node.actual = Some(Actual {
            startup: time(&mut fields, "actual_first_row_ms"),
            total: time(&mut fields, "actual_last_row_ms"),
            rows: number(&mut fields, "actual_rows"),
            loops: number(&mut fields, "actual_loops").unwrap_or(if never { 0.0 } else { 1.0 }),
            ..Actual::default()
        });
    }
    let mut below = Vec::new();
    let mut rest = Fields::default();
    for (key, value) in fields.0 {
        match value {
            Value::List(items) if key.starts_with("inputs") && items.iter().all(|item| item.group().is_some()) => {
                below.extend(items.into_iter().filter_map(|item| match item {
                    Value::Group(fields) => Some(fields),
                    _ => None,
                }));
            }
            value => rest.0.push((key, value)),
        }
    }
    node.extra.0.append(&mut rest.0);
    (heading, node, below)
}
