use dbwright_model::catalog::{Column, Index, ObjectName, Table};
use dbwright_model::finding::FixKind;
use dbwright_model::plan::Condition;
use dbwright_model::{
    Area, Case, Catalog, Checked, Engine, Finding, Fix, Grade, Harm, Limit, NotEvaluated, Ratio, Rows, Rule, Settings,
    Share, Undo, Why,
};
use dbwright_plan::prescribe::find_table;
use dbwright_plan::{At, every};
use dbwright_sql::Dialect;
use dbwright_sql::expression::Expr;
use dbwright_sql::predicate::{self, Around, Demand, Operand, Term};

use super::made_under;
use super::plan::{self, Discarding, KEPT, REMOVED, WORTH, WORTH_TIME};
use crate::sections::tables::Tables;

pub(super) const RULE: Rule = Rule {
    id: "existing-index-unused",
    title: "An index on the searched column exists, and the plan does without it",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&REMOVED, &KEPT, &STALE, &FACTOR, &SCATTERED, &WORTH, &WORTH_TIME],
    explains: &["selective-seq-scan", "function-on-filtered-column", "inner-full-scan-in-loop", "parallel-overhead"],
    wrong_when: "other values of the condition match a large part of the table, for which reading it whole is right",
    do_not: "leave enable_seqscan off: it forces this plan and spoils others",
    lesson: include_str!("existing_index_unused.md"),
    check,
};

static STALE: Limit<Share> = Limit {
    what: "rows changed since the last analyze, as a part of the table",
    value: Share(0.2),
    source: "twice the default analyze scale factor of 0.1",
};

static FACTOR: Limit<Ratio> =
    Limit { what: "rows expected per row that came", value: Ratio(10.0), source: "as for the estimates" };

static SCATTERED: Limit<Ratio> = Limit {
    what: "correlation of rows and values below which each row is on a page of its own",
    value: Ratio(0.3),
    source: "ours: the planner weighs with its square, so that below it nine tenths of the pages count as random ones",
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().map_err(|reason| match reason.why {
        Why::NotCollected => NotEvaluated::not_applicable("no table definitions were given"),
        _ => reason,
    })?;
    let known = Known { case, tables: case.get::<Tables>().ok(), settings: case.get::<Settings>().ok() };
    Ok(every(case)?.filter(At::matters).filter_map(|at| known.finding(&at, catalog)).collect())
}

/// What else is known of the tables and the planner.
struct Known<'c> {
    case: &'c Case,
    tables: Option<&'c Tables>,
    settings: Option<&'c Settings>,
}

/// Why an index does not serve a condition.
enum Reason<'t> {
    /// Its build failed.
    Invalid,
    /// Nothing speaks against it: it is a question of what the planner expects.
    Fits,
    /// The condition asks for something made of the column.
    Around(&'t Around),
    /// It is sorted by a collation in which a beginning is no range.
    Collation,
    /// The condition asks for another collation than it is sorted by.
    OtherCollation(String),
    /// It holds a part of the table, and the query does not say that it asks for that part.
    Partial(String),
}

