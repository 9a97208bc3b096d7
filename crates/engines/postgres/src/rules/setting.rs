//! What a rule says of a setting that has a value it should not have.

use dbwright_model::{Case, Checked, Finding, Fix, Quantity, Setting, Settings, Severity, Subject};

/// The finding that `name` has `value`: `effect` says what follows from it.
pub(super) fn finding(severity: Severity, name: &str, value: impl Into<Quantity>, effect: &str) -> Finding {
    let value = value.into();
    let cause = format!("{name} is {value}: {effect}");
    Finding::new(severity, Subject::setting(name), cause).catalog(name, value, "pg_settings.setting")
}

/// A whole rule: that finding when the setting has exactly this value.
pub(super) fn is(case: &Case, name: &str, value: &str, severity: Severity, effect: &str, fix: Fix) -> Checked {
    let so = case.get::<Settings>()?.text(name) == Some(value);
    Ok(so.then(|| finding(severity, name, value, effect).fix(fix)).into_iter().collect())
}

/// Whether we see the value because of our own role, database or connection: others may have another.
/// `setting-overridden` tells of those.
pub(super) fn is_ours(setting: &Setting) -> bool {
    matches!(setting.source.as_deref(), Some("user" | "database" | "database user" | "client"))
}
