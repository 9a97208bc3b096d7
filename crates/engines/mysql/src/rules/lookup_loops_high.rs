use dbwright_model::plan::Operator;
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Name, Rule, Seconds, Severity, Share, SqlText,
};
use dbwright_plan::At;

use super::plan::{self, Access, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "lookup-loops-high",
    title: "An index is searched once for each of many rows",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&LOOPS, &PART, &WORTH, &WORTH_TIME],
    explains: &[],
    wrong_when: "the outer rows are all needed and the tables are in the buffer pool: then it costs about a microsecond a row",
    do_not: "force a hash join by dropping the index: other queries live from it",
    lesson: include_str!("lookup_loops_high.md"),
    check,
};

static LOOPS: Limit<Count> = Limit { what: "lookups", value: Count(10_000), source: "ours: 10 ms and more" };

static PART: Limit<Share> = Limit { what: "part of the execution", value: Share(0.3), source: "ours" };

fn check(case: &Case) -> Checked {
    Ok(plan::accesses(case)?.filter_map(|access| finding(&access)).collect())
}

fn finding(access: &Access<'_>) -> Option<Finding> {
    let node = access.at.node();
    if !access.executed || access.whole() || access.loops < LOOPS.value.0 as f64 {
        return None;
    }
    let time = access.time()?;
    if time.value < PART.value.0 * access.at.execution()? {
        return None;
    }
    let covering =
        node.operator == Operator::IndexOnlyScan || node.index.as_ref().is_some_and(|index| index == "PRIMARY");
    let table = node.relation.as_ref()?;
    let each = Seconds(time.value / access.loops);
    let saving = plan::part(time, 0.0, if covering { 0.3 } else { 0.5 }, 0.8);
    let cause = format!(
        "{table} was looked up {} times by {}, {} each and {} in all",
        Count(access.loops as u64),
        node.index.as_ref()?,
        each,
        Seconds(time.value),
    );
    let mut finding = access.finding(cause, Some(saving)).measured("lookups", Count(access.loops as u64), "loops");
    let cut = cut_in_order(&access.at);
    if covering || (cut.is_none() && reads_everything(access)) {
        // bringing fewer rows is a question to whoever wrote the query, not yet a promise; and a report over all rows
        // costs what all rows cost
        finding.severity = Severity::Info;
    }
    if let Some(sort) = cut.filter(|sort| sorts_by(sort, access)) {
        finding = finding.reaches([sort.place]).fix(plan::rewrite(format!(
            "Let {table} come first (SELECT STRAIGHT_JOIN … FROM {table} …, or /*+ JOIN_ORDER({table}) */ in MySQL): an index gives its rows in the order that is wanted, and the join ends with the LIMIT",
        )));
    }
    if !covering {
        finding = finding.fix(plan::rewrite(format!(
            "Let the index cover what the query reads of {table}: append the columns it selects and compares to {}, so that the rows themselves are not fetched",
            node.index.as_ref()?,
        )));
    }
    Some(finding.fix(plan::rewrite(
        "Bring fewer rows to this join: filter or aggregate the outer side before it. To try another order, /*+ JOIN_ORDER(first, second) */ (MySQL) or STRAIGHT_JOIN; keep the hint only if it wins for all parameters, and not where data still grows",
    )))
}

/// The sort above of which only the first rows are wanted: what it sorted is thrown away, all but a few.
fn cut_in_order<'a>(at: &At<'a>) -> Option<At<'a>> {
    let mut limited = None;
    for above in at.ancestors() {
        let node = above.node();
        match node.operator {
            Operator::Sort => limited = Some(above),
            Operator::HashAggregate | Operator::Aggregate | Operator::Distinct => return None,
            _ => {}
        }
    }
    let sort = limited?;
    let in_place = sort.node().extra.get("r_limit").is_some();
    let above = sort.ancestors().any(|above| above.node().operator == Operator::Limit);
    // MariaDB does not print what it groups; a sum is sorted by only where there are groups
    let groups = sort.node().sort_keys.iter().any(|key| key.as_str().contains('('));
    ((in_place || above) && !groups).then_some(sort)
}

/// Whether all it is sorted by are columns of that table.
fn sorts_by(sort: &At<'_>, access: &Access<'_>) -> bool {
    let node = access.at.node();
    let names = [node.alias.as_ref().map(Name::as_str), node.relation.as_ref().map(|table| table.name.as_str())];
    let keys = &sort.node().sort_keys;
    let of = |key: &SqlText| {
        let table = key.as_str().trim_start_matches('`').split(['.', '`']).next();
        table.is_some_and(|table| names.contains(&Some(table)))
    };
    !keys.is_empty() && keys.iter().all(of)
}

/// Whether nothing restricts any of the tables that are joined: the first is read whole, the others for each of its rows.
fn reads_everything(access: &Access<'_>) -> bool {
    let joins = access
        .at
        .ancestors()
        .take_while(|above| above.node().operator.is_join() || above.node().operator == Operator::Filter);
    let Some(top) = joins.last() else { return false };
    let mut tables = top.subtree().filter_map(Access::of);
    tables.all(|table| table.tests().is_empty() && (table.whole() || table.loops > 1.0))
}
