use dbwright_model::plan::ConditionKind;
use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Limit, Ratio, Rows, Rule, Severity, Undo};
use dbwright_plan::{At, every};

pub(super) const RULE: Rule = Rule {
    id: "generic-plan-trap",
    title: "A prepared statement runs with a plan made for no value in particular",
    engines: &[Engine::Postgres],
    versions: "9.6–19: plan_cache_mode since 12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&FACTOR, &ROWS],
    explains: &["plan-row-underestimate", "plan-row-overestimate", "nested-loop-many-loops", "selective-seq-scan"],
    wrong_when: "the parameter is that of a nested loop or an init plan, not of the statement",
    do_not: "set plan_cache_mode for the whole server: planning every execution anew costs short queries more than it saves",
    lesson: include_str!("generic_plan_trap.md"),
    check,
};

static FACTOR: Limit<Ratio> = Limit {
    what: "factor between rows expected and rows that came",
    value: Ratio(10.0),
    source: "as for the estimates",
};

static ROWS: Limit<Rows> = Limit { what: "rows, expected or come", value: Rows(1_000), source: "ours" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(finding).collect())
}

fn finding(at: At<'_>) -> Option<Finding> {
    let node = at.node();
    let kinds = [ConditionKind::Filter, ConditionKind::Index, ConditionKind::Recheck];
    let condition =
        kinds.iter().flat_map(|kind| node.conditions(*kind)).find(|condition| parameter(condition.text.as_str()))?;
    // Before 17 init plans and nested loops print `$0` as well; those have a label in the plan or run many times.
    let labelled =
        at.plan.nodes.iter().any(|other| other.label.as_deref().is_some_and(|label| label.contains("returns $")));
    let (factor, under) = at.misestimate()?;
    let (expected, came) = node.rows()?;
    if labelled || node.loops()? > 1.0 || factor < FACTOR.value.0 || expected.max(came) < ROWS.value.0 as f64 {
        return None;
    }
    Some(
        at.finding(
            if under { Severity::Warn } else { Severity::Info },
            format!(
                "{} came where {} were expected: the plan was made once for all values of the parameter in {}",
                Rows(came as u64),
                Rows(expected as u64),
                condition.text
            ),
        )
        .estimated("rows expected", Rows(expected as u64), "Plan Rows")
        .measured("rows that came", Rows(came as u64), "Actual Rows")
        .weight(factor)
        .fix(
            Fix::sql("SET plan_cache_mode = force_custom_plan;", Undo::Statement("RESET plan_cache_mode;".into()))
                .cost("for the sessions that run this statement (ALTER ROLE … SET): each execution is planned anew, for its own values")
                .verify("EXPLAIN (ANALYZE) EXECUTE with a frequent and with a rare value"),
        ),
    )
}

/// Whether `$1` stands in the condition.
fn parameter(text: &str) -> bool {
    text.split('$').skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}
