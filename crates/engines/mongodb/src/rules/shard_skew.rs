use dbwright_model::plan::{Operator, Value};
use dbwright_model::{Area, Case, Checked, Engine, Harm, Limit, Ratio, Rule, Seconds, Severity};
use dbwright_plan::At;

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "shard-skew",
    title: "One shard takes far longer than the others",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&FACTOR, &SLOW],
    explains: &[],
    wrong_when: "that shard was busy with something else at that moment, or its cache was cold",
    do_not: "move chunks by hand before looking at what that shard does differently: another plan, a missing index",
    lesson: include_str!("shard_skew.md"),
    check,
};

static FACTOR: Limit<Ratio> = Limit {
    what: "the slowest shard against the mean of the others",
    value: Ratio(3.0),
    source: "within a factor of three shards differ by load alone",
};
static SLOW: Limit<Seconds> = Limit {
    what: "time of the slowest shard",
    value: Seconds(0.1),
    source: "below that rounding and scheduling decide",
};

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| at.node().operator == Operator::ShardMerge) {
        let time = |shard: At<'_>| {
            let said = shard
                .node()
                .extra
                .get("shard")
                .and_then(Value::group)
                .and_then(|said| said.number("executionTimeMillis"));
            said.map(|millis| millis / 1e3)
                .or_else(|| shard.node().actual.and_then(|actual| actual.total).map(|time| time.0))
        };
        let times: Vec<(At<'_>, f64)> = at.inputs().filter_map(|shard| Some((shard, time(shard)?))).collect();
        let Some((slowest, most)) = times.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1)) else { continue };
        if times.len() < 2 || most < SLOW.value.0 {
            continue;
        }
        let others = (times.iter().map(|(_, time)| time).sum::<f64>() - most) / (times.len() - 1) as f64;
        if most < FACTOR.value.0 * others.max(0.001) {
            continue;
        }
        let name = slowest.node().label.as_deref().unwrap_or("one shard");
        let others_do = times.iter().find(|(shard, _)| shard.place != slowest.place).map(|(shard, _)| names(*shard));
        let differs = others_do.filter(|others| *others != names(slowest)).map_or(String::new(), |others| {
            format!("; it executes {} where another executes {others}", names(slowest))
        });
        let cause = format!("{name} takes {} and the others {} on average{differs}", Seconds(most), Seconds(others));
        let finding = slowest.finding(Severity::Warn, cause).weight(most - others);
        found.push(finding.measured("slowest shard", Seconds(most), "shards.executionTimeMillis").measured(
            "the others",
            Seconds(others),
            "shards.executionTimeMillis",
        ));
    }
    Ok(found)
}

/// The stages of a shard, with its indexes.
fn names(shard: At<'_>) -> String {
    let name = |at: At<'_>| {
        at.node().index.as_ref().map_or(at.node().name.to_string(), |index| format!("{} {index}", at.node().name))
    };
    shard.subtree().map(name).collect::<Vec<_>>().join(" < ")
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::*;

    fn shards(times: &[(u32, &str)]) -> String {
        let ran: Vec<String> = times.iter().enumerate().map(|(n, (millis, stage))| format!("{{ shardName: 's{n}', nReturned: 5, executionTimeMillis: {millis}, totalKeysExamined: 5, totalDocsExamined: 5, executionStages: {{ stage: '{stage}', nReturned: 5, works: 9, executionTimeMillisEstimate: {millis}, docsExamined: 5 }} }}")).collect();
        format!(
            "{{ queryPlanner: {{ winningPlan: {{ stage: 'SHARD_MERGE', shards: [] }} }}, executionStats: {{ nReturned: 9, executionTimeMillis: 905, executionStages: {{ stage: 'SHARD_MERGE', nReturned: 9, executionTimeMillis: 905, shards: [ {} ] }} }} }}",
            ran.join(", ")
        )
    }

    #[test]
    fn fires_with_what_it_does_differently() {
        let found = check(&RULE, &shards(&[(900, "COLLSCAN"), (30, "IXSCAN"), (40, "IXSCAN")]));
        assert!(
            found[0].cause.contains("s0 takes 900 ms")
                && found[0].cause.contains("COLLSCAN where another executes IXSCAN"),
            "{found:?}"
        );
    }

    #[test]
    fn fires_on_the_same_plan() {
        assert!(!check(&RULE, &shards(&[(30, "IXSCAN"), (400, "IXSCAN")]))[0].cause.contains("where another"));
    }

    #[test]
    fn silent_on_even_shards() {
        assert!(check(&RULE, &shards(&[(900, "COLLSCAN"), (500, "COLLSCAN")])).is_empty());
    }

    #[test]
    fn silent_on_fast_shards() {
        assert!(check(&RULE, &shards(&[(90, "COLLSCAN"), (3, "COLLSCAN")])).is_empty());
    }
}
