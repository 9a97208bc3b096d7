//! Kinds of things that MongoDB's log tells besides operations, by their messages.

pub(super) use dbwright_model::log::Class;

const fn class(id: &'static str, title: &'static str, unit: &'static str) -> Class {
    Class { id, title, alias: None, unit }
}

pub(super) static CONNECTED: Class = class("connected", "a client connected", "connections open");
pub(super) static DISCONNECTED: Class = class("disconnected", "a client disconnected", "connections open");
static TOO_MANY: Class = class("too-many-connections", "a client was turned away: too many connections", "");
static AUTHENTICATION: Class = class("authentication-failed", "a client failed to log in", "");
static ELECTION: Class = class("election", "a member stood for election", "");
static ELECTED: Class = class("elected", "a member became primary", "");
static STEPPED_DOWN: Class = class("stepped-down", "the primary stepped down", "");
pub(super) static STATE: Class = class("replica-state", "a member changed its state", "");
pub(super) static INDEX_BUILD: Class = class("index-build", "an index was built", "");
static CANCELLED: Class =
    class("cancelled", "an operation was stopped: its client was gone, or somebody killed it", "");
static CURSOR: Class = class("cursor-timed-out", "a cursor was closed because nobody read on", "");
static FLOW_CONTROL: Class = class("flow-control", "writes were throttled because secondaries lag", "");
static SLOW_STATUS: Class = class("stall", "the server was slow to answer about itself", "");
static CHECKPOINT: Class = class("checkpoint-slow", "a checkpoint of the storage engine was slow", "");
pub(super) static WRITE_CONFLICT: Class =
    class("write-conflict", "writes met on one document and were tried again", "conflicts");
static DISK_FULL: Class = class("disk-full", "the disk is full", "");
static OUT_OF_MEMORY: Class = class("out-of-memory", "memory ran out", "");
static TOO_MANY_FILES: Class = class("too-many-files", "the limit of open files was reached", "");
static STARTED: Class = class("started", "the server started", "");
static STOPPED: Class = class("stopped", "the server stopped", "");
static CRASH: Class = class("crash", "the server crashed, or found that it had", "");
static REPLICATION: Class = class("replication-error", "replication failed", "");
static STARTUP_WARNING: Class = class("startup-warning", "the server warned of its configuration or its machine", "");
static WARNING: Class = class("warning", "a warning", "");
pub(super) static ERROR: Class = class("error", "an error", "");
static STATEMENT_TIMEOUT: Class = class("statement-timeout", "an operation exceeded its time limit", "");
static LOCK_TIMEOUT: Class = class("lock-timeout", "an operation gave up waiting for a lock", "");

/// The class of a message; `None` for what nobody counts.
pub(super) fn of_message(message: &[u8], severity: u8, startup: bool, attributes: &[u8]) -> Option<&'static Class> {
    let starts = |text: &str| message.starts_with(text.as_bytes());
    let says = |text: &str| memchr::memmem::find(message, text.as_bytes()).is_some();
    match message {
        b"Connection accepted" => return Some(&CONNECTED),
        b"Connection ended" => return Some(&DISCONNECTED),
        b"Authentication failed" | b"Failed to authenticate" => return Some(&AUTHENTICATION),
        b"Election succeeded, assuming primary role" => return Some(&ELECTED),
        b"Replica set state transition" | b"Member is in new state" => return Some(&STATE),
        b"Index build: done building" => return Some(&INDEX_BUILD),
        b"MongoDB starting" => return Some(&STARTED),
        b"Now exiting" | b"Shutting down" | b"mongod shutdown complete" => {
            return (message != b"Shutting down").then_some(&STOPPED);
        }
        _ => {}
    }
    if severity == b'I' || severity == b'D' {
        return match () {
            () if starts("Starting an election") => Some(&ELECTION),
            () if starts("Stepping down") => Some(&STEPPED_DOWN),
            () if starts("Interrupted operation as its client disconnected") => Some(&CANCELLED),
            () if starts("Cursor") && says("timed out") => Some(&CURSOR),
            () if says("WriteConflict") => Some(&WRITE_CONFLICT),
            () if says("too many open connections") => Some(&TOO_MANY),
            () if says("serverStatus was very slow") => Some(&SLOW_STATUS),
            () if starts("Checkpoint") && (says("slow") || says("took")) => Some(&CHECKPOINT),
            () => None,
        };
    }
    let tells = |text: &str| says(text) || memchr::memmem::find(attributes, text.as_bytes()).is_some();
    Some(match severity {
        _ if tells("No space left on device") => &DISK_FULL,
        _ if says("out of memory") || tells("Cannot allocate memory") => &OUT_OF_MEMORY,
        _ if tells("Too many open files") => &TOO_MANY_FILES,
        _ if says("too many open connections") => &TOO_MANY,
        _ if starts("Detected unclean shutdown") => &CRASH,
        _ if says("Flow control is engaged") => &FLOW_CONTROL,
        _ if startup => &STARTUP_WARNING,
        b'F' => &CRASH,
        b'E' if starts("Oplog") || says("replicat") || says("sync source") => &REPLICATION,
        b'E' => &ERROR,
        _ => &WARNING,
    })
}

/// The class of an operation that failed with that number.
pub(super) fn of_code(code: &[u8]) -> &'static Class {
    match code {
        b"50" | b"262" => &STATEMENT_TIMEOUT,
        b"24" => &LOCK_TIMEOUT,
        b"112" => &WRITE_CONFLICT,
        b"11601" | b"237" | b"279" => &CANCELLED,
        b"18" => &AUTHENTICATION,
        _ => &ERROR,
    }
}
