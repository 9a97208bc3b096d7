//! What an operator of `FORMAT=TREE` (and of JSON version 2) says about itself in its one line of text.

use dbwright_model::catalog::ObjectName;
use dbwright_model::plan::{Condition, ConditionKind, Node, Operator};
use dbwright_model::{Name, SqlText};

/// How lines begin, longest first where one begins another, and what that is.
const PHRASES: &[(&str, Operator)] = &[
    ("Table scan", Operator::FullScan),
    ("Sample scan", Operator::SampleScan),
    ("Single-row covering index lookup", Operator::IndexOnlyScan),
    ("Single-row index lookup", Operator::IndexScan),
    ("Covering index lookup", Operator::IndexOnlyScan),
    ("Index lookup", Operator::IndexScan),
    ("Multi-range index lookup", Operator::IndexScan),
    ("Full-text index search", Operator::IndexScan),
    ("Covering index scan", Operator::IndexOnlyScan),
    ("Index scan", Operator::FullIndexScan),
    ("Covering index range scan", Operator::IndexOnlyScan),
    ("Index range scan", Operator::IndexScan),
    ("Covering index skip scan", Operator::IndexOnlyScan),
    ("Index skip scan", Operator::IndexScan),
    ("Group index skip scan", Operator::IndexOnlyScan),
    ("Constant row", Operator::IndexScan),
    ("Clustered primary key", Operator::Other),
    ("Scan new records", Operator::WorkTableScan),
    ("Count rows", Operator::FullIndexScan),
    ("Rows fetched before execution", Operator::Result),
    ("Zero input rows", Operator::Result),
    ("Zero rows", Operator::Result),
    ("Deduplicate rows sorted by row ID", Operator::BitmapCombine),
    ("Sort-deduplicate by row ID", Operator::BitmapCombine),
    ("Intersect rows sorted by row ID", Operator::BitmapCombine),
    ("Materialize table function", Operator::FunctionScan),
    ("Materialize recursive CTE", Operator::Recursion),
    ("Materialize", Operator::Materialize),
    ("Union materialize", Operator::Union),
    ("Union all materialize", Operator::Union),
    ("Intersect materialize", Operator::SetOperation),
    ("Intersect all materialize", Operator::SetOperation),
    ("Except materialize", Operator::SetOperation),
    ("Except all materialize", Operator::SetOperation),
    ("Repeat until convergence", Operator::Append),
    ("Append", Operator::Append),
    ("Nested loop", Operator::NestedLoop),
    ("Batched key access", Operator::NestedLoop),
    ("Batch input rows", Operator::Materialize),
    ("Inner hash join", Operator::HashJoin),
    ("Left hash join", Operator::HashJoin),
    ("Hash semijoin", Operator::HashJoin),
    ("Hash antijoin", Operator::HashJoin),
    ("Hash", Operator::Hash),
    ("Filter", Operator::Filter),
    ("Sort", Operator::Sort),
    ("Limit/Offset", Operator::Limit),
    ("Limit", Operator::Limit),
    ("Aggregate using temporary table", Operator::HashAggregate),
    ("Aggregate", Operator::Aggregate),
    ("Group aggregate", Operator::Aggregate),
    ("Group (", Operator::Aggregate),
    ("Window", Operator::Window),
    ("Temporary table with deduplication", Operator::Distinct),
    ("Temporary table", Operator::TemporaryTable),
    ("Remove duplicate", Operator::Distinct),
    ("Alternative plans for IN subquery", Operator::Other),
    ("Stream results", Operator::Other),
    ("Invalidate materialized tables", Operator::Other),
    ("Insert into", Operator::Modify),
    ("Replace into", Operator::Modify),
    ("Update", Operator::Modify),
    ("Delete from", Operator::Modify),
    ("Rematerialize", Operator::Materialize),
];

