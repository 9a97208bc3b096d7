use dbwright_model::{Area, Case, Checked, Engine, Harm, Limit, Rows, Rule};
use dbwright_sql::statement::Fact;

use crate::shape::{PART, SLOW, findings};

static MANY: Limit<Rows> =
    Limit { what: "rows of a call", value: Rows(10_000), source: "own choice: no person reads so many" };

pub(super) const RULE: Rule = Rule {
    id: "unbounded-result",
    title: "Results without a bound",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs, pg_stat_statements or performance_schema",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&PART, &SLOW, &MANY],
    explains: &[],
    wrong_when: "it is an export that runs away from the requests of users",
    do_not: "fetch all and cut in the program",
    lesson: include_str!("unbounded_result.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let holds = |fact: &Fact| matches!(fact, Fact::Unbounded);
    findings(
        case,
        holds,
        |query| query.rows.is_some_and(|rows| rows.0 / query.calls.0.max(1) >= MANY.value.0),
        "the result has no bound and returns many rows",
        "a LIMIT with paging by key, or a condition; for exports a cursor or COPY, outside of requests",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{postgres, workload};

    fn found(text: &str, time: f64, mean: f64) -> usize {
        let mut workload = workload(1_000.0, text, time, mean);
        workload.queries.iter_mut().for_each(|query| query.rows = Some(dbwright_model::Rows(query.calls.0 * 20_000)));
        check(&postgres(&workload)).unwrap().len()
    }

    #[test]
    fn fires_on_the_pattern() {
        assert_eq!(found("SELECT * FROM events", 200.0, 0.2), 1);
    }

    #[test]
    fn fires_on_another_form() {
        assert_eq!(found("SELECT id, name FROM users ORDER BY name", 200.0, 0.2), 1);
    }

    #[test]
    fn silent_on_what_only_looks_like_it() {
        assert_eq!(found("SELECT * FROM events WHERE id = $1", 200.0, 0.2), 0);
    }

    #[test]
    fn silent_on_the_better_form() {
        assert_eq!(found("SELECT id, name FROM users ORDER BY name LIMIT 50", 200.0, 0.2), 0);
    }

    #[test]
    fn silent_when_it_costs_little() {
        assert_eq!(found("SELECT * FROM events", 200.0, 0.001), 0);
        assert_eq!(found("SELECT * FROM events", 2.0, 0.2), 0);
    }
}
