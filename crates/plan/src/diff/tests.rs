use dbwright_model::catalog::ObjectName;
use dbwright_model::plan::*;
use dbwright_model::{Bytes, Product, Seconds};

use super::*;
use crate::account;

fn node(operator: Operator, name: &str, ms: f64) -> Node {
    let actual = Actual { total: Some(Seconds(ms / 1e3)), rows: Some(10.0), loops: 1.0, ..Actual::default() };
    let estimate = Estimate { rows: Some(10.0), total_cost: Some(ms * 10.0), ..Estimate::default() };
    Node { actual: Some(actual), estimate: Some(estimate), link: Link::Outer, ..Node::new(operator, name) }
}

fn seq(table: &str, ms: f64) -> Node {
    let relation = Some(ObjectName::new("", table));
    Node { relation, alias: Some(table.into()), ..node(Operator::FullScan, "Seq Scan", ms) }
}

fn index(table: &str, index: &str, ms: f64) -> Node {
    let index = Some(index.into());
    Node { index, operator: Operator::IndexScan, name: "Index Scan".into(), ..seq(table, ms) }
}

fn filtered(kind: ConditionKind, text: &str, mut node: Node) -> Node {
    node.conditions.push(Condition { kind, text: text.into(), removed: None });
    node
}

fn plan(nodes: &[(usize, Node)]) -> Plan {
    let mut plan = Plan::new(Product::PostgreSQL, "text", nodes[0].1.clone());
    let mut path = vec![NodeId::ROOT];
    for (depth, node) in &nodes[1..] {
        path.truncate(*depth);
        let mut node = node.clone();
        if plan[path[depth - 1]].children.len() == 1 && plan[path[depth - 1]].operator.is_join() {
            node.link = Link::Inner;
        }
        path.push(plan.push(path[depth - 1], node));
    }
    account(&mut plan);
    plan
}

fn kinds(before: &Plan, after: &Plan) -> Vec<ChangeKind> {
    let diff = compare(before, after);
    let stored = serde_json::to_string(&diff).unwrap();
    assert_eq!(serde_json::from_str::<PlanDiff>(&stored).unwrap(), diff);
    assert_eq!(compare(before, after), diff);
    diff.changes.iter().map(|change| change.kind).collect()
}

fn join(method: Operator, name: &str) -> Node {
    Node { join: Some("Inner".into()), ..node(method, name, 100.0) }
}

fn hashed() -> Plan {
    plan(&[
        (0, node(Operator::Sort, "Sort", 120.0)),
        (1, join(Operator::HashJoin, "Hash Join")),
        (2, filtered(ConditionKind::Filter, "((status)::text = 'open'::text)", seq("orders", 60.0))),
        (2, node(Operator::Hash, "Hash", 20.0)),
        (3, seq("customers", 18.0)),
    ])
}

#[test]
fn the_same_plan_run_again_matches_whole() {
    let before = hashed();
    let mut after = before.clone();
    for node in &mut after.nodes {
        let actual = node.actual.as_mut().unwrap();
        actual.total = actual.total.map(|time| Seconds(time.0 * 1.1));
        node.alias = node.alias.as_ref().map(|alias| format!("{alias}_1").into());
    }
    after.nodes[2].conditions[0].text = "((orders.status)::text = $1)".into();
    after.format = "json".into();
    account(&mut after);
    let diff = compare(&before, &after);
    assert_eq!(diff.matched, Share(1.0));
    assert_eq!(diff.verdict, Verdict { same_shape: true, speed: Speed::Alike, by: Some(Measure::Time) });
    assert!(diff.changes.is_empty(), "{:?}", diff.changes);
    assert_eq!(fingerprint(&before), fingerprint(&after));
    assert_eq!(fingerprint(&before).len(), 16);
}

#[test]
fn another_access_is_seen_with_what_it_brought() {
    let before = hashed();
    let after = plan(&[
        (0, node(Operator::Sort, "Sort", 30.0)),
        (1, Node { actual: node(Operator::Other, "", 28.0).actual, ..join(Operator::NestedLoop, "Nested Loop") }),
        (
            2,
            filtered(
                ConditionKind::Index,
                "((status)::text = 'open'::text)",
                index("orders", "orders_status_idx", 5.0),
            ),
        ),
        (2, index("customers", "customers_pkey", 10.0)),
    ]);
    assert_eq!(kinds(&before, &after), [ChangeKind::JoinMethod, ChangeKind::Access, ChangeKind::Access]);
    let diff = compare(&before, &after);
    assert_eq!(diff.verdict, Verdict { same_shape: false, speed: Speed::Faster, by: Some(Measure::Time) });
    assert_eq!(diff.changes[1].what, "orders: Seq Scan → Index Scan using orders_status_idx");
    assert!(compare(&after, &before).verdict.is_regression());
    assert_ne!(fingerprint(&before), fingerprint(&after));
}

