//! Global variables as the neutral [`Settings`].

use dbwright_model::{Case, Product, Section, Setting, Settings};
use serde::Deserialize;

use crate::session::Session;
use crate::statement::Statement;

const VARIABLES: Statement = Statement::new(Settings::ID, "SHOW GLOBAL VARIABLES");

/// Names only: what was persisted for the next start, values included, is for administrators.
const KEPT: Statement =
    Statement::new(Settings::ID, "SELECT variable_name FROM performance_schema.persisted_variables").mysql();

pub(crate) const STATEMENTS: &[Statement] = &[VARIABLES, KEPT];

/// The source of a variable that `SET PERSIST` set.
pub(crate) const PERSISTED: &str = "persisted";

#[derive(Deserialize)]
struct Kept {
    variable_name: String,
}

#[derive(Deserialize)]
struct Row {
    variable_name: String,
    value: serde_json::Value,
}

/// Free-text variables that cannot carry a secret; all others that are neither number nor switch nor a known word
/// are stored as `(set)`.
const OPEN_TEXT: &[&str] = &[
    "sql_mode",
    "log_output",
    "binlog_format",
    "binlog_row_image",
    "innodb_flush_method",
    "transaction_isolation",
    "tx_isolation",
    "character_set_server",
    "character_set_database",
    "collation_server",
    "collation_database",
    "default_storage_engine",
    "tls_version",
    "version",
    "version_comment",
    "query_cache_type",
    "innodb_checksum_algorithm",
    "innodb_change_buffering",
    "default_authentication_plugin",
    "authentication_policy",
    "bind_address",
    "innodb_doublewrite",
    "slave_skip_errors",
    "replica_skip_errors",
    "slave_parallel_mode",
    "replica_parallel_type",
    "slave_parallel_type",
    "innodb_default_row_format",
    "innodb_file_format",
    "gtid_mode",
    "enforce_gtid_consistency",
    "thread_handling",
    "time_zone",
    "system_time_zone",
    "log_bin_compress",
    "innodb_redo_log_encrypt",
    "have_ssl",
    "optimizer_switch",
    "event_scheduler",
    "completion_type",
    "concurrent_insert",
    "log_slow_verbosity",
    "innodb_use_atomic_writes",
    "wsrep_on",
    "lower_case_table_names",
    "storage_engine",
    "internal_tmp_mem_storage_engine",
    "secure_file_priv",
];

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let rows: Vec<Row> = match session.rows(&VARIABLES).await {
        Ok(rows) => rows,
        Err(trouble) => return case.miss(trouble.gap(Settings::ID, None, None)),
    };
    let kept: Vec<Kept> = match session.rows(&KEPT).await {
        Ok(kept) => kept,
        Err(trouble) => {
            if session.product == Product::MySQL {
                let allow = session.grant("SELECT ON performance_schema.persisted_variables");
                case.miss(trouble.gap(Settings::ID, Some("which settings are persisted"), Some(allow)));
            }
            Vec::new()
        }
    };
    let settings = rows.into_iter().map(|row| {
        let name = row.variable_name.to_ascii_lowercase();
        let value = match row.value {
            serde_json::Value::String(text) => text,
            serde_json::Value::Null => String::new(),
            other => other.to_string(),
        };
        let value = shown(&name, value);
        let source = kept.iter().any(|kept| kept.variable_name == name).then(|| PERSISTED.to_owned());
        let setting = Setting { value, unit: unit(&name).map(str::to_owned), source, ..Setting::default() };
        (name, setting)
    });
    case.store(&Settings(settings.collect()));
}

/// The value when it is a number, a switch or on the list; `(set)` otherwise. A path in `secure_file_priv` and
/// addresses in `bind_address` tell rules whether there is one, and which: both are kept.
pub(crate) fn shown(name: &str, value: String) -> String {
    if !value.is_empty() && secret(name) {
        return "(set)".into();
    }
    let harmless = value.is_empty()
        || value.parse::<f64>().is_ok()
        || ["ON", "OFF", "YES", "NO", "DISABLED", "ENABLED", "NONE", "AUTO", "AUTOMATIC", "DEMAND"]
            .contains(&value.to_ascii_uppercase().as_str())
        || OPEN_TEXT.contains(&name);
    if harmless { value } else { "(set)".into() }
}

/// Words in the name of a variable that may hold a secret, which may look like a number or a switch.
const SECRET: &[&str] = &["password", "passwd", "pwd", "passphrase", "auth", "secret", "key", "token"];

/// Variables with such a word in their name that the server takes only numbers, switches or names of plugins for.
const NO_SECRET: &[&str] = &[
    "authentication_policy",
    "caching_sha2_password_auto_generate_rsa_keys",
    "caching_sha2_password_digest_rounds",
    "default_authentication_plugin",
    "default_password_lifetime",
    "delay_key_write",
    "disconnect_on_expired_password",
    "foreign_key_checks",
    "innodb_default_encryption_key_id",
    "innodb_encryption_rotate_key_age",
    "innodb_ft_max_token_size",
    "innodb_ft_min_token_size",
    "key_buffer_size",
    "key_cache_age_threshold",
    "key_cache_block_size",
    "key_cache_division_limit",
    "key_cache_file_hash_size",
    "key_cache_segments",
    "max_password_errors",
    "mysql_native_password_proxy_users",
    "ngram_token_size",
    "old_passwords",
    "password_history",
    "password_require_current",
    "password_reuse_interval",
    "sha256_password_auto_generate_rsa_keys",
    "sha256_password_proxy_users",
    "sql_generate_invisible_primary_key",
    "sql_require_primary_key",
    "strict_password_validation",
];

/// Whether the value may be a secret, whatever it looks like.
fn secret(name: &str) -> bool {
    SECRET.iter().any(|word| name.contains(word))
        && !NO_SECRET.contains(&name)
        && !name.starts_with("validate_password")
        && !name.starts_with("simple_password_check_")
}

/// The unit of a variable, by its name.
pub(crate) fn unit(name: &str) -> Option<&'static str> {
    let size = name.ends_with("_size")
        && !name.contains("digests_size")
        && !name.ends_with("thread_cache_size")
        && !name.ends_with("history_size");
    let bytes = size
        || matches!(
            name,
            "innodb_redo_log_capacity"
                | "thread_stack"
                | "max_allowed_packet"
                | "max_binlog_size"
                | "innodb_log_file_size"
                | "temptable_max_ram"
                | "temptable_max_mmap"
        );
    bytes.then_some("B")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_text_is_not_kept() {
        assert_eq!(shown("init_connect", "SET @a = 'secret'".into()), "(set)");
        assert_eq!(shown("report_password", "secret".into()), "(set)");
        for name in
            ["report_password", "wsrep_sst_auth", "hashicorp_key_management_token", "keyring_hashicorp_secret_id"]
        {
            assert_eq!(shown(name, "7391".into()), "(set)");
            assert_eq!(shown(name, "ON".into()), "(set)");
        }
        for name in ["key_buffer_size", "validate_password.length", "innodb_ft_min_token_size", "foreign_key_checks"] {
            assert_eq!(shown(name, "7391".into()), "7391");
        }
        assert_eq!(shown("sql_mode", "STRICT_TRANS_TABLES".into()), "STRICT_TRANS_TABLES");
        assert_eq!(shown("long_query_time", "10.000000".into()), "10.000000");
        assert_eq!(shown("report_password", String::new()), "");
    }
}
