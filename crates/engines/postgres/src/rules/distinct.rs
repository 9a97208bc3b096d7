//! How many different values a column has: what the planner believes against what an executed plan shows.
//!
//! `ANALYZE` reckons it from a sample, and is wrong by a factor of ten and more for large tables whose values come in
//! runs. Then it can be told.

use dbwright_model::catalog::{Catalog, Column, Table};
use dbwright_model::plan::{ConditionKind, Operator};
use dbwright_model::{Count, Fix, Limit, Ratio, Rows, Undo};
use dbwright_plan::At;
use dbwright_plan::prescribe::find_table;
use dbwright_sql::Dialect;
use dbwright_sql::expression::Expr;
use dbwright_sql::predicate::{self, Around, Demand, Operand};

/// From here on the number is wrong, not rough.
pub(super) static WRONG: Limit<Ratio> = Limit {
    what: "factor between the different values there are and those the planner believes in",
    value: Ratio(5.0),
    source: "ours: the estimate from a sample may be off by two or three at any time",
};

/// Look-ups of so many keys tell how many rows a key has.
const LOOKUPS: f64 = 100.0;

/// A grouping of a whole table by one column gave one group for each of its values.
pub(super) fn of_groups(at: &At<'_>, catalog: Option<&Catalog>) -> Option<Fix> {
    let node = at.node();
    let [key] = node.group_keys.as_slice() else { return None };
    let Expr::Column(key) = Expr::parse(key.as_str(), Dialect::Postgres) else { return None };
    let input = at.inputs().next()?;
    let scan = if input.node().operator == Operator::Sort { input.inputs().next()? } else { input };
    let whole = matches!(scan.node().operator, Operator::FullScan | Operator::IndexOnlyScan)
        && scan.node().conditions.is_empty();
    // Workers group each their part; who collects them has each group once.
    let same = |above: &At<'_>| above.node().group_keys == node.group_keys;
    let last = at.ancestors().filter(same).last().unwrap_or(*at);
    if last.node().loops() != Some(1.0) {
        return None;
    }
    let table = find_table(catalog?, scan.node().relation.as_ref().filter(|_| whole)?)?;
    let rows = scan.node().total_rows()?;
    told(table, table.column(&key.name)?, last.node().total_rows()?, rows)
}

/// Many look-ups of single keys by one column: the rows a look-up finds on average tell how many keys there are.
pub(super) fn of_lookups(at: &At<'_>, catalog: Option<&Catalog>) -> Option<Fix> {
    let node = at.node();
    let (found, loops) = (node.actual?.rows?, node.loops()?);
    let filtered = node.conditions(ConditionKind::Filter).next().is_some();
    let texts = node.conditions.iter().filter(|condition| condition.kind == ConditionKind::Index).map(|one| &one.text);
    let parsed: Vec<Expr> = texts.map(|text| Expr::parse(text.as_str(), Dialect::Postgres)).collect();
    let terms: Vec<_> = parsed.iter().flat_map(|expr| predicate::terms(expr, Dialect::Postgres)).collect();
    let [term] = terms.as_slice() else { return None };
    let by_key = term.demand == Demand::Equal
        && matches!(term.around, Around::Nothing | Around::Relabel)
        && matches!(term.operand, Operand::Columns(_));
    // Keys that are not there would count as rare ones.
    if filtered || !by_key || loops < LOOKUPS || found < 1.0 || at.stopped_early() {
        return None;
    }
    let table = find_table(catalog?, node.relation.as_ref()?)?;
    let rows = table.rows?.0 as f64;
    told(table, table.column(&term.column.name)?, rows / found, rows)
}

