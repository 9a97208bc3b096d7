//! Plans in every format: folding, depth, wide letters, hostile names, the schema.

use std::time::Instant;

use dbwright_model::catalog::ObjectName;
use dbwright_model::plan::{
    Account, Actual, Condition, ConditionKind, Entry, Estimate, Interval, Link, Node, NodeId, Operator, Own, Plan,
    Plans,
};
use dbwright_model::{Case, Diagnosis, Finding, PlanNode, Product, Redaction, Seconds, Severity, Subject};

use crate::paint::columns;
use crate::sample::{self, HOSTILE, view};
use crate::{Files, Format, NotRead, View, render};

fn node(operator: Operator, name: &str, own: f64, total: f64) -> Node {
    Node {
        link: Link::Outer,
        estimate: Some(Estimate { rows: Some(10.0), total_cost: Some(100.0), ..Estimate::default() }),
        actual: Some(Actual { rows: Some(10.0), loops: 1.0, total: Some(Seconds(total)), ..Actual::default() }),
        own: Some(Own {
            total: Some(Interval::exact(total)),
            time: Some(Interval::exact(own)),
            processes: 1.0,
            ..Own::default()
        }),
        ..Node::new(operator, name)
    }
}

fn on(table: &str, node: Node) -> Node {
    Node { relation: Some(ObjectName::new("public", table)), ..node }
}

fn plan(root: Node, execution: f64) -> Plan {
    let entries = vec![Entry { what: "operators".into(), time: Interval::exact(execution) }];
    let account = Account { execution: Seconds(execution), entries, notes: Vec::new() };
    Plan { account: Some(account), ..Plan::new(Product::PostgreSQL, "text", root) }
}

/// One expensive scan among four hundred cheap ones.
fn wide() -> Plan {
    let mut wide = plan(node(Operator::Append, "Append", 0.001, 1.0), 1.0);
    for n in 0..400 {
        let own = if n == 200 { 0.9 } else { 0.0001 };
        wide.push(NodeId::ROOT, on(&format!("part_{n}"), node(Operator::FullScan, "Seq Scan", own, own)));
    }
    wide
}

fn deep(levels: u32) -> Plan {
    let mut deep = plan(node(Operator::SubqueryScan, "Subquery Scan", 0.0, 1.0), 1.0);
    for n in 1..levels {
        let own = if n + 1 == levels { 1.0 } else { 0.0 };
        deep.push(NodeId(n - 1), node(Operator::SubqueryScan, "Subquery Scan", own, 1.0));
    }
    deep
}

fn case(plans: Vec<Plan>) -> Case {
    Case::new(sample::empty().server, Redaction::Literals).with(&Plans { plans })
}

