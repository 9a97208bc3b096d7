//! The collector: which sections are gathered, in which order.

use dbwright_model::room::{GatherError, GatherOptions, Progress, StatementInfo};
use dbwright_model::target::ServerTarget;
use dbwright_model::{Case, Count};

use crate::sections;
use crate::session::{Session, Step};
use crate::statement::Statement;
use crate::storage;

/// A step from a module with `collect` and `STATEMENTS`; what it reads through other modules is named behind `with`.
macro_rules! step {
    ($what:literal, $($module:ident)::+ $(, with $other:expr)*) => {
        (
            $what,
            |session, case| Box::pin($($module)::+::collect(session, case)),
            &[$($module)::+::STATEMENTS $(, $other)*],
        )
    };
}

/// What is gathered, in order: what everything needs first, the costly last. One line a section file.
const STEPS: &[(&str, Step, &[&[Statement]])] = &[
    step!("settings", sections::settings),
    step!("configuration", sections::configuration),
    step!("sessions", sections::activity),
    step!("vacuum", sections::vacuum),
    step!(
        "tables and indexes",
        storage,
        with sections::catalog::STATEMENTS,
        with sections::schema::STATEMENTS,
        with sections::bloat::STATEMENTS
    ),
    step!("databases", sections::databases),
    step!("write-ahead log", sections::wal),
    step!("replication", sections::replication),
    step!("security", sections::security),
    step!("extensions", sections::extensions),
    step!("workload", sections::workload),
    step!("sample", sections::sample),
];

pub(crate) fn statements() -> Vec<StatementInfo> {
    let steps = STEPS.iter().flat_map(|(_, _, files)| files.iter());
    std::iter::once(&sections::server::STATEMENTS)
        .chain(steps)
        .flat_map(|file| file.iter().map(Statement::info))
        .collect()
}

pub(crate) async fn gather(
    target: &ServerTarget,
    options: &GatherOptions,
    progress: &dyn Progress,
) -> Result<Case, GatherError> {
    progress.step("connecting", 0, STEPS.len());
    let mut session = Session::connect(target, options).await?;
    let mut server = sections::server::facts(&mut session).await;
    server.address = session.at.clone().into();
    server.host = options.host.clone();
    let mut case = Case::new(server, options.redaction);
    for (done, (what, step, _)) in STEPS.iter().enumerate() {
        progress.step(what, done, STEPS.len());
        step(&mut session, &mut case).await;
    }
    progress.step("done", STEPS.len(), STEPS.len());
    case.server.statements = Count(session.ran);
    case.server.server_time = session.spent;
    session.close().await;
    Ok(case)
}
