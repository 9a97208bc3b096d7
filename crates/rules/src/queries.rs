//! What rules on the workload share: the window the counters cover, and how a query is named in a finding.

use dbwright_model::workload::Query;
use dbwright_model::{Case, Engine, NotEvaluated, Seconds, Subject, Why, Workload, finding::SubjectKind};

/// The workload, when its counters are at least `least` old.
pub(crate) fn workload<'c>(case: &'c Case, least: Seconds) -> Result<(&'c Workload, Seconds), NotEvaluated> {
    let workload = case.get::<Workload>()?;
    let age = match workload.since {
        Some(since) => Seconds(case.server.now.duration_since(since).as_secs_f64()),
        // A server that does not tell when it began counting has counted since it started, at most.
        None => case
            .server
            .uptime
            .ok_or_else(|| NotEvaluated::new(Why::Window, "the age of the query counters is unknown"))?,
    };
    match age.0 >= least.0 {
        true => Ok((workload, age)),
        false => Err(NotEvaluated::new(Why::Window, format!("query counters cover {age}; this needs {least}"))),
    }
}

/// The query by its fingerprint.
pub(crate) fn subject(query: &Query) -> Subject {
    Subject::new(SubjectKind::Query, &query.fingerprint)
}

/// The statement's text, cut to a line for a sentence.
pub(crate) fn shown(query: &Query) -> String {
    let text = query.text.as_str();
    match text.char_indices().nth(90) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// How to look at one query's plan.
pub(crate) fn explain(case: &Case, query: &Query) -> String {
    let text = query.text.as_str().trim_end_matches(';');
    match case.engine() {
        Engine::Postgres if case.server.version.at_least(16, 0) => format!("EXPLAIN (GENERIC_PLAN) {text};"),
        _ => format!("EXPLAIN {text};"),
    }
}
