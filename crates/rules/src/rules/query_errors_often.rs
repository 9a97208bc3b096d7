use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Share, Undo, Workload,
};
use dbwright_sql::Dialect;

use crate::query;

static SHARE: Limit<Share> = Limit {
    what: "calls that end in an error",
    value: Share(0.01),
    source: "MySQL's sys schema users: one in a hundred",
};
static ERRORS: Limit<Count> = Limit { what: "errors", value: Count(100), source: "fewer may be one evening's typing" };

pub(super) const RULE: Rule = Rule {
    id: "query-errors-often",
    title: "A query fails again and again",
    engines: &[Engine::MySql],
    versions: "all, with performance_schema on",
    area: Area::Workload,
    harm: Harm::Hygiene,
    limits: &[&SHARE, &ERRORS],
    explains: &[],
    wrong_when: "the application inserts and takes a duplicate key as the answer",
    do_not: "silence it with INSERT IGNORE: that hides every other error of the statement too",
    lesson: include_str!("query_errors_often.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let workload = case.get::<Workload>()?;
    let mut findings = Vec::new();
    for query in query::of_the_application(workload) {
        let Some(errors) = query.errors else { continue };
        let share = Share::of(errors.0 as f64, query.calls.0 as f64).unwrap_or_default();
        if share < SHARE.value || errors < ERRORS.value {
            continue;
        }
        let cause = format!("{share} of the calls of this query end in an error: {}", query::short(query));
        let digest = Dialect::MySql.literal(&query.fingerprint);
        let finding = Finding::new(Severity::Info, query::subject(query), cause)
            .measured("errors", errors, "events_statements_summary_by_digest.sum_errors")
            .measured("share of calls", share, "events_statements_summary_by_digest.sum_errors / count_star")
            .fix(
                Fix::of(
                    FixKind::Sql,
                    format!(
                        "SELECT mysql_errno, message_text FROM performance_schema.events_statements_history WHERE digest = {digest} AND errors > 0 LIMIT 5;"
                    ),
                    Undo::NotNeeded("it only looks".into()),
                )
                .cost("shows which error it is; the remedy is in the application"),
            );
        findings.push(query::with_figures(finding, workload, query).weight(errors.0 as f64));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{mysql, workload};

    fn look(errors: Option<u64>) -> Vec<Finding> {
        let mut all = workload(1e4, "INSERT INTO t VALUES (...)", 1000.0, 0.1);
        all.queries[0].errors = errors.map(Count);
        check(&mysql(&all)).unwrap()
    }

    #[test]
    fn fires_when_one_call_in_ten_fails() {
        let found = look(Some(1000));
        assert!(found[0].cause.starts_with("10 % of the calls"), "{}", found[0].cause);
        assert!(found[0].fixes[0].statement.contains("digest = '42'"));
    }

    #[test]
    fn fires_at_one_in_a_hundred() {
        assert_eq!(look(Some(100)).len(), 1);
    }

    #[test]
    fn silent_on_few_errors() {
        assert!(look(Some(99)).is_empty());
    }

    #[test]
    fn silent_when_not_counted() {
        assert!(look(None).is_empty());
    }
}
