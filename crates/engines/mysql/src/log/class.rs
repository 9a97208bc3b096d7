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
pub(super) static CONNECTED: Class = class("connected", "client connected", Some("C21"));
pub(super) static DISCONNECTED: Class = class("disconnected", "client disconnected", Some("C23"));

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

/// The rest is told by error logs.
pub(super) mod server {
    use dbwright_model::log::Class;

    use super::class;

    pub(in crate::log) static STARTED: Class = class("started", "server started", Some("S2"));
    pub(in crate::log) static STOPPED: Class = class("stopped", "server stopped", Some("S4"));
    pub(in crate::log) static CRASH: Class = class("crash", "server crashed", Some("S1"));
    pub(in crate::log) static CRASH_RECOVERY: Class =
        class("crash-recovery", "server recovered from a crash as it started", Some("S3"));
    pub(in crate::log) static OUT_OF_MEMORY: Class = class("out-of-memory", "out of memory", Some("S5"));
    pub(in crate::log) static CORRUPTION: Class = class("corruption", "data or index damaged", Some("S6"));
    pub(in crate::log) static SEMAPHORE_WAIT: Class = Class {
        id: "long-semaphore-wait",
        title: "InnoDB threads waited long for each other",
        alias: None,
        unit: "ms",
    };
    pub(in crate::log) static ABORTED_CONNECTION: Class =
        class("aborted-connection", "connection was lost or given up", Some("C25"));
    pub(in crate::log) static CONNECTION_FAILED: Class =
        class("connection-failed", "client could not connect", Some("C24"));
    pub(in crate::log) static NAME_NOT_RESOLVED: Class =
        class("name-not-resolved", "client's address has no name that leads back to it", None);
    pub(in crate::log) static REPLICATION_ERROR: Class = class("replication-error", "replication failed", None);
    pub(in crate::log) static UNSAFE_STATEMENT: Class =
        class("unsafe-statement", "statement may change other rows on a replica", None);
    pub(in crate::log) static TABLE_FULL: Class = class("table-full", "table is full", None);
    pub(in crate::log) static DISK_FULL: Class = class("disk-full", "no space left on the disk", None);
    pub(in crate::log) static TOO_MANY_OPEN_FILES: Class = class("too-many-open-files", "too many open files", None);
    pub(in crate::log) static REDO_LOG_FULL: Class =
        class("redo-log-full", "writes waited for space in the redo log", Some("W42"));
    pub(in crate::log) static PAGE_CLEANER_SLOW: Class =
        Class { id: "page-cleaner-slow", title: "pages were not flushed as fast as planned", alias: None, unit: "ms" };
}
