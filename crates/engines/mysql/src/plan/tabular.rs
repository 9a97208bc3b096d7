//! The tabular `EXPLAIN` of MySQL and MariaDB, and MariaDB's tabular `ANALYZE`: a row a table. Brought into the shape
//! of JSON version 1; which subquery stands in which block is not printed, so those that nobody names hang on the first.

use std::collections::BTreeMap;

use dbwright_model::Product;
use dbwright_model::plan::{Fields, Plan, Value};
use dbwright_reading::table::{Row, Table};

use super::nested;

/// Whether it is the header of such a table.
pub(super) fn is_header(header: &[String]) -> bool {
    let has = |name: &str| header.iter().any(|column| column.trim().eq_ignore_ascii_case(name));
    has("select_type") && has("table") && (has("type") || has("rows"))
}

/// Levels of query blocks that stand inside each other; deeper ones hang on the first.
const DEPTH: usize = 40;

/// Makes a plan of the rows of a table. `heading` is the line with the names of its columns, as it was printed.
pub(super) fn interpret(table: &Table, heading: &str) -> Option<Plan> {
    let product = product(table, heading);
    let mut blocks = Blocks::read(table);
    let first = *blocks.order.first()?;
    let mut root = blocks.union_of(first, 0);
    let left: Vec<u64> = blocks.order.iter().copied().filter(|id| blocks.blocks.contains_key(id)).collect();
    let mut subqueries: Vec<Value> = Vec::new();
    for id in left {
        if blocks.blocks.contains_key(&id) {
            let mut item = Fields::default();
            item.set("query_block", blocks.union_of(id, 1));
            subqueries.push(item.into());
        }
    }
    if !subqueries.is_empty() {
        root.set("subqueries", subqueries);
    }
    let mut document = Fields::default();
    document.set("query_block", root);
    nested::interpret(document, product, "table")
}

/// Whose it is: MySQL has had `partitions` and `filtered` together since 5.7, MariaDB has them only when asked.
fn product(table: &Table, heading: &str) -> Product {
    let has = |name: &str| table.header.iter().any(|column| column.eq_ignore_ascii_case(name));
    let says = |text: &str| table.rows.iter().any(|row| table.cell(row, "Extra").is_some_and(|e| e.contains(text)));
    let mysql = has("partitions") && has("filtered");
    let mysql =
        mysql || says("(Block Nested Loop)") || says("(hash join)") || heading.trim_start().starts_with("| id |");
    match has("r_rows") || !mysql || says("BNL join)") || says("rowid filter") {
        true => Product::MariaDB,
        false => Product::MySQL,
    }
}

/// The rows by the block they belong to.
struct Blocks {
    /// Blocks not yet placed.
    blocks: BTreeMap<u64, Block>,
    /// Their numbers in the order printed.
    order: Vec<u64>,
    /// Members of unions by their first, with what is said of the result.
    unions: BTreeMap<u64, (Vec<u64>, Fields)>,
}

#[derive(Default)]
struct Block {
    select_type: String,
    tables: Vec<Fields>,
}

impl Blocks {
    fn read(table: &Table) -> Blocks {
        let mut all = Blocks { blocks: BTreeMap::new(), order: Vec::new(), unions: BTreeMap::new() };
        let mut outer = 1.0;
        for row in &table.rows {
            let id = table.cell(row, "id").and_then(|id| id.parse::<u64>().ok());
            let name = table.cell(row, "table").unwrap_or_default();
            let select_type = table.cell(row, "select_type").unwrap_or_default();
            let members = set_members(name);
            if let (Some(head), true) = (members.first().copied(), id.is_none() || select_type.ends_with("RESULT")) {
                let mut fields = fields(table, row, &mut outer);
                fields.set("select_type", select_type);
                all.unions.insert(head, (members, fields));
                continue;
            }
            let id = id.or(all.order.last().copied()).unwrap_or(1);
            let known = all.blocks.contains_key(&id);
            if !known {
                all.order.push(id);
                outer = 1.0;
            }
            let block = all.blocks.entry(id).or_default();
            if !known {
                block.select_type = select_type.to_owned();
            }
            let mut fields = fields(table, row, &mut outer);
            if block.select_type != select_type {
                fields.set("select_type", select_type);
            }
            block.tables.push(fields);
        }
        all.unnamed_unions();
        all
    }

