use dbwright_model::plan::{Interval, Operator};
use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Harm, Limit, Product, Rows, Rule, Seconds, Severity, Share,
};
use dbwright_plan::{At, every};

use super::plan::{self, READ, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "temporary-table-on-group-by",
    title: "Groups are collected in a temporary table",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&READ, &MANY, &MOST, &WORTH, &WORTH_TIME],
    explains: &[],
    wrong_when: "there are few groups and the table is read whole anyway: the temporary table is the cheap part",
    do_not: "raise tmp_table_size for the whole server: it moves the table from disk to memory, the work stays",
    lesson: include_str!("temporary_table_on_group_by.md"),
    check,
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at)).collect())
}

fn finding(at: &At<'_>) -> Option<Finding> {
    let node = at.node();
    let groups = node.operator == Operator::HashAggregate;
    // MariaDB prints a temporary table without saying what for; what it costs is in the block above it
    let table = node.operator == Operator::TemporaryTable && at.plan.product == Product::MariaDB;
    if !at.plan.analyzed() || !(groups || table) {
        return None;
    }
    let rows = plan::rows_in(at)?;
    // MariaDB counts writing into it among what the last table read before it took besides reading
    let last = at.subtree().filter(|below| below.node().extra.number("r_other_time_ms").is_some()).last();
    let time = match groups {
        true => at.time()?,
        false => Interval::exact(last?.node().extra.number("r_other_time_ms")? / 1000.0),
    };
    if rows < READ.value.0 as f64 || time.value < MOST.value.0 * at.execution()? {
        return None;
    }
    let saving = plan::part(time, 0.3, 0.7, 1.0);
    let cause = format!(
        "{} went into a temporary table to be grouped, which took {} of {}",
        Rows(rows as u64),
        Seconds(time.value),
        Seconds(at.execution()?),
    );
    // few groups stay in memory, and finding them costs little more than reading the rows
    let many = groups_out(at).is_some_and(|groups| groups >= rows * MANY.value.0);
    // an index gives the groups of one table; whose columns the groups of several are made of the plan does not tell
    let tables = at.subtree().filter(|below| below.node().operator.is_scan()).count();
    let severity = if many && tables == 1 { plan::severity(at, saving) } else { Severity::Info };
    Some(
        at.finding(severity, cause)
            .measured("rows written", Rows(rows as u64), "actual rows of the input")
            .saves(saving)
            .fix(plan::rewrite(
                "Give the table an index that begins with the columns of GROUP BY (behind those compared with =), and ends with the columns that are aggregated: rows then come in groups, and nothing has to be kept. Group by the key of one table before the join where the groups are its rows",
            )),
    )
}

/// How many groups there are: MariaDB counts them only where they are sorted.
fn groups_out(at: &At<'_>) -> Option<f64> {
    let counted = |at: &At<'_>| at.node().actual.and_then(|actual| Some(actual.rows? * actual.loops));
    counted(at).or_else(|| {
        at.ancestors()
            .take_while(|above| matches!(above.node().operator, Operator::Sort | Operator::Filter))
            .find_map(|above| counted(&above))
    })
}

static MANY: Limit<Share> = Limit { what: "groups, as a part of the rows", value: Share(0.05), source: "ours" };

static MOST: Limit<Share> = Limit {
    what: "part of the execution spent on the temporary table",
    value: Share(0.25),
    source: "ours: collecting groups always costs something; less than a quarter is not worth an index",
};
