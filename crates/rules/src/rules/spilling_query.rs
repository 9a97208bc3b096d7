use dbwright_model::{Area, Bytes, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rule, Seconds, Severity, Undo};

use crate::queries::{shown, subject, workload};

static A_CALL: Limit<Bytes> = Limit {
    what: "spilled by each call",
    value: Bytes::mib(4),
    source: "work_mem's default: less fits with a small raise",
};
static A_DAY: Limit<Bytes> =
    Limit { what: "spilled in a day", value: Bytes::gib(1), source: "pganalyze, pghealth: 1 GB a day" };
static WINDOW: Limit<Seconds> = Limit {
    what: "the counters are at least so old",
    value: Seconds::hours(24.0),
    source: "a day has every kind of hour in it",
};

pub(super) const RULE: Rule = Rule {
    id: "spilling-query",
    title: "A query sorts or hashes on disk",
    engines: &[Engine::Postgres],
    versions: "all, with pg_stat_statements",
    area: Area::Memory,
    harm: Harm::Slowdown,
    limits: &[&A_CALL, &A_DAY, &WINDOW],
    explains: &["temp-files-heavy"],
    wrong_when: "it is a nightly batch on a machine with idle disks",
    do_not: "raise work_mem for everybody: it is taken per sort or hash and per session",
    lesson: include_str!("spilling_query.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let (workload, age) = workload(case, WINDOW.value)?;
    let days = age.0 / 86_400.0;
    let mut findings = Vec::new();
    for query in &workload.queries {
        let Some(spilled) = query.spilled.filter(|_| query.calls.0 > 0) else { continue };
        let a_call = Bytes(spilled.0 / query.calls.0);
        let a_day = Bytes((spilled.0 as f64 / days) as u64);
        if a_call.0 < A_CALL.value.0 || a_day.0 < A_DAY.value.0 {
            continue;
        }
        // Twice what is spilled, as a power of two: rows take more room in memory than on disk.
        let memory = Bytes((a_call.0 * 2).next_power_of_two());
        let cause = format!("each call writes {a_call} to temporary files, {a_day} a day: {}", shown(query));
        let mut finding = Finding::new(Severity::Warn, subject(query), cause)
            .measured("spilled by each call", a_call, &workload.source)
            .measured("spilled in all", spilled, &workload.source)
            .measured("calls", query.calls, &workload.source)
            .weight(spilled.0 as f64);
        if memory.0 <= Bytes::gib(1).0 {
            finding = finding.fix(
                Fix::sql(
                    format!("BEGIN; SET LOCAL work_mem = '{}MB'; /* the query */ COMMIT;", memory.0 >> 20),
                    Undo::NotNeeded("SET LOCAL ends with the transaction".into()),
                )
                .cost(format!("up to {memory} for each sort or hash of this query, in each session that runs it"))
                .verify("EXPLAIN (ANALYZE, BUFFERS) shows no `temp written` and `Sort Method: quicksort`"),
            );
        }
        findings.push(
            finding.fix(
                Fix::sql(
                    "EXPLAIN (ANALYZE, BUFFERS) /* the query with real values */;",
                    Undo::NotNeeded("it only reads, when the query does".into()),
                )
                .cost("an index in the order of the sort, or fewer rows and columns before it, spares the memory"),
            ),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use dbwright_model::workload::Query;
    use dbwright_model::{Count, Workload};

    use super::*;
    use crate::example::postgres;

    fn with(a_call: u64, calls: u64) -> Workload {
        let query = Query {
            fingerprint: "77".into(),
            text: "SELECT 1".into(),
            calls: Count(calls),
            spilled: Some(Bytes(a_call * calls)),
            ..Query::default()
        };
        Workload { since: Some("2026-11-22T12:00:00Z".parse().unwrap()), queries: vec![query], ..Workload::default() }
    }

    #[test]
    fn fires_with_the_memory_it_needs() {
        let found = check(&postgres(&with(50 << 20, 1000))).unwrap();
        assert!(found[0].fixes[0].statement.contains("work_mem = '128MB'"), "{}", found[0].fixes[0].statement);
    }

    #[test]
    fn fires_without_memory_advice_when_it_would_be_absurd() {
        assert_eq!(check(&postgres(&with(5 << 30, 10))).unwrap()[0].fixes.len(), 1);
    }

    #[test]
    fn silent_when_it_spills_little() {
        assert!(check(&postgres(&with(1 << 20, 100_000))).unwrap().is_empty());
        assert!(check(&postgres(&with(50 << 20, 3))).unwrap().is_empty());
    }

    #[test]
    fn silent_when_it_does_not_spill() {
        assert!(check(&postgres(&with(0, 1000))).unwrap().is_empty());
    }
}
