use dbwright_model::finding::FixKind;
use dbwright_model::plan::Operator;
use dbwright_model::{Area, Case, Checked, Count, Engine, Fix, Harm, Limit, Rule, Seconds, Share, Undo};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "script-in-score",
    title: "A script runs for every matching document",
    engines: &[Engine::Elastic],
    versions: "Elasticsearch 5–9, OpenSearch 1–3",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&PART, &LEAST],
    explains: &[],
    wrong_when: "few documents match the query in front of it",
    do_not: "cache the answer of the script in the application: the next search has other documents",
    lesson: include_str!("script_in_score.md"),
    check,
};

static PART: Limit<Share> = Limit {
    what: "time of the script as a part of the search",
    value: Share(0.1),
    source: "below a tenth the time is elsewhere",
};
static LEAST: Limit<Seconds> = Limit {
    what: "time of the script",
    value: Seconds(0.01),
    source: "a profile measures by sampling; below 10 ms the parts are noise",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?
        .filter(|at| at.node().operator == Operator::Custom || at.node().extra.bool("script") == Some(true))
    {
        let own = seen::own(at);
        if own < LEAST.value.0 || own < PART.value.0 * seen::took(at) {
            continue;
        }
        let runs = seen::breakdown(at, "score_count")
            .filter(|count| *count > 0.0)
            .or(seen::breakdown(at, "match_count"))
            .unwrap_or(0.0);
        let cause = format!(
            "the script of {} ran {} times, for {} of {}",
            at.node().name,
            Count(runs as u64),
            Seconds(own),
            Seconds(seen::took(at))
        );
        let fix = Fix::of(
            FixKind::Code,
            "Compute the value when documents are indexed and sort or score by the field (rank_feature, distance_feature, field_value_factor); or keep the script and let it run on the best few: { rescore: { window_size: 100, query: … } }",
            Undo::NotNeeded("a change in the mapping or the request".into()),
        );
        found.push(
            seen::finding(at, 0.9 * own, cause)
                .measured("script runs", Count(runs as u64), "breakdown.score_count")
                .measured("time", Seconds(own), "time_in_nanos")
                .fix(fix),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{MATCH, SCRIPT_SCORE, answer, check, shard};
    use super::*;

    #[test]
    fn fires_on_a_recorded_script() {
        let found = check(&RULE, SCRIPT_SCORE);
        assert!(found[0].cause.contains("ran 100,000 times"), "{found:?}");
    }

    #[test]
    fn fires_on_a_function_score() {
        let text = answer(120, &shard(0, 90, 0, 1)).replace("TermQuery", "FunctionScoreQuery");
        assert_eq!(check(&RULE, &text).len(), 1);
    }

    #[test]
    fn silent_without_a_script() {
        assert!(check(&RULE, MATCH).is_empty());
    }

    #[test]
    fn silent_when_it_is_cheap() {
        let text = answer(120, &shard(0, 9, 0, 1)).replace("TermQuery", "FunctionScoreQuery");
        assert!(check(&RULE, &text).is_empty());
    }
}
