use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Count, Engine, Fix, Harm, Limit, Rule, Share, Undo};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "match-late",
    title: "A $match stands behind stages that worked on what it throws away",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&THROWN, &TAKEN],
    explains: &[],
    wrong_when: "the condition is on something the earlier stages compute (a sum, a joined field)",
    do_not: "rely on the optimizer: it moves a $match before $project and $lookup only where the fields are not touched",
    lesson: include_str!("match_late.md"),
    check,
};

static THROWN: Limit<Share> = Limit {
    what: "documents thrown away",
    value: Share(0.9),
    source: "nine in ten passed the earlier stages for nothing",
};
static TAKEN: Limit<Count> =
    Limit { what: "documents that reached it", value: Count(5_000), source: "fewer are handled in a few milliseconds" };

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| matches!(&*at.node().name, "$match" | "MATCH")) {
        let (Some(kept), Some(input)) = (seen::rows(at), at.inputs().next()) else { continue };
        let Some(taken) = seen::rows(input) else { continue };
        // Behind a grouping or over a join's fields it cannot stand earlier.
        let moves = matches!(
            &*input.node().name,
            "$unwind"
                | "UNWIND"
                | "$lookup"
                | "EQ_LOOKUP"
                | "$project"
                | "$addFields"
                | "$set"
                | "$sort"
                | "$replaceRoot"
                | "$setWindowFields"
        );
        let thrown = 1.0 - kept / taken.max(1.0);
        if !moves || taken < TAKEN.value.0 as f64 || thrown < THROWN.value.0 || !at.matters() {
            continue;
        }
        let cause = format!(
            "$match throws {} of {} documents away after {} worked on all of them",
            seen::count(taken - kept),
            seen::count(taken),
            input.node().name
        );
        let fix = Fix::of(
            FixKind::Code,
            format!(
                "Move the conditions on stored fields in front of {}, best to the start of the pipeline, where an index serves them",
                input.node().name
            ),
            Undo::NotNeeded("a change in the pipeline".into()),
        );
        found.push(
            seen::finding(at, thrown, cause)
                .measured("documents thrown away", seen::count(taken - kept), "$match.nReturned")
                .fix(fix),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, pipeline};
    use super::*;

    fn late(before: &str, kept: u32) -> String {
        pipeline(
            700,
            60_000,
            &format!(
                "{{ {before}, nReturned: 60000, executionTimeMillisEstimate: 600 }}, {{ $match: {{ status: {{ $eq: 'open' }} }}, nReturned: {kept}, executionTimeMillisEstimate: 690 }}"
            ),
        )
    }
    const LOOKUP: &str = "$lookup: { from: 'c', as: 'c', localField: 'a', foreignField: 'b' }, collectionScans: 0, indexesUsed: [ 'b_1' ]";

    #[test]
    fn fires_behind_a_lookup() {
        let found = check(&RULE, &late(LOOKUP, 100));
        assert!(found[0].cause.contains("after $lookup"), "{found:?}");
    }

    #[test]
    fn fires_behind_an_unwind() {
        assert_eq!(check(&RULE, &late("$unwind: { path: '$items' }", 100)).len(), 1);
    }

    #[test]
    fn silent_behind_a_group() {
        assert!(check(&RULE, &late("$group: { _id: '$a', n: { $sum: 1 } }", 100)).is_empty());
    }

    #[test]
    fn silent_when_it_keeps_most() {
        assert!(check(&RULE, &late(LOOKUP, 30_000)).is_empty());
    }
}
