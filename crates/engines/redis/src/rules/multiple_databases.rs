use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Harm, Rule, Severity, Subject};

use super::fixes::code;
use crate::sections::keyspace::Keyspace;

pub(super) const RULE: Rule = Rule {
    id: "multiple-databases",
    title: "Keys live in several numbered databases",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Schema,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "the databases are used by one application that will never move to a cluster",
    do_not: "move keys with MOVE one by one while the application runs: readers look in the old place",
    lesson: include_str!("multiple_databases.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let keyspace = case.get::<Keyspace>()?;
    let used = &keyspace.databases;
    if used.len() < 2 {
        return Ok(vec![]);
    }
    let list: Vec<String> =
        used.iter().map(|database| format!("{} ({} keys)", database.number, database.keys)).collect();
    let cause = format!(
        "{} databases hold keys: {}; they share one thread, one memory limit and one eviction, and a cluster has only database 0",
        used.len(),
        list.join(", ")
    );
    Ok(vec![
        Finding::new(Severity::Info, Subject::server(), cause)
            .measured("databases with keys", Count(used.len() as u64), "INFO keyspace")
            .weight(used.len() as f64)
            .fix(code("give each kind of data a prefix of its own in database 0, or a server of its own where its loss or load differs")),
    ])
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis};
    use super::*;
    use crate::sections::keyspace::Database;

    fn look(numbers: &[u32]) -> usize {
        let databases = numbers.iter().map(|&number| Database { number, keys: Count(5), expires: Count(0) }).collect();
        found(check, &redis("").with(&Keyspace { databases, sample: None })).len()
    }

    #[test]
    fn fires_on_two() {
        assert_eq!(look(&[0, 3]), 1);
    }

    #[test]
    fn fires_when_zero_is_empty() {
        assert_eq!(look(&[1, 15]), 1);
    }

    #[test]
    fn silent_on_one() {
        assert_eq!(look(&[0]), 0);
    }

    #[test]
    fn silent_on_one_that_is_not_the_first() {
        assert_eq!(look(&[7]), 0);
    }
}
