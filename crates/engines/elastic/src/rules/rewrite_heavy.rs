use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Engine, Fix, Harm, Limit, Rule, Seconds, Share, Undo};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "rewrite-heavy",
    title: "Rewriting the query takes a noticeable part of the search",
    engines: &[Engine::Elastic],
    versions: "Elasticsearch 5–9, OpenSearch 1–3",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&PART, &LEAST],
    explains: &[],
    wrong_when: "the first search after a restart or refresh was measured",
    do_not: "raise the limit of clauses: it exists because of this",
    lesson: include_str!("rewrite_heavy.md"),
    check,
};

static PART: Limit<Share> =
    Limit { what: "rewriting as a part of the search", value: Share(0.1), source: "it is usually microseconds" };
static LEAST: Limit<Seconds> =
    Limit { what: "time of rewriting on one shard", value: Seconds(0.01), source: "it is usually microseconds" };

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| &*at.node().name == "rewrite") {
        let time = seen::whole(at);
        if time < LEAST.value.0 || time < PART.value.0 * seen::took(at) {
            continue;
        }
        let cause = format!(
            "rewriting the query takes {} of {}: it has many clauses, or terms that are expanded into clauses",
            Seconds(time),
            Seconds(seen::took(at))
        );
        let fix = Fix::of(
            FixKind::Code,
            "Use terms with a list (or a terms lookup) instead of hundreds of bool clauses, and constant_score as rewrite of multi-term queries",
            Undo::NotNeeded("a change in the request".into()),
        );
        found.push(
            seen::finding(at, 0.8 * time, cause).measured("rewriting", Seconds(time), "searches.rewrite_time").fix(fix),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{MATCH, answer, check, shard};
    use super::*;

    #[test]
    fn fires_on_a_long_rewrite() {
        let found = check(&RULE, &answer(120, &shard(0, 30, 60, 1)));
        assert!(found[0].cause.contains("60 ms of 120 ms"), "{found:?}");
    }

    #[test]
    fn fires_on_one_of_several_shards() {
        let shards = [shard(0, 30, 1, 1), shard(1, 30, 20, 1)].join(",");
        assert_eq!(check(&RULE, &answer(120, &shards)).len(), 1);
    }

    #[test]
    fn silent_on_microseconds() {
        assert!(check(&RULE, MATCH).is_empty());
    }

    #[test]
    fn silent_on_a_small_part() {
        assert!(check(&RULE, &answer(900, &shard(0, 800, 60, 1))).is_empty());
    }
}
