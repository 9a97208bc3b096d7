use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Engine, Fix, Harm, Limit, Rule, Seconds, Severity, Undo};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "lightweight-transaction-rounds",
    title: "A lightweight transaction takes several rounds",
    engines: &[Engine::Cassandra],
    versions: "3–5",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&PART],
    explains: &[],
    wrong_when: "the condition is needed: a unique name, a balance",
    do_not: "mix conditional and plain writes of the same row: the plain ones are not ordered with the others",
    lesson: include_str!("lightweight_transaction_rounds.md"),
    check,
};

static PART: Limit<Seconds> = Limit {
    what: "time of the request",
    value: Seconds(0.02),
    source: "four rounds within one data centre take some milliseconds",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::requests(case)? {
        let ballots = at.subtree().filter(|event| event.node().name.starts_with("Promising ballot")).count();
        let cas = at.subtree().find(|event| {
            event.node().name.starts_with("Reading existing values for CAS") || event.node().name.starts_with("CAS ")
        });
        let Some(cas) = cas.filter(|_| ballots > 0 && seen::took(at) >= PART.value.0) else { continue };
        let contended = at.subtree().any(|event| {
            event.node().name.contains("CAS precondition does not match") || event.node().name.contains("rejected")
        });
        let cause = format!(
            "IF … makes this a lightweight transaction: promise, read, propose and commit are rounds of their own, {} in all{}",
            Seconds(seen::took(at)),
            if contended { ", and it was in vain" } else { "" }
        );
        let fix = Fix::of(
            FixKind::Code,
            "Leave IF NOT EXISTS out where writing the same row twice does no harm, make keys unique by construction (uuid), and spread hot rows over several partitions",
            Undo::NotNeeded("a change in the statement".into()),
        );
        found.push(
            cas.finding(Severity::Info, cause)
                .weight(seen::took(at))
                .measured("request", Seconds(seen::took(at)), "source_elapsed")
                .fix(fix),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{BATCH, LIGHTWEIGHT, WRITE, check};
    use super::*;

    #[test]
    fn fires_on_a_recorded_one() {
        let found = check(&RULE, LIGHTWEIGHT);
        assert!(found[0].cause.contains("192 ms in all"), "{found:?}");
    }

    #[test]
    fn fires_when_it_was_in_vain() {
        let text = LIGHTWEIGHT.replace("CAS precondition is met", "CAS precondition does not match current values");
        assert!(check(&RULE, &text)[0].cause.contains("in vain"));
    }

    #[test]
    fn silent_on_a_plain_write() {
        assert!(check(&RULE, WRITE).is_empty());
    }

    #[test]
    fn silent_on_a_batch() {
        assert!(check(&RULE, BATCH).is_empty());
    }
}
