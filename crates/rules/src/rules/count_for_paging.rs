use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule};
use dbwright_sql::statement::Fact;

use crate::shape::{PART, SLOW, findings};

pub(super) const RULE: Rule = Rule {
    id: "count-for-paging",
    title: "All rows are counted, again and again",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs, pg_stat_statements or performance_schema",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&PART, &SLOW],
    explains: &[],
    wrong_when: "the number itself is what people want",
    do_not: "speed it up by an index for every filter",
    lesson: include_str!("count_for_paging.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let holds = |fact: &Fact| matches!(fact, Fact::Counts { .. });
    findings(
        case,
        holds,
        |_| true,
        "all matching rows are counted each time",
        "show that there is a next page (ask for one row more) instead of how many; keep the number, or an estimate (reltuples, EXPLAIN), where it is only shown",
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
        assert_eq!(found("SELECT count(*) FROM events WHERE kind = $1", 200.0, 0.2), 1);
    }

    #[test]
    fn fires_on_another_form() {
        assert_eq!(found("select count(*) from orders", 200.0, 0.2), 1);
    }

    #[test]
    fn silent_on_what_only_looks_like_it() {
        assert_eq!(found("SELECT kind, count(*) FROM events GROUP BY kind", 200.0, 0.2), 0);
    }

    #[test]
    fn silent_on_the_better_form() {
        assert_eq!(found("SELECT id FROM events WHERE kind = $1 ORDER BY id LIMIT 21", 200.0, 0.2), 0);
    }

    #[test]
    fn silent_when_it_costs_little() {
        assert_eq!(found("SELECT count(*) FROM events WHERE kind = $1", 200.0, 0.001), 0);
        assert_eq!(found("SELECT count(*) FROM events WHERE kind = $1", 2.0, 0.2), 0);
    }
}
