use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Count, Engine, Fix, Harm, Limit, Rule, Seconds, Undo};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "many-sstables-read",
    title: "A read merges many SSTables",
    engines: &[Engine::Cassandra],
    versions: "3–5",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&SSTABLES],
    explains: &["coordinator-stalled"],
    wrong_when: "a compaction was about to run, or the partition is read once a day",
    do_not: "run nodetool compact on a schedule: size-tiered tables end in one huge SSTable that is never compacted again",
    lesson: include_str!("many_sstables_read.md"),
    check,
};

static SSTABLES: Limit<Count> = Limit {
    what: "SSTables merged for one read",
    value: Count(4),
    source: "levelled tables read one or two; size-tiered ones up to about four of a size before they are compacted",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| at.node().name.starts_with("Merged data from")) {
        let Some(sstables) = at.node().extra.number("sstables").filter(|number| *number >= SSTABLES.value.0 as f64)
        else {
            continue;
        };
        let lookups: f64 =
            seen::before(at).take_while(|event| !event.node().name.starts_with("Executing")).map(seen::gap).sum();
        let table = seen::table(at).unwrap_or_else(|| "the table".into());
        let cause = format!(
            "one partition of {table} is spread over {sstables} SSTables: each is looked up for this read, {} in all",
            Seconds(lookups)
        );
        let finding = seen::finding(at, lookups * (1.0 - 1.0 / sstables), cause)
            .measured("SSTables", Count(sstables as u64), "trace: Merged data from memtables and N sstables")
            .measured("looking up", Seconds(lookups), "source_elapsed");
        let fix = Fix::of(
            FixKind::Sql,
            format!("ALTER TABLE {table} WITH compaction = {{'class': 'LeveledCompactionStrategy'}};"),
            Undo::Statement(format!("ALTER TABLE {table} WITH compaction = {{'class': 'SizeTieredCompactionStrategy'}};")),
        )
        .lock("none")
        .cost("every SSTable of the table is compacted anew, on every machine; levels write each row about ten times over its life. Cassandra 5: UnifiedCompactionStrategy with scaling_parameters L10 does the same")
        .verify("nodetool tablehistograms shows SSTables per read");
        found.push(if table.contains('.') { finding.fix(fix) } else { finding });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{MANY_SSTABLES, POINT_READ, TOMBSTONES, check, trace};
    use super::*;

    #[test]
    fn fires_on_a_recorded_read() {
        let found = check(&RULE, MANY_SSTABLES);
        assert!(found[0].cause.contains("lesson.events is spread over 6 SSTables"), "{found:?}");
        assert!(found[0].fixes[0].statement.starts_with("ALTER TABLE lesson.events WITH compaction"));
    }

    #[test]
    fn fires_from_four() {
        let text = trace(&[
            ("Executing single-partition query on orders", 1, 200),
            ("Merged data from memtables and 4 sstables", 1, 9000),
        ]);
        assert!(check(&RULE, &text)[0].cause.contains("shop.orders"));
    }

    #[test]
    fn silent_on_three() {
        let text = trace(&[
            ("Executing single-partition query on orders", 1, 200),
            ("Merged data from memtables and 3 sstables", 1, 9000),
        ]);
        assert!(check(&RULE, &text).is_empty());
    }

    #[test]
    fn silent_on_one() {
        assert!(check(&RULE, TOMBSTONES).is_empty() && check(&RULE, POINT_READ).is_empty());
    }
}
