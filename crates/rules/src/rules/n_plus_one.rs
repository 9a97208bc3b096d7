use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule};
use dbwright_workload::chatter::Kind;

use crate::chatter::{LOST, PART, batched, code, eager, findings, many};

pub(super) const RULE: Rule = Rule {
    id: "n-plus-one",
    title: "One query for the rows, and one more for each of them",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs or traces with all statements",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&LOST, &PART],
    explains: &["look-ups-in-a-loop"],
    wrong_when: "a pool that gives each statement another session mixed the requests, or the loop is a job that nobody waits for",
    do_not: "cache the look-ups: one statement for all is faster and never stale",
    lesson: include_str!("n_plus_one.md"),
    check,
};

fn check(case: &Case) -> Checked {
    findings(case, Kind::NPlusOne, |pattern| {
        let kinds = if pattern.turns.len() > 1 { " of several kinds" } else { "" };
        let what = format!("{} look-ups{kinds}, one for each row of the query before", many(pattern));
        let statements = pattern.turns.iter().filter_map(|turn| batched(case, turn.text.as_str()));
        let statements = statements.map(|statement| code(format!("one statement for all of them: {statement}")));
        (what, pattern.framework.map(|framework| code(eager(framework))).into_iter().chain(statements).collect())
    })
}

#[cfg(test)]
mod tests {
    use dbwright_model::Severity;
    use dbwright_workload::chatter::{Framework, Pattern};

    use super::*;
    use crate::chatter::example::{heard, pattern};

    const ITEMS: &str = "select * from items where order_id = ?";

    fn of(kind: Kind, milliseconds: u64) -> Pattern {
        pattern(kind, Some("select * from orders where user_id = ?"), &[ITEMS], milliseconds)
    }

    #[test]
    fn fires_with_the_statement_for_all() {
        let found = check(&heard(vec![of(Kind::NPlusOne, 40)])).unwrap();
        assert_eq!(found[0].severity, Severity::Warn);
        assert!(found[0].cause.starts_with("20 look-ups"), "{}", found[0].cause);
        assert!(found[0].fixes[0].statement.contains("select * from items where order_id = ANY ($1);"));
    }

    #[test]
    fn fires_in_the_words_of_the_framework() {
        let rails =
            Pattern { framework: Some(Framework::Rails), site: Some("app/a.rb:3".into()), ..of(Kind::NPlusOne, 40) };
        let found = check(&heard(vec![rails])).unwrap();
        assert!(found[0].fixes[0].statement.contains("includes") && found[0].cause.contains("app/a.rb:3, Rails"));
    }

    #[test]
    fn fires_softly_when_nobody_notices() {
        assert_eq!(check(&heard(vec![of(Kind::NPlusOne, 2)])).unwrap()[0].severity, Severity::Info);
    }

    #[test]
    fn silent_on_look_ups_without_a_parent() {
        assert!(check(&heard(vec![of(Kind::LookUps, 40)])).unwrap().is_empty());
    }

    #[test]
    fn silent_on_the_same_read_again() {
        assert!(check(&heard(vec![of(Kind::Repeated, 40)])).unwrap().is_empty());
    }
}