    /// `UNION ALL` needs no result table, so that nothing names its members.
    fn unnamed_unions(&mut self) {
        let named: Vec<u64> = self.unions.values().flat_map(|(members, _)| members.clone()).collect();
        let is_member = |block: &Block| {
            let kind = block.select_type.to_ascii_uppercase();
            ["UNION", "INTERSECT", "EXCEPT"].iter().any(|word| kind.ends_with(word))
        };
        for id in self.order.clone() {
            let member = self.blocks.get(&id).is_some_and(is_member);
            if !member || named.contains(&id) {
                continue;
            }
            let head = self.blocks.range(..id).rev().find(|(_, block)| !is_member(block)).map(|(head, _)| *head);
            let Some(head) = head else { continue };
            let union = self.unions.entry(head).or_insert_with(|| (vec![head], Fields::default()));
            union.0.push(id);
        }
    }

    /// The block of that number; the union it begins, if it does.
    fn union_of(&mut self, id: u64, depth: usize) -> Fields {
        let Some((members, mut result)) = self.unions.remove(&id) else { return self.block(id, depth) };
        let mut specifications = Vec::new();
        for member in members {
            if self.blocks.contains_key(&member) {
                let mut item = Fields::default();
                item.set("query_block", self.block(member, depth + 1));
                specifications.push(Value::from(item));
            }
        }
        result.set("query_specifications", specifications);
        let mut block = Fields::default();
        block.set("union_result", result);
        block
    }

    fn block(&mut self, id: u64, depth: usize) -> Fields {
        let Block { select_type, tables } = self.blocks.remove(&id).unwrap_or_default();
        let mut block = Fields::default();
        block.set("select_id", id as f64);
        block.set("select_type", select_type);
        let (mut items, mut temporary, mut sorted) = (Vec::new(), false, false);
        for mut table in tables {
            let name = table.text("table_name").unwrap_or_default().to_owned();
            if let Some(made) = number_in(&name, "<derived").or_else(|| number_in(&name, "<subquery"))
                && depth < DEPTH
                && self.blocks.contains_key(&made)
            {
                let mut below = Fields::default();
                below.set("query_block", self.union_of(made, depth + 1));
                table.set("materialized", below);
            }
            let mut item = Fields::default();
            let sort = table.take("using_filesort").is_some();
            if table.take("using_temporary_table").is_some() {
                (temporary, sorted) = (true, sort);
                item.set("table", table);
            } else if sort {
                let mut file = Fields::default();
                file.set("table", table);
                let mut read = Fields::default();
                read.set("filesort", file);
                item.set("read_sorted_file", read);
            } else {
                item.set("table", table);
            }
            items.push(Value::from(item));
        }
        let mut inner = Fields::default();
        inner.set("nested_loop", items);
        for (step, wanted) in [("temporary_table", temporary), ("filesort", sorted)] {
            if wanted {
                let mut outer = Fields::default();
                outer.set(step, inner);
                inner = outer;
            }
        }
        block.0.append(&mut inner.0);
        block
    }
}

/// The number in `<derived2>`.
fn number_in(name: &str, start: &str) -> Option<u64> {
    name.strip_prefix(start)?.trim_end_matches('>').parse().ok()
}

/// The members of `<union1,2,3>`; a long list is shortened to `<union1,2,...,9>`.
fn set_members(name: &str) -> Vec<u64> {
    let kinds = ["<union", "<intersect", "<except", "<unary"];
    let Some(list) = kinds.iter().find_map(|kind| name.strip_prefix(kind)) else { return Vec::new() };
    let mut members: Vec<u64> = Vec::new();
    let mut skipped = false;
    for part in list.trim_end_matches('>').split(',') {
        match part.trim().parse::<u64>() {
            Ok(id) => {
                if let (true, Some(last)) = (skipped, members.last().copied()) {
                    members.extend((last + 1..id).take(1000));
                }
                skipped = false;
                members.push(id);
            }
            Err(_) => skipped = true,
        }
    }
    members
}

