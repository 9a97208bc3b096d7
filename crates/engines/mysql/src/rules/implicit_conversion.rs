use dbwright_model::plan::ConditionKind;
use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Limit, Rows, Rule, Severity};
use dbwright_plan::{At, every};

use super::plan::{self, Access};

pub(super) const RULE: Rule = Rule {
    id: "implicit-conversion",
    title: "A column is converted before it is compared: types or character sets differ",
    engines: &[Engine::MySql],
    versions: "MySQL 5.6–9, MariaDB 10–12",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&CONVERTED],
    explains: &["full-scan-selective-filter", "join-without-index", "table-scanned-per-row", "function-hides-index"],
    wrong_when: "the conversion is written in the query on purpose",
    do_not: "convert the other side with CAST in each query: give both columns one type, once",
    lesson: include_str!("implicit_conversion.md"),
    check,
};

static CONVERTED: Limit<Rows> =
    Limit { what: "rows converted", value: Rows(10_000), source: "as for full-scan-selective-filter" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at)).collect())
}

fn finding(at: &At<'_>) -> Option<Finding> {
    let kinds = [ConditionKind::Filter, ConditionKind::Hash, ConditionKind::JoinFilter];
    let conditions = kinds.iter().flat_map(|kind| at.node().conditions(*kind));
    let (condition, column, to) = conditions
        .filter_map(|condition| {
            let (column, to) = converted(condition.text.as_str())?;
            Some((condition, column, to))
        })
        .next()?;
    let below = at.subtree().skip(usize::from(!at.node().operator.is_scan())).filter_map(Access::of);
    let tables = below.filter(|access| access.whole()).filter(|access| {
        let alias = access.at.node().alias.as_ref().map_or("", |alias| alias.as_str());
        column.split('.').rev().nth(1).is_none_or(|qualifier| qualifier.trim_matches('`') == alias)
    });
    let access = tables.max_by(|a, b| a.read.total_cmp(&b.read))?;
    if access.read < CONVERTED.value.0 as f64 {
        return None;
    }
    let saving = at.total().map(|time| plan::part(time, 0.2, 0.8, 1.0)).unwrap_or_default();
    let severity = if at.plan.analyzed() { plan::severity(at, saving) } else { Severity::Info };
    let cause = format!(
        "{column} is converted to {to} for each of {} before it is compared, which no index on it serves: {}",
        Rows(access.read as u64),
        condition.text,
    );
    let name = column.rsplit('.').next()?.trim_matches('`');
    let advice = match to.starts_with("utf8") || to.starts_with("latin1") {
        true => format!(
            "Give both columns one character set: look at SHOW CREATE TABLE of both, then ALTER TABLE … MODIFY {name} with its own type and CHARACTER SET {to}"
        ),
        false => format!(
            "Give {name} and what it is compared with one type: ALTER TABLE … MODIFY the one that holds numbers as text, or send the parameter in the type of {name}"
        ),
    };
    Some(
        at.finding(severity, cause)
            .measured("rows converted", Rows(access.read as u64), "rows of the scan")
            .saves(saving)
            .fix(plan::rewrite(advice)),
    )
}

/// The column that a condition converts, and to what.
fn converted(text: &str) -> Option<(&str, String)> {
    let lower = text.to_ascii_lowercase();
    for (start, middle) in [("cast(", " as "), ("convert(", " using ")] {
        for (at, _) in lower.match_indices(start) {
            let inside = &text[at + start.len()..];
            let end = inside.find(')')?;
            let Some((column, to)) = inside.get(..end).and_then(|inside| split(inside, middle)) else { continue };
            let plain = column.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '`' | '$'));
            let numeric = to.starts_with("double") || to.starts_with("decimal") || start == "convert(";
            if plain && numeric && column.starts_with(|c: char| c.is_alphabetic() || c == '`' || c == '_') {
                return Some((column, to));
            }
        }
    }
    None
}

fn split<'a>(inside: &'a str, middle: &str) -> Option<(&'a str, String)> {
    let at = inside.to_ascii_lowercase().find(middle)?;
    Some((inside[..at].trim(), inside[at + middle.len()..].trim().to_ascii_lowercase()))
}
