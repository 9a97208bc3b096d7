//! JSON documents of `EXPLAIN FORMAT=JSON` and `ANALYZE FORMAT=JSON`.

use dbwright_model::Product;
use dbwright_model::plan::{Fields, Plan, Value};
use dbwright_reading::json::{self, Cut};

use super::{json2, nested};

/// A plan that was read from the start of a text.
pub(super) struct Found {
    pub(super) plan: Plan,
    /// The first byte behind it.
    pub(super) end: usize,
}

/// Whether a line holds a name that only these documents have.
pub(super) fn names_plan(line: &str) -> bool {
    ["\"query_block\"", "\"query_plan\"", "\"r_query_time_in_progress_ms\""].iter().any(|name| line.contains(name))
}

/// Levels of nesting that are read: six a query block, of which servers allow 63, and no query has more than a few. They
/// are walked by recursion.
const DEPTH: usize = 200;

/// Reads the document that the text starts with.
pub(super) fn read(text: &str) -> Option<Found> {
    let read = json::read_to(text, DEPTH)?;
    let end = read.end;
    let Value::Group(document) = read.value else {
        json::dismantle(read.value);
        return None;
    };
    let mut plan = interpret(document)?;
    match read.cut {
        Some(Cut::Short) => plan.missing.push("the end: the text was cut".to_owned()),
        Some(Cut::Foreign) => plan.missing.push("what follows something that is not JSON".to_owned()),
        None => {}
    }
    if read.left_out > 0 {
        plan.missing.push(format!("{} parts that are nested too deeply", read.left_out));
    }
    Some(Found { plan, end })
}

fn interpret(document: Fields) -> Option<Plan> {
    if document.get("query_plan").is_some() || json2::is_operator(&document) {
        return json2::interpret(document);
    }
    let product = if mariadb(&document) { Product::MariaDB } else { Product::MySQL };
    nested::interpret(document, product, "json")
}

/// Whether MariaDB wrote it: it has names of its own, and prints percentages as numbers where MySQL prints texts.
fn mariadb(document: &Fields) -> bool {
    const NAMES: [&str; 13] = [
        "filesort",
        "temporary_table",
        "block-nl-join",
        "range-checked-for-each-record",
        "expression_cache",
        "materialization",
        "materialized",
        "subqueries",
        "read_sorted_file",
        "query_optimization",
        "recursive_union",
        "r_loops",
        "rows",
    ];
    let mut open: Vec<&Fields> = vec![document];
    let mut seen_block_only = true;
    while let Some(fields) = open.pop() {
        for (name, value) in fields.iter() {
            let one_of_ours = NAMES.contains(&name) || (name == "filtered" && matches!(value, Value::Number(_)));
            if one_of_ours {
                return true;
            }
            if matches!(name, "cost_info" | "rows_examined_per_scan" | "table" | "query_specifications") {
                seen_block_only &= name == "table" || name == "query_specifications";
            }
            match value {
                Value::Group(group) => open.push(group),
                Value::List(items) => open.extend(items.iter().filter_map(Value::group)),
                _ => {}
            }
        }
    }
    // nothing but a message: MySQL writes it in the block, MariaDB in a table
    let block = document.get("query_block").and_then(Value::group);
    let message = block.is_some_and(|block| block.get("message").is_some() || block.get("cost_info").is_some());
    seen_block_only && !message
}
