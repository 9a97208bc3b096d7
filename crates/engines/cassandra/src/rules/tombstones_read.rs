use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Count, Engine, Fix, Harm, Limit, Ratio, Rule, Undo};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "tombstones-read",
    title: "A read goes through deleted rows",
    engines: &[Engine::Cassandra],
    versions: "3–5",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&DEAD, &RATIO],
    explains: &["coordinator-stalled"],
    wrong_when: "a single clean-up deleted them and gc_grace_seconds are about to pass",
    do_not: "set gc_grace_seconds to 0: a replica that was away brings deleted rows back",
    lesson: include_str!("tombstones_read.md"),
    check,
};

static DEAD: Limit<Count> = Limit {
    what: "tombstones read",
    value: Count(1_000),
    source: "tombstone_warn_threshold is 1,000 (Cassandra 3.0 and later); tombstone_failure_threshold is 100,000",
};
static RATIO: Limit<Ratio> = Limit {
    what: "tombstones for one live row",
    value: Ratio(10.0),
    source: "ten dead rows for one live: the read is mostly about what is gone",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)? {
        let Some(dead) = at.node().extra.number("tombstones") else { continue };
        let live = at.node().actual.and_then(|actual| actual.rows).unwrap_or(0.0);
        let many = dead >= DEAD.value.0 as f64 || (dead >= 100.0 && dead >= RATIO.value.0 * live.max(1.0));
        if !many {
            continue;
        }
        let reading: f64 =
            seen::before(at).take_while(|event| !event.node().name.starts_with("Executing")).map(seen::gap).sum();
        let table = seen::table(at).unwrap_or_else(|| "the table".into());
        let cause = format!(
            "the read of {table} goes through {} tombstones to find {} live rows",
            Count(dead as u64),
            Count(live as u64)
        );
        let fix = Fix::of(
            FixKind::Code,
            format!(
                "Do not read where rows were deleted: start behind the last row handled (AND id > last), keep one partition per hour of a queue and drop it whole, or write with a TTL into a table with TimeWindowCompactionStrategy. What is there already goes with nodetool garbagecollect {}",
                table.replace('.', " ")
            ),
            Undo::NotNeeded("a change in the queries; garbagecollect only removes what is shadowed".into()),
        );
        found.push(
            seen::finding(at, reading * dead / (dead + live).max(1.0), cause)
                .measured("tombstones", Count(dead as u64), "trace: Read N live rows and N tombstone cells")
                .measured("live rows", Count(live as u64), "trace: Read N live rows and N tombstone cells")
                .fix(fix),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{MANY_SSTABLES, POINT_READ, TOMBSTONES, check, trace};
    use super::*;

    #[test]
    fn fires_on_a_recorded_queue() {
        let found = check(&RULE, TOMBSTONES);
        assert!(found[0].cause.contains("lesson.queue goes through 2,950 tombstones to find 5 live rows"), "{found:?}");
        assert_eq!(found[0].severity, dbwright_model::Severity::Warn);
    }

    #[test]
    fn fires_when_most_of_few_rows_are_dead() {
        let text = trace(&[
            ("Executing single-partition query on orders", 1, 200),
            ("Read 3 live rows and 400 tombstone cells", 1, 900),
        ]);
        assert_eq!(check(&RULE, &text).len(), 1);
    }

    #[test]
    fn silent_without_tombstones() {
        assert!(check(&RULE, MANY_SSTABLES).is_empty() && check(&RULE, POINT_READ).is_empty());
    }

    #[test]
    fn silent_when_live_rows_outnumber_them() {
        let text = trace(&[
            ("Executing single-partition query on orders", 1, 200),
            ("Read 900 live rows and 400 tombstone cells", 1, 900),
        ]);
        assert!(check(&RULE, &text).is_empty());
    }
}
