//! What the rules over plans share: how a table is read, whatever format says so; prescriptions; when a saving is worth a
//! warning.

use dbwright_model::catalog::ObjectName;
use dbwright_model::finding::FixKind;
use dbwright_model::plan::{ConditionKind, Interval, Operator, Value};
use dbwright_model::{
    Case, Catalog, Count, Finding, Fix, Grade, Limit, NotEvaluated, Product, Rows, Severity, Share, Undo,
};
use dbwright_plan::prescribe::{Index, index_for};
pub(super) use dbwright_plan::worth::{WORTH, WORTH_TIME, part, severity};
use dbwright_plan::{At, every};
use dbwright_sql::Dialect;

/// Rows that are worth a word.
pub(super) static READ: Limit<Rows> = Limit {
    what: "rows read",
    value: Rows(10_000),
    source: "measured on MySQL 9 and MariaDB 10.11: that many rows from the buffer pool take 2 to 5 ms",
};

/// What is left of them.
pub(super) static KEPT: Limit<Share> = Limit {
    what: "part of the rows read that is kept",
    value: Share(0.1),
    source: "ours: an index pays below 5 to 10 % of the rows, as each of them is looked up by primary key",
};

/// How a table is read: the scan, and the filter that tests its rows, which trees print as a node of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Access<'a> {
    /// The scan.
    pub(super) at: At<'a>,
    /// What tests its rows: the node above, or the scan itself.
    pub(super) filter: At<'a>,
    /// Rows read, in all loops together; planned ones where it was not executed.
    pub(super) read: f64,
    /// Rows left after the filter.
    pub(super) kept: f64,
    /// How often it was executed; 1 where it was only planned.
    pub(super) loops: f64,
    /// Whether these are counts.
    pub(super) executed: bool,
}

/// Every access to a table that matters.
///
/// # Errors
/// The case has no plans.
pub(super) fn accesses(case: &Case) -> Result<impl Iterator<Item = Access<'_>>, NotEvaluated> {
    Ok(every(case)?.filter(At::matters).filter_map(Access::of))
}

impl<'a> Access<'a> {
    /// The access of a scan.
    pub(super) fn of(at: At<'a>) -> Option<Access<'a>> {
        let node = at.node();
        if !node.operator.is_scan() || node.relation.is_none() {
            return None;
        }
        let above = at.parent().filter(|above| above.node().operator == Operator::Filter);
        let filter = above.unwrap_or(at);
        let access = Access { at, filter, read: 0.0, kept: 0.0, loops: 1.0, executed: true };
        match node.actual {
            Some(actual) => {
                let kept = filter.node().actual.and_then(|actual| Some(actual.rows? * actual.loops))?;
                let read = actual.examined.or(actual.rows)? * actual.loops;
                Some(Access { read, kept, loops: actual.loops, ..access })
            }
            None => {
                let estimate = node.estimate?;
                let read = estimate.examined.or(estimate.rows)?;
                let kept = filter.node().estimate.and_then(|estimate| estimate.rows)?;
                Some(Access { read, kept, executed: false, ..access })
            }
        }
    }

    /// Whether it reads the whole table or a whole index.
    pub(super) fn whole(&self) -> bool {
        let node = self.at.node();
        node.operator == Operator::FullScan || self.whole_index()
    }

    /// Whether it reads an index from end to end.
    pub(super) fn whole_index(&self) -> bool {
        let node = self.at.node();
        node.operator == Operator::FullIndexScan || matches!(&*node.name, "Covering index scan" | "Index scan")
    }

    /// Whether it finds one row at most: no other index could find fewer.
    pub(super) fn unique(&self) -> bool {
        self.at.node().name.starts_with("Single-row ")
    }

    /// The conditions that rows are tested with after they were read.
    pub(super) fn tests(&self) -> Vec<&'a str> {
        let own = self.at.node().conditions(ConditionKind::Filter);
        let above = self.filter.node().conditions(ConditionKind::Filter);
        let mut texts: Vec<&str> = own.chain(above).map(|condition| condition.text.as_str()).collect();
        texts.dedup();
        texts
    }

    /// What is left, as a part of what was read.
    pub(super) fn share(&self) -> Option<Share> {
        Share::of(self.kept, self.read)
    }

    /// Time of the scan and the test.
    pub(super) fn time(&self) -> Option<Interval> {
        let scan = self.at.time()?;
        if self.filter.place == self.at.place {
            return Some(scan);
        }
        let test = self.filter.time().unwrap_or_default();
        Some(Interval::new(scan.low + test.low, scan.value + test.value, scan.high + test.high))
    }

    /// Whether many rows are read and few are kept, by conditions the plan shows.
    pub(super) fn discards(&self) -> bool {
        self.keeps_few() && !self.tests().is_empty()
    }

    /// Whether many rows are read and few are kept.
    pub(super) fn keeps_few(&self) -> bool {
        self.read >= READ.value.0 as f64
            && self.share().is_some_and(|share| share.0 < KEPT.value.0)
            && (!self.executed || self.worth())
    }

    /// Whether it took enough of the execution to say a word.
    pub(super) fn worth(&self) -> bool {
        match (self.time(), self.at.execution()) {
            (Some(time), Some(execution)) => time.value >= WORTH.value.0 * execution,
            _ => true,
        }
    }

