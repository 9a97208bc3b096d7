//! One event of a trace as a node: what it does, to which table, with which counts.

use dbwright_model::catalog::ObjectName;
use dbwright_model::plan::{Actual, Link, Node, Operator};

/// The node of an activity. Values of the data (keys and rows of proposals) are not kept.
pub(super) fn node(activity: &str, query: Option<(&str, &str)>) -> Node {
    let mut node = Node::new(operator(activity), name(activity));
    node.link = Link::Outer;
    node.relation = relation(activity, query);
    if let Some(index) =
        activity.strip_prefix("Index mean cardinalities are ").and_then(|rest| rest.rsplit_once("Scanning with "))
    {
        node.index = Some(index.1.trim_end_matches('.').into());
    } else if let Some((_, index)) = activity.split_once(" using index ") {
        node.index = Some(index.trim().into());
    }
    let number = |after: &str| {
        let rest = &activity[activity.find(after)? + after.len()..];
        let digits = rest.trim_start().split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse::<f64>().ok()
    };
    if activity.starts_with("Read ") && activity.contains("live") {
        let live = number("Read ");
        let dead = number("live rows and ").or(number("live and "));
        node.actual = Some(Actual {
            startup: None,
            total: None,
            rows: live,
            loops: 1.0,
            examined: live.zip(dead).map(|(live, dead)| live + dead),
            keys: None,
        });
        if let Some(dead) = dead {
            node.extra.set("tombstones", dead);
        }
    }
    let sstables = number("Merged data from memtables and ")
        .or(number("Executing seq scan across "))
        .or(number("Merging data from memtables and "));
    if let Some(sstables) = sstables {
        node.extra.set("sstables", sstables);
    }
    if let Some(ranges) = number("Submitting range requests on ") {
        node.extra.set("ranges", ranges);
    }
    node
}

/// What the activity says it does, without values: up to the first place where one may stand.
fn name(activity: &str) -> String {
    for whole in
        ["Parsing", "Executing prepared statement", "Accepting proposal", "Committing proposal", "Promising ballot"]
    {
        if activity.starts_with(whole) {
            return whole.to_owned();
        }
    }
    let end = activity.find(['(', ':', ';', '\'', '"', '{', '=']).unwrap_or(activity.len());
    let plain = |word: &&str| {
        let digits = word.chars().any(|c| c.is_ascii_digit());
        let uuid = word.len() > 20;
        let count = word.trim_matches([',', '.']).bytes().all(|b| b.is_ascii_digit() || b == b'/');
        !uuid && (!digits || count || word.starts_with('/'))
    };
    // The table stands beside the name.
    for (before, whole) in [
        ("single-partition query on ", "Executing single-partition query"),
        ("Executing read on ", "Executing read through an index"),
    ] {
        if activity.contains(before) {
            return whole.to_owned();
        }
    }
    let shown = activity[..end].trim_end_matches(" for ").trim_end_matches(" for [");
    let shown = shown.split(" for [").next().unwrap_or(shown);
    shown.split_whitespace().filter(plain).collect::<Vec<_>>().join(" ").trim_end_matches(" for").to_owned()
}

fn operator(activity: &str) -> Operator {
    let starts = |text: &str| activity.starts_with(text);
    if starts("Executing seq scan") || starts("Submitting range requests") {
        Operator::FullScan
    } else if starts("Executing single-partition query") || starts("Executing read on") || starts("Index mean") {
        Operator::IndexScan
    } else if starts("Merged data from") || starts("Merging") {
        Operator::MergeAppend
    } else if starts("Read ") {
        Operator::Filter
    } else if starts("Appending to commitlog") || starts("Adding to ") || starts("Committing proposal") {
        Operator::Modify
    } else {
        Operator::Other
    }
}

/// The table an activity names: `query on people`, `read on lesson.people`, `Adding to people memtable`. Its keyspace is
/// the query's where the tables agree.
fn relation(activity: &str, query: Option<(&str, &str)>) -> Option<ObjectName> {
    let after = |text: &str| activity.split_once(text).map(|(_, rest)| rest);
    let named = after("single-partition query on ")
        .or(after("Executing read on "))
        .or(after("Adding to ").filter(|rest| rest.contains(" memtable")))
        .and_then(|rest| rest.split_whitespace().next());
    match (named, query) {
        (Some(named), Some((keyspace, table))) if named == table => Some(ObjectName::new(keyspace, table)),
        (Some(named), _) => match named.split_once('.') {
            // `people.people_town` is a table and its index.
            Some((left, right)) if query.is_some_and(|(_, table)| table == left) => {
                Some(ObjectName::new(query.map_or("", |(keyspace, _)| keyspace), format!("{left}.{right}")))
            }
            Some((keyspace, table)) => Some(ObjectName::new(keyspace, table)),
            None => Some(ObjectName::new("", named)),
        },
        (None, Some((keyspace, table))) if operator(activity) == Operator::FullScan => {
            Some(ObjectName::new(keyspace, table))
        }
        _ => None,
    }
}

/// The keyspace (empty when the query has none) and table a query is about.
pub(super) fn table(query: &str) -> Option<(&str, &str)> {
    let mut words = query.split_whitespace();
    words.find(|word| ["from", "into", "update"].iter().any(|before| word.eq_ignore_ascii_case(before)))?;
    let name = words.next()?.split(['(', ';']).next()?.trim_matches('"');
    Some(name.split_once('.').unwrap_or(("", name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_no_values() {
        for (activity, expected) in [
            (
                "Executing seq scan across 6 sstables for (min(-9223372036854775808), min(-9223372036854775808)]",
                "Executing seq scan across 6 sstables",
            ),
            (
                "Executing seq scan across 6 sstables for [11, min(-9223372036854775808)]",
                "Executing seq scan across 6 sstables",
            ),
            ("Accepting proposal Accepted(140:fd42, 17:key=9001\\n    Row: EMPTY | town=t0)", "Accepting proposal"),
            ("Preparing fd427eb2-e805-11f1-c5c0-ba736134fca4", "Preparing"),
            ("Parsing SELECT * FROM a.b WHERE id = 7;", "Parsing"),
            ("Partition index found for sstable 1, size = 0", "Partition index found for sstable 1, size"),
            ("Sending READ message to /127.0.0.2", "Sending READ message to /127.0.0.2"),
            (
                "Skipped 0/6 non-slice-intersecting sstables, included 0 due to tombstones",
                "Skipped 0/6 sstables, included 0 due to tombstones",
            ),
        ] {
            assert_eq!(name(activity), expected);
        }
    }

    #[test]
    fn queries_name_their_table() {
        assert_eq!(table("SELECT a FROM shop.orders WHERE x = 1;"), Some(("shop", "orders")));
        assert_eq!(table("BEGIN BATCH INSERT INTO people(id) VALUES (1)"), Some(("", "people")));
        assert_eq!(table("TRUNCATE x"), None);
    }
}
