//! `FORMAT=TREE` and `EXPLAIN ANALYZE`: a line an operator, four blanks a level.

use dbwright_model::plan::{Actual, Estimate, Link, Node, NodeId, Operator, Plan};
use dbwright_model::{Product, Seconds};

use super::operation;

/// A line that starts an operator: how far it is indented, and what it says.
pub(super) fn operator_line(line: &str) -> Option<(usize, &str)> {
    let text = line.trim_start_matches(' ');
    let rest = text.strip_prefix("-> ")?;
    // PostgreSQL has two blanks there
    (!rest.starts_with(' ') && !rest.is_empty()).then_some((line.len() - text.len(), rest.trim_end()))
}

/// Reads the lines of one plan. `None` when there is no operator in them.
pub(super) fn read(lines: &[&str]) -> Option<Plan> {
    let mut plan: Option<Plan> = None;
    // operators above the next line, with their indentation
    let mut open: Vec<(usize, NodeId)> = Vec::new();
    let mut pending: Option<(usize, String)> = None;
    for line in lines {
        match (operator_line(line), &mut pending) {
            (Some((indent, text)), _) => {
                if let Some((indent, text)) = pending.replace((indent, text.to_owned())) {
                    place(&mut plan, &mut open, indent, &text);
                }
            }
            // a literal may hold a line end, and a terminal may have broken the line
            (None, Some((_, text))) if !line.trim().is_empty() => {
                text.push_str(if text.contains("(cost=") || text.contains("(actual") { "" } else { "\n" });
                text.push_str(line.trim_end());
            }
            _ => {}
        }
    }
    let (indent, text) = pending?;
    place(&mut plan, &mut open, indent, &text);
    let mut plan = plan?;
    name_temporaries(&mut plan);
    sent(&mut plan);
    Some(plan)
}

fn place(plan: &mut Option<Plan>, open: &mut Vec<(usize, NodeId)>, indent: usize, text: &str) {
    let mut node = self::node(text);
    let Some(plan) = plan else {
        *plan = Some(Plan::new(Product::MySQL, "tree", node));
        open.push((indent, NodeId::ROOT));
        return;
    };
    while open.len() > 1 && open.last().is_some_and(|(above, _)| *above >= indent) {
        open.pop();
    }
    let parent = open.last().map_or(NodeId::ROOT, |(_, id)| *id);
    node.link = link(plan, parent, &node);
    let id = plan.push(parent, node);
    open.push((indent, id));
}

/// How a node hangs on the one above.
pub(super) fn link(plan: &Plan, parent: NodeId, node: &Node) -> Link {
    let above = &plan[parent];
    let before = above.children.iter().filter(|child| plan[**child].link.is_input()).count();
    let many = matches!(
        above.operator,
        Operator::Append | Operator::Union | Operator::SetOperation | Operator::BitmapCombine | Operator::Recursion
    );
    match before {
        _ if node.label.is_some() => Link::SubPlan,
        _ if many => Link::Member,
        0 if above.alias.is_some() && above.operator != Operator::Modify => Link::Subquery,
        0 => Link::Outer,
        1 if above.operator.is_join() => Link::Inner,
        _ => Link::Member,
    }
}

/// A scan of what stands below it is a scan of a subquery or a temporary table, whatever its name.
pub(super) fn name_temporaries(plan: &mut Plan) {
    for at in 0..plan.nodes.len() {
        let node = &plan.nodes[at];
        let input = node.children.iter().map(|child| &plan[*child]).find(|child| child.link.is_input());
        let made = node.alias.is_some() && node.operator != Operator::Modify && input.is_some();
        let cte = input.is_some_and(|input| input.name.contains(" CTE "));
        let node = &mut plan.nodes[at];
        if made || node.operator == Operator::WorkTableScan {
            node.relation = None;
            if made && node.operator.is_scan() {
                node.operator = if cte { Operator::CteScan } else { Operator::SubqueryScan };
            }
        }
    }
}

/// Subqueries in the output run when rows are sent, after the root has returned them, unless something below the root
/// keeps rows together with their output: then what was executed took longer than the root.
pub(super) fn sent(plan: &mut Plan) {
    let total = |node: &Node| node.actual.and_then(|actual| Some(actual.total?.0 * actual.loops));
    let first = |id: NodeId| plan[id].children.first().and_then(|child| total(&plan[*child]));
    let root = plan.root();
    let sent: f64 = root
        .children
        .iter()
        .filter(|child| plan[**child].extra.text("operation").is_some_and(|text| text.contains("in projection")))
        .filter_map(|child| first(*child))
        .sum();
    let keeps = |operator: Operator| {
        use Operator::{Aggregate, Distinct, HashAggregate, Materialize, Sort, TemporaryTable, Window};
        matches!(operator, Aggregate | Distinct | HashAggregate | Materialize | Sort | TemporaryTable | Window)
    };
    let mut main = plan.inputs(NodeId::ROOT).flat_map(|(input, _)| plan.subtree(input));
    let kept = keeps(root.operator) || main.any(|(_, node)| keeps(node.operator));
    let own = total(root).filter(|_| sent > 0.0 && !kept);
    drop(main);
    if let Some(own) = own {
        plan.execution = Some(Seconds(own + sent));
    }
}

/// The node of a line, with its figures.
fn node(line: &str) -> Node {
    let (text, figures) = split(line);
    let mut node = operation::node(text);
    node.estimate = figures.estimate;
    node.actual = figures.actual;
    node
}

