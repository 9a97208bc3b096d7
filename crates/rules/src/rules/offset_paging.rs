use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule};
use dbwright_sql::statement::Fact;

use crate::shape::{PART, SLOW, findings};

pub(super) const RULE: Rule = Rule {
    id: "offset-paging",
    title: "Pages are reached by passing over rows",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs, pg_stat_statements or performance_schema",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&PART, &SLOW],
    explains: &[],
    wrong_when: "nobody goes beyond the first pages",
    do_not: "put the count of all rows beside it: that is a second scan",
    lesson: include_str!("offset_paging.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let holds = |fact: &Fact| matches!(fact, Fact::Offset { .. });
    findings(
        case,
        holds,
        |_| true,
        "rows are read to be passed over (OFFSET)",
        "page by key: WHERE (created_at, id) < (the last one shown) ORDER BY created_at DESC, id DESC LIMIT n, with an index in that order",
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
        assert_eq!(found("SELECT * FROM events ORDER BY id LIMIT $1 OFFSET $2", 200.0, 0.2), 1);
    }

    #[test]
    fn fires_on_another_form() {
        assert_eq!(found("select a from t where b = $1 order by c limit 20 offset $2", 200.0, 0.2), 1);
    }

    #[test]
    fn silent_on_what_only_looks_like_it() {
        assert_eq!(found("SELECT a FROM t WHERE b = $1 OFFSET 0", 200.0, 0.2), 0);
    }

    #[test]
    fn silent_on_the_better_form() {
        assert_eq!(found("SELECT * FROM events WHERE id > $1 ORDER BY id LIMIT $2", 200.0, 0.2), 0);
    }

    #[test]
    fn silent_when_it_costs_little() {
        assert_eq!(found("SELECT * FROM events ORDER BY id LIMIT $1 OFFSET $2", 200.0, 0.001), 0);
        assert_eq!(found("SELECT * FROM events ORDER BY id LIMIT $1 OFFSET $2", 2.0, 0.2), 0);
    }
}
