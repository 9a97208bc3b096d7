//! Plans as MySQL's JSON version 1 and MariaDB's JSON nest them: query blocks, and in them sorts, temporary tables and
//! joins around tables. The tabular format is brought into the same shape first.
//!
//! A join of many tables becomes a join of two inputs each, so that all formats give the same tree.

use dbwright_model::plan::{Fields, Link, Node, Operator, Plan, Value};
use dbwright_model::{Product, Seconds};

use super::branch::Branch;
use super::{figures, table};

/// Makes a plan of a document with `query_block`.
pub(super) fn interpret(mut document: Fields, product: Product, format: &str) -> Option<Plan> {
    let block = match document.take("query_block") {
        Some(Value::Group(block)) => block,
        _ => return None,
    };
    let root = block_of(block);
    let mut plan = root.into_plan(product, format);
    let optimization = document.get("query_optimization").and_then(Value::group);
    plan.planning = optimization.and_then(|group| group.number("r_total_time_ms")).map(|ms| Seconds(ms / 1000.0));
    plan.extra = document;
    if product == Product::MariaDB {
        figures::totals(&mut plan);
    }
    Some(plan)
}

/// A `SELECT` with all that belongs to it.
fn block_of(fields: Fields) -> Branch {
    block(content(fields))
}

// What builds nodes stands apart from what recurses, so that the stack holds no nodes.
#[inline(never)]
fn block(mut content: Content) -> Branch {
    let number = content.rest.number("select_id");
    let name = number.map_or("Select".to_owned(), |number| format!("Select #{number}"));
    let mut node = Node::new(Operator::Other, name.as_str());
    node.label = number.map(|_| name.into());
    figures::block(&mut node, &mut content.rest);
    table::condition(&mut node, &mut content.rest, "having_condition");
    let message = content.rest.take("message");
    if let Some(text) = message.as_ref().and_then(Value::text) {
        content.inputs.insert(0, Branch::leaf(Node::new(Operator::Result, text)));
    }
    wrap(node, content)
}

/// What fields hold that are not facts but operators.
struct Content {
    /// Rows flow from these.
    inputs: Vec<Branch>,
    /// Values come from these.
    values: Vec<Branch>,
    /// Facts.
    rest: Fields,
}

/// Puts the content below a node.
#[inline(never)]
fn wrap(mut node: Node, content: Content) -> Branch {
    node.extra.0.extend(content.rest.0);
    let single = content.inputs.len() == 1;
    let kind = |branch: Branch| match branch.node.link {
        Link::Root if single => branch.linked(Link::Outer),
        Link::Root => branch.linked(Link::Member),
        _ => branch,
    };
    let mut below: Vec<Branch> = content.inputs.into_iter().map(kind).collect();
    below.extend(content.values.into_iter().map(|branch| branch.linked(Link::SubPlan)));
    Branch { node: Box::new(node), below }
}

/// Takes the operators out of fields.
fn content(fields: Fields) -> Content {
    let mut content = Content { inputs: Vec::new(), values: Vec::new(), rest: Fields::default() };
    for (key, value) in fields.0 {
        match (&*key, value) {
            ("table", Value::Group(fields)) => content.inputs.push(table_of(fields)),
            ("nested_loop", Value::List(items)) => content.inputs.extend(joined(items)),
            ("query_block", Value::Group(block)) => content.inputs.push(block_of(block)),
            (key, Value::List(items)) if key == "query_specifications" || key.ends_with("subqueries") => {
                let branches = items.into_iter().filter_map(|item| match item {
                    Value::Group(fields) => single(fields),
                    _ => None,
                });
                match key {
                    "query_specifications" => content.inputs.extend(branches.map(|branch| branch.linked(Link::Member))),
                    key => content.values.extend(branches.map(|branch| where_from(branch, key))),
                }
            }
            // MariaDB lists what stands within the removal of duplicates
            (key, Value::List(items)) if operator(key).is_some() => {
                let mut fields = Fields::default();
                fields.set("nested_loop", items);
                content.inputs.push(step(key, operator(key).unwrap_or_default(), fields));
            }
            ("sorts", Value::List(items)) => content.inputs.extend(sorts(items)),
            (key, Value::Group(fields)) => match operator(key) {
                Some(operator) => content.inputs.push(step(key, operator, fields)),
                // steps that are not known are recognised by what they stand around
                None if ["table", "nested_loop", "query_block"].iter().any(|key| fields.get(key).is_some()) => {
                    content.inputs.push(step(key, Operator::Other, fields));
                }
                None => content.rest.set(key, fields),
            },
            (_, value) => content.rest.0.push((key, value)),
        }
    }
    arrange(&mut content);
    content
}

/// Brings inputs that stand side by side into their order.
#[inline(never)]
fn arrange(content: &mut Content) {
    // what is inserted stands beside the table it goes to
    let target = |branch: &Branch| branch.node.operator == Operator::Modify && branch.below.is_empty();
    if content.inputs.len() > 1 && target(&content.inputs[0]) {
        let mut insert = content.inputs.remove(0);
        insert.below.extend(content.inputs.drain(..).map(|input| input.linked(Link::Outer)));
        content.inputs.push(insert);
    }
    // window functions: their sorts stand beside what they sort
    if content.inputs.len() == 2 && content.inputs.iter().any(|input| input.node.extra.bool(SORTS) == Some(true)) {
        let (first, second) = (content.inputs.remove(0), content.inputs.remove(0));
        let (mut sorts, input) =
            if first.node.extra.bool(SORTS) == Some(true) { (first, second) } else { (second, first) };
        sorts.node.extra.take(SORTS);
        let mut innermost = &mut sorts;
        while !innermost.below.is_empty() {
            innermost = &mut innermost.below[0];
        }
        innermost.below.push(input.linked(Link::Outer));
        content.inputs.push(sorts);
    }
}

