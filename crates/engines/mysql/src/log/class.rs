//! Kinds of things that happen in these servers.

use dbwright_model::log::Class;

const fn class(id: &'static str, title: &'static str, alias: Option<&'static str>) -> Class {
    Class { id, title, alias, unit: "" }
}

pub(super) static ERROR: Class = class("error", "statement failed", None);
pub(super) static LOCK_TIMEOUT: Class = class("lock-timeout", "gave up waiting for a lock", Some("L72"));
pub(super) static DEADLOCK: Class = class("deadlock", "deadlock", Some("L73"));
pub(super) static STATEMENT_TIMEOUT: Class =
    class("statement-timeout", "statement took longer than allowed", Some("T81"));
pub(super) static CANCELLED: Class = class("cancelled", "statement was cancelled", Some("T82"));
pub(super) static TOO_MANY_CONNECTIONS: Class = class("too-many-connections", "too many connections", Some("C28"));
pub(super) static AUTHENTICATION_FAILED: Class = class("authentication-failed", "login was refused", Some("C22"));

/// The kind of an error by its number.
pub(super) fn of_error(number: u64) -> &'static Class {
    match number {
        1040 | 1203 | 1226 => &TOO_MANY_CONNECTIONS,
        1044 | 1045 | 1698 => &AUTHENTICATION_FAILED,
        1205 | 3572 => &LOCK_TIMEOUT,
        1213 => &DEADLOCK,
        1317 => &CANCELLED,
        // MySQL's max_execution_time, MariaDB's max_statement_time.
        3024 | 1969 => &STATEMENT_TIMEOUT,
        _ => &ERROR,
    }
}
