use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Undo, Workload};
use dbwright_sql::statement::Fact;

use crate::query;
use crate::shape::{PART, SLOW, with_fact};

pub(super) const RULE: Rule = Rule {
    id: "not-in-query",
    title: "NOT IN over a query",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs, pg_stat_statements or performance_schema",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&PART, &SLOW],
    explains: &[],
    wrong_when: "the column cannot be null and the query yields few rows",
    do_not: "add an index to the inner table alone: the plan cannot use it for this",
    lesson: include_str!("not_in_query.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let workload = case.get::<Workload>()?;
    let found = with_fact(case, workload, |fact, _| matches!(fact, Fact::NotInQuery { .. }));
    let findings = found.into_iter().map(|query| {
        let share = query::share(workload, query);
        let cause = format!(
            "NOT IN (SELECT …) cannot become an anti-join: {share} of all time, {} each: {}",
            query.mean_time,
            query::short(query)
        );
        let fix = Fix::of(
            FixKind::Code,
            "NOT EXISTS (SELECT 1 FROM … WHERE … = …), which is an anti-join and right in the presence of nulls",
            Undo::NotNeeded("it is a change of the program".into()),
        );
        query::with_figures(Finding::new(Severity::Info, query::subject(query), cause), workload, query)
            .measured("share of all time", share, &format!("{}: total time", workload.source))
            .fix(fix)
    });
    Ok(findings.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{postgres, workload};

    fn found(text: &str, time: f64, mean: f64) -> usize {
        check(&postgres(&workload(1_000.0, text, time, mean))).unwrap().len()
    }

    #[test]
    fn fires_on_the_pattern() {
        assert_eq!(found("SELECT * FROM orders WHERE customer_id NOT IN (SELECT id FROM blocked)", 200.0, 0.2), 1);
    }

    #[test]
    fn fires_on_another_form() {
        assert_eq!(found("DELETE FROM t WHERE a NOT IN (SELECT b FROM u WHERE c = $1)", 200.0, 0.2), 1);
    }

    #[test]
    fn silent_on_what_only_looks_like_it() {
        assert_eq!(found("SELECT * FROM orders WHERE customer_id NOT IN ($1, $2)", 200.0, 0.2), 0);
    }

    #[test]
    fn silent_on_the_better_form() {
        assert_eq!(
            found(
                "SELECT * FROM orders o WHERE NOT EXISTS (SELECT 1 FROM blocked b WHERE b.id = o.customer_id)",
                200.0,
                0.2
            ),
            0
        );
    }

    #[test]
    fn silent_when_it_costs_little() {
        assert_eq!(found("SELECT * FROM orders WHERE customer_id NOT IN (SELECT id FROM blocked)", 200.0, 0.001), 0);
        assert_eq!(found("SELECT * FROM orders WHERE customer_id NOT IN (SELECT id FROM blocked)", 2.0, 0.2), 0);
    }
}
