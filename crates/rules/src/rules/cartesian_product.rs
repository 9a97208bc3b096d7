use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Undo, Workload};
use dbwright_sql::statement::Fact;

use crate::query;
use crate::shape::{PART, SLOW, with_fact};

pub(super) const RULE: Rule = Rule {
    id: "cartesian-product",
    title: "Every row with every row",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs, pg_stat_statements or performance_schema",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&PART, &SLOW],
    explains: &[],
    wrong_when: "one of the tables has one row",
    do_not: "put DISTINCT on top to hide the copies",
    lesson: include_str!("cartesian_product.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let workload = case.get::<Workload>()?;
    let found = with_fact(case, workload, |fact, _| matches!(fact, Fact::Untied { .. }));
    let findings = found.into_iter().map(|query| {
        let share = query::share(workload, query);
        let cause = format!(
            "tables are joined without a condition: {share} of all time, {} each: {}",
            query.mean_time,
            query::short(query)
        );
        let fix = Fix::of(
            FixKind::Code,
            "write the condition that ties the tables; where every pair is wanted, say CROSS JOIN",
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
        assert_eq!(found("SELECT a.id FROM a, b WHERE a.x = $1", 200.0, 0.2), 1);
    }

    #[test]
    fn fires_on_another_form() {
        assert_eq!(
            found("SELECT o.id FROM orders o, items i, users u WHERE o.id = i.order_id AND u.name = $1", 200.0, 0.2),
            1
        );
    }

    #[test]
    fn silent_on_what_only_looks_like_it() {
        assert_eq!(found("SELECT a.id FROM a CROSS JOIN b WHERE a.x = $1", 200.0, 0.2), 0);
    }

    #[test]
    fn silent_on_the_better_form() {
        assert_eq!(found("SELECT a.id FROM a JOIN b ON a.id = b.a_id WHERE a.x = $1", 200.0, 0.2), 0);
    }

    #[test]
    fn silent_when_it_costs_little() {
        assert_eq!(found("SELECT a.id FROM a, b WHERE a.x = $1", 200.0, 0.001), 0);
        assert_eq!(found("SELECT a.id FROM a, b WHERE a.x = $1", 2.0, 0.2), 0);
    }
}