#[derive(Default)]
struct Figures {
    estimate: Option<Estimate>,
    actual: Option<Actual>,
}

/// Takes the figures off the end of a line.
fn split(line: &str) -> (&str, Figures) {
    let mut rest = line.trim_end();
    let mut figures = Figures::default();
    if let Some(before) = rest.strip_suffix("(never executed)") {
        figures.actual = Some(Actual::default());
        rest = before.trim_end();
    } else if let Some((before, actual)) =
        group(rest, "(actual ").and_then(|(before, text)| Some((before, actual(text)?)))
    {
        figures.actual = Some(actual);
        rest = before;
    }
    let estimate = ["(cost=", "(rows="].into_iter().find_map(|mark| group(rest, mark));
    if let Some((before, estimate)) = estimate.and_then(|(before, text)| Some((before, self::estimate(text)?))) {
        figures.estimate = Some(estimate);
        rest = before;
    }
    (rest.trim_end(), figures)
}

/// The last parentheses, if they begin with `mark` and end the text; a cut may have taken the last one.
fn group<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let at = text.rfind(mark)?;
    let inside = text[at + 1..].trim_end_matches(')');
    (!inside.contains(')')).then(|| (text[..at].trim_end(), inside))
}

fn estimate(text: &str) -> Option<Estimate> {
    let mut estimate = Estimate::default();
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    for (name, value) in pairs(text) {
        match (name, value.split_once("..")) {
            ("cost", Some((first, all))) => {
                estimate.startup_cost = number(first);
                estimate.total_cost = number(all);
            }
            ("cost", None) => estimate.total_cost = number(value),
            ("rows", _) => estimate.rows = number(value),
            _ => return None,
        }
    }
    Some(estimate)
}

fn actual(text: &str) -> Option<Actual> {
    let mut actual = Actual { loops: 1.0, ..Actual::default() };
    for (name, value) in pairs(text) {
        let number = || value.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
        let time = |text: &str| text.parse::<f64>().ok().filter(|ms| ms.is_finite()).map(|ms| Seconds(ms / 1000.0));
        match (name, value.split_once("..")) {
            ("time", Some((first, last))) => {
                actual.startup = time(first);
                actual.total = time(last);
            }
            ("rows", _) => actual.rows = number(),
            ("loops", _) => actual.loops = number()?,
            _ => return None,
        }
    }
    Some(actual)
}

/// `name=value` between blanks; words without a value (`actual`) are left out.
fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split_whitespace().filter_map(|word| word.split_once('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = "\
-> Limit: 5 row(s)  (actual time=14.5..14.5 rows=5 loops=1)
    -> Filter: (n > 'a
b')  (cost=1.57..2.6 rows=22.7e+6) (actual time=14.4..14.4 rows=532 loops=1)
        -> Nested loop inner join  (cost=1449 rows=2333) (actual time=0.0791..8.57 rows=5320 loops=1)
            -> Table scan on c  (cost=101 rows=1000) (actual time=717e-6..0.162 rows=1000 loops=1)
            -> Index lookup on d using <auto_key0> (id = c.id)  (never executed)
                -> Materialize  (cost=0.25 rows=1) (never executed)
                    -> Hash
        -> Select #3 (subquery in condition; dependent)
            -> Rows fetched before execution  (actual time=41e-6..83e-6 rows=0.0211 loops=5320)
-> Select #2 (subquery in projection; run only once)
    -> Table scan on u  (cost=0.35 rows=1)";

    #[test]
    fn a_tree_is_read_with_its_figures() {
        let lines: Vec<&str> = PLAN.lines().collect();
        let plan = read(&lines).unwrap();
        let shape: Vec<String> = plan.walk().map(|(id, node)| format!("{}{:?}", plan.depth(id), node.link)).collect();
        assert_eq!(
            shape,
            [
                "0Root",
                "1Outer",
                "2Outer",
                "3Outer",
                "3Inner",
                "4Subquery",
                "5Outer",
                "2SubPlan",
                "3Outer",
                "1SubPlan",
                "2Outer"
            ]
        );
        let filter = &plan.nodes[1];
        assert_eq!(filter.conditions[0].text, "(n > 'a\nb')");
        let estimate = filter.estimate.unwrap();
        assert_eq!((estimate.startup_cost, estimate.total_cost, estimate.rows), (Some(1.57), Some(2.6), Some(22.7e6)));
        assert_eq!(plan.nodes[3].actual.unwrap().startup, Some(Seconds(717e-9)));
        assert!(plan.nodes[4].never_executed());
        assert_eq!((plan.nodes[4].operator, &plan.nodes[4].relation), (Operator::SubqueryScan, &None));
        assert_eq!(plan.nodes[8].actual.unwrap().rows, Some(0.0211));
        assert_eq!(plan.nodes[6].actual, None);
        assert_eq!(plan.nodes[10].relation.as_ref().unwrap().name, "u");
    }

    #[test]
    fn postgres_is_not_mistaken() {
        assert_eq!(operator_line("  ->  Seq Scan on t"), None);
        assert!(read(&["nothing"]).is_none());
    }

    #[test]
    fn a_cut_line_keeps_what_is_there() {
        for (at, _) in PLAN.char_indices() {
            let lines: Vec<&str> = PLAN[..at].lines().collect();
            assert!(at < 5 || read(&lines).is_some());
        }
    }
}
