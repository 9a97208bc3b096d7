//! The collector: which sections are gathered, in which order.

use dbwright_model::room::{GatherError, GatherOptions, Progress, StatementInfo};
use dbwright_model::target::ServerTarget;
use dbwright_model::{Case, Count};

use crate::sections;
use crate::session::{Session, Step};
use crate::statement::Statement;
use crate::storage;

/// What is gathered, in order: what everything needs first, the costly last. One line a section file.
const STEPS: &[(&str, Step, &[&[Statement]])] = &[
    (
        "settings",
        |session, case| Box::pin(sections::settings::collect(session, case)),
        &[sections::settings::STATEMENTS],
    ),
    ("vacuum", |session, case| Box::pin(sections::vacuum::collect(session, case)), &[sections::vacuum::STATEMENTS]),
    (
        "tables and indexes",
        |session, case| Box::pin(storage::collect(session, case)),
        &[
            storage::STATEMENTS,
            sections::catalog::STATEMENTS,
            sections::schema::STATEMENTS,
            sections::bloat::STATEMENTS,
        ],
    ),
    (
        "databases",
        |session, case| Box::pin(sections::databases::collect(session, case)),
        &[sections::databases::STATEMENTS],
    ),
    ("write-ahead log", |session, case| Box::pin(sections::wal::collect(session, case)), &[sections::wal::STATEMENTS]),
    (
        "replication",
        |session, case| Box::pin(sections::replication::collect(session, case)),
        &[sections::replication::STATEMENTS],
    ),
    (
        "security",
        |session, case| Box::pin(sections::security::collect(session, case)),
        &[sections::security::STATEMENTS],
    ),
    (
        "extensions",
        |session, case| Box::pin(sections::extensions::collect(session, case)),
        &[sections::extensions::STATEMENTS],
    ),
    (
        "workload",
        |session, case| Box::pin(sections::workload::collect(session, case)),
        &[sections::workload::STATEMENTS],
    ),
    ("sample", |session, case| Box::pin(sections::sample::collect(session, case)), &[sections::sample::STATEMENTS]),
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
    server.address = target.to_string().into();
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
