use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Count, Engine, Fix, Harm, Limit, Rule, Severity, Undo};

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "deep-paging",
    title: "A page deep in the results is asked for",
    engines: &[Engine::Elastic],
    versions: "Elasticsearch 5–9, OpenSearch 1–3",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&DEEP],
    explains: &[],
    wrong_when: "one person looks at it once",
    do_not: "raise index.max_result_window: each shard then keeps that many hits in memory, for every such search at once",
    lesson: include_str!("deep_paging.md"),
    check,
};

static DEEP: Limit<Count> = Limit {
    what: "from + size",
    value: Count(5_000),
    source: "index.max_result_window stops at 10,000; half of it costs every shard as many sorted hits",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::searches(case)? {
        let asked = |name: &str| at.plan.extra.number(name);
        let (Some(from), size) = (asked("request from"), asked("request size").unwrap_or(10.0)) else { continue };
        if from + size < DEEP.value.0 as f64 {
            continue;
        }
        let shards = at.children().count();
        let cause = format!(
            "hits {} to {} are asked for: each of {} shard{} collects, sorts and sends {} hits to show {}",
            Count(from as u64),
            Count((from + size) as u64),
            shards,
            if shards == 1 { "" } else { "s" },
            Count((from + size) as u64),
            Count(size as u64)
        );
        let fix = Fix::of(
            FixKind::Code,
            "Open a point in time and page with search_after from the sort values of the last hit: { size: 100, sort: [ { at: 'desc' }, { _shard_doc: 'desc' } ], search_after: [ … ], pit: { id: … } }",
            Undo::NotNeeded("a change in the request".into()),
        );
        found.push(
            at.finding(Severity::Info, cause).measured("from + size", Count((from + size) as u64), "request").fix(fix),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{DEEP_PAGE, DEEP_PAGE_REQUEST, MATCH, check};
    use super::*;

    #[test]
    fn fires_on_a_recorded_page() {
        let found = check(&RULE, &format!("{DEEP_PAGE_REQUEST}\n{DEEP_PAGE}"));
        assert!(found[0].cause.contains("hits 9,900 to 10,000"), "{found:?}");
    }

    #[test]
    fn fires_behind_a_console_line() {
        assert_eq!(check(&RULE, &format!("GET /lesson/_search\n{DEEP_PAGE_REQUEST}\n\n{DEEP_PAGE}")).len(), 1);
    }

    #[test]
    fn silent_on_first_pages() {
        let request = DEEP_PAGE_REQUEST.replace("9900", "200");
        assert!(check(&RULE, &format!("{request}\n{DEEP_PAGE}")).is_empty());
    }

    #[test]
    fn silent_when_the_request_is_not_given() {
        assert!(check(&RULE, DEEP_PAGE).is_empty() && check(&RULE, MATCH).is_empty());
    }
}
