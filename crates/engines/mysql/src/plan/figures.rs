//! Rows, costs and times as JSON version 1, MariaDB's JSON and the tabular format print them.

use dbwright_model::plan::{Actual, ConditionKind, Estimate, Fields, Node, NodeId, Operator, Plan, Value, Work};
use dbwright_model::{Bytes, Seconds};

/// A query block's cost and time.
pub(super) fn block(node: &mut Node, rest: &mut Fields) {
    let cost = rest.get("cost_info").and_then(Value::group).and_then(|cost| cost.number("query_cost"));
    if let Some(total) = cost.or(rest.number("cost")) {
        node.estimate = Some(Estimate { total_cost: Some(total), ..Estimate::default() });
    }
    executed(node, rest);
}

/// How often a step ran, with the time of all its runs together.
fn executed(node: &mut Node, rest: &Fields) {
    let Some(loops) = rest.number("r_loops") else { return };
    let total = rest.number("r_total_time_ms").filter(|_| loops > 0.0).map(|ms| Seconds(ms / 1000.0 / loops));
    node.actual = Some(Actual { loops, total, ..Actual::default() });
}

/// What a step around its input says of itself.
pub(super) fn step(node: &mut Node, key: &str, rest: &mut Fields) {
    match key {
        "filesort" | "read_sorted_file" => {
            node.name = "Filesort".into();
            executed(node, rest);
            if let Some(actual) = &mut node.actual {
                let per_loop = |rows: f64| if actual.loops > 0.0 { rows / actual.loops } else { 0.0 };
                actual.rows = rest.number("r_output_rows").map(per_loop);
            }
            if let Some(keys) = rest.text("sort_key").map(super::operation::list) {
                rest.take("sort_key");
                node.sort_keys = keys;
            }
            let method = match rest.bool("r_used_priority_queue") {
                Some(true) => Some("priority queue"),
                _ if rest.number("r_sort_passes").is_some_and(|passes| passes > 0.0) => Some("merge passes on disk"),
                _ => rest.get("r_output_rows").map(|_| "in memory"),
            };
            let memory = rest.text("r_buffer_size").and_then(size).or(rest.number("r_buffer_size").map(|n| n as u64));
            if method.is_some() || memory.is_some() {
                node.work = Some(Work { method: method.map(Into::into), memory: memory.map(Bytes), ..Work::default() });
            }
        }
        "ordering_operation" => match rest.bool("using_filesort") {
            Some(true) => node.name = "Filesort".into(),
            _ => (node.operator, node.name) = (Operator::Other, "Ordering by index".into()),
        },
        "grouping_operation" => {
            node.name = "Group".into();
            if rest.bool("using_temporary_table") == Some(true) {
                (node.operator, node.name) = (Operator::HashAggregate, "Aggregate using temporary table".into());
            }
        }
        "union_result" | "intersect_result" | "except_result" | "unary_result" | "unit_result" | "recursive_union" => {
            node.name = match key {
                "union_result" => "Union",
                "intersect_result" => "Intersect",
                "except_result" => "Except",
                "recursive_union" => "Recursive union",
                _ => "Union result",
            }
            .into();
            if let Some(loops) = rest.number("r_loops") {
                node.actual = Some(Actual { loops, rows: rest.number("r_rows"), ..Actual::default() });
            }
        }
        "block-nl-join" => {
            let way = rest.text("join_type").unwrap_or("BNL").to_ascii_uppercase();
            (node.operator, node.name) = match way.as_str() {
                "BNLH" | "BKAH" => (Operator::HashJoin, "Hash join".into()),
                "BKA" => (Operator::NestedLoop, "Batched key access join".into()),
                _ => (Operator::NestedLoop, "Block nested loop join".into()),
            };
        }
        "materialized_from_subquery" | "materialized" | "materialization" => node.name = "Materialize".into(),
        "expression_cache" => node.name = "Subquery cache".into(),
        "temporary_table" | "buffer_result" => node.name = "Temporary table".into(),
        "windowing" | "window_functions_computation" => node.name = "Window functions".into(),
        "duplicates_removal" | "duplicate_removal" => node.name = "Remove duplicates".into(),
        "buffer" => node.name = "Buffer".into(),
        "insert_from" => node.name = "Insert from".into(),
        _ => {}
    }
    let cost = rest.get("cost_info").and_then(Value::group).and_then(|cost| cost.number("sort_cost"));
    if let (Some(cost), None) = (cost, node.estimate) {
        node.estimate = Some(Estimate { total_cost: Some(cost), ..Estimate::default() });
    }
}

