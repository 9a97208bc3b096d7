//! The collector: which sections are gathered, in which order.

use dbwright_model::room::{GatherError, GatherOptions, Progress, StatementInfo};
use dbwright_model::target::ServerTarget;
use dbwright_model::{Case, Count};

use crate::sections;
use crate::session::{Session, Step};
use crate::statement::Statement;

/// A step from a module with `collect` and `STATEMENTS`.
macro_rules! step {
    ($what:literal, $module:ident) => {
        ($what, |session, case| Box::pin(sections::$module::collect(session, case)), sections::$module::STATEMENTS)
    };
}

/// What is gathered, in order: what everything needs first, the costly last. One line a section file.
const STEPS: &[(&str, Step, &[Statement])] = &[
    step!("settings", settings),
    step!("counters", status),
    step!("sessions", activity),
    step!("replication", replication),
    step!("accounts", accounts),
    step!("tables and indexes", catalog),
    step!("InnoDB", innodb),
    step!("workload", workload),
    step!("sample", sample),
];

pub(crate) fn statements() -> Vec<StatementInfo> {
    let steps = STEPS.iter().map(|(_, _, statements)| *statements);
    [sections::server::STATEMENTS, sections::table_locks::STATEMENTS]
        .into_iter()
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
    let (mut session, address) = Session::connect(target, options).await?;
    let mut server = sections::server::facts(&mut session).await;
    server.address = address.into();
    server.host = options.host.clone();
    let mut case = Case::new(server, options.redaction);
    for (done, (what, step, _)) in STEPS.iter().enumerate() {
        progress.step(what, done, STEPS.len());
        step(&mut session, &mut case).await;
    }
    progress.step("done", STEPS.len(), STEPS.len());
    case.server.statements = Count(session.ran);
    case.server.server_time = session.spent;
    Ok(case)
}
