use dbwright_model::catalog::{Index, Table};
use dbwright_model::{
    Area, Case, Catalog, Checked, Engine, Finding, Fix, Grade, Harm, Limit, NotEvaluated, Product, Ratio, Rows, Rule,
    Undo, Why,
};
use dbwright_plan::prescribe::find_table;
use dbwright_sql::Dialect;
use dbwright_sql::expression::Expr;
use dbwright_sql::predicate::{self, Around, Demand, Operand, Term};

use super::plan::{self, Access, KEPT, READ, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "available-index-unused",
    title: "An index on the searched column exists, and the plan does without it",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&READ, &KEPT, &FACTOR, &WORTH, &WORTH_TIME],
    explains: &["full-scan-selective-filter", "row-estimate-off"],
    wrong_when: "other values of the condition match a large part of the table, for which reading it whole is right",
    do_not: "leave FORCE INDEX in the query for good: it stays when the data change",
    lesson: include_str!("available_index_unused.md"),
    check,
};

static FACTOR: Limit<Ratio> =
    Limit { what: "rows expected per row that came", value: Ratio(10.0), source: "as for row-estimate-off" };

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().map_err(|reason| match reason.why {
        Why::NotCollected => NotEvaluated::not_applicable("no table definitions were given"),
        _ => reason,
    })?;
    Ok(plan::accesses(case)?.filter_map(|access| finding(&access, catalog)).collect())
}

fn finding(access: &Access<'_>, catalog: &Catalog) -> Option<Finding> {
    if !access.executed || !access.whole() || !access.discards() {
        return None;
    }
    let table = find_table(catalog, access.at.node().relation.as_ref()?)?;
    let parsed: Vec<Expr> = access.tests().iter().map(|text| Expr::parse(text, Dialect::MySql)).collect();
    let terms: Vec<Term<'_>> = parsed.iter().flat_map(|expr| predicate::terms(expr, Dialect::MySql)).collect();
    let terms: Vec<&Term<'_>> = terms.iter().filter(|term| searches(term)).collect();
    // hidden ones last: one that may be used is the nearer question
    let mut indexes: Vec<&Index> = table.indexes.iter().filter(|index| serves(index, &terms)).collect();
    indexes.sort_by_key(|index| index.invalid);
    let index = indexes.into_iter().next()?;
    let told = Told { access, table, index };
    if index.invalid {
        return Some(told.hidden());
    }
    // what it would leave to be tested row by row is not known: the planner may be right
    let columns = index.columns()?;
    if !terms.iter().all(|term| columns.iter().any(|name| name.as_str().eq_ignore_ascii_case(&term.column.name))) {
        return None;
    }
    Some(told.forbidden().or_else(|| told.expected()).unwrap_or_else(|| told.reckoned()))
}

/// A demand for which an ordered index finds the rows, of the column as it stands.
fn searches(term: &Term<'_>) -> bool {
    matches!(term.demand, Demand::Equal | Demand::In | Demand::Range | Demand::Prefix)
        && matches!(term.around, Around::Nothing | Around::Relabel)
        && matches!(term.operand, Operand::Constant(_) | Operand::Parameter(_))
}

/// Whether the index begins with a column that is searched for.
fn serves(index: &Index, terms: &[&Term<'_>]) -> bool {
    let Some(first) = index.parts.first().and_then(|part| part.column.as_ref()) else { return false };
    let ordered = index.method.eq_ignore_ascii_case("btree");
    ordered && terms.iter().any(|term| first.as_str().eq_ignore_ascii_case(&term.column.name))
}

/// A scan, and the index that it does without.
struct Told<'a> {
    access: &'a Access<'a>,
    table: &'a Table,
    index: &'a Index,
}

