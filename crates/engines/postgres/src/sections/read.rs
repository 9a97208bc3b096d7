//! What the section files share: reading a part of a section, or recording why it is missing.

use dbwright_model::{Case, Why};
use dbwright_sql::Dialect;
use serde::de::DeserializeOwned;

use crate::session::Session;
use crate::statement::Statement;

/// The rows of a statement; `None` with a gap in the case when they cannot be had.
/// `part` names the piece when the rest of the section can stand without it.
pub(super) async fn rows<T: DeserializeOwned>(
    session: &mut Session,
    case: &mut Case,
    statement: &Statement,
    part: Option<&str>,
    allow: Option<&str>,
) -> Option<Vec<T>> {
    match session.rows(statement).await {
        Ok(rows) => Some(rows),
        Err(trouble) => {
            let allow = allow.filter(|_| trouble.why == Why::Privilege).map(|what| what.replace("{role}", &role(case)));
            case.miss(trouble.gap(statement.section, part, allow));
            None
        }
    }
}

/// The only row of a statement.
pub(super) async fn row<T: DeserializeOwned>(
    session: &mut Session,
    case: &mut Case,
    statement: &Statement,
    part: Option<&str>,
    allow: Option<&str>,
) -> Option<T> {
    rows(session, case, statement, part, allow).await?.into_iter().next()
}

/// The statement of the list that is for this server's version.
pub(super) fn fitting<'a>(session: &Session, statements: &'a [Statement]) -> Option<&'a Statement> {
    statements.iter().find(|statement| statement.fits(session.version.major))
}

/// Our role as a `GRANT` names it.
pub(super) fn role(case: &Case) -> String {
    case.server
        .user
        .as_ref()
        .map_or_else(|| "the_role_used_here".to_owned(), |user| Dialect::Postgres.quote(user.as_str()))
}
