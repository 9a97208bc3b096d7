//! The evidence only PostgreSQL has, and how each piece is collected: one section a file.

use dbwright_model::Case;
use dbwright_sql::Dialect;

pub mod bloat;
pub(crate) mod catalog;
pub mod schema;
pub(crate) mod settings;
pub mod tables;
pub mod vacuum;

/// The statement an administrator runs so that our role may see more.
pub(crate) fn grant(case: &Case, what: &str) -> String {
    let role =
        case.server.user.as_ref().map_or_else(|| "the_role_used_here".to_owned(), |user| Dialect::Postgres.quote(user));
    format!("GRANT {what} TO {role};")
}