impl Known<'_> {
    fn finding(&self, at: &At<'_>, catalog: &Catalog) -> Option<Finding> {
        let node = at.node();
        let Discarding { condition, removed, kept, .. } = plan::discarding(at)?;
        let table = find_table(catalog, node.relation.as_ref()?)?;
        let expr = Expr::parse(condition.text.as_str(), Dialect::Postgres);
        let terms = predicate::terms(&expr, Dialect::Postgres);
        let terms: Vec<&Term<'_>> = terms.iter().filter(|term| searches(term)).collect();
        let mut candidates = Vec::new();
        for index in table.indexes.iter().filter(|index| matches!(index.method.as_str(), "btree" | "hash")) {
            candidates.extend(
                terms
                    .iter()
                    .filter_map(|term| Some((self.reason(index, term, table, &expr, condition)?, index, *term))),
            );
        }
        candidates.sort_by_key(|(reason, ..)| reason.rank());
        let (reason, index, term) = candidates.into_iter().next()?;
        let found = Found { at, table, index, term, terms: &terms, condition, read: kept + removed, kept };
        match reason {
            Reason::Fits => self.expected(&found),
            reason => found.because(&reason, catalog),
        }
    }

    /// Why the index does not serve that term; `None` when it is about something else.
    fn reason<'t>(
        &self,
        index: &Index,
        term: &'t Term<'_>,
        table: &Table,
        filter: &Expr,
        condition: &Condition,
    ) -> Option<Reason<'t>> {
        let first = index.parts.first()?;
        let on_column = first.column.as_ref().is_some_and(|name| *name == *term.column.name);
        let on_expression = first.expression.as_ref().is_some_and(|held| {
            term.side.to_index_sql(Dialect::Postgres).is_some_and(|side| same(held.as_str(), &side))
        });
        let ordered = term.demand != Demand::Equal && term.demand != Demand::In;
        if !(on_column || on_expression) || (ordered && index.method == "hash") {
            return None;
        }
        if index.invalid {
            return Some(Reason::Invalid);
        }
        if let Some(held) = &index.predicate {
            match implied(held.as_str(), filter) {
                Some(true) => {}
                Some(false) => return Some(Reason::Partial(held.as_str().to_owned())),
                None => return None,
            }
        }
        if on_column && !matches!(term.around, Around::Nothing | Around::Relabel) {
            return Some(Reason::Around(&term.around));
        }
        if let Some(asked) = collation_asked(condition.text.as_str(), &term.column.name)
            && !first.options.contains(asked)
        {
            return Some(Reason::OtherCollation(asked.to_owned()));
        }
        if term.demand == Demand::Prefix && !first.options.contains("pattern_ops") {
            let bytewise = self.bytewise(table.column(&term.column.name), &first.options);
            return (!bytewise).then_some(Reason::Collation);
        }
        Some(Reason::Fits)
    }

    /// Whether a column is sorted byte by byte, so that a beginning is a range.
    fn bytewise(&self, column: Option<&Column>, options: &str) -> bool {
        let plain = |name: &str| matches!(name.trim_matches('"'), "C" | "POSIX" | "ucs_basic");
        let of_database = || self.settings.and_then(|settings| settings.text("lc_collate")).is_some_and(plain);
        let collation = options.split_once("COLLATE ").map(|(_, name)| name);
        match collation.or(column.and_then(|column| column.collation.as_deref())) {
            Some(name) => plain(name.rsplit('.').next().unwrap_or(name)),
            None => of_database(),
        }
    }

    /// The index fits: what made the planner decide against it.
    fn expected(&self, found: &Found<'_>) -> Option<Finding> {
        let columns = found.index.columns().unwrap_or_default();
        let leading = |term: &&Term<'_>| columns.iter().any(|name| **name == *term.column.name);
        // What it would leave to be filtered is not known: the planner may be right.
        if !found.terms.iter().all(leading) && !columns.is_empty() {
            return None;
        }
        let name = &found.table.name;
        let facts = self.tables.and_then(|tables| tables.get(name));
        let expected = found.at.node().rows().map_or(0.0, |(expected, _)| expected);
        let too_many = found.at.misestimate().filter(|(factor, more)| !more && *factor >= FACTOR.value.0);
        let stale = facts.filter(|facts| {
            let changed = Share::of(facts.modified.0 as f64, facts.live.0.max(1) as f64);
            facts.analyzed().is_none() || changed.is_some_and(|changed| changed.0 >= STALE.value.0)
        });
        if let Some(facts) = stale {
            let since = match facts.analyzed() {
                None => "the table was never analyzed".to_owned(),
                Some(_) => format!("{} changed since the table was last analyzed", facts.modified),
            };
            let finding = found
                .finding(format!("{since}, so that the planner does not know what the index would find"))
                .measured(
                    "rows changed since the last analyze",
                    facts.modified,
                    "pg_stat_user_tables.n_mod_since_analyze",
                );
            return Some(finding.fix(plan::analyze(name)));
        }
        if too_many.is_some() {
            let finding = found
                .finding(format!(
                    "the planner expected {} where {} came",
                    Rows(expected as u64),
                    Rows(found.kept as u64)
                ))
                .estimated("rows expected", Rows(expected as u64), "Plan Rows");
            let column = Dialect::Postgres.quote(&found.term.column.name);
            let table = Dialect::Postgres.qualified(name);
            return Some(
                finding.fix(plan::analyze(name)).fix(
                    Fix::sql(
                        format!("ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 1000; ANALYZE {table};"),
                        Undo::Statement(format!("ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS -1;")),
                    )
                    .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
                    .cost("planning and ANALYZE take a little longer"),
                ),
            );
        }
        let whole = found.at.node().estimate?.total_cost?;
        let reckons = "the planner reckons that fetching the rows through it costs more than reading all of them";
        let order =
            found.table.column(&found.term.column.name).and_then(|column| column.statistics.as_ref()?.correlation);
        let scattered = order.filter(|order| order.0.abs() < SCATTERED.value.0);
        let why = match scattered {
            Some(_) => format!("{reckons}, as they stand all over the table"),
            None => reckons.to_owned(),
        };
        let mut finding = found.finding(why).grade(Grade::Suspected).estimated(
            "cost of reading the whole table",
            format!("{whole:.0}"),
            "Total Cost",
        );
        if let Some(order) = order {
            finding = finding.catalog("order of the rows by that column, from 1 to -1", order, "pg_stats.correlation");
        }
        let cost = made_under::number(self.case, found.at.plan, "random_page_cost");
        if let Some(cost) = cost {
            finding = finding.catalog("random_page_cost", format!("{cost}"), "Settings");
        }
        let verify = match cost {
            // Lower it cannot sensibly be.
            Some(cost) if cost <= 1.5 => {
                "if that is much faster, an index that carries the other columns (INCLUDE) needs no fetching, and CLUSTER puts the rows in its order"
            }
            _ => {
                "if that is much faster, SET random_page_cost = 1.1 in place of it, and make that the setting when the data fit into memory or lie on SSD"
            }
        };
        Some(finding.fix(
            Fix::sql("SET enable_seqscan = off;", Undo::Statement("RESET enable_seqscan;".into()))
                .cost("for one session and as a test only: EXPLAIN (ANALYZE, BUFFERS) then shows the cost and the time of the index")
                .verify(verify),
        ))
    }
}