impl Told<'_> {
    fn finding(&self, why: &str) -> Finding {
        let saving = self.access.time().map(|time| plan::part(time, 0.3, 0.9, 1.0));
        let cause = format!(
            "{} were read to keep {} by {}, and the index {} was not used: {why}",
            Rows(self.access.read as u64),
            Rows(self.access.kept as u64),
            self.access.tests().join(" and "),
            self.index.name
        );
        let name = self.index.name.as_str();
        self.access.finding(cause, saving).catalog(
            "an index on the searched column",
            name,
            "information_schema.statistics",
        )
    }

    fn names(&self) -> (String, String) {
        (Dialect::MySql.qualified(&self.table.name), Dialect::MySql.quote(&self.index.name))
    }

    fn hidden(&self) -> Finding {
        let (table, index) = self.names();
        let (hidden, shown) = match self.access.at.plan.product {
            Product::MariaDB => ("IGNORED", "NOT IGNORED"),
            _ => ("INVISIBLE", "VISIBLE"),
        };
        self.finding(&format!("it is {}, so that no query may use it", hidden.to_ascii_lowercase())).fix(
            Fix::sql(
                format!("ALTER TABLE {table} ALTER INDEX {index} {shown};"),
                Undo::Statement(format!("ALTER TABLE {table} ALTER INDEX {index} {hidden};")),
            )
            .lock("metadata lock for a moment; it waits for open transactions on the table")
            .verify("EXPLAIN the query again: the plan names the index"),
        )
    }

    /// The query says that it may not be used.
    fn forbidden(&self) -> Option<Finding> {
        let query = self.access.at.plan.query.as_ref()?.as_str().to_ascii_lowercase();
        let hint = ["ignore index", "ignore key", "use index", "use key", "no_index", "no_range_optimization"];
        let hint = hint.into_iter().find(|hint| query.contains(hint))?;
        Some(
            self.finding(&format!("the query says so ({})", hint.to_ascii_uppercase()))
                .fix(plan::rewrite(format!("Take {} out of the query", hint.to_ascii_uppercase()))),
        )
    }

    /// Far fewer rows came than it was expected to find.
    fn expected(&self) -> Option<Finding> {
        let expected = self.access.filter.node().estimate?.rows?;
        if expected < FACTOR.value.0 * self.access.kept.max(1.0) {
            return None;
        }
        let expected = Rows(expected as u64);
        let kept = Rows(self.access.kept as u64);
        let finding = self.finding(&format!("{expected} were expected where {kept} came"));
        let finding = finding.estimated("rows expected", expected, "rows × filtered");
        Some(finding.fix(plan::analyze(&self.table.name)))
    }

    /// Nothing speaks against it but the planner's costs.
    fn reckoned(&self) -> Finding {
        let (table, index) = self.names();
        self.finding("the planner reckons that looking the rows up through it costs more than reading all of them")
            .grade(Grade::Suspected)
            .fix(plan::analyze(&self.table.name))
            .fix(plan::rewrite(format!(
                "As a test, FROM {table} FORCE INDEX ({index}): if that is much faster, types or collations may differ (SHOW WARNINGS after EXPLAIN says so), or the costs are wrong for data that fit into memory"
            )))
    }
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::ObjectName;
    use dbwright_model::plan::{Actual, Condition, ConditionKind, Estimate, Node, Operator, Plan, Plans};
    use dbwright_model::{Seconds, SqlText, Version};

    use super::*;
    use crate::rules::fixtures::{catalog, column, index, mysql, table};

    /// A scan of 200,000 orders for a few of them.
    struct Scan {
        filter: &'static str,
        kept: f64,
        expected: f64,
        query: &'static str,
        index: Index,
    }

    fn scan(filter: &'static str, columns: &[&str]) -> Scan {
        Scan { filter, kept: 40.0, expected: 60.0, query: "select ?", index: index("by_customer", columns) }
    }

    impl Scan {
        fn findings(self) -> Vec<Finding> {
            let actual = |rows: f64, total: f64| {
                Some(Actual { total: Some(Seconds(total)), rows: Some(rows), loops: 1.0, ..Actual::default() })
            };
            let filter = Condition { kind: ConditionKind::Filter, text: SqlText::from(self.filter), removed: None };
            let root = Node {
                conditions: vec![filter],
                actual: actual(self.kept, 0.1),
                estimate: Some(Estimate { rows: Some(self.expected), ..Estimate::default() }),
                ..Node::new(Operator::Filter, "Filter")
            };
            let below = Node {
                relation: Some(ObjectName::new("", "orders")),
                actual: actual(200_000.0, 0.09),
                ..Node::new(Operator::FullScan, "Table scan")
            };
            let mut plan = Plan::new(Product::MySQL, "tree", root);
            plan.push(dbwright_model::plan::NodeId::ROOT, below);
            plan.query = Some(SqlText::from(self.query));
            dbwright_plan::account(&mut plan);
            let mut orders = table(200_000);
            orders.columns.extend([column("customer", "int"), column("status", "int")]);
            orders.indexes.push(self.index);
            let case = catalog(mysql(Version::new(8, 4, 0)), vec![orders]).with(&Plans { plans: vec![plan] });
            (RULE.check)(&case).unwrap()
        }

        fn says(self, word: &str) -> Finding {
            let mut found = self.findings();
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].cause.contains(word), "{}", found[0].cause);
            found.remove(0)
        }
    }

    #[test]
    fn fires_when_it_is_hidden() {
        let hidden = Index { invalid: true, ..index("by_customer", &["customer", "status"]) };
        let found = Scan { index: hidden, ..scan("(orders.customer = ?)", &[]) }.says("invisible");
        assert_eq!(found.fixes[0].statement, "ALTER TABLE shop.orders ALTER INDEX by_customer VISIBLE;");
    }

    #[test]
    fn fires_when_the_query_forbids_it() {
        let query = "select * from orders ignore index (by_customer) where customer = ?";
        Scan { query, ..scan("(orders.customer = ?)", &["customer"]) }.says("IGNORE INDEX");
    }

    #[test]
    fn fires_when_many_rows_were_expected() {
        let found = Scan { expected: 60_000.0, ..scan("(orders.customer > ?)", &["customer"]) }.says("60,000");
        assert!(found.fixes[0].statement.starts_with("ANALYZE TABLE"));
    }

    #[test]
    fn fires_when_costs_alone_speak_against_it() {
        assert_eq!(scan("(orders.customer in (?,?))", &["customer"]).says("reckons").grade, Grade::Suspected);
    }

    #[test]
    fn silent_when_no_index_begins_with_the_column() {
        assert!(scan("(orders.customer = ?)", &["status", "customer"]).findings().is_empty());
        assert!(scan("(abs(orders.customer) = ?)", &["customer"]).findings().is_empty(), "that is another story");
    }

    #[test]
    fn silent_when_a_tenth_is_kept() {
        assert!(Scan { kept: 30_000.0, ..scan("(orders.customer = ?)", &["customer"]) }.findings().is_empty());
    }

    #[test]
    fn silent_when_the_index_would_leave_a_condition_to_be_tested() {
        let filter = "((orders.customer > ?) and (orders.status = ?))";
        assert!(scan(filter, &["customer"]).findings().is_empty());
    }
}
