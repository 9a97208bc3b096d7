//! How nodes refer to the results of sub-plans that are computed once.

use dbwright_model::plan::{ConditionKind, Fields, Node, Operator, Value};

/// How the result of a sub-plan is referred to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// `$1`.
    Parameter(u64),
    /// `InitPlan 1`.
    Number(u64),
}

/// What a label says others refer to it by: `InitPlan 2 (returns $1,$3)`.
pub(super) fn keys(label: &str) -> Vec<Key> {
    let mut keys = Vec::new();
    find(label, &mut |key| keys.push(key));
    keys
}

/// Everything a node refers to; `true` when it needs it before its inputs run.
pub(super) fn mentions(node: &Node, mut found: impl FnMut(Key, bool)) {
    for condition in &node.conditions {
        let early = condition.kind == ConditionKind::OneTime;
        find(condition.text.as_str(), &mut |key| found(key, early));
    }
    let gathers = node.operator == Operator::Gather;
    let lists = [&node.sort_keys, &node.group_keys, &node.output];
    lists.into_iter().flatten().for_each(|text| find(text.as_str(), &mut |key| found(key, false)));
    for text in texts(&node.extra) {
        // a gathering node hands results to its workers: `Params Evaluated: $0`
        find(text, &mut |key| found(key, gathers));
    }
}

/// Every text among the fields.
fn texts(fields: &Fields) -> Vec<&str> {
    let mut open: Vec<&Value> = fields.0.iter().map(|(_, value)| value).collect();
    let mut texts = Vec::new();
    while let Some(value) = open.pop() {
        match value {
            Value::Text(text) => texts.push(text.as_str()),
            Value::List(items) => open.extend(items),
            Value::Group(fields) => open.extend(fields.0.iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    texts
}

/// References in a text, outside of strings.
fn find(text: &str, found: &mut impl FnMut(Key)) {
    let mut rest = text;
    while let Some(at) = rest.find(['$', '\'', 'I']) {
        let (mark, after) = (rest.as_bytes()[at], &rest[at + 1..]);
        rest = after;
        let number = |text: &str| {
            let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
            text[..end].parse::<u64>().ok()
        };
        match mark {
            b'\'' => rest = after.find('\'').map_or("", |end| &after[end + 1..]),
            b'$' => number(after).into_iter().for_each(|n| found(Key::Parameter(n))),
            _ => {
                let n = after.strip_prefix("nitPlan ").and_then(number);
                n.into_iter().for_each(|n| found(Key::Number(n)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_whole_numbers() {
        assert_eq!(keys("(id > $10)"), [Key::Parameter(10)]);
        assert_eq!(keys("(x = (InitPlan 10).col1)"), [Key::Number(10)]);
        assert_eq!(keys("InitPlan 2 (returns $1,$3)"), [Key::Number(2), Key::Parameter(1), Key::Parameter(3)]);
        assert_eq!(keys("(name = '$1 InitPlan 3'::text) AND (a = $2)"), [Key::Parameter(2)]);
        assert_eq!(keys("cost $ of Initial"), []);
    }
}
