use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Engine, Fix, Harm, Limit, Rule, Seconds, Share, Undo};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "terms-expanded",
    title: "A pattern is looked for in all terms of a field",
    engines: &[Engine::Elastic],
    versions: "Elasticsearch 5–9, OpenSearch 1–3",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&PART, &LEAST],
    explains: &[],
    wrong_when: "the field has few distinct values",
    do_not: "set indices.query.bool.max_clause_count higher: the expansion stays, and becomes larger",
    lesson: include_str!("terms_expanded.md"),
    check,
};

static PART: Limit<Share> = Limit {
    what: "time of the expansion as a part of the search",
    value: Share(0.1),
    source: "below a tenth the time is elsewhere",
};
static LEAST: Limit<Seconds> = Limit {
    what: "time of the expansion",
    value: Seconds(0.01),
    source: "a profile measures by sampling; below 10 ms the parts are noise",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| seen::expands_terms(*at)) {
        let nanos =
            ["build_scorer", "create_weight"].into_iter().filter_map(|step| seen::breakdown(at, step)).sum::<f64>();
        let expanding = nanos / 1e9;
        if expanding < LEAST.value.0 || expanding < PART.value.0 * seen::took(at) {
            continue;
        }
        let anywhere = at.node().extra.bool("leads with anything") == Some(true);
        let why =
            if anywhere { "it starts with anything, so every term is tested" } else { "many terms have its beginning" };
        let cause = format!(
            "finding the terms of {} takes {} of {}: {why}",
            at.node().name,
            Seconds(expanding),
            Seconds(seen::took(at))
        );
        let advice = match anywhere {
            true => {
                "Map the field as wildcard (it indexes parts of three letters), or index the text with an ngram analyzer and use match; for endings index the reversed text and use prefix"
            }
            false => "Map a search_as_you_type or index_prefixes field and query that, or compare with whole keywords",
        };
        let fix = Fix::of(
            FixKind::Code,
            advice,
            Undo::NotNeeded("a new field; the old one stays until the data are indexed again".into()),
        );
        found.push(
            seen::finding(at, 0.9 * expanding, cause)
                .measured("expanding", Seconds(expanding), "breakdown.build_scorer")
                .fix(fix),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{MATCH, PREFIX, REGEXP, WILDCARD, check};
    use super::*;

    #[test]
    fn fires_on_a_wildcard_in_front() {
        let found = check(&RULE, WILDCARD);
        assert!(found[0].fixes[0].statement.contains("wildcard"), "{found:?}");
    }

    #[test]
    fn fires_on_a_regular_expression() {
        assert!(check(&RULE, REGEXP)[0].cause.contains("many terms have its beginning"));
    }

    #[test]
    fn silent_on_a_narrow_prefix() {
        assert!(check(&RULE, PREFIX).is_empty());
    }

    #[test]
    fn silent_on_whole_words() {
        assert!(check(&RULE, MATCH).is_empty());
    }
}