    /// A finding about it, with the rows in evidence.
    pub(super) fn finding(&self, cause: impl Into<String>, saving: Option<Interval>) -> Finding {
        let saving = saving.unwrap_or_default();
        let finding = self.at.finding(if self.executed { severity(&self.at, saving) } else { Severity::Info }, cause);
        let (read, kept) = (Rows(self.read as u64), Rows(self.kept as u64));
        let (read_from, kept_from) = match (self.executed, self.at.plan.product) {
            (true, Product::MariaDB) => ("r_rows × r_loops", "r_rows × r_filtered × r_loops"),
            (true, _) => ("actual rows × loops of the scan", "actual rows × loops of the filter"),
            (false, _) => ("rows", "rows × filtered"),
        };
        match self.executed {
            true => finding.measured("rows read", read, read_from).measured("rows kept", kept, kept_from).saves(saving),
            false => finding
                .estimated("rows to be read", read, read_from)
                .estimated("rows to be kept", kept, kept_from)
                .grade(Grade::Derived),
        }
    }
}

/// The index that would serve an access, with conditions of the joins above it.
pub(super) fn index(access: &Access<'_>, joined: &[&str], catalog: Option<&Catalog>) -> Option<Index> {
    let mut conditions = access.tests();
    conditions.extend(joined);
    index_for(&access.at, &conditions, catalog, Dialect::MySql)
}

/// The finding with the index that mends it; `None` when no index helps, so that another rule may know better.
pub(super) fn with_index(
    finding: Finding,
    access: &Access<'_>,
    joined: &[&str],
    catalog: Option<&Catalog>,
) -> Option<Finding> {
    let index = index(access, joined, catalog)?;
    let Some(existing) = &index.exists else {
        let fix = index.fix(Dialect::MySql).verify("EXPLAIN the query again: the plan names the index");
        let fix = named_as_in_query(fix, &access.at, &index.table, catalog);
        return Some(finding.fix(fix));
    };
    Some(
        finding
            .catalog("an index with these keys", existing.as_str(), "the catalog")
            .fix(analyze(access.at.node().relation.as_ref()?))
            .wrong_when(format!("{existing} has these keys already and was not used: types or collations differ, statistics are old, or so many rows match that reading the table is cheaper")),
    )
}

/// The price of a fix, with a word about the table's name where nothing tells whether it is an alias.
pub(super) fn named_as_in_query(fix: Fix, at: &At<'_>, table: &ObjectName, catalog: Option<&Catalog>) -> Fix {
    match catalog.is_none() && table.schema.is_empty() && at.plan.query.is_none() {
        true => fix.also_costs(format!(
            "the plan names tables as the query does: if {} is an alias, put the table's name there",
            table.name
        )),
        false => fix,
    }
}

/// Fresh statistics for a table.
pub(super) fn analyze(table: &ObjectName) -> Fix {
    Fix::sql(
        format!("ANALYZE TABLE {};", Dialect::MySql.qualified(table)),
        Undo::NotNeeded("statistics are only refreshed".into()),
    )
    .lock("a metadata lock for a moment; in MySQL before 8.0.24 it waits for running queries on the table and stops those behind it")
    .cost("reads a sample of pages: well below a second")
}

/// A change of the query, in words.
pub(super) fn rewrite(what: impl Into<String>) -> Fix {
    Fix::of(FixKind::Code, what, Undo::NotNeeded("it is a change of the query's text".into())).verify(
        "EXPLAIN ANALYZE (MySQL) or ANALYZE FORMAT=JSON (MariaDB) the new form, and compare the rows it returns",
    )
}

/// Whether a flag of the tabular or JSON format is set, in whatever form.
pub(super) fn flag(at: &At<'_>, name: &str) -> bool {
    !matches!(at.node().extra.get(name), None | Some(Value::Null | Value::Bool(false)))
}

/// Rows that flow into an operator, in all loops together; planned ones where it was not executed.
pub(super) fn rows_in(at: &At<'_>) -> Option<f64> {
    at.inputs().map(|input| rows_out(&input)).sum::<Option<f64>>()
}

/// Rows that an operator returns, in all loops together. Steps whose rows MariaDB does not print return those of their
/// input.
pub(super) fn rows_out(at: &At<'_>) -> Option<f64> {
    let mut at = *at;
    for _ in 0..1000 {
        let node = at.node();
        match node.actual {
            Some(actual) if actual.rows.is_some() => return Some(actual.rows? * actual.loops),
            Some(_) | None if at.plan.analyzed() => {}
            _ => return node.estimate.and_then(|estimate| estimate.rows),
        }
        // the last table of a join returns what the join does
        at = at.inputs().last()?;
    }
    None
}

/// The words a query block's heading has: `dependent`, `uncacheable`, in whatever format.
pub(super) fn block_is(at: &At<'_>, word: &str) -> bool {
    let node = at.node();
    let heading = node.extra.text("operation").or(node.extra.text("select_type")).unwrap_or_default();
    heading.to_ascii_lowercase().contains(word)
        || (word == "dependent" && (node.extra.bool("dependent") == Some(true)))
        || (word == "uncacheable" && node.extra.bool("cacheable") == Some(false))
}

/// An operator that runs so often runs for the rows of another.
pub(super) static REPEATED: Limit<Count> = Limit { what: "times it was executed", value: Count(10), source: "ours" };
