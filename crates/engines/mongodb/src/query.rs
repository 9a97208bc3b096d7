//! What a query asks of a collection, and the index that answers it: equality, then sort, then range.

use dbwright_model::catalog::ObjectName;
use dbwright_model::finding::FixKind;
use dbwright_model::plan::{ConditionKind, Fields, Operator, Value};
use dbwright_model::{Fix, SqlText, Undo};
use dbwright_plan::At;
use dbwright_reading::shell;

use crate::notation::{key, quoted};

/// What is asked of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Demand {
    /// One value.
    Equal,
    /// One of so many values.
    In(usize),
    /// A range.
    Range,
    /// A regular expression.
    Pattern,
    /// `$ne`, `$nin`, `$not`.
    Not,
    /// `$exists`, `$type`, `$size`, places: whatever else.
    Other,
}

/// A field with what is asked of it.
pub(crate) type Term = (String, Demand);

/// A filter taken apart.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Filter {
    /// What must hold of every document.
    pub(crate) terms: Vec<Term>,
    /// The branches of the first `$or`, each with its own terms.
    pub(crate) branches: Vec<Vec<Term>>,
}

/// Takes a filter apart, as printed by the server or the shell.
pub(crate) fn filter(text: &str) -> Filter {
    let mut found = Filter::default();
    if let Some(Value::Group(fields)) = shell::read(text).map(|document| document.value) {
        collect(&fields, "", &mut found);
    }
    found
}

fn collect(fields: &Fields, prefix: &str, found: &mut Filter) {
    // Filters nest as deep as the server's documents, which the reader bounds.
    for (name, value) in fields.iter() {
        match name {
            "$and" => {
                for part in value.items().iter().filter_map(Value::group) {
                    collect(part, prefix, found);
                }
            }
            "$or" if found.branches.is_empty() => {
                let branch = |part: &Value| {
                    let mut inner = Filter::default();
                    if let Some(part) = part.group() {
                        collect(part, prefix, &mut inner);
                    }
                    inner.terms
                };
                found.branches = value.items().iter().map(branch).collect();
            }
            _ if name.starts_with('$') => {}
            _ => {
                let field = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
                match value {
                    Value::Group(operators) if operators.iter().any(|(name, _)| name.starts_with('$')) => {
                        demands(&field, operators, found);
                    }
                    _ => found.terms.push((field, Demand::Equal)),
                }
            }
        }
    }
}

fn demands(field: &str, operators: &Fields, found: &mut Filter) {
    for (operator, value) in operators.iter() {
        let demand = match operator {
            "$eq" | "$oid" | "$date" | "$uuid" => Demand::Equal,
            "$in" => match value.items().len() {
                1 => Demand::Equal,
                many => Demand::In(many),
            },
            "$gt" | "$gte" | "$lt" | "$lte" => Demand::Range,
            "$regex" => Demand::Pattern,
            "$options" => continue,
            "$ne" | "$nin" | "$not" => Demand::Not,
            "$elemMatch" => {
                if let Some(inner) = value.group() {
                    collect(inner, field, found);
                }
                continue;
            }
            _ => Demand::Other,
        };
        if !found.terms.iter().any(|(known, asked)| known == field && *asked == demand) {
            found.terms.push((field.to_owned(), demand));
        }
    }
}

/// Everything the query asks of the collection below `at`: the filters and bounds of its stages.
pub(crate) fn asked(at: At<'_>) -> Filter {
    let parsed = at.plan.extra.get("parsedQuery").and_then(Value::text).map(filter);
    if let Some(parsed) = parsed.filter(|parsed| !parsed.terms.is_empty() || !parsed.branches.is_empty()) {
        return parsed;
    }
    let mut found = Filter::default();
    for below in at.subtree() {
        for condition in below.node().conditions(ConditionKind::Filter) {
            let inner = filter(condition.text.as_str());
            found.terms.extend(inner.terms);
            if found.branches.is_empty() {
                found.branches = inner.branches;
            }
        }
        let bounds = below.node().extra.get("indexBounds").and_then(Value::group);
        let points = below.node().extra.get("pointBounds").map_or(&[][..], Value::items);
        let point = |field: &str| points.iter().any(|point| point.text() == Some(field));
        for (field, intervals) in bounds.into_iter().flat_map(Fields::iter) {
            let texts: Vec<&str> = intervals.items().iter().filter_map(Value::text).collect();
            let demand = match texts.as_slice() {
                [one] if crate::plan::is_everything(one) => continue,
                [_] if point(field) => Demand::Equal,
                [_] => Demand::Range,
                many if point(field) => Demand::In(many.len()),
                _ => Demand::Range,
            };
            found.terms.push((field.to_owned(), demand));
        }
    }
    found
}

/// The nearest sort above (or at) an operator that no other stage hides: field and whether it descends.
pub(crate) fn sort_above(at: At<'_>) -> Vec<(String, bool)> {
    let sorts = std::iter::once(at).chain(at.ancestors());
    let mut near = sorts.take_while(|above| {
        !matches!(
            above.node().operator,
            Operator::HashAggregate | Operator::ProjectSet | Operator::Join | Operator::Append
        )
    });
    // A line of the log names the sort beside the scan.
    near.find(|above| !above.node().sort_keys.is_empty()).map_or(Vec::new(), |sort| sort_keys(&sort.node().sort_keys))
}