/// The node of a line without its figures. The line itself is kept, as JSON version 2 calls it, under `operation`.
pub(super) fn node(text: &str) -> Node {
    let known = PHRASES.iter().find(|(phrase, _)| text.starts_with(phrase));
    let operator = known.map_or(Operator::Other, |(_, operator)| *operator);
    let mut node = Node::new(operator, name(text));
    match operator {
        _ if text.starts_with("Select #") => {
            let end = text.find(" (").unwrap_or(text.len());
            node.label = Some(text[..end].into());
        }
        Operator::Filter => condition(&mut node, ConditionKind::Filter, after(text, ": ")),
        Operator::Sort => {
            let (keys, _) = cut(after(text, ": "), ", limit input to ");
            node.sort_keys = list(keys);
        }
        Operator::HashJoin => {
            let (head, more) = cut(text, ", extra conditions: ");
            node.join = Some(head.split(' ').next().filter(|word| *word != "Hash").unwrap_or("Semi").into());
            if head.starts_with("Hash antijoin") {
                node.join = Some("Anti".into());
            }
            let hashed = head.find(" (").map_or("", |at| &head[at + 1..]);
            if hashed != "(no condition)" {
                condition(&mut node, ConditionKind::Hash, hashed);
            }
            condition(&mut node, ConditionKind::JoinFilter, more);
        }
        Operator::NestedLoop => {
            let kinds = [("inner", "Inner"), ("left", "Left"), ("semi", "Semi"), ("anti", "Anti")];
            node.join = kinds.iter().find(|(word, _)| text.contains(word)).map(|(_, kind)| (*kind).into());
        }
        Operator::Modify => {
            let rest = ["Insert into ", "Replace into ", "Update ", "Delete from "];
            let tables = rest.iter().find_map(|verb| text.strip_prefix(verb)).unwrap_or_default();
            target(&mut node, tables.split([',', ' ']).next().unwrap_or_default());
        }
        Operator::Limit => limits(&mut node, text),
        Operator::Aggregate => node.output = list(after(text, ": ")),
        Operator::BitmapCombine => {}
        _ if text.contains(" on ") || text.starts_with("Count rows in ") || text.starts_with("Constant row from ") => {
            scan(&mut node, text);
        }
        _ => {}
    }
    node.extra.set("operation", text);
    node
}

/// The words that say what it is, without what it works on.
fn name(text: &str) -> &str {
    if text.starts_with("Select #") {
        return text.split(" (").next().unwrap_or(text);
    }
    let ends = [": ", " on ", " using ", " (", " over ", " into ", " from ", ", "];
    let known = ["Aggregate using temporary table", "Remove duplicates from input", "Group (no aggregates)"];
    if let Some(whole) = known.iter().find(|whole| text.starts_with(**whole)) {
        return whole;
    }
    let verbs = ["Insert into", "Replace into", "Delete from", "Update"];
    if let Some(verb) = verbs.iter().find(|verb| text.starts_with(**verb)) {
        return verb.split(' ').next().unwrap_or(verb);
    }
    let end = ends.iter().filter_map(|end| text.find(end)).min().unwrap_or(text.len());
    match end {
        0 => text,
        end => &text[..end],
    }
}

/// `Limit: 5 row(s)`, `Limit/Offset: 5/100 row(s)`: the numbers, as JSON version 2 names them.
fn limits(node: &mut Node, text: &str) {
    let numbers = after(text, ": ").split(' ').next().unwrap_or_default();
    let mut numbers = numbers.split('/').map(|number| number.parse::<f64>().ok());
    for name in ["limit", "limit_offset"] {
        if let Some(number) = numbers.next().flatten() {
            node.extra.set(name, number);
        }
    }
}

/// The table, index and conditions of a scan.
fn scan(node: &mut Node, text: &str) {
    let words = [" on ", "Count rows in ", "Constant row from "];
    let Some(rest) = words.iter().find_map(|word| text.find(word).map(|at| &text[at + word.len()..])) else { return };
    let (table, rest) = cut_first(rest, &[" using ", " over ", ", with ", " (", " in secondary"]);
    target(node, table);
    let (rest, pushed) = cut(rest, ", with index condition: ");
    let mut rest = rest;
    if let Some(used) = rest.strip_prefix(" using ") {
        let (index, more) = cut_first(used, &[" over ", ", with ", " ("]);
        node.index = Some(Name::from(index.trim_matches('`')));
        rest = more;
    }
    let rest = rest.trim_start().trim_end_matches(" (reverse)").trim_end_matches("(reverse)");
    if let Some(ranges) = rest.strip_prefix("over ") {
        condition(node, ConditionKind::Index, &bounds(ranges));
    } else if rest.starts_with('(') && node.index.is_some() {
        condition(node, ConditionKind::Index, rest);
    }
    condition(node, ConditionKind::Index, pushed);
    if rest.contains("re-planned for each iteration") {
        node.extra.set("range_checked_for_each_record", true);
    }
}

/// Ranges are printed as mathematics does, `(1 < a <= 5)`; as conditions they are `(1 < a and a <= 5)`.
fn bounds(ranges: &str) -> String {
    let mut text = String::with_capacity(ranges.len());
    let mut rest = ranges;
    while let Some(start) = rest.find('(') {
        let end = rest[start..].find(')').map_or(rest.len(), |end| start + end);
        text.push_str(&rest[..=start]);
        let parts = rest[start + 1..end].split(" AND ").map(|part| {
            let words: Vec<&str> = part.split(' ').collect();
            match words[..] {
                [low, less @ ("<" | "<="), column, below @ ("<" | "<="), high] => {
                    format!("{low} {less} {column} and {column} {below} {high}")
                }
                _ => part.to_owned(),
            }
        });
        text.push_str(&parts.collect::<Vec<_>>().join(" AND "));
        rest = &rest[end..];
    }
    text + rest
}

