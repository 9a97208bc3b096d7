//! Who answered: the facts every section is read against.

use dbwright_model::{Name, Seconds, Server};
use jiff::Timestamp;
use serde::Deserialize;

use crate::session::Session;
use crate::statement::Statement;

/// Only Aurora has it.
const AURORA: Statement = Statement::new("server", "SHOW GLOBAL VARIABLES LIKE 'aurora\\_version'").mysql();

const FACTS: Statement = Statement::new(
    "server",
    "SELECT DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%fZ') AS now, DATABASE() AS db, CURRENT_USER() AS user,
            @@version_comment AS comment, @@basedir AS basedir, @@datadir AS datadir, @@hostname AS hostname",
);

pub(crate) const STATEMENTS: &[Statement] = &[FACTS, AURORA];

#[derive(Deserialize)]
struct Row {
    now: Timestamp,
    db: Option<Name>,
    user: Option<Name>,
    comment: Option<String>,
    basedir: Option<String>,
    datadir: Option<String>,
}

/// The server's facts; what cannot be had is left out.
pub(crate) async fn facts(session: &mut Session) -> Server {
    let mut server = Server::new(session.product, session.version);
    let Ok(rows) = session.rows::<Row>(&FACTS).await else { return server };
    let Some(row) = rows.into_iter().next() else { return server };
    server.now = row.now;
    server.database = row.db;
    server.user = row.user;
    let aurora = session.rows::<serde_json::Value>(&AURORA).await.is_ok_and(|rows| !rows.is_empty());
    let aurora = aurora.then(|| "Aurora".to_owned());
    let marks = [aurora, row.comment, row.basedir, row.datadir].into_iter().flatten().collect::<Vec<_>>().join(" ");
    server.managed = managed(&marks).map(str::to_owned);
    server.uptime = None::<Seconds>;
    server
}

/// The service whose marks are in comment and paths.
fn managed(marks: &str) -> Option<&'static str> {
    const SERVICES: &[(&str, &str)] = &[
        // Aurora's paths are RDS's too.
        ("Aurora", "Amazon Aurora"),
        ("rdsdbbin", "Amazon RDS"),
        ("/rdsdbdata", "Amazon RDS"),
        ("Google", "Google Cloud SQL"),
        ("Azure", "Azure Database for MySQL"),
        ("PlanetScale", "PlanetScale"),
    ];
    SERVICES.iter().find(|(mark, _)| marks.contains(mark)).map(|(_, service)| *service)
}

#[cfg(test)]
mod tests {
    use super::managed;

    #[test]
    fn services_are_known_by_their_marks() {
        assert_eq!(managed("Aurora Source distribution /rdsdbbin/oscar /rdsdbdata/db/"), Some("Amazon Aurora"));
        assert_eq!(managed("Source distribution /rdsdbbin/mysql/ /rdsdbdata/db/"), Some("Amazon RDS"));
        assert_eq!(managed("(Google)"), Some("Google Cloud SQL"));
        assert_eq!(managed("MySQL Community Server - GPL /usr/ /var/lib/mysql/"), None);
    }
}