/// Sort keys taken apart; empty when one is no field (a text score).
pub(crate) fn sort_keys(keys: &[SqlText]) -> Vec<(String, bool)> {
    let part = |key: &SqlText| {
        let text = key.as_str();
        let (field, descends) = text.strip_suffix(" DESC").map_or((text, false), |field| (field, true));
        (!field.contains(':')).then(|| (field.trim_matches('\'').to_owned(), descends))
    };
    keys.iter().map(part).collect::<Option<_>>().unwrap_or_default()
}

/// The key of the index that answers this: fields compared with one value, then the sort, then the rest.
/// `None` when no field can lead one.
pub(crate) fn esr(terms: &[Term], sort: &[(String, bool)]) -> Option<Vec<(String, bool)>> {
    // Up to 200 scans, one per value, are merged into the sort's order; above that the values count as a range.
    let equal = |demand: &Demand| match demand {
        Demand::Equal => true,
        Demand::In(values) => sort.is_empty() || *values <= 200,
        _ => false,
    };
    let mut fields: Vec<(String, bool)> = Vec::new();
    let mut add = |field: &str, descends: bool| {
        if !fields.iter().any(|(known, _)| known == field) && fields.len() < 5 {
            fields.push((field.to_owned(), descends));
        }
    };
    terms.iter().filter(|(_, demand)| *demand == Demand::Equal).for_each(|(field, _)| add(field, false));
    terms.iter().filter(|(_, demand)| equal(demand)).for_each(|(field, _)| add(field, false));
    sort.iter().for_each(|(field, descends)| add(field, *descends));
    let ranges = |demand: &Demand| matches!(demand, Demand::Range | Demand::In(_) | Demand::Pattern);
    terms.iter().filter(|(_, demand)| ranges(demand)).for_each(|(field, _)| add(field, false));
    (!fields.is_empty() && fields[0].0 != "_id").then_some(fields)
}

/// Builds that index.
pub(crate) fn create_index(collection: &ObjectName, fields: &[(String, bool)]) -> Fix {
    let order = |descends: bool| if descends { -1 } else { 1 };
    let pattern: Vec<String> = fields.iter().map(|(field, down)| format!("{}: {}", key(field), order(*down))).collect();
    let name: Vec<String> = fields.iter().map(|(field, down)| format!("{field}_{}", order(*down))).collect();
    let name = quoted(&name.join("_"));
    let target = target(collection);
    Fix::of(
        FixKind::Command,
        format!("{target}.createIndex({{ {} }}, {{ name: {name} }})", pattern.join(", ")),
        Undo::Statement(format!("{target}.dropIndex({name})")),
    )
    .lock("exclusive on the collection for an instant at the start and the end (reads and writes go on during the build; MongoDB 4.2 and later)")
    .cost("every insert, update of these fields and delete maintains one more index; the build reads the whole collection")
    .verify("explain('executionStats') of the same query shows IXSCAN on it")
}

/// The collection as the shell reaches it from any database.
pub(crate) fn target(collection: &ObjectName) -> String {
    let name = collection.name.as_str();
    let name = if key(name) == name { format!(".{name}") } else { format!(".getCollection({})", quoted(name)) };
    match collection.schema.as_str() {
        "" => format!("db{name}"),
        database => format!("db.getSiblingDB({}){name}", quoted(database)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(text: &str, sort: &[(&str, bool)]) -> Option<Vec<String>> {
        let sort: Vec<(String, bool)> = sort.iter().map(|(field, down)| ((*field).to_owned(), *down)).collect();
        let fields = esr(&filter(text).terms, &sort)?;
        Some(fields.into_iter().map(|(field, down)| format!("{field}{}", if down { "-" } else { "" })).collect())
    }

    #[test]
    fn equality_sort_range() {
        let text = "{ $and: [ { total: { $gt: ? } }, { status: { $eq: ? } }, { kind: { $in: [ ?, ? ] } } ] }";
        assert_eq!(index(text, &[("at", true)]).unwrap(), ["status", "kind", "at-", "total"]);
        assert_eq!(index("{ a: 'x', 'b.c': { $lte: 3 } }", &[]).unwrap(), ["a", "b.c"]);
        assert_eq!(
            index("{ items: { $elemMatch: { sku: { $eq: ? }, n: { $gt: 1 } } } }", &[]).unwrap(),
            ["items.sku", "items.n"]
        );
        assert_eq!(index("{ a: { $ne: 1 } }", &[]), None);
    }

    #[test]
    fn branches_are_apart() {
        let found = filter("{ z: 1, $or: [ { a: { $eq: ? } }, { b: { $gt: ? } } ] }");
        assert_eq!(found.terms, [("z".to_owned(), Demand::Equal)]);
        assert_eq!(found.branches.len(), 2);
    }

    #[test]
    fn an_index_is_created_where_it_belongs() {
        let fix = create_index(&ObjectName::new("shop", "o-x"), &[("a.b".into(), false), ("c".into(), true)]);
        assert_eq!(
            fix.statement,
            "db.getSiblingDB('shop').getCollection('o-x').createIndex({ 'a.b': 1, c: -1 }, { name: 'a.b_1_c_-1' })"
        );
    }
}
