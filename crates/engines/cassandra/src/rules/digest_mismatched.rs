use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Engine, Fix, Harm, Rule, Seconds, Severity, Undo};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "digest-mismatched",
    title: "Replicas disagreed and the read was repaired on the way",
    engines: &[Engine::Cassandra],
    versions: "3–5",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[],
    explains: &[],
    wrong_when: "the row had just been written and one replica was a moment behind",
    do_not: "raise read_repair_chance (it is gone since Cassandra 4.0): it repairs what is read, never what is not",
    lesson: include_str!("digest_mismatched.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| at.node().name.contains("Digest mismatch")) {
        let own = at.plan.query.as_ref().is_some_and(|query| !query.is_empty());
        let table = seen::table(at).filter(|_| own).unwrap_or_default();
        let cause = format!(
            "the replicas of {} had different answers: all of them were read whole and repaired before the client got its answer",
            if table.is_empty() { "the row" } else { &table }
        );
        let keyspace = table.split_once('.').map(|(keyspace, table)| format!("{keyspace} {table}"));
        let finding = at.finding(Severity::Info, cause).weight(seen::took(at)).measured(
            "request",
            Seconds(seen::took(at)),
            "source_elapsed",
        );
        found.push(match keyspace {
            Some(names) => finding.fix(
                Fix::of(
                    FixKind::Shell,
                    format!("nodetool repair {names}"),
                    Undo::NotNeeded("it makes replicas equal".into()),
                )
                .lock("none")
                .cost("reads all data of the table on every replica; run it machine by machine in a quiet hour"),
            ),
            None => finding,
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{POINT_READ, check, trace};
    use super::*;

    #[test]
    fn fires_on_a_mismatch() {
        let text = trace(&[
            ("Executing single-partition query on orders", 1, 200),
            ("Digest mismatch: Mismatch for key DecoratedKey(1, 07)", 1, 3000),
        ]);
        let found = check(&RULE, &text);
        assert_eq!(found[0].fixes[0].statement, "nodetool repair shop orders");
    }

    #[test]
    fn fires_without_a_table() {
        let text = trace(&[("Digest mismatch: Mismatch for key DecoratedKey(1, 07)", 1, 3000)])
            .replace("Parsing SELECT * FROM shop.orders WHERE id = 7;", "Preparing statement");
        assert!(check(&RULE, &text)[0].fixes.is_empty());
    }

    #[test]
    fn silent_when_replicas_agree() {
        assert!(check(&RULE, POINT_READ).is_empty());
    }

    #[test]
    fn silent_on_a_digest_request() {
        let text = trace(&[
            ("Enqueuing digest request to /127.0.0.2", 1, 200),
            ("Processing response from /127.0.0.2", 1, 900),
        ]);
        assert!(check(&RULE, &text).is_empty());
    }
}
