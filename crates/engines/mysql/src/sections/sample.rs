//! The counters read twice, for rates of now.

use dbwright_model::{Case, Sample, Seconds, Section};

use super::status;
use crate::session::Session;
use crate::statement::Statement;

/// The statement is the counters' own.
pub(crate) const STATEMENTS: &[Statement] = &[];

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let Some(interval) = session.sample else { return };
    let first = status::read(session).await;
    tokio::time::sleep(interval).await;
    match (first, status::read(session).await) {
        (Ok(first), Ok(second)) => {
            let pairs =
                first.0.into_iter().filter_map(|(name, before)| Some((name.clone(), (before, *second.0.get(&name)?))));
            case.store(&Sample { interval: Seconds(interval.as_secs_f64()), counters: pairs.collect() });
        }
        (Err(trouble), _) | (_, Err(trouble)) => case.miss(trouble.gap(Sample::ID, None, None)),
    }
}