/// A table's rows, cost and times.
pub(super) fn table(node: &mut Node, rest: &mut Fields) {
    let mut estimate = Estimate::default();
    let mut number = |key: &str| {
        let number = rest.number(key)?;
        rest.take(key);
        Some(number)
    };
    estimate.examined = number("rows_examined_per_scan").or_else(|| number("rows"));
    let share = number("filtered").map(|percent| percent / 100.0);
    estimate.rows = estimate.examined.map(|examined| examined * share.unwrap_or(1.0));
    let examined = number("r_rows");
    let kept = number("r_filtered").map(|percent| percent / 100.0);
    let loops = number("r_loops");
    estimate.total_cost = rest.number("cost").or_else(|| {
        let cost = rest.get("cost_info").and_then(Value::group)?;
        Some(cost.number("read_cost")? + cost.number("eval_cost")?)
    });
    // so that nothing is lost that cannot be computed from the rest
    if let Some(share) = share {
        rest.set("filtered", share * 100.0);
    }
    if let Some(kept) = kept {
        rest.set("r_filtered", kept * 100.0);
    }
    node.estimate = (estimate != Estimate::default()).then_some(estimate);
    if examined.is_some() || loops.is_some() {
        let loops = loops.unwrap_or(1.0);
        let rows = examined.map(|examined| examined * kept.unwrap_or(1.0));
        let removed = examined.zip(kept).map(|(examined, kept)| examined * (1.0 - kept));
        for filter in node.conditions.iter_mut().filter(|c| c.kind == ConditionKind::Filter) {
            filter.removed = removed;
        }
        node.actual = Some(Actual { loops, rows, examined, ..Actual::default() });
    }
}

/// What is known of a join from its inputs.
pub(super) fn join(node: &mut Node, left: &Node) {
    if let (None, Some(actual)) = (node.actual, left.actual) {
        node.actual = Some(Actual { loops: actual.loops.min(1.0), ..Actual::default() });
    }
}

/// MariaDB prints what a table, sort or buffer took by itself, and what a query block took in all. Here they become
/// what every other plan has: the time of a node with everything below it. What was printed stays in `extra`.
pub(super) fn totals(plan: &mut Plan) {
    let mut totals: Vec<f64> = vec![0.0; plan.nodes.len()];
    let mut known: Vec<bool> = vec![false; plan.nodes.len()];
    for at in (0..plan.nodes.len()).rev() {
        let node = &plan.nodes[at];
        let below: f64 = node.children.iter().map(|child| totals[child.0 as usize]).sum();
        let any = node.children.iter().any(|child| known[child.0 as usize]);
        let ms = |key: &str| node.extra.number(key);
        let block = node.label.is_some() && node.operator == Operator::Other;
        // a sort of a table reads it, one of a temporary table finds it written
        let reads = node.operator == Operator::Sort
            && node.children.first().is_some_and(|child| plan[*child].operator.is_scan());
        let block = block || reads;
        // what the server did with the rows of such a table besides reading them was to sort them
        let sorted = node.operator.is_scan() && node.parent.is_some_and(|above| plan[above].operator == Operator::Sort);
        let own: Vec<f64> = ["r_table_time_ms", "r_other_time_ms", "r_unpack_time_ms"]
            .into_iter()
            .filter(|key| !(sorted && *key == "r_other_time_ms"))
            .chain((!block).then_some("r_total_time_ms"))
            .filter_map(ms)
            .map(|ms| ms / 1000.0)
            .collect();
        let whole = ms("r_total_time_ms").filter(|_| block).map(|ms| ms / 1000.0);
        (totals[at], known[at]) = match whole {
            Some(whole) => (whole.max(below), true),
            None => (own.iter().sum::<f64>() + below, any || !own.is_empty()),
        };
        let (total, known) = (totals[at], known[at]);
        if let Some(actual) = plan.nodes[at].actual.as_mut().filter(|actual| known && actual.loops > 0.0) {
            actual.total = Some(Seconds(total / actual.loops));
        }
    }
    plan.execution = plan[NodeId::ROOT].extra.number("r_total_time_ms").map(|ms| Seconds(ms / 1000.0));
}

/// `11KiB`, `256K`, `422`.
pub(super) fn size(text: &str) -> Option<u64> {
    let digits = text.trim().find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.trim().len());
    let (number, unit) = text.trim().split_at(digits);
    let factor = match unit.trim().chars().next() {
        None | Some('b' | 'B') => 1.0,
        Some('k' | 'K') => 1024.0,
        Some('m' | 'M') => 1024.0 * 1024.0,
        Some('g' | 'G') => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    Some((number.parse::<f64>().ok()? * factor) as u64)
}
