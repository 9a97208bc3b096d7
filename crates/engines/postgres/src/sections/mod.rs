//! The evidence only PostgreSQL has, and how each piece is collected: one section a file.

use dbwright_model::Case;
use dbwright_sql::Dialect;

pub mod activity;
pub mod bloat;
pub(crate) mod catalog;
pub mod configuration;
pub mod databases;
pub mod extensions;
mod password;
mod read;
pub mod replication;
pub(crate) mod sample;
pub mod schema;
pub mod security;
pub(crate) mod server;
pub(crate) mod settings;
pub mod tables;
pub mod vacuum;
pub mod wal;
pub(crate) mod workload;

/// The statement an administrator runs so that our role may see more.
pub(crate) fn grant(case: &Case, what: &str) -> String {
    let role =
        case.server.user.as_ref().map_or_else(|| "the_role_used_here".to_owned(), |user| Dialect::Postgres.quote(user));
    format!("GRANT {what} TO {role};")
}