impl Reason<'_> {
    /// What is told when several indexes might serve: the smallest.
    fn rank(&self) -> u8 {
        match self {
            Reason::Fits => 0,
            Reason::Invalid => 1,
            Reason::Around(_) => 2,
            Reason::Collation => 3,
            Reason::OtherCollation(_) => 4,
            Reason::Partial(_) => 5,
        }
    }
}

/// A scan, and the index that it does without.
struct Found<'a> {
    at: &'a At<'a>,
    table: &'a Table,
    index: &'a Index,
    term: &'a Term<'a>,
    terms: &'a [&'a Term<'a>],
    condition: &'a Condition,
    read: f64,
    kept: f64,
}

impl Found<'_> {
    fn index_name(&self) -> ObjectName {
        ObjectName { schema: self.table.name.schema.clone(), name: self.index.name.clone() }
    }

    fn finding(&self, why: String) -> Finding {
        let saving = match self.at.time() {
            Some(time) => plan::part(time, 0.3, 0.9, 1.0),
            None => Default::default(),
        };
        let cause = format!(
            "{} were read to keep {} by {}, and the index {} was not used: {why}",
            Rows(self.read as u64),
            Rows(self.kept as u64),
            self.condition.text,
            self.index.name
        );
        self.at
            .finding(plan::severity(self.at, saving), cause)
            .catalog("an index on the searched column", self.index.name.as_str(), "pg_index")
            .measured("rows kept", Rows(self.kept as u64), "Actual Rows × Actual Loops")
            .saves(saving)
    }

    fn because(&self, reason: &Reason<'_>, catalog: &Catalog) -> Option<Finding> {
        let column = &self.term.column.name;
        let index = Dialect::Postgres.qualified(&self.index_name());
        Some(match reason {
            Reason::Fits => return None,
            Reason::Invalid => self.finding("its build failed, and no query may use it".into()).fix(
                Fix::sql(
                    format!("REINDEX INDEX CONCURRENTLY {index};"),
                    Undo::NotNeeded("it was of no use before".into()),
                )
                .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on); waits for transactions older than itself")
                .cost("reads the table twice; for a unique index, remove the duplicates first or it fails again"),
            ),
            Reason::Around(Around::Cast(to)) => self
                .finding(format!("it holds {column}, and the condition compares {column} converted to {to}"))
                .fix(plan::rewrite(format!(
                    "Send the value in the type of {column}{} instead of {to}",
                    self.table.column(column).map(|known| format!(" ({})", known.type_name)).unwrap_or_default()
                ))),
            Reason::Around(around) => {
                let made = match around {
                    Around::Function(name) => format!("what {name}() makes of it"),
                    _ => "what is computed from it".to_owned(),
                };
                self.finding(format!("it holds {column}, and the condition compares {made}")).fix(plan::rewrite(format!(
                    "Write the condition so that {column} stands alone on its side; else it takes an index on the expression"
                )))
            }
            Reason::Collation => {
                let why = "it is sorted by a collation in which what begins alike does not stand together, so it does not serve LIKE";
                let finding = self.finding(why.into());
                let without = finding.clone();
                plan::with_index(finding, self.at, &[], Some(catalog)).unwrap_or(without)
            }
            Reason::OtherCollation(asked) => self
                .finding(format!("it is sorted by another collation than the {asked} that the condition asks for"))
                .fix(plan::rewrite(format!(
                    "Leave COLLATE {asked} out of the condition where the order does not matter: values that are equal in one deterministic collation are equal in all"
                ))),
            Reason::Partial(held) => self
                .finding(format!("it covers only rows with {held}, and the query does not say that it asks for those"))
                .fix(
                    Fix::of(
                        FixKind::Code,
                        format!("Add AND {held} to the query, word for word, where that is what is asked for"),
                        Undo::NotNeeded("it is a change of the query's text".into()),
                    )
                    .verify(
                        "EXPLAIN the new form, and compare the rows; a parameter in place of a constant does not do",
                    ),
                ),
        })
    }
}