fn page(format: Format, case: &Case, diagnosis: &Diagnosis, change: impl Fn(&mut View<'_>)) -> String {
    let mut view = view(diagnosis, Some(case));
    change(&mut view);
    let mut out = Vec::new();
    render(format, &view, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn text(case: &Case, change: impl Fn(&mut View<'_>)) -> String {
    page(Format::Text, case, &sample::empty(), change)
}

fn at(node: u32) -> PlanNode {
    PlanNode { plan: 0, node: NodeId(node) }
}

#[test]
fn what_is_cheap_shares_a_line() {
    let case = case(vec![wide()]);
    let screen = text(&case, |_| {});
    assert!(screen.contains("… 200 operators, 20 ms") && screen.contains("… 199 operators, 19.9 ms"), "{screen}");
    assert!(screen.contains("#202 Seq Scan on public.part_200"), "{screen}");
    assert!(screen.lines().count() < 25, "{screen}");
    let all = text(&case, |view| view.all = true);
    assert!((1..=401).all(|number| all.contains(&format!("#{number} "))));
}

#[test]
fn an_operator_with_a_finding_is_never_folded() {
    let plans = Plans { plans: vec![wide()] };
    let mut diagnosis = sample::empty();
    let mut finding = Finding::new(Severity::Warn, Subject::operator(&plans, at(7)), "it is so");
    finding.rule = "some-rule".into();
    finding.saving = Some(Interval::new(0.5, 0.6, 0.7));
    diagnosis.findings.push(finding);
    let case = case(plans.plans);
    let screen = page(Format::Text, &case, &diagnosis, |_| {});
    assert!(screen.contains("#8 Seq Scan on public.part_6"), "{screen}");
    assert!(screen.contains("▲ warn some-rule, saves ≈ 600 ms (500–700 ms)"), "{screen}");
    assert!(screen.contains("saves      ≈ 600 ms (500–700 ms) of 1 s"), "{screen}");
    let html = page(Format::Html, &case, &diagnosis, |_| {});
    assert!(html.contains("href=\"#p1-n8\"") && html.contains("id=\"p1-n8\"") && html.contains("href=\"#f0\""));
}

#[test]
fn depth_does_not_walk_off_the_screen() {
    let case = case(vec![deep(300)]);
    for (width, all) in [(40, true), (80, true), (80, false)] {
        let screen = text(&case, |view| (view.width, view.all) = (width, all));
        let most = screen.lines().take_while(|line| !line.starts_with("time")).map(columns).max();
        assert!(most <= Some(width), "{width}: {screen}");
        assert!(screen.contains("#300 "), "{screen}");
    }
    assert!(text(&case, |_| {}).lines().count() < 30);
}

#[test]
fn wide_letters_keep_the_columns() {
    let mut plan = plan(on("注文明細注文明細", node(Operator::FullScan, "Seq Scan", 1.0, 1.0)), 1.0);
    plan.nodes[0].index = Some("索引".into());
    let screen = text(&case(vec![plan]), |view| view.width = 60);
    let row = screen.lines().find(|line| line.contains("#1")).unwrap();
    assert_eq!(columns(row), 60, "{screen}");
}

#[test]
fn a_dumb_terminal_gets_ascii() {
    let screen = text(&case(vec![wide()]), |view| view.ascii = true);
    let tree: String = screen.lines().skip(3).take_while(|line| !line.starts_with("time")).collect();
    assert!(tree.is_ascii() && tree.contains("|-") && tree.contains("#####"), "{tree}");
}

#[test]
fn what_never_ran_and_what_removed_most_is_said() {
    let mut plan = plan(node(Operator::Append, "Append", 0.0, 1.0), 1.0);
    let filter = Condition { kind: ConditionKind::Filter, text: "(a = ?)".into(), removed: Some(990.0) };
    plan.push(NodeId::ROOT, Node { conditions: vec![filter], ..node(Operator::FullScan, "Seq Scan", 1.0, 1.0) });
    let never = Actual { loops: 0.0, ..Actual::default() };
    plan.push(NodeId::ROOT, Node { actual: Some(never), own: None, ..node(Operator::FullScan, "Seq Scan", 0.0, 0.0) });
    let screen = text(&case(vec![plan]), |_| {});
    assert!(screen.contains("filter removed 99 % (990 rows): (a = ?)"), "{screen}");
    assert!(screen.contains("#3 Seq Scan, never executed"), "{screen}");
}

#[test]
fn a_plan_that_was_not_executed_is_measured_by_its_cost() {
    let bare = |mut node: Node, cost: f64, rows: f64| {
        (node.own, node.actual) = (None, None);
        node.estimate = Some(Estimate { rows: Some(rows), total_cost: Some(cost), ..Estimate::default() });
        node
    };
    let mut plan =
        Plan::new(Product::PostgreSQL, "text", bare(node(Operator::NestedLoop, "Nested Loop", 0.0, 0.0), 1000.0, 50.0));
    plan.push(NodeId::ROOT, bare(node(Operator::FullScan, "Seq Scan", 0.0, 0.0), 100.0, 90.0));
    let inner = bare(node(Operator::IndexScan, "Index Scan", 0.0, 0.0), 8.0, 1.0);
    plan.push(NodeId::ROOT, Node { link: Link::Inner, ..inner });
    let screen = text(&case(vec![plan]), |_| {});
    // 90 outer rows at 8 each; what is left is the loop's own.
    for (name, own) in [("#1 Nested Loop", "180"), ("#2 Seq Scan", "100"), ("#3 Index Scan", "720")] {
        let row = screen.lines().find(|line| line.contains(name)).unwrap();
        assert!(row.split_whitespace().any(|word| word == own), "{screen}");
    }
    assert!(screen.contains("own cost") && !screen.contains("came"), "{screen}");
}

#[test]
fn no_format_obeys_a_name_in_a_plan() {
    let mut plan = plan(node(Operator::Other, HOSTILE, 1.0, 1.0), 1.0);
    let filter = Condition { kind: ConditionKind::Filter, text: HOSTILE.into(), removed: Some(1e6) };
    let root = &mut plan.nodes[0];
    root.relation = Some(ObjectName::new(HOSTILE, HOSTILE));
    root.label = Some(HOSTILE.into());
    root.conditions.push(filter);
    root.extra.set(HOSTILE, HOSTILE);
    plan.missing.push(HOSTILE.into());
    plan.found_at = Some(format!("{HOSTILE}:1"));
    plan.query = Some(HOSTILE.into());
    plan.settings.set(HOSTILE, HOSTILE);
    let part =
        NotRead { file: HOSTILE.into(), first: 1, last: 2, why: Some(HOSTILE.into()), hint: Some(HOSTILE.into()) };
    let files = Files { not_read: vec![part], advice: vec![HOSTILE.into()], version_known: false };
    let case = case(vec![plan]);
    for all in [false, true] {
        for &format in Format::ALL {
            let mut view = view_of_files(&case, &files);
            view.all = all;
            let mut out = Vec::new();
            render(format, &view, &mut out).unwrap();
            let page = String::from_utf8(out).unwrap();
            assert!(!page.contains('\x1b'), "{format} lets an escape sequence through");
            match format {
                Format::Text => assert!(!page.contains('\u{202e}')),
                Format::Html => assert_eq!(page.matches("<script").count(), 1, "only our own"),
                Format::Markdown => {
                    let outside: String = page.split("```").step_by(2).collect();
                    assert!(!outside.contains("<script") && !outside.lines().any(|line| line.starts_with("::error")));
                }
                _ => {}
            }
        }
    }
}

fn view_of_files<'a>(case: &'a Case, files: &'a Files) -> View<'a> {
    let diagnosis: &'static Diagnosis = Box::leak(Box::new(sample::empty()));
    View { files: Some(files), target: "plan.txt", ..view(diagnosis, Some(case)) }
}

#[test]
fn the_page_of_a_plan_asks_for_nothing_outside() {
    let html = page(Format::Html, &case(vec![wide(), deep(60)]), &sample::empty(), |_| {});
    for outside in ["http://", "https://", "src=", "@import", "url(", "javascript:"] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert!(html.contains("role=\"tree\"") && html.contains("aria-level=\"60\""));
}

#[test]
fn json_with_plans_keeps_to_its_schema() {
    let schema = jsonschema::validator_for(&serde_json::from_str(crate::SCHEMA).unwrap()).unwrap();
    let plans = Plans { plans: vec![wide()] };
    let mut diagnosis = sample::empty();
    let finding = Finding::new(Severity::Warn, Subject::operator(&plans, at(7)), "it is so");
    diagnosis.findings.push(finding.saves(Interval::exact(0.1)).reaches([at(0)]));
    let document = page(Format::Json, &case(plans.plans), &diagnosis, |_| {});
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let errors: Vec<String> = schema.iter_errors(&document).map(|e| format!("{e} at {}", e.instance_path)).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(document["plans"][0]["nodes"].as_array().unwrap().len(), 401);
    let mut broken = document;
    broken["plans"][0]["nodes"] = serde_json::json!([]);
    assert!(!schema.is_valid(&broken), "the schema must be able to say no");
}

#[test]
fn large_and_deep_plans_are_drawn_quickly() {
    let mut large = plan(node(Operator::Append, "Append", 0.0, 1.0), 1.0);
    for _ in 0..20_000 {
        large.push(NodeId::ROOT, node(Operator::FullScan, "Seq Scan", 0.00005, 0.00005));
    }
    for (name, case) in [("wide", case(vec![large])), ("deep", case(vec![deep(5_000)]))] {
        for &format in &[Format::Text, Format::Html] {
            let start = Instant::now();
            assert!(page(format, &case, &sample::empty(), |_| {}).len() > 300);
            // Generous: this is a guard against quadratic work, on a slow and shared machine, unoptimised.
            assert!(start.elapsed().as_secs() < 20, "{name} {format} took {:?}", start.elapsed());
        }
    }
}
