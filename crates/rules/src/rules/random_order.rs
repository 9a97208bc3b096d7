use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule};
use dbwright_sql::statement::Fact;

use crate::shape::{PART, SLOW, findings};

pub(super) const RULE: Rule = Rule {
    id: "random-order",
    title: "All rows are sorted to get a few by chance",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs, pg_stat_statements or performance_schema",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&PART, &SLOW],
    explains: &[],
    wrong_when: "the table is small and stays so",
    do_not: "add an index: nothing has this order",
    lesson: include_str!("random_order.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let holds = |fact: &Fact| matches!(fact, Fact::RandomOrder { .. });
    findings(
        case,
        holds,
        |_| true,
        "every row gets a random number and all are sorted by it",
        "TABLESAMPLE SYSTEM_ROWS / BERNOULLI (PostgreSQL), a random key and the next row after it (WHERE id >= random key ORDER BY id LIMIT n), or a column with a random number and an index",
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
        assert_eq!(found("SELECT * FROM users ORDER BY random() LIMIT $1", 200.0, 0.2), 1);
    }

    #[test]
    fn fires_on_another_form() {
        assert_eq!(found("SELECT id FROM ads WHERE active ORDER BY random() LIMIT 1", 200.0, 0.2), 1);
    }

    #[test]
    fn silent_on_what_only_looks_like_it() {
        assert_eq!(found("SELECT random(), a FROM t ORDER BY a", 200.0, 0.2), 0);
    }

    #[test]
    fn silent_on_the_better_form() {
        assert_eq!(found("SELECT * FROM users WHERE id >= $1 ORDER BY id LIMIT 5", 200.0, 0.2), 0);
    }

    #[test]
    fn silent_when_it_costs_little() {
        assert_eq!(found("SELECT * FROM users ORDER BY random() LIMIT $1", 200.0, 0.001), 0);
        assert_eq!(found("SELECT * FROM users ORDER BY random() LIMIT $1", 2.0, 0.2), 0);
    }
}