/// A demand for which an ordered index finds the rows.
fn searches(term: &Term<'_>) -> bool {
    let served = matches!(term.demand, Demand::Equal | Demand::In | Demand::Range | Demand::Prefix);
    served && !matches!(term.operand, Operand::Columns(_) | Operand::SubPlan(_))
}

/// The collation that a condition states for a column: `(name COLLATE "C") = …`.
fn collation_asked<'t>(condition: &'t str, column: &str) -> Option<&'t str> {
    let (before, after) = condition.split_once(" COLLATE ")?;
    let named = before.trim_end().trim_end_matches(')');
    let named = named.rsplit_once("::").map_or(named, |(named, _)| named).trim_end_matches([')', '"']);
    let asked = after.split(|c: char| c.is_whitespace() || c == ')').next()?;
    named.ends_with(column).then_some(asked)
}

/// Whether the filter asks for nothing but rows of a partial index; `None` when that cannot be told.
fn implied(held: &str, filter: &Expr) -> Option<bool> {
    let held = Expr::parse(held, Dialect::Postgres);
    if !predicate::others(&held, Dialect::Postgres).is_empty() {
        return None;
    }
    let asked = predicate::terms(filter, Dialect::Postgres);
    let mut all = true;
    for held in predicate::terms(&held, Dialect::Postgres) {
        let mut about = asked.iter().filter(|asked| asked.column.name == held.column.name);
        if held.demand == Demand::NotNull {
            all &= about.any(|asked| asked.demand != Demand::Null);
            continue;
        }
        if held.operand == Operand::None {
            all &= about.any(|asked| asked.demand == held.demand);
            continue;
        }
        // An index of the rows with certain values was made for another question; and where this one asks for values of
        // that column too, they may have been taken out.
        return None;
    }
    Some(all)
}

