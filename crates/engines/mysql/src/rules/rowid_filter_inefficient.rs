use dbwright_model::plan::Interval;
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Seconds, Share, Undo};
use dbwright_plan::{At, every};
use dbwright_sql::Dialect;

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "rowid-filter-inefficient",
    title: "A filter of row ids lets most rows through",
    engines: &[Engine::MySql],
    versions: "MariaDB 10.4–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&LOOKUPS, &PASSED, &WORTH, &WORTH_TIME],
    explains: &[],
    wrong_when: "the filter is usually selective, and these parameters are an exception",
    do_not: "raise max_rowid_filter_size: a larger filter that lets rows through is no better",
    lesson: include_str!("rowid_filter_inefficient.md"),
    check,
};

static LOOKUPS: Limit<Count> = Limit { what: "row ids tested", value: Count(1_000), source: "ours" };

static PASSED: Limit<Share> = Limit {
    what: "row ids that pass",
    value: Share(0.5),
    source: "ours: when half of them pass, filling and asking the filter costs about what it saves",
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter_map(|at| finding(&at)).collect())
}

fn finding(at: &At<'_>) -> Option<Finding> {
    let node = at.node();
    let filter = node.extra.get("rowid_filter")?.group()?;
    let lookups = filter.number("r_lookups")?;
    let passed = Share(filter.number("r_selectivity_pct")? / 100.0);
    if lookups < LOOKUPS.value.0 as f64 || passed.0 < PASSED.value.0 {
        return None;
    }
    let filling = filter.number("r_filling_time_ms").map_or(0.0, |ms| ms / 1000.0);
    let expected = Share(filter.number("selectivity_pct").unwrap_or(0.0) / 100.0);
    let saving = Interval::new(filling * 0.5, filling, filling * 1.5);
    let table = node.relation.as_ref()?;
    let qualified = Dialect::MySql.qualified(table);
    let cause = format!(
        "{passed} of {} row ids of {table} passed the filter, {expected} were expected: filling it took {} for nothing",
        Count(lookups as u64),
        Seconds(filling),
    );
    Some(
        at.finding(plan::severity(at, saving), cause)
            .measured("row ids that passed", passed, "r_selectivity_pct")
            .measured("time to fill it", Seconds(filling), "r_filling_time_ms")
            .saves(saving)
            .fix(
                Fix::sql(
                    format!("ANALYZE TABLE {qualified} PERSISTENT FOR ALL;"),
                    Undo::NotNeeded("statistics are only refreshed".into()),
                )
                .lock("a metadata lock for a moment")
                .cost("reads the whole table once"),
            )
            .fix(
                Fix::sql(
                    "SET SESSION optimizer_switch = 'rowid_filter=off';",
                    Undo::Statement("SET SESSION optimizer_switch = 'rowid_filter=on';".into()),
                )
                .cost("for the session that runs this query only: elsewhere the filter is a good thing"),
            ),
    )
}
