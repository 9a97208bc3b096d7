//! What fields are called where a format says it less clearly than JSON.

use dbwright_model::plan::{ConditionKind, Value};
use dbwright_reading::json;

use super::order::{AROUND, ORDER};

/// The value of a field that came as text: a number or a flag, unless the field is known to hold text.
pub(super) fn typed(name: &str, text: &str) -> Value {
    match TEXTS.contains(&name) {
        true => Value::from(text),
        false => json::plain(text),
    }
}

/// Fields whose text may look like a number or flag and is neither.
const TEXTS: &[&str] = &[
    "Item",
    "Node Type",
    "Subplan Name",
    "Custom Plan Provider",
    "Index Name",
    "Relation Name",
    "Function Name",
    "CTE Name",
    "Tuplestore Name",
    "Schema",
    "Alias",
    "Output",
    "Function Call",
    "Table Function Call",
    "Repeatable Seed",
    "Index Cond",
    "Recheck Cond",
    "Order By",
    "TID Cond",
    "Merge Cond",
    "Hash Cond",
    "Join Filter",
    "Run Condition",
    "One-Time Filter",
    "Filter",
    "Conflict Filter",
    "Cache Key",
    "Window",
    "Sort Key",
    "Presorted Key",
    "Group Key",
    "Remote SQL",
    "Relations",
    "Foreign File",
    "Foreign Program",
    "Trigger Name",
    "Constraint Name",
    "Relation",
    "Query Text",
    "Query Parameters",
];

/// The name behind an XML tag, in which only letters, digits, `-`, `_` and `.` are left as they were.
pub(super) fn of_tag(tag: &str) -> Box<str> {
    let same = |name: &str| {
        let mut written = name.chars().map(|char| match char {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '_' | '.' => char,
            _ => '-',
        });
        tag.chars().all(|char| written.next() == Some(char)) && written.next().is_none()
    };
    let known = ORDER.iter().chain(AROUND).chain(OTHERS).find(|name| !name.is_empty() && same(name));
    known.map_or_else(|| tag.replace('-', " ").into(), |name| (*name).into())
}

/// Names with a hyphen or slash that stand nowhere else.
const OTHERS: &[&str] = &["Plans"];

/// Whether an element of that name is a list whatever it holds.
pub(super) fn is_list(name: &str) -> bool {
    matches!(
        name,
        "Plans"
            | "Workers"
            | "Triggers"
            | "Grouping Sets"
            | "Group Keys"
            | "Hash Keys"
            | "Target Tables"
            | "Tasks"
            | "Subplans"
            | "Depended Jobs"
            | "Dependent Jobs"
            | "Output"
            | "Sort Key"
            | "Presorted Key"
            | "Group Key"
            | "Hash Key"
            | "Sort Methods Used"
    )
}

/// XML gives groups the name of their kind; JSON tells them apart.
pub(super) fn apart(children: &mut [(Box<str>, Value)]) {
    let mut groups = ["Full-sort Groups", "Pre-sorted Groups"].into_iter();
    let external = children.iter().any(|(name, value)| {
        let method = |value: &Value| value.text().is_some_and(|method| method.starts_with("external"));
        **name == *"Sort Methods Used" && !value.items().is_empty() && value.items().iter().all(method)
    });
    let mut spaces = ["Sort Space Memory", "Sort Space Disk"].into_iter().skip(usize::from(external));
    for (name, _) in children {
        let told = match &**name {
            "Incremental Sort Groups" => groups.next(),
            "Sort Space" => spaces.next(),
            _ => continue,
        };
        if let Some(told) = told {
            *name = told.into();
        }
    }
}

/// The condition a field's name stands for.
pub(super) fn condition(name: &str) -> Option<ConditionKind> {
    CONDITIONS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
}

/// Conditions by their names.
pub(super) const CONDITIONS: &[(&str, ConditionKind)] = &[
    ("Index Cond", ConditionKind::Index),
    ("Recheck Cond", ConditionKind::Recheck),
    ("Order By", ConditionKind::Order),
    ("TID Cond", ConditionKind::Tid),
    ("One-Time Filter", ConditionKind::OneTime),
    ("Run Condition", ConditionKind::Run),
    ("Hash Cond", ConditionKind::Hash),
    ("Merge Cond", ConditionKind::Merge),
    ("Join Filter", ConditionKind::JoinFilter),
    ("Filter", ConditionKind::Filter),
    ("Cache Key", ConditionKind::CacheKey),
    ("Conflict Filter", ConditionKind::Conflict),
];

/// The condition whose removed rows a field counts.
pub(super) fn removes(name: &str) -> Option<ConditionKind> {
    match name.strip_prefix("Rows Removed by ")? {
        "Filter" => Some(ConditionKind::Filter),
        "Join Filter" => Some(ConditionKind::JoinFilter),
        "Index Recheck" => Some(ConditionKind::Recheck),
        "Conflict Filter" => Some(ConditionKind::Conflict),
        _ => None,
    }
}
