use dbwright_model::plan::{Interval, Operator};
use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Limit, Rows, Rule, Seconds, Share};
use dbwright_plan::{At, every};
use dbwright_sql::Dialect;
use dbwright_sql::expression::Expr;

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "function-per-row",
    title: "An expensive function is called for every row",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&PER_ROW, &ROWS, &SHARE, &WORTH, &WORTH_TIME],
    explains: &["plan-row-underestimate", "plan-row-overestimate", "function-on-filtered-column", "selective-seq-scan"],
    wrong_when: "the rows are very wide or compressed, so that reading them is what takes the time",
    do_not: "call a volatile function STABLE to be faster: the planner then evaluates it at times of its own choosing",
    lesson: include_str!("function_per_row.md"),
    check,
};

static PER_ROW: Limit<Seconds> = Limit {
    what: "time for a row",
    value: Seconds(5e-6),
    source: "measured: a scan with simple conditions takes 0.05 to 0.3 µs for a row; a PL/pgSQL call takes 1 µs or more",
};

static ROWS: Limit<Rows> = Limit { what: "rows looked at", value: Rows(1_000), source: "ours" };

static SHARE: Limit<Share> = Limit { what: "its part of the execution", value: Share(0.2), source: "ours" };

/// What a page in the cache costs at most, in seconds.
const A_PAGE: f64 = 1e-6;

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    let node = at.node();
    let computes = matches!(
        node.operator,
        Operator::FullScan | Operator::Result | Operator::ProjectSet | Operator::SubqueryScan | Operator::IndexScan
    );
    let time = at.time()?;
    let share = at.share()?;
    let removed: f64 = node.conditions.iter().filter_map(|condition| condition.removed).sum();
    let looked_at = (node.actual?.rows? + removed) * node.loops()?;
    let per_row = time.value / looked_at.max(1.0);
    if !computes || looked_at < ROWS.value.0 as f64 || per_row < PER_ROW.value.0 || share.0 < SHARE.value.0 {
        return None;
    }
    // Reading is not what takes the time.
    let buffers = node.own.as_ref().and_then(|own| own.buffers).unwrap_or_default();
    let waited = buffers.time().map_or(0.0, |time| time.0);
    let reading = waited + buffers.pages() as f64 * A_PAGE;
    if (time.value - reading) / looked_at < PER_ROW.value.0 || buffers.shared_read as f64 > looked_at * 0.1 {
        return None;
    }
    let name = node
        .conditions
        .iter()
        .map(|condition| &condition.text)
        .chain(&node.output)
        .find_map(|text| called(text.as_str()));
    let what = name.map_or_else(|| "what is computed".to_owned(), |name| format!("{name}()"));
    let saving = Interval::new(0.0, time.value * 0.6, time.high);
    Some(
        at.finding(
            plan::severity(&at, saving),
            format!(
                "{what} takes {} for each of {}, {} in all: reading them is not what costs",
                Seconds(per_row),
                Rows(looked_at as u64),
                time.seconds()
            ),
        )
        .measured("time for a row", Seconds(per_row), "own time / (Actual Rows + Rows Removed by Filter)")
        .measured("rows looked at", Rows(looked_at as u64), "Actual Rows + Rows Removed by Filter")
        .saves(saving)
        .fix(plan::rewrite(
            "Call it for fewer rows: put the cheap conditions first in a subquery with OFFSET 0, or give the function a true \
             COST (ALTER FUNCTION … COST 1000) so that the planner does; write it in SQL so that it is inlined; join the \
             table it looks up instead; store the result in a generated column",
        )),
    )
}

/// The first function called in an expression.
fn called(text: &str) -> Option<String> {
    let expr = Expr::parse(text, Dialect::Postgres);
    expr.walk().into_iter().find_map(|part| match part {
        Expr::Call { name, .. } => Some(name.clone()),
        _ => None,
    })
}
