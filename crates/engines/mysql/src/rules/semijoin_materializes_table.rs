use dbwright_model::plan::{ConditionKind, Operator};
use dbwright_model::{
    Area, Case, Catalog, Checked, Count, Engine, Finding, Harm, Limit, Product, Rows, Rule, Severity,
};
use dbwright_plan::{At, every};

use super::plan::{self, Access, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "semijoin-materializes-table",
    title: "A whole table is copied to answer IN for a few rows",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&COPIED, &ASKED, &WORTH, &WORTH_TIME],
    explains: &["full-scan-selective-filter", "row-estimate-off"],
    wrong_when: "other values of the outer query bring so many rows that one copy is cheaper than looking each of them up",
    do_not: "switch materialization off for the server: where no index serves, the subquery then runs once for each row",
    lesson: include_str!("semijoin_materializes_table.md"),
    check,
};

static COPIED: Limit<Rows> =
    Limit { what: "rows read to be copied", value: Rows(10_000), source: "as for full-scan-selective-filter" };

static ASKED: Limit<Count> = Limit {
    what: "rows read for each row that asks",
    value: Count(10),
    source: "ours: a lookup costs about as much as reading five to ten rows in order",
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().ok();
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at, catalog)).collect())
}

/// The lookup in the copy, which stands above what is copied.
fn finding(at: &At<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    let node = at.node();
    let block = at.children().find(|below| below.node().operator == Operator::Materialize)?;
    // trees name the copy; MariaDB says of it that it has no duplicates
    let copy = node.extra.text("operation").is_some_and(|text| text.contains("on <subquery"))
        || (node.operator == Operator::SubqueryScan && block.node().extra.number("unique") == Some(1.0));
    let lookup = copy && node.name.contains("lookup");
    let asked = node.loops().filter(|_| lookup)?;
    let scan = block.subtree().filter_map(Access::of).find(Access::whole)?;
    if scan.read < COPIED.value.0 as f64 || asked * ASKED.value.0 as f64 > scan.read {
        return None;
    }
    let column = looked_up(at)?;
    let table = scan.at.node().relation.as_ref()?;
    let name = scan.at.node().alias.as_ref().map_or(table.name.as_str(), |alias| alias.as_str());
    let time = block.total().or_else(|| at.total())?;
    let saving = plan::part(time, 0.5, 0.95, 1.0);
    let cause = format!(
        "{} of {table} were read and copied to look {} up in them",
        Rows(scan.read as u64),
        Rows(asked as u64),
    );
    // an index that holds the column is there already: what is left is a hint, which is a question, not yet a promise
    let held = scan.whole_index();
    let severity = if held { Severity::Info } else { plan::severity(at, saving) };
    let finding = at
        .finding(severity, cause)
        .measured("rows read", Rows(scan.read as u64), "actual rows of the scan below the copy")
        .measured("lookups", Count(asked as u64), "loops of the lookup in the copy")
        .saves(saving)
        .reaches([scan.at.place]);
    let hint = match at.plan.product {
        Product::MariaDB => {
            "SET optimizer_switch = 'materialization=off' for this session shows whether looking up each row is faster"
        }
        _ => {
            "/*+ SEMIJOIN(FIRSTMATCH) */ inside the subquery (for NOT EXISTS and NOT IN: /*+ NO_SEMIJOIN() */) makes it look up each row by its index; compare the time"
        }
    };
    if held {
        return Some(finding.fix(plan::rewrite(hint)));
    }
    let joined = format!("`{name}`.`{column}` = outer_row.value");
    let finding = plan::with_index(finding, &scan, &[&joined], catalog)?;
    Some(finding.fix(plan::rewrite(format!("If the index alone does not change the plan: {hint}"))))
}

/// The column of the copy that is looked up: one, or none is told.
fn looked_up(at: &At<'_>) -> Option<String> {
    let node = at.node();
    if let Some(parts) = node.extra.get("used_key_parts") {
        return match parts.items() {
            [only] => only.text().map(str::to_owned),
            _ => None,
        };
    }
    let condition = node.conditions(ConditionKind::Index).next()?.text.as_str();
    let (column, _) = condition.trim_start_matches('(').split_once([' ', '='])?;
    let column = column.trim_matches('`');
    column.chars().all(|c| c.is_alphanumeric() || c == '_').then(|| column.to_owned())
}
