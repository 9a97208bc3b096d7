//! The collector: which sections are gathered, in which order.

use dbwright_model::room::{GatherError, GatherOptions, Progress};
use dbwright_model::target::ServerTarget;
use dbwright_model::{Case, Count, Name, Server};

use crate::sections;
use crate::session::{Session, Step};

/// What is gathered, in order: what everything needs first, the costly last. One line a section file.
const STEPS: &[(&str, Step)] = &[
    ("settings", |session, case| Box::pin(sections::settings::collect(session, case))),
    ("connections", |session, case| Box::pin(sections::clients::collect(session, case))),
    ("slow log", |session, case| Box::pin(sections::slowlog::collect(session, case))),
    ("latency", |session, case| Box::pin(sections::latency::collect(session, case))),
    ("users", |session, case| Box::pin(sections::security::collect(session, case))),
    ("cluster", |session, case| Box::pin(sections::cluster::collect(session, case))),
    ("keys", |session, case| Box::pin(sections::scan::collect(session, case))),
];

/// Hosts of managed services by the end of their name.
const SERVICES: &[(&str, &str)] = &[
    (".cache.amazonaws.com", "Amazon ElastiCache"),
    (".redis.cache.windows.net", "Azure Cache for Redis"),
    (".redis.azure.net", "Azure Managed Redis"),
    (".redislabs.com", "Redis Cloud"),
    (".redis-cloud.com", "Redis Cloud"),
    (".upstash.io", "Upstash"),
    (".aivencloud.com", "Aiven"),
];

pub(crate) async fn gather(
    target: &ServerTarget,
    options: &GatherOptions,
    progress: &dyn Progress,
) -> Result<Case, GatherError> {
    progress.step("connecting", 0, STEPS.len());
    let mut session = Session::connect(target, options).await?;
    let mut server = Server::new(session.product, session.version);
    server.address = target.to_string().into();
    server.user = Some(Name::from(session.user.as_str()));
    server.database = Some(Name::from(session.database.to_string()));
    server.host = options.host.clone();
    let host = target.url.host_str().unwrap_or_default();
    server.managed = SERVICES.iter().find(|(end, _)| host.ends_with(end)).map(|(_, name)| (*name).to_owned());
    let mut case = Case::new(server, options.redaction);
    sections::info::store(&session, &mut case);
    sections::commands::store(&session, &mut case);
    for (done, (what, step)) in STEPS.iter().enumerate() {
        progress.step(what, done, STEPS.len());
        step(&mut session, &mut case).await;
    }
    if let Some(interval) = options.sample {
        progress.step("second reading of the counters", STEPS.len(), STEPS.len());
        sections::sample::collect(&mut session, &mut case, interval).await;
    }
    progress.step("done", STEPS.len(), STEPS.len());
    case.server.statements = Count(session.ran);
    case.server.server_time = session.spent;
    Ok(case)
}
