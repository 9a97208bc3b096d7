//! What `pg_settings` does not tell: settings of roles and databases, and lines of the files that are not in force.

use dbwright_model::{Case, Count, Name, Section, Setting};
use serde::{Deserialize, Serialize};

use super::read::rows;
use super::settings;
use crate::session::Session;
use crate::statement::Statement;

/// Settings beside those of the server.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Configuration {
    /// Settings that a role or a database has of its own; sorted by database, role and setting.
    pub overrides: Vec<Override>,
    /// What is wrong with the configuration files; absent without the privilege.
    #[serde(default)]
    pub files: Option<Files>,
}

impl Section for Configuration {
    const ID: &'static str = "postgres.configuration";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "configuration files, settings of roles and databases";
}

/// A setting that new sessions of a role or in a database begin with.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Override {
    /// The database; absent for all.
    #[serde(default)]
    pub database: Option<Name>,
    /// The role; absent for all.
    #[serde(default)]
    pub role: Option<Name>,
    /// The setting's name as the server writes it.
    pub name: String,
    /// Its value, in the base unit.
    pub setting: Setting,
}

/// The configuration files as they are on disk now.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Files {
    /// Lines that the server does not take, in order.
    pub errors: Vec<FileError>,
    /// Other lines that are not in force because of them.
    pub held_up: Count,
}

/// A line that the server does not take.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct FileError {
    /// The file.
    pub file: Name,
    /// The line.
    pub line: u32,
    /// The setting, when the line could be read that far.
    #[serde(default)]
    pub name: Option<Name>,
    /// What the server says, without what it quotes from the file.
    pub error: String,
}

// What extensions define is left out: for the server it is the same as a variable somebody made up.
const OVERRIDES: Statement = Statement::new(
    Configuration::ID,
    "SELECT d.datname AS database, r.rolname AS role, s.name, s.vartype, s.unit, substr(c, strpos(c, '=') + 1) AS value \
     FROM pg_db_role_setting o CROSS JOIN LATERAL unnest(o.setconfig) c \
     JOIN pg_settings s ON lower(s.name) = lower(split_part(c, '=', 1)) \
     LEFT JOIN pg_database d ON d.oid = o.setdatabase LEFT JOIN pg_roles r ON r.oid = o.setrole \
     WHERE s.category <> 'Customized Options' ORDER BY d.datname NULLS FIRST, r.rolname NULLS FIRST, s.name LIMIT 1000",
);

// A change that waits for a restart is also told as an error. Reading the files marks such settings in pg_settings, so
// that must be read behind them, which OFFSET 0 sees to. What is quoted in an error comes from the file and stays there.
const ERRORS: Statement = Statement::new(
    Configuration::ID,
    "SELECT coalesce(f.sourcefile, '') AS file, coalesce(f.sourceline, 0) AS line, f.name, \
     btrim(split_part(f.error, '\"', 1)) AS error, \
     (SELECT CASE WHEN bool_or(h.applied) THEN 0 ELSE count(*) FILTER (WHERE h.error IS NULL) END \
     FROM pg_file_settings h) AS held_up FROM pg_file_settings f \
     LEFT JOIN LATERAL (SELECT s.pending_restart FROM pg_settings s WHERE lower(s.name) = lower(f.name) OFFSET 0) s ON true \
     WHERE f.error IS NOT NULL AND s.pending_restart IS NOT TRUE ORDER BY f.seqno LIMIT 100",
);

pub(crate) const STATEMENTS: &[Statement] = &[OVERRIDES, ERRORS];

const FILES: Option<&str> = Some(
    "GRANT SELECT ON pg_catalog.pg_file_settings TO {role}; \
     GRANT EXECUTE ON FUNCTION pg_catalog.pg_show_all_file_settings() TO {role};",
);

#[derive(Deserialize)]
struct OverrideRow {
    database: Option<Name>,
    role: Option<Name>,
    name: String,
    vartype: String,
    unit: Option<String>,
    value: String,
}

#[derive(Deserialize)]
struct ErrorRow {
    held_up: Count,
    #[serde(flatten)]
    error: FileError,
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let Some(found) = rows::<OverrideRow>(session, case, &OVERRIDES, None, None).await else { return };
    let errors = rows::<ErrorRow>(session, case, &ERRORS, Some("files"), FILES).await;
    let overrides = found.into_iter().map(|row| {
        let open = settings::open(&row.name, &row.vartype, row.value, session.redaction);
        let value = in_base_unit(&open, &row.vartype, row.unit.as_deref());
        let setting = Setting { value, unit: row.unit, ..Setting::default() };
        Override { database: row.database, role: row.role, name: row.name, setting }
    });
    let files = errors.map(|rows| Files {
        held_up: rows.first().map_or(Count(0), |row| row.held_up),
        errors: rows.into_iter().map(|row| row.error).collect(),
    });
    case.store(&Configuration { overrides: overrides.collect(), files });
}

/// The value as `pg_settings` would have it: `64MB` as 65536 of the unit kB, `false` as `off`.
fn in_base_unit(value: &str, vartype: &str, unit: Option<&str>) -> String {
    let plain = value.trim().trim_matches('\'').to_ascii_lowercase();
    match vartype {
        "bool" | "enum" => match plain.as_str() {
            "true" | "yes" | "1" | "t" | "y" => "on".to_owned(),
            "false" | "no" | "0" | "f" | "n" => "off".to_owned(),
            _ => plain,
        },
        "integer" | "real" => scaled(value.trim().trim_matches('\''), unit).unwrap_or(plain),
        _ => value.to_owned(),
    }
}

fn scaled(value: &str, unit: Option<&str>) -> Option<String> {
    let end = value.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))).unwrap_or(value.len());
    let number: f64 = value[..end].parse().ok()?;
    let written = value[end..].trim();
    let factor = if written.is_empty() { 1.0 } else { weight(written)? / weight(unit?)? };
    Some((number * factor).to_string())
}

/// Bytes or seconds of a unit.
fn weight(unit: &str) -> Option<f64> {
    Some(match unit {
        "B" => 1.0,
        "kB" => 1024.0,
        "8kB" => 8192.0,
        "MB" => 1024.0 * 1024.0,
        "GB" => 1024.0 * 1024.0 * 1024.0,
        "TB" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_in_the_base_unit() {
        assert_eq!(in_base_unit("64MB", "integer", Some("kB")), "65536");
        assert_eq!(in_base_unit("1.5 GB", "integer", Some("8kB")), "196608");
        assert_eq!(in_base_unit("5min", "integer", Some("ms")), "300000");
        assert_eq!(in_base_unit("0", "integer", Some("ms")), "0");
        assert_eq!(in_base_unit("1.1", "real", None), "1.1");
        assert_eq!(in_base_unit("False", "enum", None), "off");
        assert_eq!(in_base_unit("local", "enum", None), "local");
        assert_eq!(in_base_unit("furlongs", "integer", Some("ms")), "furlongs");
    }
}
