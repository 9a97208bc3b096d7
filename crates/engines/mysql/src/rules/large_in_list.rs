use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule, Severity};
use dbwright_plan::{At, every};

use super::plan;

pub(super) const RULE: Rule = Rule {
    id: "large-in-list",
    title: "A list of very many values is searched one by one",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&VALUES],
    explains: &["row-estimate-off"],
    wrong_when: "the list comes from the user and is rarely that long",
    do_not: "split it into many statements of one value: round trips cost more than lookups",
    lesson: include_str!("large_in_list.md"),
    check,
};

static VALUES: Limit<Count> = Limit {
    what: "values in a list",
    value: Count(200),
    source: "eq_range_index_dive_limit: from 200 values on MySQL and MariaDB no longer look the values up to estimate their rows",
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter_map(|at| finding(&at)).collect())
}

fn finding(at: &At<'_>) -> Option<Finding> {
    let count = at.node().extra.number("values in list")?;
    // trees print the list at the filter; the scan below has the ranges
    let above = at.ancestors().take(1).any(|above| above.node().extra.number("values in list").is_some());
    if count < VALUES.value.0 as f64 || above {
        return None;
    }
    let cause = format!(
        "a list of {} values is searched: from {} on their rows are guessed from averages, and above range_optimizer_max_mem_size the index is given up for a scan",
        Count(count as u64),
        VALUES.value,
    );
    Some(
        at.finding(Severity::Info, cause)
            .measured("values", Count(count as u64), "the condition")
            .fix(plan::rewrite(
                "Put the values into a temporary table with a primary key and join it, or pass them as one JSON document: JOIN JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) j ON j.id = t.id; MariaDB turns lists beyond in_predicate_conversion_threshold (1000) into a derived table by itself",
            )),
    )
}
