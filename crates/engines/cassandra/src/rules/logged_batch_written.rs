use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Count, Engine, Fix, Harm, Limit, Rule, Seconds, Severity, Undo};
use dbwright_plan::At;

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "logged-batch-written",
    title: "A logged batch is written twice",
    engines: &[Engine::Cassandra],
    versions: "3–5",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&TABLES],
    explains: &[],
    wrong_when: "all of it has to happen or nothing, over several partitions",
    do_not: "batch for speed: rows of many partitions are faster sent side by side",
    lesson: include_str!("logged_batch_written.md"),
    check,
};

static TABLES: Limit<Count> = Limit {
    what: "writes in the batch",
    value: Count(3),
    source: "smaller batches hardly cost more than their writes",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::requests(case)? {
        let Some(start) =
            at.subtree().find(|event| event.node().name.starts_with("Determining replicas for atomic batch"))
        else {
            continue;
        };
        let log = |event: &At<'_>| event.node().relation.as_ref().is_some_and(|table| table.name == "batches");
        let index =
            |event: &At<'_>| event.node().relation.as_ref().is_some_and(|table| table.name.as_str().contains('.'));
        let writes = at
            .subtree()
            .filter(|event| event.node().name.starts_with("Adding to"))
            .filter(|event| !log(event) && !index(event))
            .count();
        if (writes as u64) < TABLES.value.0 {
            continue;
        }
        let logged: f64 =
            start.parent().into_iter().flat_map(|source| source.children()).filter(log).map(seen::gap).sum::<f64>()
                + seen::gap(start);
        let cause = format!(
            "the batch of {writes} writes goes to the batch log first, on two machines, and is taken out of it afterwards: about {} of {}",
            Seconds(logged),
            Seconds(seen::took(at))
        );
        let fix = Fix::of(
            FixKind::Code,
            "Send the writes side by side; batch only rows of one partition (then BEGIN UNLOGGED BATCH is one write)",
            Undo::NotNeeded("a change in the application".into()),
        );
        found.push(
            start
                .finding(Severity::Info, cause)
                .weight(logged)
                .measured("writes", Count(writes as u64), "trace: Adding to … memtable")
                .fix(fix),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{BATCH, LIGHTWEIGHT, WRITE, check, trace};
    use super::*;

    #[test]
    fn fires_on_a_recorded_batch() {
        let found = check(&RULE, BATCH);
        assert!(found[0].cause.contains("batch of 3 writes"), "{found:?}");
    }

    #[test]
    fn fires_on_more() {
        let text = trace(&[
            ("Determining replicas for atomic batch", 1, 200),
            ("Adding to batches memtable", 1, 300),
            ("Adding to orders memtable", 1, 400),
            ("Adding to orders memtable", 1, 500),
            ("Adding to items memtable", 1, 600),
            ("Adding to items memtable", 1, 700),
        ]);
        assert!(check(&RULE, &text)[0].cause.contains("4 writes"));
    }

    #[test]
    fn silent_on_a_single_write() {
        assert!(check(&RULE, WRITE).is_empty() && check(&RULE, LIGHTWEIGHT).is_empty());
    }

    #[test]
    fn silent_on_two_writes() {
        let text = trace(&[
            ("Determining replicas for atomic batch", 1, 200),
            ("Adding to batches memtable", 1, 300),
            ("Adding to orders memtable", 1, 400),
            ("Adding to items memtable", 1, 500),
        ]);
        assert!(check(&RULE, &text).is_empty());
    }
}
