use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Count, Engine, Fix, Harm, Limit, Ratio, Rule, Undo};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "geo-near-wide",
    title: "A search for the nearest goes through many rings",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&READ, &RATIO],
    explains: &[],
    wrong_when: "the places are sparse and the distance has to be large",
    do_not: "raise the limit of results to have a margin for the filter",
    lesson: include_str!("geo_near_wide.md"),
    check,
};

static READ: Limit<Count> =
    Limit { what: "documents read", value: Count(5_000), source: "fewer are read in some milliseconds" };
static RATIO: Limit<Ratio> = Limit {
    what: "documents read for one returned",
    value: Ratio(10.0),
    source: "rings overlap a little; ten times is another filter at work",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in
        seen::every(case)?.filter(|at| at.node().name.starts_with("GEO_NEAR") || &*at.node().name == "$geoNearCursor")
    {
        let read = at.subtree().filter_map(|below| below.node().actual.and_then(|actual| actual.examined)).sum::<f64>();
        let Some(returned) = seen::rows(at) else { continue };
        if read < READ.value.0 as f64 || read / returned.max(1.0) <= RATIO.value.0 || !at.matters() {
            continue;
        }
        let cause = format!(
            "{} around the point are read to return {}: the other conditions are tested on the documents",
            seen::docs(read),
            seen::count(returned)
        );
        let fix = Fix::of(
            FixKind::Code,
            "Give $near a $maxDistance, and put the fields compared with a value in front of the place in the index: createIndex({ kind: 1, place: '2dsphere' })",
            Undo::NotNeeded("a change in the query and an index".into()),
        );
        found.push(
            seen::finding(at, 1.0 - returned / read, cause)
                .measured("documents read", seen::count(read), "FETCH.docsExamined")
                .fix(fix),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, executed};
    use super::*;

    fn near(read: u32, returned: u32) -> String {
        executed(90, &format!("{{ stage: 'GEO_NEAR_2DSPHERE', keyPattern: {{ place: '2dsphere' }}, indexName: 'place_2dsphere', searchIntervals: [ {{ minDistance: 0, maxDistance: 900, maxInclusive: false }} ], nReturned: {returned}, executionTimeMillisEstimate: 88, works: 9,
          inputStages: [ {{ stage: 'FETCH', filter: {{ kind: {{ $eq: 'cafe' }} }}, nReturned: {returned}, works: 9, docsExamined: {read}, inputStage: {{ stage: 'IXSCAN', nReturned: {read}, works: 9, indexName: 'place_2dsphere', keysExamined: {read} }} }} ] }}"))
    }

    #[test]
    fn fires_on_a_filter_behind_the_place() {
        let found = check(&RULE, &near(70_000, 20));
        assert!(found[0].cause.contains("70,000 documents around"), "{found:?}");
    }

    #[test]
    fn fires_when_nothing_is_found() {
        assert_eq!(check(&RULE, &near(6_000, 0)).len(), 1);
    }

    #[test]
    fn silent_when_what_is_read_is_returned() {
        assert!(check(&RULE, &near(70_000, 60_000)).is_empty());
    }

    #[test]
    fn silent_on_few() {
        assert!(check(&RULE, &near(900, 2)).is_empty());
    }
}
