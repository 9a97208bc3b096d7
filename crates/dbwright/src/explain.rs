//! The best question to ask a server about a query: which `EXPLAIN`, for which version.

use dbwright_model::plan::{Operator, Plan};
use dbwright_model::{Product, Version};

/// The `EXPLAIN` that tells most, with `…` for the query.
pub(crate) fn best(product: Product, version: Option<Version>) -> &'static str {
    let version = version.unwrap_or_default();
    match product {
        Product::PostgreSQL if version.at_least(12, 0) => {
            "EXPLAIN (ANALYZE, BUFFERS, VERBOSE, SETTINGS, FORMAT JSON) …"
        }
        Product::MariaDB => "ANALYZE FORMAT=JSON …",
        Product::MySQL if version == Version::default() || version.at_least(8, 0) => "EXPLAIN ANALYZE …",
        Product::MySQL => "EXPLAIN FORMAT=JSON …",
        Product::MongoDB => "db.collection.explain(\"executionStats\").find(…)",
        _ => "EXPLAIN (ANALYZE, BUFFERS) …",
    }
}

/// What the plan does not tell and another `EXPLAIN` would.
pub(crate) fn advice(plan: &Plan, version: Option<Version>) -> Option<String> {
    let timed = plan.nodes.iter().any(|node| node.actual.is_some_and(|actual| actual.total.is_some()));
    let pages = plan.nodes.iter().any(|node| node.buffers.is_some());
    let postgres = plan.product == Product::PostgreSQL;
    let lacks = match (plan.analyzed(), timed, pages) {
        (false, _, _) => "The query was only planned, not executed: nothing here is measured",
        (true, false, _) => "Nothing was timed",
        (true, true, false) if postgres => "The pages read were not counted",
        _ => return None,
    };
    let best = best(plan.product, version.or(plan.since));
    let writes = plan.nodes.iter().any(|node| node.operator == Operator::Modify);
    let careful = match writes && !plan.analyzed() {
        true => "; it executes the statement: wrap it in BEGIN; … ROLLBACK;",
        false => "",
    };
    Some(format!("{lacks}; {best} tells more{careful}"))
}

#[cfg(test)]
mod tests {
    use dbwright_model::Seconds;
    use dbwright_model::plan::{Actual, Buffers, Node};

    use super::*;

    #[test]
    fn what_is_missing_is_asked_for() {
        let mut plan = Plan::new(Product::PostgreSQL, "text", Node::new(Operator::FullScan, "Seq Scan"));
        assert!(advice(&plan, None).unwrap().contains("EXPLAIN (ANALYZE, BUFFERS) …"));
        plan.since = Some(Version::new(16, 0, 0));
        assert!(advice(&plan, None).unwrap().contains("SETTINGS"));
        plan.nodes[0].actual = Some(Actual { loops: 1.0, ..Actual::default() });
        assert!(advice(&plan, None).unwrap().contains("Nothing was timed"));
        plan.nodes[0].actual = Some(Actual { loops: 1.0, total: Some(Seconds(1.0)), ..Actual::default() });
        assert!(advice(&plan, None).unwrap().contains("pages read"));
        plan.nodes[0].buffers = Some(Buffers::default());
        assert_eq!(advice(&plan, None), None);
    }

    #[test]
    fn a_write_is_not_executed_by_accident() {
        let plan = Plan::new(Product::PostgreSQL, "text", Node::new(Operator::Modify, "Delete"));
        assert!(advice(&plan, None).unwrap().contains("ROLLBACK"));
    }
}