/// A row as JSON version 1 would have it. `outer` is how many rows come from the tables before it.
fn fields(table: &Table, row: &Row, outer: &mut f64) -> Fields {
    let mut fields = Fields::default();
    let listed = |text: &str| Value::List(text.split(',').map(|part| Value::from(part.trim())).collect());
    let analyzed = table.header.iter().any(|name| name.eq_ignore_ascii_case("r_rows"));
    let access = table.cell(row, "type");
    for name in &table.header {
        let Some(cell) = table.cell(row, name) else { continue };
        match name.to_ascii_lowercase().as_str() {
            "id" | "select_type" => {}
            "table" => fields.set("table_name", cell),
            "type" => fields.set("access_type", cell),
            key @ ("possible_keys" | "ref" | "partitions") => fields.set(key, listed(cell)),
            "key" => fields.set("key", cell),
            "key_len" => fields.set("key_length", cell),
            "extra" => extra(&mut fields, cell, access.is_none()),
            key @ ("rows" | "filtered" | "r_rows" | "r_filtered") => match cell.parse::<f64>() {
                Ok(number) => fields.set(key, number),
                // MariaDB with a rowid filter: `19 (1%)`
                Err(_) => {
                    let number = cell.split_once(' ').and_then(|(number, _)| number.parse::<f64>().ok());
                    match number {
                        Some(number) => fields.set(key, number),
                        None => fields.set(key, cell),
                    }
                    fields.set(format!("{key} as printed"), cell);
                }
            },
            _ => fields.set(name.as_str(), cell),
        }
    }
    rowid_filter(&mut fields);
    let verb = table.cell(row, "select_type").unwrap_or_default().to_ascii_lowercase();
    if matches!(verb.as_str(), "insert" | "replace" | "update" | "delete") {
        fields.set(verb, true);
    }
    if analyzed && access.is_some() {
        let buffered = fields.get("using_join_buffer").is_some();
        match fields.number("r_rows") {
            // how often it ran is not printed; it follows from the tables before it
            Some(rows) => {
                let loops = if buffered { 1.0 } else { outer.round().max(1.0) };
                fields.set("r_loops", loops);
                *outer = loops * rows * fields.number("r_filtered").unwrap_or(100.0) / 100.0;
            }
            None => fields.set("r_loops", 0.0),
        }
    }
    fields
}

/// MariaDB prints what filters row ids behind a bar: `range|filter`, `placed|ref`, `3|83`.
fn rowid_filter(fields: &mut Fields) {
    let mut filter = Fields::default();
    for (name, value) in &mut fields.0 {
        if !matches!(&**name, "access_type" | "key" | "key_length") {
            continue;
        }
        let Some((used, filtering)) = value.text().and_then(|text| text.split_once('|')) else { continue };
        if &**name != "access_type" {
            filter.set(&**name, filtering);
        }
        *value = Value::from(used);
    }
    if !filter.is_empty() {
        fields.set("rowid_filter", filter);
    }
}

/// What `Extra` says, under the names of JSON version 1; the text itself stays.
fn extra(fields: &mut Fields, text: &str, no_table: bool) {
    if no_table {
        fields.set("message", text);
        return;
    }
    fields.set("Extra", text);
    for part in text.split(';').map(str::trim) {
        let inside = part.split_once('(').map(|(_, inside)| inside.trim_end_matches(')'));
        match part.split('(').next().unwrap_or_default().trim() {
            "Using index" => fields.set("using_index", true),
            "Using index for group-by" | "Using index for skip scan" => {
                fields.set("using_index", true);
                fields.set(part.to_ascii_lowercase().replace([' ', '-'], "_"), true);
            }
            "Using temporary" => fields.set("using_temporary_table", true),
            "Using filesort" => fields.set("using_filesort", true),
            "Using join buffer" => fields.set("using_join_buffer", inside.unwrap_or("yes")),
            "FirstMatch" => fields.set("first_match", inside.unwrap_or_default()),
            "Not exists" => fields.set("not_exists", true),
            "Range checked for each record" => fields.set("range_checked_for_each_record", inside.unwrap_or_default()),
            "Full scan on NULL key" => fields.set("full_scan_on_null_key", true),
            "Start temporary" => fields.set("start_temporary", true),
            "End temporary" => fields.set("end_temporary", true),
            _ => {}
        }
    }
}
