use dbwright_model::{Area, Case, Checked, Engine, Grade, Harm, Limit, Rule, Seconds, Severity, Share};
use dbwright_plan::At;

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "coordinator-stalled",
    title: "The coordinator did nothing for a large part of the request",
    engines: &[Engine::Cassandra],
    versions: "3–5",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&PART, &LEAST],
    explains: &[],
    wrong_when: "it was the first request after a start, when code and caches are cold",
    do_not: "raise the timeouts of the driver: the request still stands still",
    lesson: include_str!("coordinator_stalled.md"),
    check,
};

static PART: Limit<Share> = Limit {
    what: "the longest gap as a part of the request",
    value: Share(0.3),
    source: "a third of the request without an event",
};
static LEAST: Limit<Seconds> =
    Limit { what: "the longest gap", value: Seconds(0.02), source: "shorter gaps are scheduling" };

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::requests(case)? {
        let coordinator = at.children().find(|source| &*source.node().name == "coordinator");
        let events = coordinator.into_iter().flat_map(|source| source.children());
        let waits =
            |event: &At<'_>| event.node().name.starts_with("Sending") || event.node().name.contains("message received");
        let Some(longest) = events.filter(|event| !waits(event)).max_by(|a, b| seen::gap(*a).total_cmp(&seen::gap(*b)))
        else {
            continue;
        };
        let gap = seen::gap(longest);
        // While a replica works, the coordinator has nothing to say.
        let replicas = at.children().count() > 1;
        if gap < LEAST.value.0
            || gap < PART.value.0 * seen::took(at)
            || (replicas && !longest.node().name.starts_with("Preparing"))
        {
            continue;
        }
        let cause = format!(
            "nothing happened for {} of {} after `{}`: a queue, a pause for garbage collection, or a slow disk",
            Seconds(gap),
            Seconds(seen::took(at)),
            longest.node().name
        );
        found.push(longest.finding(Severity::Info, cause).grade(Grade::Suspected).weight(gap).measured(
            "gap",
            Seconds(gap),
            "source_elapsed",
        ));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{MANY_SSTABLES, WRITE, check, trace};
    use super::*;

    #[test]
    fn fires_on_a_recorded_stall() {
        let found = check(&RULE, MANY_SSTABLES);
        assert!(found[0].cause.contains("after `Preparing statement`"), "{found:?}");
    }

    #[test]
    fn fires_on_a_slow_disk() {
        let text = trace(&[
            ("Executing single-partition query on orders", 1, 200),
            ("Partition index found for sstable 1, size = 0", 1, 300),
            ("Read 1 live rows and 0 tombstone cells", 1, 90_000),
        ]);
        assert_eq!(check(&RULE, &text).len(), 1);
    }

    #[test]
    fn silent_on_a_fast_request() {
        assert!(check(&RULE, WRITE).is_empty());
    }

    #[test]
    fn silent_while_a_replica_works() {
        let text = trace(&[
            ("Sending READ message to /127.0.0.2", 1, 300),
            ("READ message received from /127.0.0.1", 2, 20),
            ("Processing response from /127.0.0.2", 1, 90_000),
        ]);
        assert!(check(&RULE, &text).is_empty());
    }
}
