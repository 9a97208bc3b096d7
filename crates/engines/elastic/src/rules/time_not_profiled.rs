use dbwright_model::{Area, Case, Checked, Engine, Grade, Harm, Limit, Rule, Seconds, Severity, Share};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "time-not-profiled",
    title: "Most of the search is outside what was profiled",
    engines: &[Engine::Elastic],
    versions: "Elasticsearch 5–9, OpenSearch 1–3",
    area: Area::Plans,
    harm: Harm::Hygiene,
    limits: &[&PART, &LEAST],
    explains: &[],
    wrong_when: "the search waited behind others on a busy machine, once",
    do_not: "tune the clauses of the query: they are not where the time is",
    lesson: include_str!("time_not_profiled.md"),
    check,
};

static PART: Limit<Share> =
    Limit { what: "time outside the profile", value: Share(0.5), source: "half of the search is somewhere else" };
static LEAST: Limit<Seconds> = Limit {
    what: "time outside the profile",
    value: Seconds(0.1),
    source: "below 100 ms it is the overhead of profiling and of the network",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::searches(case)? {
        let profiled = at.children().map(seen::whole).fold(0.0, f64::max);
        let outside = seen::took(at) - profiled;
        if at.children().next().is_none() || outside < LEAST.value.0 || outside < PART.value.0 * seen::took(at) {
            continue;
        }
        let fetched = at.subtree().any(|part| &*part.node().name == "fetch");
        let hits = at.node().actual.and_then(|actual| actual.rows).unwrap_or(0.0);
        let suspects = match fetched {
            true => "waiting in the queue of the search pool, the network, or merging on the coordinator",
            false if hits > 0.0 => {
                "loading the hits (not profiled here), waiting in the queue, the network, or merging on the coordinator"
            }
            false => "waiting in the queue of the search pool, the network, or merging on the coordinator",
        };
        let cause = format!(
            "{} of {} are outside the slowest shard's profile: {suspects}",
            Seconds(outside),
            Seconds(seen::took(at))
        );
        found.push(
            at.finding(Severity::Info, cause)
                .grade(Grade::Derived)
                .weight(outside)
                .measured("took", Seconds(seen::took(at)), "took")
                .measured("slowest shard", Seconds(profiled), "profile.shards"),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FETCH_HEAVY, SCRIPT_SCORE, answer, check, shard};
    use super::*;

    #[test]
    fn fires_when_hits_are_loaded_unseen() {
        let found = check(&RULE, FETCH_HEAVY);
        assert!(found[0].cause.contains("loading the hits (not profiled here)"), "{found:?}");
    }

    #[test]
    fn fires_when_it_waited() {
        let found = check(&RULE, &answer(900, &shard(0, 30, 1, 10)));
        assert!(found[0].cause.contains("queue"), "{found:?}");
    }

    #[test]
    fn silent_when_the_profile_explains_it() {
        assert!(check(&RULE, SCRIPT_SCORE).is_empty());
        assert!(check(&RULE, &answer(300, &shard(0, 200, 1, 10))).is_empty());
    }

    #[test]
    fn silent_on_a_fast_search() {
        assert!(check(&RULE, &answer(90, &shard(0, 1, 0, 0))).is_empty());
    }
}
