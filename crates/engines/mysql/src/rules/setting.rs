//! Findings about a variable and the value it has.

use dbwright_model::{Finding, Quantity, Severity, Subject};

/// A finding about that variable, with its value as evidence.
pub(super) fn finding(severity: Severity, name: &str, cause: impl Into<String>, value: impl Into<Quantity>) -> Finding {
    Finding::new(severity, Subject::setting(name), cause).catalog(name, value, "SHOW GLOBAL VARIABLES")
}
