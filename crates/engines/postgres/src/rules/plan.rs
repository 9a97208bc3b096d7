//! What the rules over plans share: prescriptions that several of them write, and when a saving is worth a warning.

use dbwright_model::catalog::{ObjectName, TableKind};
use dbwright_model::finding::FixKind;
use dbwright_model::plan::{Condition, ConditionKind, Operator, Plans};
use dbwright_model::{Bytes, Case, Catalog, Finding, Fix, Limit, PlanNode, Ratio, Rows, Share, Undo, Version};
use dbwright_plan::At;
use dbwright_plan::prescribe::{Index, find_table, index_for};
pub(super) use dbwright_plan::worth::{WORTH, WORTH_TIME, part, severity};
use dbwright_sql::Dialect;

use super::made_under;

/// From here on a scan throws so much away that an index is worth a thought.
pub(super) static REMOVED: Limit<Rows> = Limit {
    what: "rows read and thrown away",
    value: Rows(10_000),
    source: "losefor and depesz use 10,000 to 100,000; below it a scan takes about a millisecond",
};

/// Up to here an index beats reading the whole table.
pub(super) static KEPT: Limit<Share> = Limit {
    what: "rows kept",
    value: Share(0.1),
    source: "ours: an index pays below 5 to 10 % of the rows, as its pages are read in random order",
};

/// What a scan of a whole table did with the rows it read.
pub(super) struct Discarding<'a> {
    /// By what.
    pub(super) condition: &'a Condition,
    /// Rows thrown away, in all loops together.
    pub(super) removed: f64,
    /// Rows kept.
    pub(super) kept: f64,
    /// Those as a part of all it read.
    pub(super) share: Share,
}

/// When this read a whole table and kept little of it: more than [`REMOVED`] thrown away, less than [`KEPT`] kept.
pub(super) fn discarding<'a>(at: &At<'a>) -> Option<Discarding<'a>> {
    let node = at.node();
    let condition = node.conditions(ConditionKind::Filter).next()?;
    let (removed, kept) = (node.total_removed(ConditionKind::Filter)?, node.total_rows()?);
    let share = Share::of(kept, kept + removed)?;
    let much = removed >= REMOVED.value.0 as f64 && share.0 < KEPT.value.0;
    (node.operator == Operator::FullScan && much).then_some(Discarding { condition, removed, kept, share })
}

/// What collects the rows of its parallel workers: with the reason for reading so much its price goes too.
pub(super) fn gathers(at: &At<'_>) -> Vec<PlanNode> {
    at.ancestors().filter(|above| above.node().operator == Operator::Gather).map(|above| above.place).collect()
}

/// What an operator keeps in memory: a hash may use more than `work_mem`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeps {
    /// Rows to sort or to read again, a bitmap.
    Rows,
    /// A hash table.
    Hash,
}

/// The finding with the memory that its operator needs, where that is the answer, and what it may use now; `instead` says
/// what not to do and what to do when it is too much.
pub(super) fn with_memory(
    finding: Finding,
    case: &Case,
    at: &At<'_>,
    (needed, keeps): (Bytes, Keeps),
    instead: &str,
) -> Finding {
    if needed.0 > MOST_MEMORY.value.0 {
        return finding.do_not(instead);
    }
    let times = if keeps == Keeps::Hash { made_under::hash_times(case, at.plan) } else { 1.0 };
    let asked = Bytes((needed.0 as f64 / times) as u64);
    match made_under::work_mem(case, at.plan) {
        // It was not enough, whatever the reckoning says.
        Some(now) => finding
            .catalog("work_mem", now, "Settings")
            .fix(work_mem(Bytes(asked.0.max(now.0.saturating_mul(2)).min(MOST_MEMORY.value.0.max(now.0))))),
        None => finding.fix(work_mem(asked)),
    }
}

/// More memory for this session's sorts and hashes; rounded up to what one would type.
fn work_mem(needed: Bytes) -> Fix {
    let megabytes = needed.0.div_ceil(1 << 20).max(1);
    let rounded = if megabytes < 16 { megabytes.next_power_of_two() } else { megabytes.div_ceil(16) * 16 };
    Fix::sql(format!("SET work_mem = '{rounded}MB';"), Undo::Statement("RESET work_mem;".into()))
        .cost(
            "for the session that runs this query; each sort and hash of each session may take that much, so not for the whole server",
        )
        .verify("EXPLAIN (ANALYZE, BUFFERS) the query again in the same session")
}

