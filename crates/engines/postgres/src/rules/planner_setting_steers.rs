use dbwright_model::plan::NodeId;
use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Settings, Severity, Undo};
use dbwright_plan::{At, places};

use super::made_under;

pub(super) const RULE: Rule = Rule {
    id: "planner-setting-steers",
    title: "Settings push the planner away from the plan it would choose",
    engines: &[Engine::Postgres],
    versions: "12–19: the plan names them with SETTINGS; before, from settings given beside it",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[],
    explains: &["plan-node-disabled"],
    wrong_when: "they were set for this look at the plan only",
    do_not: "tune the query under these settings: what is true under them is not true without",
    lesson: include_str!("planner_setting_steers.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let roots = places(case)?.filter(|at| at.place.node == NodeId::ROOT);
    Ok(roots.filter_map(|root| finding(case, root)).collect())
}

/// Methods that are on unless somebody switched them off.
const METHODS: &[&str] = &[
    "enable_bitmapscan",
    "enable_gathermerge",
    "enable_hashagg",
    "enable_hashjoin",
    "enable_incremental_sort",
    "enable_indexonlyscan",
    "enable_indexscan",
    "enable_material",
    "enable_memoize",
    "enable_mergejoin",
    "enable_nestloop",
    "enable_parallel_append",
    "enable_parallel_hash",
    "enable_partition_pruning",
    "enable_seqscan",
    "enable_sort",
];

fn finding(case: &Case, root: At<'_>) -> Option<Finding> {
    let steering = steering(case, &root);
    let names: Vec<&str> = steering.iter().map(|(name, _)| *name).collect();
    let (first, rest) = steering.split_first()?;
    let shown = |(name, value): &(&str, String)| format!("{name} is {value}");
    let said = match rest {
        [] => shown(first),
        _ => steering.iter().map(shown).collect::<Vec<_>>().join(", "),
    };
    let each = |word: &str, end: &dyn Fn(&(&str, String)) -> String| {
        let lines = steering.iter().map(|one| format!("{word} {}{};", one.0, end(one)));
        lines.collect::<Vec<_>>().join("\n")
    };
    let mut finding = root.finding(
        Severity::Info,
        format!("{said}: the plan is what is left under that, not what the planner would choose by its costs"),
    );
    for (name, value) in &steering {
        finding = finding.catalog(name, value.as_str(), "Settings");
    }
    Some(
        finding.fix(
            Fix::sql(
                each("RESET", &|_| String::new()),
                Undo::Statement(each("SET", &|(_, value)| format!(" = '{value}'"))),
            )
            .cost(format!(
                "for this session; where they are set for good: SELECT name, source, sourcefile FROM pg_settings WHERE name IN ('{}')",
                names.join("', '")
            ))
            .verify("EXPLAIN (ANALYZE, BUFFERS, SETTINGS) the query again"),
        ),
    )
}

/// The settings that decide instead of costs, with their values.
fn steering(case: &Case, root: &At<'_>) -> Vec<(&'static str, String)> {
    let text = |name: &str| Some(made_under::setting(case, root.plan, name)?.text(name)?.to_owned());
    let number = |name: &str| made_under::number(case, root.plan, name);
    let off = |name: &&&'static str| {
        made_under::setting(case, root.plan, name).is_some_and(|setting: Settings| setting.is_on(name) == Some(false))
    };
    let mut found: Vec<(&'static str, String)> =
        METHODS.iter().filter(off).map(|name| (*name, "off".to_owned())).collect();
    let mut push = |name: &'static str, wrong: &dyn Fn(f64) -> bool| {
        if let Some(value) = number(name).filter(|value| wrong(*value)) {
            found.push((name, value.to_string()));
        }
    };
    push("join_collapse_limit", &|limit| limit <= 1.0);
    push("from_collapse_limit", &|limit| limit <= 1.0);
    // Random pages that are cheaper than the next one make every index look good.
    let next = number("seq_page_cost").unwrap_or(1.0);
    push("random_page_cost", &|cost| cost < next);
    for name in ["cpu_tuple_cost", "cpu_index_tuple_cost", "cpu_operator_cost"] {
        push(name, &|cost| cost == 0.0 || cost >= 1.0);
    }
    let free = |name| number(name) == Some(0.0);
    if free("parallel_setup_cost") && free("parallel_tuple_cost") {
        found.extend([("parallel_setup_cost", "0".to_owned()), ("parallel_tuple_cost", "0".to_owned())]);
    }
    for (name, usual) in [("debug_parallel_query", "off"), ("force_parallel_mode", "off")] {
        found.extend(text(name).filter(|value| value != usual).map(|value| (name, value)));
    }
    found
}

#[cfg(test)]
mod tests {
    use dbwright_model::plan::{Node, Operator, Plan, Plans};
    use dbwright_model::{Product, Setting};

    use super::super::bench::pg;
    use super::*;

    fn beside(settings: Settings) -> Vec<Finding> {
        let plan = Plan::new(Product::PostgreSQL, "text", Node::new(Operator::FullScan, "Seq Scan"));
        check(&pg(16).with(&Plans { plans: vec![plan] }).with(&settings)).unwrap()
    }

    #[test]
    fn fires_on_settings_pasted_beside_the_plan() {
        let found = beside(Settings::default().with("enable_nestloop", "off"));
        assert_eq!(found[0].fixes[0].statement, "RESET enable_nestloop;");
    }

    #[test]
    fn silent_on_settings_that_fit_the_machine() {
        let tuned =
            Settings::default().with("random_page_cost", "1.1").with("enable_nestloop", "on").with("jit", "off");
        assert!(beside(tuned).is_empty());
        let unit = Setting { value: "1".into(), ..Setting::default() };
        assert!(beside(Settings([("seq_page_cost".to_owned(), unit)].into())).is_empty());
    }
}
