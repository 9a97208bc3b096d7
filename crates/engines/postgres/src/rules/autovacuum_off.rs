use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Severity};

use super::{change, setting};

pub(super) const RULE: Rule = Rule {
    id: "autovacuum-off",
    title: "Autovacuum is switched off",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Vacuum,
    harm: Harm::Outage,
    limits: &[],
    explains: &[
        "dead-rows-not-vacuumed",
        "never-analyzed",
        "stale-statistics",
        "freeze-debt",
        "table-bloat",
        "wraparound-near",
    ],
    wrong_when: "a bulk load is running and somebody will switch it on again right after it, by a script that cannot be forgotten",
    do_not: "replace autovacuum by a nightly VACUUM job: a busy table needs it many times a day, a quiet one never",
    lesson: include_str!("autovacuum_off.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let effect = "dead rows pile up, statistics age, and only forced vacuums against wraparound still run";
    let fix = change::setting(case, "autovacuum", "on").cost(
        "workers start on the tables with the most dead rows at once; they are throttled by autovacuum_vacuum_cost_limit",
    );
    setting::is(case, "autovacuum", "off", Severity::Error, effect, fix)
}

#[cfg(test)]
mod tests {
    use dbwright_model::Subject;

    use super::*;
    use crate::rules::fixtures::{case, case_of, settings};

    #[test]
    fn fires_when_off() {
        let found = check(&case_of(15).with(&settings().with("autovacuum", "off"))).unwrap();
        assert_eq!(found[0].subject, Subject::setting("autovacuum"));
    }

    #[test]
    fn fires_even_on_an_empty_database() {
        assert_eq!(check(&case(vec![]).with(&settings().with("autovacuum", "off"))).unwrap().len(), 1);
    }

    #[test]
    fn silent_when_on() {
        assert!(check(&case_of(15)).unwrap().is_empty());
    }

    #[test]
    fn silent_when_only_its_log_is_off() {
        let settings = settings().with("log_autovacuum_min_duration", "-1");
        assert!(check(&case_of(15).with(&settings)).unwrap().is_empty());
    }
}