/// More than this is not given to one operator of one query.
pub(super) static MOST_MEMORY: Limit<Bytes> = Limit {
    what: "memory one operator may ask for",
    value: Bytes::gib(1),
    source: "ours: beyond it a handful of sessions fill the machine; less data is the answer, not more memory",
};

/// Whether the server is known to be older than that. A plan alone shows only the oldest version that prints such a plan.
pub(super) fn is_before(case: &Case, major: u32) -> bool {
    let version = case.server.version;
    let shown = case.get::<Plans>().ok().and_then(|plans| plans.plans.iter().filter_map(|plan| plan.since).max());
    version != Version::default() && !version.at_least(major, 0) && Some(version) != shown
}

/// Fresh statistics for a table.
pub(super) fn analyze(table: &ObjectName) -> Fix {
    Fix::sql(
        format!("ANALYZE {};", Dialect::Postgres.qualified(table)),
        Undo::NotNeeded("statistics are only refreshed".into()),
    )
    .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
    .cost("reads a sample of the table: seconds")
}

/// A change of the query, in words.
pub(super) fn rewrite(what: impl Into<String>) -> Fix {
    Fix::of(FixKind::Code, what, Undo::NotNeeded("it is a change of the query's text".into()))
        .verify("EXPLAIN (ANALYZE, BUFFERS) the new form, and compare the rows")
}

/// The finding with the index that mends it. When an index with these keys exists already, making it again is no advice:
/// then the question is why it is not used. `None` when no index helps, so that another rule may know better.
pub(super) fn with_index(finding: Finding, at: &At<'_>, joined: &[&str], catalog: Option<&Catalog>) -> Option<Finding> {
    let index = index_for(at, joined, catalog, Dialect::Postgres)?;
    let Some(existing) = &index.exists else {
        let finding = finding.fix(index.fix(Dialect::Postgres));
        return Some(match block_range(at, &index, catalog) {
            Some(small) => finding.fix(small),
            None => finding,
        });
    };
    let table = at.node().relation.as_ref()?;
    Some(
        finding
            .catalog("an index with these keys", existing.as_str(), "the catalog")
            .fix(analyze(table))
            .wrong_when(format!("{existing} has these keys already and was not used: the types differ, the statistics are old, or so many rows match that reading the table is cheaper")),
    )
}

/// Rows that stand in the order of the column asked for: then an index over ranges of pages finds them as well.
pub(super) static IN_ORDER: Limit<Ratio> = Limit {
    what: "correlation of rows and values for a block range index",
    value: Ratio(0.95),
    source: "ours: with less, ranges of pages overlap so much that most of them are read",
};

/// Smaller tables have small B-trees.
const LARGE: Bytes = Bytes::gib(1);

