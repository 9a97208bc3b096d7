use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule};
use dbwright_sql::statement::Fact;

use crate::shape::{PART, SLOW, findings};

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
    let holds = |fact: &Fact| matches!(fact, Fact::Untied { .. });
    findings(
        case,
        holds,
        |_| true,
        "tables are joined without a condition",
        "write the condition that ties the tables; where every pair is wanted, say CROSS JOIN",
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
