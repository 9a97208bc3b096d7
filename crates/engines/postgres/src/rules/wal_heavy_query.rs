use dbwright_model::finding::{FixKind, SubjectKind};
use dbwright_model::workload::Query;
use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Fix, Harm, Limit, NotEvaluated, Rule, Severity, Share, Subject, Undo,
    Why, Workload,
};

use super::excerpt;

pub(super) const RULE: Rule = Rule {
    id: "wal-heavy-query",
    title: "One query writes most of the log",
    engines: &[Engine::Postgres],
    versions: "13–19",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&SHARE, &LEAST],
    explains: &[],
    wrong_when: "it is the load that the server exists for",
    do_not: "switch full_page_writes or fsync off to write less",
    lesson: include_str!("wal_heavy_query.md"),
    check,
};

static SHARE: Limit<Share> = Limit {
    what: "log of all listed queries that one wrote",
    value: Share(0.5),
    source: "ours: above half, this query decides about checkpoints, archive and replication lag",
};

static LEAST: Limit<Bytes> = Limit {
    what: "log written by the query",
    value: Bytes::gib(10),
    source: "ours: less does not trouble a disk or a standby",
};

fn check(case: &Case) -> Checked {
    let workload = case.get::<Workload>()?;
    if workload.queries.iter().all(|query| query.logged.is_none()) && !workload.queries.is_empty() {
        return Err(NotEvaluated::new(Why::Version, "the log of queries is counted from PostgreSQL 13 on"));
    }
    let all: Bytes = workload.queries.iter().filter_map(|query| query.logged).sum();
    Ok(workload.queries.iter().filter_map(|query| finding(all, query)).collect())
}

fn finding(all: Bytes, query: &Query) -> Option<Finding> {
    let logged = query.logged.filter(|logged| logged.0 >= LEAST.value.0)?;
    let share = logged.share_of(all).filter(|share| *share >= SHARE.value)?;
    let each = Bytes(logged.0 / query.calls.0.max(1));
    Some(
        Finding::new(
            Severity::Info,
            Subject::new(SubjectKind::Query, &query.fingerprint),
            format!("this query wrote {logged} of log, {share} of all and {each} a call: {}", excerpt::of(&query.text)),
        )
        .measured("log", logged, "pg_stat_statements.wal_bytes")
        .measured("calls", query.calls, "pg_stat_statements.calls")
        .fix(
            Fix::of(
                FixKind::Code,
                "write less for the same effect: change only rows that differ (WHERE a IS DISTINCT FROM …), leave indexed columns alone, drop indexes nobody reads, load with COPY, or into an unlogged table if it can be made anew",
                Undo::NotNeeded("it is a change of the application".into()),
            ),
        )
        .weight(logged.0 as f64),
    )
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;
    use dbwright_model::{Count, Seconds};

    fn case(query: Query) -> Case {
        let query = Query { fingerprint: "42".into(), text: "select a from t".into(), ..query };
        pg(16).with(&Workload { total_time: Seconds(1000.0), queries: vec![query], ..Workload::default() })
    }

    fn found(logged: Option<Bytes>, other: Bytes) -> Checked {
        let heavy = Query { fingerprint: "1".into(), logged, calls: Count(10), ..Query::default() };
        let rest =
            Query { fingerprint: "2".into(), logged: logged.map(|_| other), calls: Count(10), ..Query::default() };
        check(&pg(16).with(&Workload { queries: vec![heavy, rest], ..Workload::default() }))
    }

    #[test]
    fn fires_on_most_of_the_log() {
        assert_eq!(found(Some(Bytes::gib(90)), Bytes::gib(10)).unwrap()[0].subject.name, "1");
    }

    #[test]
    fn fires_alone() {
        assert_eq!(check(&case(Query { logged: Some(Bytes::gib(10)), ..Query::default() })).unwrap().len(), 1);
    }

    #[test]
    fn silent_below_half_or_on_little() {
        let smaller = found(Some(Bytes::gib(20)), Bytes::gib(21)).unwrap();
        assert!(smaller.iter().all(|finding| finding.subject.name != "1"));
        assert!(found(Some(Bytes::gib(9)), Bytes::gib(1)).unwrap().is_empty());
    }

    #[test]
    fn silent_before_13() {
        assert_eq!(found(None, Bytes(0)).unwrap_err().why, Why::Version);
    }
}