#[test]
fn sorts_spills_workers_and_estimates_are_told() {
    let before = hashed();
    let mut spilled = before.clone();
    spilled.nodes[0].work = Some(Work { disk: Some(Bytes::mib(3)), ..Work::default() });
    assert_eq!(kinds(&before, &spilled), [ChangeKind::SpillGained]);
    assert_eq!(kinds(&spilled, &before), [ChangeKind::SpillLost]);
    let mut surprised = before.clone();
    surprised.nodes[2].estimate.as_mut().unwrap().rows = Some(5000.0);
    surprised.nodes[2].actual.as_mut().unwrap().rows = Some(5000.0);
    assert_eq!(kinds(&before, &surprised), [ChangeKind::Estimate, ChangeKind::Rows]);
    let parallel = plan(&[
        (0, node(Operator::Sort, "Sort", 120.0)),
        (1, Node { workers: Some(Workers::default()), ..node(Operator::Gather, "Gather", 110.0) }),
        (2, join(Operator::HashJoin, "Parallel Hash Join")),
        (3, filtered(ConditionKind::Filter, "((status)::text = 'open'::text)", seq("orders", 60.0))),
        (3, node(Operator::Hash, "Hash", 20.0)),
        (4, seq("customers", 18.0)),
    ]);
    assert_eq!(kinds(&before, &parallel), [ChangeKind::ParallelGained]);
    assert_eq!(kinds(&parallel, &before), [ChangeKind::ParallelLost]);
    assert_eq!(compare(&before, &parallel).matched, Share(5.0 / 6.0));
    let mut unsorted: Vec<(usize, Node)> = Vec::new();
    for (id, node) in before.walk().skip(1) {
        unsorted.push((before.depth(id) - 1, node.clone()));
    }
    let unsorted = plan(&unsorted);
    assert_eq!(kinds(&before, &unsorted), [ChangeKind::SortLost]);
    assert_eq!(kinds(&unsorted, &before), [ChangeKind::SortGained]);
}

#[test]
fn joins_in_another_order_are_told_once() {
    let three = |order: [&str; 3]| {
        plan(&[
            (0, node(Operator::Aggregate, "Aggregate", 100.0)),
            (1, join(Operator::HashJoin, "Hash Join")),
            (2, join(Operator::HashJoin, "Hash Join")),
            (3, seq(order[0], 10.0)),
            (3, seq(order[1], 10.0)),
            (2, seq(order[2], 10.0)),
        ])
    };
    assert_eq!(kinds(&three(["a", "b", "c"]), &three(["a", "c", "b"])), [ChangeKind::JoinOrder]);
    assert_eq!(kinds(&three(["a", "b", "c"]), &three(["b", "a", "c"])), [ChangeKind::JoinOrder]);
    assert!(kinds(&three(["a", "b", "c"]), &three(["a", "b", "c"])).is_empty());
}

#[test]
fn another_index_and_a_moved_condition() {
    let one = plan(&[(0, filtered(ConditionKind::Index, "(a = 1)", index("t", "t_a", 5.0)))]);
    let other = plan(&[(0, filtered(ConditionKind::Index, "(a = 1)", index("t", "t_a_b", 5.0)))]);
    assert_eq!(kinds(&one, &other), [ChangeKind::Index]);
    let moved =
        filtered(ConditionKind::Filter, "(b = 2)", filtered(ConditionKind::Index, "(a = 1)", index("t", "t_a", 5.0)));
    assert_eq!(kinds(&one, &plan(&[(0, moved)])), [ChangeKind::Condition]);
}

#[test]
fn plans_that_were_only_planned_are_judged_by_cost() {
    let mut before = hashed();
    before.nodes.iter_mut().for_each(|node| (node.actual, node.own) = (None, None));
    before.account = None;
    let mut after = before.clone();
    after.nodes[0].estimate.as_mut().unwrap().total_cost = Some(1e6);
    assert_eq!(
        compare(&before, &after).verdict,
        Verdict { same_shape: true, speed: Speed::Slower, by: Some(Measure::Cost) }
    );
}

#[test]
fn large_plans_are_no_trouble() {
    let chain = |tables: usize, name: &str| {
        let mut nodes = vec![(0, node(Operator::Append, "Append", 1.0))];
        (1..tables).for_each(|at| nodes.push((1, seq(&format!("{name}{}", at % 500), 1.0))));
        (1..2000).for_each(|at| nodes.push((at, node(Operator::Other, name, 1.0))));
        plan(&nodes)
    };
    let started = std::time::Instant::now();
    compare(&chain(20_000, "a"), &chain(20_100, "b"));
    compare(&chain(20_000, "a"), &chain(20_100, "a"));
    assert!(started.elapsed().as_secs_f64() < 30.0);
}
