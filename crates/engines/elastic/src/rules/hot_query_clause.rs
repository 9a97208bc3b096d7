use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Engine, Fix, Harm, Limit, Rule, Seconds, Share, Undo};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "hot-query-clause",
    title: "One clause takes most of the search",
    engines: &[Engine::Elastic],
    versions: "Elasticsearch 5–9, OpenSearch 1–3",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&PART, &LEAST],
    explains: &[],
    wrong_when: "the clause is what the search is for, and it was measured on a cold cache",
    do_not: "raise boosts or reorder clauses by hand: the order of clauses is chosen by their cost, not by the text",
    lesson: include_str!("hot_query_clause.md"),
    check,
};

static PART: Limit<Share> = Limit {
    what: "own time as a part of the search",
    value: Share(0.3),
    source: "a clause that takes a third of a search is the first to look at",
};
static LEAST: Limit<Seconds> = Limit {
    what: "own time of the clause",
    value: Seconds(0.05),
    source: "a profile measures by sampling; below 50 ms the parts are noise",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| seen::is_clause(*at)) {
        let own = seen::own(at);
        // Scripts and expanding terms have rules of their own.
        let special = at.node().extra.bool("script") == Some(true) || seen::expands_terms(at);
        // One shard that is slow as a whole is another matter, too.
        if special || seen::is_outlier(at) || own < LEAST.value.0 || own < PART.value.0 * seen::took(at) {
            continue;
        }
        let steps = ["next_doc", "advance", "match", "score", "build_scorer", "create_weight"];
        let (step, nanos) = steps
            .into_iter()
            .filter_map(|step| Some((step, seen::breakdown(at, step)?)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or(("next_doc", 0.0));
        let advice = match step {
            "score" => {
                "Put the clause into filter, where nothing is scored and answers are cached, if its score is not wanted"
            }
            "match" => {
                "Let a cheaper clause in filter narrow the documents first: phrases, geo shapes and nested checks are verified one by one"
            }
            "build_scorer" | "create_weight" => {
                "Round dates in ranges (now/h) so that the filter can be cached, and query a keyword or numeric field made for it"
            }
            _ => "Put a selective clause beside it in filter; it then skips instead of visiting every document",
        };
        let cause = format!(
            "{} takes {} of {} by itself, most of it in {step}",
            at.node().name,
            Seconds(own),
            Seconds(seen::took(at))
        );
        let fix = Fix::of(FixKind::Code, advice, Undo::NotNeeded("a change in the request".into()));
        found.push(
            seen::finding(at, 0.5 * own, cause)
                .measured("own time", Seconds(own), "profile.shards.searches.query.time_in_nanos")
                .measured(step, Seconds(nanos / 1e9), "breakdown")
                .fix(fix),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{MATCH, SCRIPT_SCORE, SHARDS, answer, check, shard};
    use super::*;

    #[test]
    fn fires_on_a_slow_clause() {
        let found = check(&RULE, &answer(120, &shard(0, 90, 0, 1)));
        assert!(found[0].cause.contains("TermQuery takes 90 ms of 120 ms"), "{found:?}");
    }

    #[test]
    fn fires_with_advice_by_step() {
        let text = answer(120, &shard(0, 90, 0, 1)).replace("\"next_doc\": 90000000", "\"score\": 90000000");
        assert!(check(&RULE, &text)[0].fixes[0].statement.contains("filter, where nothing is scored"));
    }

    #[test]
    fn silent_on_a_fast_search() {
        assert!(check(&RULE, MATCH).is_empty());
    }

    #[test]
    fn silent_on_one_slow_shard() {
        assert!(check(&RULE, SHARDS).is_empty());
        let shards = [shard(0, 9, 0, 1), shard(1, 90, 0, 1), shard(2, 8, 0, 1)].join(",");
        assert!(check(&RULE, &answer(120, &shards)).is_empty());
    }

    #[test]
    fn silent_on_a_script() {
        assert!(check(&RULE, SCRIPT_SCORE).is_empty());
    }

    #[test]
    fn silent_when_the_time_is_elsewhere() {
        assert!(check(&RULE, &answer(400, &shard(0, 90, 0, 290))).is_empty());
    }
}
