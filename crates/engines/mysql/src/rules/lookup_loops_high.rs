use dbwright_model::plan::Operator;
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule, Seconds, Severity, Share};

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
    if covering {
        // bringing fewer rows is a question to whoever wrote the query, not yet a promise
        finding.severity = Severity::Info;
    } else {
        finding = finding.fix(plan::rewrite(format!(
            "Let the index cover what the query reads of {table}: append the columns it selects and compares to {}, so that the rows themselves are not fetched",
            node.index.as_ref()?,
        )));
    }
    Some(finding.fix(plan::rewrite(
        "Bring fewer rows to this join: filter or aggregate the outer side before it. To try another order, /*+ JOIN_ORDER(first, second) */ (MySQL) or STRAIGHT_JOIN; keep the hint only if it wins for all parameters, and not where data still grows",
    )))
}
