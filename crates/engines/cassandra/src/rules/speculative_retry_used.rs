use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Seconds, Severity};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "speculative-retry-used",
    title: "A replica was too slow and another was asked",
    engines: &[Engine::Cassandra],
    versions: "3–5",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[],
    explains: &[],
    wrong_when: "it happened once, in a garbage collection or a restart",
    do_not: "set speculative_retry to ALWAYS: every read then costs twice",
    lesson: include_str!("speculative_retry_used.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| at.node().name.starts_with("Speculating read retry")) {
        let waited = seen::before(at).map(seen::gap).fold(0.0, f64::max);
        let cause = format!(
            "a replica did not answer for {} and another one was asked: the slower one decides about one read in some",
            Seconds(waited)
        );
        found.push(at.finding(Severity::Info, cause).weight(waited).measured(
            "waited",
            Seconds(waited),
            "source_elapsed",
        ));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{MANY_SSTABLES, POINT_READ, check, trace};
    use super::*;

    #[test]
    fn fires_on_a_retry() {
        let text = trace(&[
            ("Sending READ message to /127.0.0.2", 1, 300),
            ("Speculating read retry on /127.0.0.3", 1, 52_000),
            ("Processing response from /127.0.0.3", 1, 53_000),
        ]);
        assert!(check(&RULE, &text)[0].cause.contains("51.7 ms"), "{:?}", check(&RULE, &text));
    }

    #[test]
    fn fires_with_the_newer_words() {
        let text = trace(&[
            ("Sending READ_REQ message to /127.0.0.2:7000", 1, 300),
            ("Speculating read retry on Full(/127.0.0.3:7000,(1,2])", 1, 12_000),
        ]);
        assert_eq!(check(&RULE, &text).len(), 1);
    }

    #[test]
    fn silent_when_all_answer() {
        let text =
            trace(&[("Sending READ message to /127.0.0.2", 1, 300), ("Processing response from /127.0.0.2", 1, 900)]);
        assert!(check(&RULE, &text).is_empty());
    }

    #[test]
    fn silent_on_one_machine() {
        assert!(check(&RULE, POINT_READ).is_empty() && check(&RULE, MANY_SSTABLES).is_empty());
    }
}