/// The table a node works on. Temporary ones are no tables of the schema; their names stay as the query's.
pub(super) fn target(node: &mut Node, table: &str) {
    let table = table.trim().trim_matches('`');
    if table.is_empty() {
        return;
    }
    node.alias = Some(Name::from(table));
    if !table.starts_with('<') {
        node.relation = Some(ObjectName::new("", table));
    }
}

fn condition(node: &mut Node, kind: ConditionKind, text: &str) {
    let text = text.trim();
    if !text.is_empty() {
        node.conditions.push(Condition { kind, text: SqlText::from(text), removed: None });
    }
}

/// What follows the first `mark`.
fn after<'a>(text: &'a str, mark: &str) -> &'a str {
    text.find(mark).map_or("", |at| &text[at + mark.len()..])
}

/// Before and after the first `mark`.
fn cut<'a>(text: &'a str, mark: &str) -> (&'a str, &'a str) {
    text.split_once(mark).unwrap_or((text, ""))
}

/// Before the first of some marks, and from it on.
fn cut_first<'a>(text: &'a str, marks: &[&str]) -> (&'a str, &'a str) {
    let end = marks.iter().filter_map(|mark| text.find(mark)).min().unwrap_or(text.len());
    text.split_at(end)
}

/// The items between commas outside of parentheses and quotes.
pub(super) fn list(text: &str) -> Vec<SqlText> {
    let (mut items, mut depth, mut quote, mut start) = (Vec::new(), 0i32, None, 0);
    for (at, c) in text.char_indices() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            (_, Some(_)) => {}
            ('\'' | '`' | '"', None) => quote = Some(c),
            ('(', None) => depth += 1,
            (')', None) => depth -= 1,
            (',', None) if depth <= 0 => {
                items.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    items.push(&text[start..]);
    items.iter().map(|item| item.trim()).filter(|item| !item.is_empty()).map(SqlText::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let node = node(text);
        let table = node.alias.as_ref().map_or("", Name::as_str);
        let index = node.index.as_ref().map_or("", Name::as_str);
        let conditions: Vec<String> = node.conditions.iter().map(|c| format!("{:?} {}", c.kind, c.text)).collect();
        format!("{:?}|{}|{table}|{index}|{}", node.operator, node.name, conditions.join(";"))
    }

    #[test]
    fn lines_are_taken_apart() {
        for (text, expected) in [
            ("Table scan on c", "FullScan|Table scan|c||"),
            (
                "Index lookup on o using cs (a = 7, b = 'x(') (reverse), with index condition: (o.c > 3)",
                "IndexScan|Index lookup|o|cs|Index (a = 7, b = 'x(');Index (o.c > 3)",
            ),
            (
                "Covering index range scan on t using PRIMARY over (id = 1) OR (id = 2) (reverse)",
                "IndexOnlyScan|Covering index range scan|t|PRIMARY|Index (id = 1) OR (id = 2)",
            ),
            (
                "Index range scan on o using p over ('2023' <= p <= '2024') OR (5 < p)",
                "IndexScan|Index range scan|o|p|Index ('2023' <= p and p <= '2024') OR (5 < p)",
            ),
            ("Index range scan on a (re-planned for each iteration)", "IndexScan|Index range scan|a||"),
            ("Inner hash join (no condition)", "HashJoin|Inner hash join|||"),
            (
                "Left hash join (<hash>(a)=<hash>(b)), extra conditions: (a = b)",
                "HashJoin|Left hash join|||Hash (<hash>(a)=<hash>(b));JoinFilter (a = b)",
            ),
            ("Count rows in customer", "FullIndexScan|Count rows in customer|customer||"),
            ("Limit/Offset: 5/100 row(s)", "Limit|Limit/Offset|||"),
            ("Update o (buffered)", "Modify|Update|o||"),
            ("Materialize CTE x if needed", "Materialize|Materialize CTE x if needed|||"),
            ("Select #2 (subquery in projection; dependent)", "Other|Select #2|||"),
            (
                "Covering index skip scan for grouping on o using cs",
                "IndexOnlyScan|Covering index skip scan for grouping|o|cs|",
            ),
            ("Filter: (c.a > 3)", "Filter|Filter|||Filter (c.a > 3)"),
        ] {
            assert_eq!(shown(text), expected);
        }
        let sort = node("Sort: o.a DESC, f(o.b, 1), limit input to 2 row(s) per chunk");
        assert_eq!(sort.sort_keys.iter().map(SqlText::as_str).collect::<Vec<_>>(), ["o.a DESC", "f(o.b, 1)"]);
    }
}
