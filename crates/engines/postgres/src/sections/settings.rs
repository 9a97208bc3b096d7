//! `pg_settings` as the neutral [`Settings`].

use dbwright_model::{Case, Name, Redaction, Section, Setting, Settings, SqlText};
use serde::Deserialize;

use crate::session::Session;
use crate::statement::Statement;

/// What our own session sets (timeouts, `jit`…) is told as it was before; where that came from is then unknown, unless it
/// is the default.
pub(crate) const STATEMENTS: &[Statement] = &[Statement::new(
    Settings::ID,
    "SELECT name, CASE source WHEN 'session' THEN coalesce(reset_val, '') ELSE setting END AS setting, unit, vartype, boot_val, \
     CASE WHEN source <> 'session' THEN source WHEN reset_val IS NOT DISTINCT FROM boot_val THEN 'default' END AS source, \
     pending_restart FROM pg_settings",
)];

#[derive(Deserialize)]
struct Row {
    name: String,
    setting: String,
    unit: Option<String>,
    vartype: String,
    boot_val: Option<String>,
    source: Option<String>,
    pending_restart: bool,
}

/// Free-text settings that cannot carry a secret.
const OPEN_TEXT: &[&str] = &[
    "DateStyle",
    "TimeZone",
    "archive_library",
    "client_encoding",
    "createrole_self_grant",
    "debug_io_direct",
    "default_table_access_method",
    "jit_provider",
    "lc_collate",
    "lc_ctype",
    "lc_messages",
    "lc_monetary",
    "lc_numeric",
    "local_preload_libraries",
    "log_connections",
    "log_destination",
    "log_line_prefix",
    "log_timezone",
    "oauth_validator_libraries",
    "recovery_target_timeline",
    "restrict_nonsystem_relation_kind",
    "server_encoding",
    "server_version",
    "session_preload_libraries",
    "shared_preload_libraries",
    "ssl_ciphers",
    "ssl_ecdh_curve",
    "ssl_groups",
    "ssl_tls13_ciphers",
    "timezone_abbreviations",
    "wal_consistency_checking",
];

/// Free-text settings made of identifiers: stored as identifiers are.
const IDENTIFIERS: &[&str] = &[
    "default_tablespace",
    "default_text_search_config",
    "primary_slot_name",
    "search_path",
    "synchronized_standby_slots",
    "synchronous_standby_names",
    "temp_tablespaces",
];

/// Whether the setting is free text that cannot carry a secret.
pub(crate) fn is_open_text(name: &str) -> bool {
    OPEN_TEXT.iter().any(|open| open.eq_ignore_ascii_case(name))
}

/// The value as it may be stored: of free text what is known to be harmless, all else as `(set)`.
pub(super) fn open(name: &str, vartype: &str, value: String, redaction: Redaction) -> String {
    if vartype != "string" || value.is_empty() || OPEN_TEXT.contains(&name) {
        value
    } else if IDENTIFIERS.contains(&name) {
        SqlText::from(value).stored(redaction)
    } else if name == "listen_addresses" {
        let hosts = value.split(',').map(|host| Name::from(host.trim()).stored(redaction));
        hosts.collect::<Vec<_>>().join(", ")
    } else {
        "(set)".to_owned()
    }
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let rows: Vec<Row> = match session.rows(&STATEMENTS[0]).await {
        Ok(rows) => rows,
        Err(trouble) => return case.miss(trouble.gap(Settings::ID, None, None)),
    };
    let settings = rows.into_iter().map(|row| {
        let value = open(&row.name, &row.vartype, row.setting, session.redaction);
        let default = row.boot_val.filter(|_| row.vartype != "string");
        let setting =
            Setting { value, unit: row.unit, default, source: row.source, pending_restart: row.pending_restart };
        (row.name.to_ascii_lowercase(), setting)
    });
    case.store(&Settings(settings.collect()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_text_is_shown_only_where_it_can_hold_no_secret() {
        let literals = |name, value: &str| open(name, "string", value.to_owned(), Redaction::Literals);
        assert_eq!(literals("TimeZone", "UTC"), "UTC");
        assert_eq!(literals("search_path", "\"$user\", app"), "\"$user\", app");
        assert_eq!(literals("primary_conninfo", "password=x"), "(set)");
        assert_eq!(literals("cluster_name", "x"), "(set)");
        assert_eq!(literals("cluster_name", ""), "");
        assert_eq!(open("work_mem", "integer", "4096".into(), Redaction::Names), "4096");
    }

    #[test]
    fn identifiers_are_hashed_when_names_are() {
        let names = |name, value: &str| open(name, "string", value.to_owned(), Redaction::Names);
        let path = names("search_path", "app, public");
        assert!(path.starts_with("n_") && path.ends_with(", public"), "{path}");
        let standbys = names("synchronous_standby_names", "FIRST 2 (west, east)");
        assert!(standbys.starts_with("FIRST 2 (n_") && !standbys.contains("west"), "{standbys}");
        assert_eq!(names("listen_addresses", "*"), "*");
        assert!(names("listen_addresses", "localhost, 10.1.2.3").starts_with("localhost, n_"));
    }
}
