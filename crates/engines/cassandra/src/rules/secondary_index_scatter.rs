use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Count, Engine, Fix, Harm, Limit, Rule, Seconds, Undo};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "secondary-index-scatter",
    title: "A secondary index asks every machine",
    engines: &[Engine::Cassandra],
    versions: "3–5",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&LOOKUPS, &PART],
    explains: &[],
    wrong_when: "the partition key is compared, too: then one machine is asked",
    do_not: "index a column with few values, or one that is updated all the time",
    lesson: include_str!("secondary_index_scatter.md"),
    check,
};

static LOOKUPS: Limit<Count> = Limit {
    what: "rows looked up one by one through the index",
    value: Count(50),
    source: "each is a partition read of its own",
};
static PART: Limit<Seconds> =
    Limit { what: "time of the request", value: Seconds(0.01), source: "below 10 ms it does not matter" };

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::requests(case)? {
        let through = at.subtree().find(|event| {
            event.node().name.starts_with("Executing read through")
                || event.node().name.starts_with("Index mean cardinalities")
        });
        let Some(index) = through.and_then(|event| event.node().index.as_ref()) else { continue };
        let ranges = at.subtree().any(|event| event.node().name.starts_with("Submitting range requests"));
        // The first search is of the index itself.
        let lookups = at
            .subtree()
            .filter(|event| event.node().name.starts_with("Executing single-partition query"))
            .count()
            .saturating_sub(1);
        let (Some(through), true) = (through, ranges) else { continue };
        if (lookups as u64) < LOOKUPS.value.0 || seen::took(at) < PART.value.0 {
            continue;
        }
        let cause = format!(
            "{index} is asked on every machine, and {} rows it names are then read one by one, in {}",
            Count(lookups as u64),
            Seconds(seen::took(at))
        );
        let fix = Fix::of(
            FixKind::Code,
            format!(
                "Keep a table with the indexed column as its partition key, compare the partition key as well, or replace {index} by a storage-attached one (Cassandra 5): CREATE INDEX … USING 'sai';"
            ),
            Undo::NotNeeded("a new table or index; DROP it".into()),
        );
        found.push(
            seen::finding(through, 0.9 * seen::took(at), cause)
                .measured("rows read one by one", Count(lookups as u64), "trace: Executing single-partition query")
                .fix(fix),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FILTERING, POINT_READ, SECONDARY_INDEX, check};
    use super::*;

    #[test]
    fn fires_on_a_recorded_query() {
        let found = check(&RULE, SECONDARY_INDEX);
        assert!(
            found[0].cause.starts_with("people_town is asked") && found[0].cause.contains("rows it names"),
            "{found:?}"
        );
    }

    #[test]
    fn fires_under_another_name() {
        assert!(check(&RULE, &SECONDARY_INDEX.replace("people_town", "by_town"))[0].cause.starts_with("by_town"));
    }

    #[test]
    fn silent_without_an_index() {
        assert!(check(&RULE, FILTERING).is_empty() && check(&RULE, POINT_READ).is_empty());
    }

    #[test]
    fn silent_within_a_partition() {
        let within: String = SECONDARY_INDEX
            .lines()
            .filter(|line| !line.contains("Submitting range requests"))
            .map(|line| format!("{line}\n"))
            .collect();
        assert!(check(&RULE, &within).is_empty());
    }
}
