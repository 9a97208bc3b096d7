//! Extensions of the connected database and their versions.

use dbwright_model::{Case, Name, Section};
use serde::{Deserialize, Serialize};

use super::read::rows;
use crate::session::Session;
use crate::statement::Statement;

/// What is installed in the connected database, and what its server offers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Extensions {
    /// Installed, sorted by name.
    pub installed: Vec<Extension>,
    /// Offered by the server and not installed here, sorted.
    pub available: Vec<Name>,
    /// Whether pg_stat_statements is installed; told apart from the names, which may be redacted.
    #[serde(default)]
    pub counts_statements: bool,
}

impl Section for Extensions {
    const ID: &'static str = "postgres.extensions";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "extensions";
}

/// An installed extension.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Extension {
    /// Its name.
    pub name: Name,
    /// The schema its objects are in.
    pub schema: Name,
    /// The version its SQL objects have.
    pub version: String,
    /// The version that the files on the server would install; absent when the files are gone.
    #[serde(default)]
    pub offered: Option<String>,
    /// Whether the files contain a way from the one to the other.
    #[serde(default)]
    pub updatable: bool,
}

const INSTALLED: Statement = Statement::new(
    Extensions::ID,
    "SELECT e.extname AS name, n.nspname AS schema, e.extversion AS version, a.default_version AS offered, \
     CASE WHEN e.extversion <> a.default_version THEN EXISTS (SELECT FROM pg_extension_update_paths(e.extname) p \
     WHERE p.source = e.extversion AND p.target = a.default_version AND p.path IS NOT NULL) ELSE false END AS updatable \
     FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace \
     LEFT JOIN pg_available_extensions() a ON a.name = e.extname ORDER BY e.extname",
);

const AVAILABLE: Statement = Statement::new(
    Extensions::ID,
    "SELECT a.name FROM pg_available_extensions() a \
     WHERE NOT EXISTS (SELECT FROM pg_extension e WHERE e.extname = a.name) ORDER BY a.name",
);

pub(crate) const STATEMENTS: &[Statement] = &[INSTALLED, AVAILABLE];

#[derive(Deserialize)]
struct Available {
    name: Name,
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let Some(installed) = rows::<Extension>(session, case, &INSTALLED, None, None).await else { return };
    let available: Vec<Available> = rows(session, case, &AVAILABLE, Some("available"), None).await.unwrap_or_default();
    let counts_statements = installed.iter().any(|extension| extension.name == "pg_stat_statements");
    let available = available.into_iter().map(|row| row.name).collect();
    case.store(&Extensions { installed, available, counts_statements });
}
