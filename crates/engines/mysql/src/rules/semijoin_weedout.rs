use dbwright_model::plan::Operator;
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Product, Rows, Rule, Severity};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "semijoin-weedout",
    title: "A semi join makes all pairs and removes the duplicates afterwards",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&PAIRS, &WORTH, &WORTH_TIME],
    explains: &["row-estimate-off"],
    wrong_when: "there are hardly any duplicates, or the tables are small",
    do_not: "switch semijoin off for the server: the subquery then runs once for each row",
    lesson: include_str!("semijoin_weedout.md"),
    check,
};

static PAIRS: Limit<Rows> = Limit { what: "pairs made", value: Rows(10_000), source: "ours" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at)).collect())
}

fn finding(at: &At<'_>) -> Option<Finding> {
    let node = at.node();
    let removes = node.operator == Operator::Distinct && node.name.starts_with("Remove duplicate");
    // trees say so, MariaDB removes duplicates in no other way
    let weedout = at.plan.product == Product::MariaDB
        || node.extra.text("operation").is_some_and(|text| text.contains("weedout"));
    if !removes || !weedout {
        return None;
    }
    let made = plan::rows_in(at)?;
    if made < PAIRS.value.0 as f64 {
        return None;
    }
    let saving = at.total().map(|time| plan::part(time, 0.1, 0.6, 0.95)).unwrap_or_default();
    let cause = format!(
        "{} pairs were made and put into a temporary table to keep one for each row of the outer query",
        Count(made as u64)
    );
    let severity = if at.plan.analyzed() { plan::severity(at, saving) } else { Severity::Info };
    let hint = match at.plan.product {
        Product::MariaDB => {
            "SET optimizer_switch = 'firstmatch=on,materialization=on', and look whether the subquery's column has an index: with one, FirstMatch stops at the first partner"
        }
        _ => {
            "Hint another strategy inside the subquery: /*+ SEMIJOIN(MATERIALIZATION) */ reads it once, /*+ SEMIJOIN(FIRSTMATCH) */ stops at the first partner and needs an index on the subquery's column. Leave the hint out when fresh statistics (ANALYZE TABLE) change the choice by themselves"
        }
    };
    Some(
        at.finding(severity, cause)
            .measured("pairs", Rows(made as u64), "rows of the join below")
            .saves(saving)
            .fix(plan::rewrite(hint)),
    )
}
