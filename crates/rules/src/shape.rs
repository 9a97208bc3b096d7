//! What the rules about the shape of statements share: the queries whose text holds a fact, and that cost something.

use dbwright_model::workload::Query;
use dbwright_model::{Case, Engine, Limit, Seconds, Share, Workload};
use dbwright_sql::Dialect;
use dbwright_sql::statement::{Fact, NoNames, Statement, understand};

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

/// The application's queries that cost something and whose text holds such a fact.
pub(crate) fn with_fact<'w>(
    case: &Case,
    workload: &'w Workload,
    holds: impl Fn(&Fact, &Statement) -> bool,
) -> Vec<&'w Query> {
    let dialect = if case.engine() == Engine::MySql { Dialect::MySql } else { Dialect::Postgres };
    query::of_the_application(workload)
        .filter(|query| query::share(workload, query) >= PART.value && query.mean_time >= SLOW.value)
        .filter(|query| {
            let statement = understand(query.text.as_str(), dialect, &NoNames);
            statement.is_ok_and(|statement| statement.facts().iter().any(|fact| holds(fact, &statement)))
        })
        .collect()
}