/// Marks sorts whose input is still to come.
const SORTS: &str = "sorts";

/// The sorts of window functions: the last is done first.
fn sorts(items: Vec<Value>) -> Option<Branch> {
    let mut above: Option<Branch> = None;
    for item in items.into_iter().rev().take(DEEP) {
        let Value::Group(fields) = item else { continue };
        let Some(mut sort) = single(fields) else { continue };
        let mut innermost = &mut sort;
        while !innermost.below.is_empty() {
            innermost = &mut innermost.below[0];
        }
        innermost.below.extend(above.take().map(|branch| branch.linked(Link::Outer)));
        above = Some(sort);
    }
    let mut branch = above?;
    branch.node.extra.set(SORTS, true);
    Some(branch)
}

/// More sorts than any query has.
const DEEP: usize = 200;

/// The one operator that fields hold, with the facts beside it.
fn single(fields: Fields) -> Option<Branch> {
    finish_single(content(fields))
}

#[inline(never)]
fn finish_single(mut content: Content) -> Option<Branch> {
    if content.inputs.len() == 1 && content.values.is_empty() {
        let mut branch = content.inputs.remove(0);
        branch.node.extra.0.extend(content.rest.0);
        return Some(branch);
    }
    if content.inputs.is_empty() && content.values.is_empty() && content.rest.is_empty() {
        return None;
    }
    Some(wrap(Node::new(Operator::Other, "Subquery"), content))
}

/// Says in which part of the statement a subquery stands (MySQL).
fn where_from(mut branch: Branch, key: &str) -> Branch {
    if key != "subqueries" {
        branch.node.extra.set("from", key);
    }
    branch
}

/// What the groups of that name do.
fn operator(key: &str) -> Option<Operator> {
    Some(match key {
        "ordering_operation" => Operator::Sort,
        "grouping_operation" => Operator::Aggregate,
        "duplicates_removal" | "duplicate_removal" => Operator::Distinct,
        "windowing" | "window_functions_computation" => Operator::Window,
        "buffer_result" | "temporary_table" => Operator::TemporaryTable,
        "filesort" | "read_sorted_file" => Operator::Sort,
        "buffer" => Operator::Materialize,
        "materialization" | "materialized" | "materialized_from_subquery" => Operator::Materialize,
        "expression_cache" => Operator::Memoize,
        "union_result" | "unary_result" | "unit_result" => Operator::Union,
        "intersect_result" | "except_result" | "set_operation" => Operator::SetOperation,
        "recursive_union" => Operator::Recursion,
        "insert_from" => Operator::Other,
        "block-nl-join" | "range-checked-for-each-record" => Operator::NestedLoop,
        _ => return None,
    })
}

/// A step around its input.
fn step(key: &str, operator: Operator, fields: Fields) -> Branch {
    finish_step(key, operator, content(fields))
}

#[inline(never)]
fn finish_step(key: &str, operator: Operator, mut content: Content) -> Branch {
    match key {
        "block-nl-join" => {
            let mut inner = content.inputs.pop().unwrap_or_default();
            // MariaDB hangs on the join what belongs to the table
            inner.below.extend(content.inputs.into_iter().map(|branch| branch.linked(Link::Subquery)));
            table::read_from_below(&mut inner);
            content.inputs = vec![inner.linked(Link::Inner)];
        }
        // it says how the table below is read, and is no step of its own
        "range-checked-for-each-record" => {
            if let Some(mut inner) = content.inputs.pop() {
                inner.node.extra.set("range_checked_for_each_record", content.rest);
                inner.below.extend(content.values);
                return inner;
            }
        }
        // a sort that reads its input in the order written
        "read_sorted_file" if content.inputs.len() == 1 && content.values.is_empty() && content.rest.is_empty() => {
            return content.inputs.remove(0);
        }
        _ => {}
    }
    let mut node = Node::new(operator, key);
    figures::step(&mut node, key, &mut content.rest);
    table::condition(&mut node, &mut content.rest, "attached_condition");
    wrap(node, content)
}

fn table_of(fields: Fields) -> Branch {
    finish_table(content(fields))
}

#[inline(never)]
fn finish_table(mut content: Content) -> Branch {
    let mut node = table::node(&mut content.rest);
    figures::table(&mut node, &mut content.rest);
    let changes = table::change(&content.rest);
    let mut branch = wrap(node, content);
    for input in branch.below.iter_mut().filter(|input| input.node.link.is_input()) {
        input.node.link = Link::Subquery;
    }
    table::read_from_below(&mut branch);
    match changes {
        Some(verb) => table::changed(branch, verb),
        None => branch,
    }
}

/// A join of many inputs, two by two from the left.
fn joined(items: Vec<Value>) -> Option<Branch> {
    let mut left: Option<Branch> = None;
    for item in items {
        let Value::Group(fields) = item else { continue };
        let Some(right) = single(fields) else { continue };
        left = Some(match left {
            None => right,
            Some(left) => join(left, right),
        });
    }
    left
}

fn join(left: Branch, right: Branch) -> Branch {
    let left = left.linked(Link::Outer);
    // block-nl-join is the join already
    if right.node.operator.is_join() && right.below.first().is_some_and(|inner| inner.node.link == Link::Inner) {
        let mut join = right;
        figures::join(&mut join.node, &left.node);
        join.below.insert(0, left);
        return join.linked(Link::Root);
    }
    let mut node = table::join(&right.node);
    figures::join(&mut node, &left.node);
    Branch { node: Box::new(node), below: vec![left, right.linked(Link::Inner)] }
}
