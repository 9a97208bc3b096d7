use dbwright_model::plan::Operator;
use dbwright_model::{Area, Case, Checked, Count, Engine, Grade, Harm, Limit, Rule, Severity};
use dbwright_plan::At;

use super::seen;

pub(super) const RULE: Rule = Rule {
    id: "scatter-gather",
    title: "Every shard is asked for what few have",
    engines: &[Engine::MongoDb],
    versions: "3.0–8",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&SHARDS],
    explains: &[],
    wrong_when: "the query is rare, or it needs all data by its nature (a report)",
    do_not: "add shards to make it faster: each one more is asked too, and the slowest decides",
    lesson: include_str!("scatter_gather.md"),
    check,
};

static SHARDS: Limit<Count> =
    Limit { what: "shards asked", value: Count(3), source: "two shards answer nearly as fast as one" };

fn check(case: &Case) -> Checked {
    let mut found = Vec::new();
    for at in seen::every(case)?.filter(|at| at.node().operator == Operator::ShardMerge) {
        let shards: Vec<At<'_>> = at.inputs().collect();
        if (shards.len() as u64) < SHARDS.value.0 {
            continue;
        }
        let rows: Option<Vec<f64>> = shards.iter().map(|shard| seen::rows(*shard)).collect();
        let cause = match &rows {
            Some(rows) => {
                let empty = rows.iter().filter(|rows| **rows == 0.0).count();
                if empty == 0 {
                    continue;
                }
                format!(
                    "{} shards are asked and {empty} of them have nothing: the query does not say the shard key",
                    shards.len()
                )
            }
            None => format!("{} shards are asked: the query does not say the shard key", shards.len()),
        };
        let grade = if rows.is_some() { Grade::Measured } else { Grade::Suspected };
        found.push(at.finding(Severity::Info, cause).grade(grade).measured(
            "shards asked",
            seen::count(shards.len() as f64),
            "winningPlan.shards",
        ));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::*;

    fn shards(rows: &[u32]) -> String {
        let ran: Vec<String> = rows.iter().enumerate().map(|(n, rows)| format!("{{ shardName: 's{n}', executionSuccess: true, nReturned: {rows}, executionTimeMillis: 3, totalKeysExamined: {rows}, totalDocsExamined: {rows}, executionStages: {{ stage: 'IXSCAN', nReturned: {rows}, works: 9, indexName: 'a_1', keysExamined: {rows} }} }}")).collect();
        let planned: Vec<String> = (0..rows.len()).map(|n| format!("{{ shardName: 's{n}', namespace: 'shop.orders', winningPlan: {{ stage: 'IXSCAN', indexName: 'a_1' }} }}")).collect();
        format!(
            "{{ queryPlanner: {{ winningPlan: {{ stage: 'SHARD_MERGE', shards: [ {} ] }} }}, executionStats: {{ nReturned: 9, executionTimeMillis: 5, executionStages: {{ stage: 'SHARD_MERGE', nReturned: 9, executionTimeMillis: 5, shards: [ {} ] }} }} }}",
            planned.join(", "),
            ran.join(", ")
        )
    }

    #[test]
    fn fires_when_most_have_nothing() {
        let found = check(&RULE, &shards(&[9, 0, 0, 0]));
        assert!(found[0].cause.contains("4 shards are asked and 3 of them"), "{found:?}");
    }

    #[test]
    fn fires_on_the_plan_alone() {
        let text = "{ queryPlanner: { winningPlan: { stage: 'SHARD_MERGE', shards: [ { shardName: 'a', namespace: 'x.y', winningPlan: { stage: 'COLLSCAN' } }, { shardName: 'b', namespace: 'x.y', winningPlan: { stage: 'COLLSCAN' } }, { shardName: 'c', namespace: 'x.y', winningPlan: { stage: 'COLLSCAN' } } ] } } }";
        assert_eq!(check(&RULE, text).len(), 1);
    }

    #[test]
    fn silent_when_all_have_something() {
        assert!(check(&RULE, &shards(&[3, 3, 2, 1])).is_empty());
    }

    #[test]
    fn silent_on_two_shards() {
        assert!(check(&RULE, &shards(&[9, 0])).is_empty());
    }
}
