use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Count, Engine, Fix, Harm, Limit, Rule, Share, Undo};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "orphans-filtered",
    title: "A shard reads documents that are not its own",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Waste,
    limits: &[&SKIPPED, &PART],
    explains: &[],
    wrong_when: "a migration has just ended and the range deleter is still at work",
    do_not: "read with readConcern available to skip the filter: orphans then appear as results",
    lesson: include_str!("orphans_filtered.md"),
    check,
};

static SKIPPED: Limit<Count> =
    Limit { what: "orphans read", value: Count(1_000), source: "fewer cost a millisecond or two" };
static PART: Limit<Share> =
    Limit { what: "orphans of what the filter saw", value: Share(0.1), source: "below a tenth the time is elsewhere" };

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| &*at.node().name == "SHARDING_FILTER") {
        let skipped = at.node().extra.number("chunkSkips").unwrap_or(0.0);
        let kept = seen::rows(at).unwrap_or(0.0);
        if skipped < SKIPPED.value.0 as f64 || skipped < PART.value.0 * (kept + skipped) {
            continue;
        }
        let shard = at.node().label.as_deref().map_or(String::new(), |shard| format!(" on {shard}"));
        let cause = format!(
            "{} read{shard} belong to other shards and are thrown away: orphans of migrations that were not cleaned up",
            seen::docs(skipped)
        );
        let name = seen::collection(at).map_or_else(|| "'db.collection'".to_owned(), |name| format!("'{name}'"));
        let fix = Fix::of(
            FixKind::Command,
            format!("db.adminCommand({{ cleanupOrphaned: {name} }})"),
            Undo::NotNeeded(
                "only documents the shard does not own are removed; connect to the primary of the shard to run it"
                    .into(),
            ),
        )
        .lock("none on documents the shard owns")
        .cost("deletes in the background; waits until the ranges are clean");
        found.push(
            seen::finding(at, skipped / (kept + skipped), cause)
                .measured("orphans", seen::count(skipped), "SHARDING_FILTER.chunkSkips")
                .fix(fix),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, executed};
    use super::*;

    fn filter(skipped: u32, kept: u32) -> String {
        executed(
            50,
            &format!(
                "{{ stage: 'SHARDING_FILTER', nReturned: {kept}, executionTimeMillisEstimate: 49, works: 9, chunkSkips: {skipped}, inputStage: {{ stage: 'COLLSCAN', nReturned: 90000, executionTimeMillisEstimate: 40, works: 90001, docsExamined: 90000 }} }}"
            ),
        )
    }

    #[test]
    fn fires_on_many() {
        let found = check(&RULE, &filter(30_000, 60_000));
        assert!(found[0].fixes[0].statement.contains("cleanupOrphaned: 'shop.orders'"), "{found:?}");
    }

    #[test]
    fn fires_when_all_are() {
        assert_eq!(check(&RULE, &filter(90_000, 0)).len(), 1);
    }

    #[test]
    fn silent_on_few() {
        assert!(check(&RULE, &filter(900, 10)).is_empty());
    }

    #[test]
    fn silent_on_a_small_part() {
        assert!(check(&RULE, &filter(2_000, 88_000)).is_empty());
    }
}