/// The statement that tells the planner, when what it believes is far from what was seen among so many rows.
fn told(table: &Table, column: &Column, seen: f64, rows: f64) -> Option<Fix> {
    let believed = column.statistics.as_ref()?.distinct?.among(Rows(rows as u64));
    if (seen / believed).max(believed / seen.max(1.0)) < WRONG.value.0 || rows < 1.0 {
        return None;
    }
    // As a part of the rows it stays true when the table grows.
    let value = match seen / rows {
        part if part >= 0.1 => format!("{:.2}", -part.min(1.0)),
        _ => format!("{:.0}", seen.max(1.0)),
    };
    let (name, quoted) = (Dialect::Postgres.qualified(&table.name), Dialect::Postgres.quote(column.name.as_str()));
    Some(
        Fix::sql(
            format!("ALTER TABLE {name} ALTER COLUMN {quoted} SET (n_distinct = {value});\nANALYZE {name};"),
            Undo::Statement(format!("ALTER TABLE {name} ALTER COLUMN {quoted} RESET (n_distinct);\nANALYZE {name};")),
        )
        .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
        .cost(format!(
            "the planner believes in {} different values of {}, this execution shows about {}; what is told stays until it is reset, also when the data change",
            Count(believed as u64),
            column.name,
            Count(seen as u64)
        ))
        .verify("EXPLAIN the query again: the rows expected are near those that came"),
    )
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::{ColumnStatistics, Distinct, ObjectName};
    use dbwright_model::plan::{Actual, Condition, Estimate, Link, Node, NodeId, Plan, Plans};
    use dbwright_model::{PlanNode, Product};

    use super::*;

    fn catalog(distinct: Distinct) -> Catalog {
        let statistics = ColumnStatistics { distinct: Some(distinct), ..ColumnStatistics::default() };
        let column = Column { name: "k".into(), statistics: Some(statistics), ..Column::default() };
        let name = ObjectName::new("public", "t");
        let table = Table { name, rows: Some(Rows(1_000_000)), columns: vec![column], ..Table::default() };
        Catalog { tables: vec![table], ..Catalog::default() }
    }

    fn ran(rows: f64, loops: f64) -> Option<Actual> {
        Some(Actual { rows: Some(rows), loops, ..Actual::default() })
    }

    fn grouped(groups: f64, distinct: Distinct) -> Option<String> {
        let name = Some(ObjectName::new("public", "t"));
        let estimate = Some(Estimate { rows: Some(200.0), ..Estimate::default() });
        let group_keys = vec!["k".into()];
        let above = Node {
            group_keys,
            estimate,
            actual: ran(groups, 1.0),
            ..Node::new(Operator::HashAggregate, "HashAggregate")
        };
        let mut plan = Plan::new(Product::PostgreSQL, "text", above);
        let scan = Node::new(Operator::FullScan, "Seq Scan");
        plan.push(NodeId::ROOT, Node { link: Link::Outer, relation: name, actual: ran(1_000_000.0, 1.0), ..scan });
        let plans = Plans { plans: vec![plan] };
        let at = At { plans: &plans, plan: &plans.plans[0], place: PlanNode { plan: 0, node: NodeId::ROOT } };
        Some(of_groups(&at, Some(&catalog(distinct)))?.statement)
    }

    fn looked_up(found: f64, loops: f64, distinct: Distinct) -> Option<String> {
        let condition = Condition { kind: ConditionKind::Index, text: "(t.k = o.k)".into(), removed: None };
        let scan = Node {
            relation: Some(ObjectName::new("public", "t")),
            alias: Some("t".into()),
            conditions: vec![condition],
            actual: ran(found, loops),
            ..Node::new(Operator::IndexScan, "Index Scan")
        };
        let plans = Plans { plans: vec![Plan::new(Product::PostgreSQL, "text", scan)] };
        let at = At { plans: &plans, plan: &plans.plans[0], place: PlanNode { plan: 0, node: NodeId::ROOT } };
        Some(of_lookups(&at, Some(&catalog(distinct)))?.statement)
    }

    #[test]
    fn the_planner_is_told_what_was_seen() {
        let few = Distinct::Values(Count(3000));
        let statement = grouped(250_000.0, few).unwrap();
        assert_eq!(statement, "ALTER TABLE public.t ALTER COLUMN k SET (n_distinct = -0.25);\nANALYZE public.t;");
        assert!(grouped(60_000.0, few).unwrap().contains("(n_distinct = 60000)"), "a number that does not grow");
        assert!(looked_up(10.0, 5000.0, few).unwrap().contains("(n_distinct = -0.10)"));
    }

    #[test]
    fn what_is_about_right_is_left_alone() {
        assert_eq!(grouped(10_000.0, Distinct::Values(Count(3000))), None);
        assert_eq!(grouped(250_000.0, Distinct::OfRows(dbwright_model::Share(0.2))), None);
        assert_eq!(looked_up(10.0, 50.0, Distinct::Values(Count(3000))), None, "few look-ups");
        assert_eq!(looked_up(0.0, 5000.0, Distinct::Values(Count(3000))), None, "keys that are not there");
    }
}
