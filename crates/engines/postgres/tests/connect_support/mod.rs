//! What the suites on connections and sessions share.

#![allow(dead_code, reason = "every suite uses a part of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a suite stops where something is not as it must be")]

use std::time::Duration;

use dbwright_lab::{Lab, Options, Product};
use dbwright_model::room::{GatherError, GatherOptions, Progress, Room};
use dbwright_model::{Case, Target};
use dbwright_postgres::Postgres;
use tokio_postgres::{Client, NoTls};

/// A server of that major version, or `None` with a word on the terminal; a failure under CI.
pub(crate) fn lab(major: u32, options: Options) -> Option<Lab> {
    let binaries = dbwright_lab::for_test(Product::Postgres, Some(major)).unwrap()?;
    Some(Lab::start(&binaries, &options.setting("shared_buffers", "16MB").volatile()).unwrap())
}

/// The server's owner, to prepare what is then looked at.
pub(crate) async fn owner(lab: &Lab) -> Client {
    let (client, connection) = tokio_postgres::connect(&lab.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// As patient as a test can be.
pub(crate) fn options() -> GatherOptions {
    GatherOptions { connect_timeout: Duration::from_secs(2), ..GatherOptions::default() }
}

pub(crate) async fn gather(
    target: &str,
    options: &GatherOptions,
    progress: &dyn Progress,
) -> Result<Case, GatherError> {
    let Ok(Target::Server(target)) = Target::parse(target) else { panic!("{target} is no server") };
    Postgres.gather(&target, options, progress).await
}

/// The password in every target that is to fail: no message may hold it.
pub(crate) const SECRET: &str = "hunter2-s3cret";

/// Why the target cannot be consulted.
pub(crate) async fn refusal(target: &str) -> GatherError {
    let error = match gather(target, &options(), &()).await {
        Ok(_) => panic!("{target} was let in"),
        Err(error) => error,
    };
    assert!(!format!("{error:?} {error}").contains(SECRET), "{error:?}");
    assert!(!error.message.is_empty() && !error.hint.is_empty(), "{error:?}");
    error
}

/// Whether the target is let in, and what the error says if not.
pub(crate) async fn enters(target: &str) {
    // Only the first steps matter here.
    let options = GatherOptions { deadline: Duration::from_secs(3), ..options() };
    if let Err(error) = gather(target, &options, &()).await {
        panic!("{target}: {error:?}");
    }
}
