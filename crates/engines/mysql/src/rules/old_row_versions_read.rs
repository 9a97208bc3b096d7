use dbwright_model::plan::Fields;
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rows, Rule, Share, Undo};

use super::plan::{self, Access, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "old-row-versions-read",
    title: "Rows were put together from their history, as the transaction is older than their last change",
    engines: &[Engine::MySql],
    versions: "MariaDB 10.6.15 and later print it",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&ROWS, &PART, &WORTH, &WORTH_TIME],
    explains: &["pages-read-from-disk"],
    wrong_when: "the query is meant to see the data as they were: a backup, a report as of one moment",
    do_not: "read with READ UNCOMMITTED: it shows changes that may be rolled back",
    lesson: include_str!("old_row_versions_read.md"),
    check,
};

static ROWS: Limit<Rows> = Limit {
    what: "rows put together from the undo log",
    value: Rows(10_000),
    source: "measured on MariaDB 10.11: one version back costs as much as reading the row, about 0.2 µs cached",
};

static PART: Limit<Share> = Limit {
    what: "part of the rows read that are old versions",
    value: Share(0.1),
    source: "ours: below it the history hardly shows in the time",
};

fn check(case: &Case) -> Checked {
    Ok(plan::accesses(case)?.filter_map(|access| finding(&access)).collect())
}

fn finding(access: &Access<'_>) -> Option<Finding> {
    let counted = access.at.node().extra.get("r_engine_stats")?.group()?;
    let number = |name: &str| Fields::number(counted, name);
    let old = number("old_rows_read")?;
    let part = Share::of(old, access.read)?;
    if old < ROWS.value.0 as f64 || part.0 < PART.value.0 {
        return None;
    }
    // each step back touches a page of the undo log
    let pages = number("pages_accessed").unwrap_or(0.0);
    let undo = if pages > 0.0 { (old / pages).min(1.0) } else { 0.5 };
    let saving = plan::part(access.time()?, 0.05, 0.5 * undo, 0.9);
    let cause = format!(
        "{} of the {} read from {} were put together from the undo log, with {} page accesses in all: they were changed after this transaction began to read, or by one that has not ended",
        Rows(old as u64),
        Rows(access.read as u64),
        access.at.node().relation.as_ref()?,
        Count(pages as u64),
    );
    let long = Fix::sql(
        "SELECT trx_mysql_thread_id, trx_started, trx_rows_modified FROM information_schema.INNODB_TRX ORDER BY trx_started LIMIT 5;",
        Undo::NotNeeded("it only reads".into()),
    )
    .cost("shows which sessions keep history: end those that only wait");
    Some(
        access
            .finding(cause, Some(saving))
            .measured("old versions read", Rows(old as u64), "r_engine_stats.old_rows_read")
            .fix(plan::rewrite(
                "COMMIT before the query, so that it starts with a fresh view; commit long changes in portions of some thousand rows",
            ))
            .fix(long),
    )
}
