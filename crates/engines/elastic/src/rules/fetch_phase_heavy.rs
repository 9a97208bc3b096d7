use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Engine, Fix, Harm, Limit, Rule, Seconds, Share, Undo};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "fetch-phase-heavy",
    title: "Loading the hits takes most of the search",
    engines: &[Engine::Elastic],
    versions: "Elasticsearch 5–9, OpenSearch 1–3",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&PART, &LEAST],
    explains: &[],
    wrong_when: "the hits are large and all of them are wanted",
    do_not: "disable _source in the mapping: updates, reindexing and highlighting need it",
    lesson: include_str!("fetch_phase_heavy.md"),
    check,
};

static PART: Limit<Share> = Limit {
    what: "fetching as a part of the search",
    value: Share(0.3),
    source: "a third of the time for showing what was found",
};
static LEAST: Limit<Seconds> =
    Limit { what: "time of the fetch on one shard", value: Seconds(0.05), source: "below 50 ms nobody waits for it" };

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| &*at.node().name == "fetch") {
        let whole = seen::whole(at);
        if whole < LEAST.value.0 || whole < PART.value.0 * seen::took(at) {
            continue;
        }
        let slowest = at.children().max_by(|a, b| seen::whole(*a).total_cmp(&seen::whole(*b)));
        let stored = seen::breakdown(at, "load_stored_fields").unwrap_or(0.0) / 1e9;
        let most = match slowest {
            Some(phase) if seen::whole(phase) > stored => format!(", most of it in {}", phase.node().name),
            _ if stored > 0.5 * whole => ", most of it to load the stored documents".to_owned(),
            _ => String::new(),
        };
        let cause = format!("fetching the hits takes {} of {}{most}", Seconds(whole), Seconds(seen::took(at)));
        let fix = Fix::of(
            FixKind::Code,
            "Ask for fewer hits (size) and fewer fields: { _source: false, fields: [ 'title' ] } or docvalue_fields for keywords and numbers; highlight with term vectors or offsets in the index",
            Undo::NotNeeded("a change in the request".into()),
        );
        found.push(
            seen::finding(at, 0.7 * whole, cause)
                .measured("fetching", Seconds(whole), "profile.shards.fetch.time_in_nanos")
                .fix(fix),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{MATCH, answer, check, shard};
    use super::*;

    #[test]
    fn fires_on_stored_documents() {
        let found = check(&RULE, &answer(300, &shard(0, 20, 0, 250)));
        assert!(found[0].cause.contains("most of it to load the stored documents"), "{found:?}");
    }

    #[test]
    fn fires_and_names_the_phase() {
        let text = answer(300, &shard(0, 20, 0, 250))
            .replace("\"load_stored_fields\": 250000000", "\"load_stored_fields\": 1")
            .replace(
                "\"children\": []",
                "\"children\": [{\"type\": \"HighlightPhase\", \"description\": \"\", \"time_in_nanos\": 200000000}]",
            );
        assert!(check(&RULE, &text)[0].cause.contains("HighlightPhase"));
    }

    #[test]
    fn silent_when_the_query_dominates() {
        assert!(check(&RULE, &answer(300, &shard(0, 220, 0, 60))).is_empty());
    }

    #[test]
    fn silent_where_the_fetch_is_not_profiled() {
        assert!(check(&RULE, MATCH).is_empty());
    }
}
