//! `pg_settings` as the neutral [`Settings`].

use dbwright_model::{Case, Section, Setting, Settings};
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
            Setting { value, unit: row.unit, default, source: row.source, pending_restart: row.pending_restart };
        (row.name.to_ascii_lowercase(), setting)
    });
    case.store(&Settings(settings.collect()));
}
