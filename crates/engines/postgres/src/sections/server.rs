//! Who answered: the facts every section is read against.

use dbwright_model::case::Role;
use dbwright_model::{Name, Product, Seconds, Server};
use jiff::Timestamp;
use serde::Deserialize;

use crate::session::Session;
use crate::statement::Statement;

const FACTS: Statement = Statement::new(
    "server",
    "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS now,
            extract(epoch FROM clock_timestamp() - pg_postmaster_start_time()) AS uptime, pg_is_in_recovery() AS replica,
            current_database() AS database, current_user AS \"user\",
            (SELECT string_agg(name, ' ') FROM pg_settings
             WHERE name LIKE 'rds.%' OR name LIKE 'aurora%' OR name LIKE 'cloudsql.%' OR name LIKE 'azure.%' OR name LIKE 'neon.%') AS vendor_settings,
            (SELECT string_agg(rolname, ' ') FROM pg_roles
             WHERE rolname IN ('rdsadmin', 'rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin', 'supabase_admin', 'neon_superuser', 'doadmin', 'avnadmin')) AS vendor_roles",
);

pub(crate) const STATEMENTS: &[Statement] = &[FACTS];

#[derive(Deserialize)]
struct Row {
    now: Timestamp,
    uptime: f64,
    replica: bool,
    database: Name,
    user: Name,
    vendor_settings: Option<String>,
    vendor_roles: Option<String>,
}

/// The server's facts; what cannot be had is left out.
pub(crate) async fn facts(session: &mut Session) -> Server {
    let mut server = Server::new(Product::PostgreSQL, session.version);
    let Ok(rows) = session.rows::<Row>(&FACTS).await else { return server };
    let Some(row) = rows.into_iter().next() else { return server };
    server.now = row.now;
    server.uptime = Some(Seconds(row.uptime.max(0.0)));
    server.role = if row.replica { Role::Replica } else { Role::Primary };
    server.database = Some(row.database);
    server.user = Some(row.user);
    let marks = [row.vendor_settings, row.vendor_roles].into_iter().flatten().collect::<Vec<_>>().join(" ");
    server.managed = managed(&marks).or_else(|| hosted(&session.at)).map(str::to_owned);
    server
}

/// The service whose settings or roles are there.
fn managed(marks: &str) -> Option<&'static str> {
    const SERVICES: &[(&str, &str)] = &[
        ("aurora", "Amazon Aurora"),
        ("rds", "Amazon RDS"),
        ("cloudsql", "Google Cloud SQL"),
        ("azure", "Azure Database for PostgreSQL"),
        ("supabase_admin", "Supabase"),
        ("neon", "Neon"),
        ("doadmin", "DigitalOcean"),
        ("avnadmin", "Aiven"),
    ];
    SERVICES.iter().find(|(mark, _)| marks.contains(mark)).map(|(_, service)| *service)
}

/// The service whose domain the host is in.
fn hosted(at: &str) -> Option<&'static str> {
    const DOMAINS: &[(&str, &str)] = &[
        (".rds.amazonaws.com", "Amazon RDS"),
        (".postgres.database.azure.com", "Azure Database for PostgreSQL"),
        (".supabase.co", "Supabase"),
        (".supabase.com", "Supabase"),
        (".neon.tech", "Neon"),
        (".db.ondigitalocean.com", "DigitalOcean"),
        (".aivencloud.com", "Aiven"),
    ];
    let host = at.rsplit_once(':').map_or(at, |(host, _)| host);
    DOMAINS.iter().find(|(domain, _)| host.ends_with(domain)).map(|(_, service)| *service)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_known_by_what_they_leave_behind() {
        assert_eq!(managed("rds.logical_replication rdsadmin"), Some("Amazon RDS"));
        assert_eq!(managed("aurora_stat_utils rds.x"), Some("Amazon Aurora"));
        assert_eq!(managed("cloudsqlsuperuser"), Some("Google Cloud SQL"));
        assert_eq!(managed(""), None);
        assert_eq!(hosted("ep-1.eu-central-1.aws.neon.tech:5432"), Some("Neon"));
        assert_eq!(hosted("neon.tech.example.com:5432"), None);
    }
}
