//! What the rules about the shape of statements share: the queries whose text holds a fact, and that cost something.

use dbwright_model::finding::FixKind;
use dbwright_model::workload::Query;
use dbwright_model::{Case, Checked, Finding, Fix, Limit, Seconds, Severity, Share, Undo, Workload};
use dbwright_sql::Dialect;
use dbwright_sql::statement::{Fact, NoNames, understand};

use crate::query;

/// A query below this is not worth changing.
pub(crate) static PART: Limit<Share> = Limit {
    what: "share of the time of all queries",
    value: Share(0.01),
    source: "own choice: a hundredth of the server's work is worth a line of code",
};
/// A query that is faster is fine as it is.
pub(crate) static SLOW: Limit<Seconds> =
    Limit { what: "mean time of a call", value: Seconds::millis(10.0), source: "own choice: below 10 ms nobody waits" };

/// A finding for each of the application's queries that cost something and whose text holds such a fact: what is wrong
/// with it, and what is better.
pub(crate) fn findings(
    case: &Case,
    holds: impl Fn(&Fact) -> bool,
    also: impl Fn(&Query) -> bool,
    what: &str,
    better: &str,
) -> Checked {
    let workload = case.get::<Workload>()?;
    let dialect = Dialect::of(case.engine());
    let costly = query::of_the_application(workload)
        .filter(|query| query::share(workload, query) >= PART.value && query.mean_time >= SLOW.value && also(query));
    let found = costly.filter(|query| {
        let statement = understand(query.text.as_str(), dialect, &NoNames);
        statement.is_ok_and(|statement| statement.facts().iter().any(&holds))
    });
    let findings = found.map(|query| {
        let share = query::share(workload, query);
        let cause = format!("{what}: {share} of all time, {} each: {}", query.mean_time, query::short(query));
        let fix = Fix::of(FixKind::Code, better, Undo::NotNeeded("it is a change of the program".into()));
        query::with_figures(Finding::new(Severity::Info, query::subject(query), cause), workload, query)
            .measured("share of all time", share, &format!("{}: total time", workload.source))
            .fix(fix)
    });
    Ok(findings.collect())
}
