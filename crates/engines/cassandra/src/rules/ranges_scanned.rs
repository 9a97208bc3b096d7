use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Count, Engine, Fix, Harm, Limit, Rule, Seconds, Undo};
use dbwright_plan::At;

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "ranges-scanned",
    title: "A query without its partition key scans the cluster",
    engines: &[Engine::Cassandra],
    versions: "3–5",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&PART],
    explains: &[],
    wrong_when: "it is an export, paged by token, in a quiet hour",
    do_not: "add ALLOW FILTERING: it only confirms that all of it may be read",
    lesson: include_str!("ranges_scanned.md"),
    check,
};

static PART: Limit<Seconds> =
    Limit { what: "time of the request", value: Seconds(0.005), source: "below 5 ms the table is tiny" };

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::requests(case)? {
        let scans: Vec<At<'_>> =
            at.subtree().filter(|event| event.node().name.starts_with("Executing seq scan")).collect();
        let rounds = at.subtree().filter(|event| event.node().name.starts_with("Submitting range requests"));
        let ranges = rounds.filter_map(|event| event.node().extra.number("ranges")).fold(0.0, f64::max);
        let Some(first) = scans.first().copied().filter(|_| seen::took(at) >= PART.value.0) else { continue };
        let read: f64 = at
            .subtree()
            .filter(|event| event.node().name.starts_with("Read "))
            .filter_map(|event| event.node().actual?.rows)
            .sum();
        let table = seen::table(first).unwrap_or_else(|| "the table".into());
        let cause = format!(
            "the query does not name a partition of {table}: {} scans over {} token ranges read {} rows in {}",
            Count(scans.len() as u64),
            Count(ranges as u64),
            Count(read as u64),
            Seconds(seen::took(at))
        );
        let fix = Fix::of(
            FixKind::Code,
            format!(
                "Keep a table for this question whose partition key is the column compared (written together with {table}), or index the column with SAI on Cassandra 5: CREATE INDEX ON {table} (column) USING 'sai';"
            ),
            Undo::NotNeeded("a new table or index; DROP it".into()),
        );
        found.push(
            seen::finding(first, 0.9 * seen::took(at), cause)
                .measured("rows read", Count(read as u64), "trace: Read N live rows")
                .measured("token ranges", Count(ranges as u64), "trace: Submitting range requests on N ranges")
                .fix(fix),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FILTERING, POINT_READ, SECONDARY_INDEX, check, trace};
    use super::*;

    #[test]
    fn fires_on_a_recorded_filter() {
        let found = check(&RULE, FILTERING);
        assert!(found[0].cause.contains("lesson.events: 3 scans over 5 token ranges read 1,200 rows"), "{found:?}");
    }

    #[test]
    fn fires_on_a_plain_scan() {
        let text = trace(&[
            ("Submitting range requests on 257 ranges with a concurrency of 1", 1, 300),
            ("Executing seq scan across 2 sstables for (min, min]", 1, 900),
            ("Read 9 live rows and 0 tombstone cells", 1, 40_000),
        ]);
        assert!(check(&RULE, &text)[0].cause.contains("257 token ranges"));
    }

    #[test]
    fn silent_on_one_partition() {
        assert!(check(&RULE, POINT_READ).is_empty());
    }

    #[test]
    fn silent_through_an_index() {
        assert!(check(&RULE, SECONDARY_INDEX).is_empty());
    }

    #[test]
    fn silent_on_a_tiny_table() {
        let text = trace(&[
            ("Submitting range requests on 1 ranges with a concurrency of 1", 1, 300),
            ("Executing seq scan across 0 sstables for (min, min]", 1, 900),
            ("Read 9 live rows and 0 tombstone cells", 1, 1_000),
        ]);
        assert!(check(&RULE, &text).is_empty());
    }
}
