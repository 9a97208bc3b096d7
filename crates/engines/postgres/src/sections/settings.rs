//! `pg_settings` as the neutral [`Settings`].

use dbwright_model::{Case, Section, Setting, Settings};
use serde::Deserialize;

use crate::session::Session;
use crate::statement::Statement;

pub(crate) const STATEMENTS: &[Statement] = &[Statement::new(
    Settings::ID,
    "SELECT name, setting, unit, vartype, boot_val, source, pending_restart FROM pg_settings",
)];

#[derive(Deserialize)]
struct Row {
    name: String,
    setting: String,
    unit: Option<String>,
    vartype: String,
    boot_val: Option<String>,
    source: String,
    pending_restart: bool,
}

/// Free-text settings that cannot carry a secret; all others are stored as `(set)`.
const OPEN_TEXT: &[&str] =
    &["listen_addresses", "log_line_prefix", "shared_preload_libraries", "synchronous_standby_names", "server_version"];

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let rows: Vec<Row> = match session.rows(&STATEMENTS[0]).await {
        Ok(rows) => rows,
        Err(trouble) => return case.miss(trouble.gap(Settings::ID, None, None)),
    };
    let settings = rows.into_iter().map(|row| {
        let open = row.vartype != "string" || OPEN_TEXT.contains(&row.name.as_str()) || row.setting.is_empty();
        let value = if open { row.setting } else { "(set)".to_owned() };
        let default = row.boot_val.filter(|_| row.vartype != "string");
        let setting =
            Setting { value, unit: row.unit, default, source: Some(row.source), pending_restart: row.pending_restart };
        (row.name.to_ascii_lowercase(), setting)
    });
    case.store(&Settings(settings.collect()));
}