/// Whether two texts say the same but for blanks, parentheses, quotes and case.
fn same(one: &str, other: &str) -> bool {
    let plain = |text: &str| {
        let kept = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '"'));
        kept.collect::<String>().to_lowercase().replace("::text", "")
    };
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{case_of, catalog, hours_ago, indexed, table};
    use crate::sections::tables::TableFacts;
    use dbwright_model::SqlText;
    use dbwright_model::catalog::IndexPart;
    use dbwright_model::plan::{Actual, ConditionKind, Estimate, Node, Operator, Plan, Plans};
    use dbwright_model::{Product, Seconds};

    /// A scan of 200,000 orders for a few of them, and what is known of the table.
    struct Scan {
        filter: &'static str,
        kept: f64,
        expected: f64,
        indexes: Table,
        facts: TableFacts,
    }

    fn scan(filter: &'static str, columns: &[&str]) -> Scan {
        Scan {
            filter,
            kept: 4.0,
            expected: 4.0,
            indexes: indexed("orders", columns),
            facts: TableFacts { last_analyze: Some(hours_ago(1)), ..table("orders", 200_000) },
        }
    }

    impl Scan {
        fn findings(self) -> Vec<Finding> {
            let node = Node {
                relation: Some(ObjectName::new("public", "orders")),
                alias: Some("orders".into()),
                conditions: vec![Condition {
                    kind: ConditionKind::Filter,
                    text: SqlText::from(self.filter),
                    removed: Some(200_000.0 - self.kept),
                }],
                estimate: Some(Estimate { rows: Some(self.expected), total_cost: Some(9000.0), ..Estimate::default() }),
                actual: Some(Actual {
                    total: Some(Seconds(0.08)),
                    rows: Some(self.kept),
                    loops: 1.0,
                    ..Actual::default()
                }),
                ..Node::new(Operator::FullScan, "Seq Scan")
            };
            let mut plan = Plan::new(Product::PostgreSQL, "json", node);
            plan.execution = Some(Seconds(0.081));
            dbwright_plan::account(&mut plan);
            let case = case_of(18)
                .with(&Plans { plans: vec![plan] })
                .with(&catalog(vec![self.indexes]))
                .with(&Tables { tables: vec![self.facts] });
            check(&case).unwrap()
        }

        fn cause(self) -> String {
            let found = self.findings();
            assert_eq!(found.len(), 1, "{found:?}");
            found[0].cause.clone()
        }
    }

    #[test]
    fn fires_on_an_invalid_index() {
        let mut scan = scan("(orders.customer = 42)", &["customer"]);
        scan.indexes.indexes[0].invalid = true;
        let found = scan.findings();
        assert_eq!(found[0].fixes[0].statement, "REINDEX INDEX CONCURRENTLY public.orders_customer_idx;");
        assert!(found[0].cause.contains("orders_customer_idx was not used: its build failed"), "{}", found[0].cause);
    }

    #[test]
    fn fires_when_the_column_is_converted_or_goes_through_a_function() {
        let cause = scan("((orders.customer)::numeric = 42)", &["customer"]).cause();
        assert!(cause.contains("converted to numeric"), "{cause}");
        let cause = scan("(lower(orders.email) = ?)", &["email"]).cause();
        assert!(cause.contains("lower()"), "{cause}");
    }

    #[test]
    fn fires_when_the_query_does_not_ask_for_the_indexed_part() {
        let mut scan = scan("(orders.customer = 42)", &["customer"]);
        scan.indexes.indexes[0].predicate = Some("(closed_at IS NULL)".into());
        let cause = scan.cause();
        assert!(cause.contains("covers only rows with (closed_at IS NULL)"), "{cause}");
    }

    #[test]
    fn fires_when_like_meets_a_linguistic_order() {
        let cause = scan("(orders.email ~~ 'ada%'::text)", &["email"]).cause();
        assert!(cause.contains("LIKE"), "{cause}");
    }

    #[test]
    fn fires_when_another_collation_is_asked_for() {
        let cause = scan("((orders.email COLLATE \"C\") > 'a'::text)", &["email"]).cause();
        assert!(cause.contains("than the \"C\""), "{cause}");
        let cause = scan("(((orders.email)::text COLLATE \"C\") > 'a'::text)", &["email"]).cause();
        assert!(cause.contains("than the \"C\""), "{cause}");
    }

    #[test]
    fn fires_on_stale_statistics_and_wrong_estimates() {
        let mut stale = scan("(orders.customer = 42)", &["customer"]);
        stale.facts.modified = Rows(100_000);
        let found = stale.findings();
        assert_eq!(found[0].fixes[0].statement, "ANALYZE public.orders;");
        let mut wrong = scan("(orders.customer = 42)", &["customer"]);
        wrong.expected = 50_000.0;
        assert!(wrong.cause().contains("expected 50,000"), "the estimate is named");
    }

    #[test]
    fn fires_with_a_test_when_the_costs_decided() {
        let found = scan("(orders.customer = 42)", &["customer"]).findings();
        assert_eq!(
            (found[0].grade, found[0].fixes[0].statement.as_str()),
            (Grade::Suspected, "SET enable_seqscan = off;")
        );
    }

    #[test]
    fn silent_when_many_rows_are_kept() {
        assert!(
            Scan { kept: 60_000.0, expected: 60_000.0, ..scan("(orders.customer = 42)", &["customer"]) }
                .findings()
                .is_empty()
        );
    }

    #[test]
    fn silent_without_an_index_that_leads_with_the_column() {
        let mut second = scan("(orders.customer = 42)", &["shop"]);
        second.indexes.indexes[0].parts.push(IndexPart::column("customer"));
        assert!(second.findings().is_empty());
        let mut gin = scan("(orders.customer = 42)", &["customer"]);
        gin.indexes.indexes[0].method = "gin".into();
        assert!(gin.findings().is_empty());
    }

    #[test]
    fn silent_when_the_index_covers_only_a_part_of_the_condition() {
        assert!(scan("((orders.status = 'open') AND (orders.customer = 42))", &["status"]).findings().is_empty());
    }

    #[test]
    fn silent_when_the_predicate_is_asked_for_or_cannot_be_compared() {
        let mut unknown = scan("((orders.customer = 42) AND (orders.status = ?))", &["customer"]);
        unknown.indexes.indexes[0].predicate = Some("(status = ?)".into());
        assert!(unknown.findings().is_empty());
        let mut bytewise = scan("(orders.email ~~ 'ada%'::text)", &["email"]);
        bytewise.indexes.indexes[0].parts[0].options = "text_pattern_ops".into();
        bytewise.indexes.indexes[0].invalid = false;
        assert!(!bytewise.cause().contains("LIKE"), "then it is the costs");
    }

    #[test]
    fn without_definitions_the_question_does_not_arise() {
        assert_eq!(check(&case_of(18)).unwrap_err().why, Why::NotApplicable);
    }
}
