use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule};
use dbwright_sql::statement::Fact;

use crate::shape::{PART, SLOW, findings};

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
    let holds = |fact: &Fact| matches!(fact, Fact::NotInQuery { .. });
    findings(
        case,
        holds,
        |_| true,
        "NOT IN (SELECT …) cannot become an anti-join",
        "NOT EXISTS (SELECT 1 FROM … WHERE … = …), which is an anti-join and right in the presence of nulls",
    )
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