/// A block range index in place of a B-tree, for one range over a large table whose rows stand in that order.
fn block_range(at: &At<'_>, index: &Index, catalog: Option<&Catalog>) -> Option<Fix> {
    let table = find_table(catalog?, at.node().relation.as_ref()?)?;
    let [key] = index.keys.as_slice() else { return None };
    let order = table.column(&key.column)?.statistics.as_ref()?.correlation?;
    let kind = table.kind == TableKind::Table && table.data_size.is_some_and(|size| size.0 >= LARGE.0);
    if !kind || key.expression || index.equal > 0 || order.0.abs() < IN_ORDER.value.0 {
        return None;
    }
    let name = Dialect::Postgres.qualified(&table.name);
    let (column, index) =
        (Dialect::Postgres.quote(&key.column), format!("{}_brin", index.name().trim_end_matches("_idx")));
    let qualified =
        Dialect::Postgres.qualified(&ObjectName { schema: table.name.schema.clone(), name: index.as_str().into() });
    Some(
        Fix::sql(
            format!("CREATE INDEX CONCURRENTLY {} ON {name} USING brin ({column});", Dialect::Postgres.quote(&index)),
            Undo::Statement(format!("DROP INDEX CONCURRENTLY {qualified};")),
        )
        .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
        .cost(format!(
            "instead of the other: a thousandth of its size, as the rows stand in the order of {} (correlation {:.2}); it finds ranges of pages, and stays good while rows are only added in that order",
            key.column, order.0
        )),
    )
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::{Column, ColumnStatistics, Table};
    use dbwright_model::plan::{Node, Plan};
    use dbwright_model::{Product, Redaction, Server, Settings};

    use super::*;

    #[test]
    fn memory_is_asked_for_as_it_is_given() {
        let plans = Plans { plans: vec![Plan::new(Product::PostgreSQL, "text", Node::new(Operator::Sort, "Sort"))] };
        let place = PlanNode { plan: 0, node: dbwright_model::plan::NodeId::ROOT };
        let at = At { plans: &plans, plan: &plans.plans[0], place };
        let asked = |settings: Settings, major, needed, keeps| {
            let server = Server::new(Product::PostgreSQL, Version::new(major, 0, 0));
            let case = Case::new(server, Redaction::Off).with(&settings);
            let finding = Finding::new(dbwright_model::Severity::Info, at.subject(), "");
            let finding = with_memory(finding, &case, &at, (Bytes::mib(needed), keeps), "more");
            finding.fixes.first().map(|fix| fix.statement.clone()).unwrap_or(finding.do_not)
        };
        let none = Settings::default;
        assert_eq!(asked(none(), 16, 30, Keeps::Rows), "SET work_mem = '32MB';");
        assert_eq!(asked(none(), 16, 30, Keeps::Hash), "SET work_mem = '16MB';", "a hash may use twice as much");
        assert_eq!(asked(none(), 14, 30, Keeps::Hash), "SET work_mem = '32MB';");
        let wide = none().with_unit("work_mem", "32768", "kB").with("hash_mem_multiplier", "4");
        assert_eq!(asked(wide.clone(), 16, 400, Keeps::Hash), "SET work_mem = '112MB';");
        assert_eq!(asked(wide, 16, 30, Keeps::Rows), "SET work_mem = '64MB';", "what it had was not enough");
        assert_eq!(asked(none(), 16, 2000, Keeps::Rows), "more");
    }

    #[test]
    fn rows_in_order_take_a_small_index() {
        let advice = |correlation: f64, filter: &str, size: Bytes| {
            let statistics = ColumnStatistics { correlation: Some(Ratio(correlation)), ..ColumnStatistics::default() };
            let column = Column { name: "at".into(), statistics: Some(statistics), ..Column::default() };
            let name = ObjectName::new("public", "log");
            let table = Table { name: name.clone(), data_size: Some(size), columns: vec![column], ..Table::default() };
            let condition = Condition { kind: ConditionKind::Filter, text: filter.into(), removed: None };
            let scan =
                Node { relation: Some(name), conditions: vec![condition], ..Node::new(Operator::FullScan, "Seq Scan") };
            let plans = Plans { plans: vec![Plan::new(Product::PostgreSQL, "text", scan)] };
            let place = PlanNode { plan: 0, node: dbwright_model::plan::NodeId::ROOT };
            let at = At { plans: &plans, plan: &plans.plans[0], place };
            let finding = Finding::new(dbwright_model::Severity::Info, at.subject(), "");
            let catalog = Catalog { tables: vec![table], ..Catalog::default() };
            let found = with_index(finding, &at, &[], Some(&catalog)).unwrap();
            found.fixes.get(1).map(|fix| fix.statement.clone())
        };
        let brin = "CREATE INDEX CONCURRENTLY log_at_brin ON public.log USING brin (at);";
        assert_eq!(advice(0.99, "(at > $1)", Bytes::gib(2)).as_deref(), Some(brin));
        assert_eq!(advice(0.5, "(at > $1)", Bytes::gib(2)), None);
        assert_eq!(advice(0.99, "(at = $1)", Bytes::gib(2)), None, "one row is found faster by a B-tree");
        assert_eq!(advice(0.99, "(at > $1)", Bytes::mib(20)), None);
    }

    #[test]
    fn what_a_plan_shows_is_only_the_oldest_version_it_may_be_of() {
        let case = |version: Version, since: Option<Version>| {
            let plan =
                Plan { since, ..Plan::new(Product::PostgreSQL, "text", Node::new(Operator::FullScan, "Seq Scan")) };
            let plans = Plans { plans: vec![plan] };
            Case::new(Server::new(Product::PostgreSQL, version), Redaction::Off).with(&plans)
        };
        let twelve = Version::new(12, 0, 0);
        assert!(is_before(&case(Version::new(12, 22, 0), Some(twelve)), 14));
        assert!(!is_before(&case(twelve, Some(twelve)), 14));
        assert!(!is_before(&case(Version::new(14, 1, 0), Some(twelve)), 14));
        assert!(!is_before(&case(Version::default(), None), 14));
    }
}
