use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Count, Engine, Fix, Harm, Limit, Ratio, Rule, Undo};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "unwind-explosion",
    title: "$unwind multiplies the documents",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&FACTOR, &MADE],
    explains: &[],
    wrong_when: "every element is needed one by one",
    do_not: "raise the memory limit of the stages behind it",
    lesson: include_str!("unwind_explosion.md"),
    check,
};

static FACTOR: Limit<Ratio> = Limit {
    what: "documents out for one in",
    value: Ratio(10.0),
    source: "arrays of ten elements are common; more make the stages behind it the expensive ones",
};
static MADE: Limit<Count> = Limit {
    what: "documents made",
    value: Count(20_000),
    source: "fewer pass through the later stages in some milliseconds",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| matches!(&*at.node().name, "$unwind" | "UNWIND")) {
        let (Some(made), Some(taken)) = (seen::rows(at), at.inputs().next().and_then(seen::rows)) else { continue };
        let factor = made / taken.max(1.0);
        if made < MADE.value.0 as f64 || factor < FACTOR.value.0 || !at.matters() {
            continue;
        }
        let cause = format!(
            "$unwind makes {} documents of {}: every stage behind it works {:.0} times as often",
            seen::count(made),
            seen::count(taken),
            factor
        );
        let fix = Fix::of(
            FixKind::Code,
            "Keep only the elements wanted before the $unwind ({ $project: { items: { $filter: … } } }), or compute over the array in place ($reduce, $map, { $sum: '$items.total' }) without it",
            Undo::NotNeeded("a change in the pipeline".into()),
        );
        found.push(
            seen::finding(at.parent().unwrap_or(at), 0.5, cause)
                .measured("documents made", seen::count(made), "$unwind.nReturned")
                .fix(fix),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, pipeline};
    use super::*;

    fn unwind(read: u32, made: u32) -> String {
        pipeline(
            400,
            read,
            &format!(
                "{{ $unwind: {{ path: '$items' }}, nReturned: {made}, executionTimeMillisEstimate: 150 }}, {{ $group: {{ _id: '$items.sku' }}, nReturned: 50, executionTimeMillisEstimate: 390 }}"
            ),
        )
    }

    #[test]
    fn fires_on_large_arrays() {
        let found = check(&RULE, &unwind(2_000, 90_000));
        assert!(found[0].cause.contains("90,000 documents of 2,000"), "{found:?}");
    }

    #[test]
    fn fires_on_a_single_huge_array() {
        assert_eq!(check(&RULE, &unwind(1, 50_000)).len(), 1);
    }

    #[test]
    fn silent_on_small_arrays() {
        assert!(check(&RULE, &unwind(20_000, 90_000)).is_empty());
    }

    #[test]
    fn silent_on_few_documents() {
        assert!(check(&RULE, &unwind(100, 9_000)).is_empty());
    }
}
