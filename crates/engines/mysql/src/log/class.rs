//! Kinds of things that happen in these servers. Codes in the third column are pganalyze's.

use dbwright_model::log::Class;

macro_rules! classes {
    ($($name:ident $id:literal $alias:literal $unit:literal $title:literal)*) => {
        $(pub(super) static $name: Class = Class {
            id: $id,
            title: $title,
            alias: if $alias.is_empty() { None } else { Some($alias) },
            unit: $unit,
        };)*
    };
}

classes! {
    CRASH "crash" "S1" "" "the server crashed"
    STARTED "started" "S2" "" "the server started"
    RECOVERING "recovering" "S3" "" "the server recovered from a crash"
    STOPPED "stopped" "S4" "" "the server was stopped"
    OUT_OF_MEMORY "out-of-memory" "S5" "" "memory ran out"
    CORRUPTION "corruption" "S6" "" "damaged data was found"
    DISK_FULL "disk-full" "" "" "no space was left on the disk"
    TABLE_FULL "table-full" "" "" "a table was full"
    TOO_MANY_OPEN_FILES "too-many-open-files" "" "" "there were too many open files"
    SEMAPHORE_WAIT "long-semaphore-wait" "" "ms" "threads of InnoDB waited long for each other"
    PAGE_CLEANER_SLOW "page-cleaner-slow" "" "ms" "pages were not flushed as fast as planned"
    REDO_LOG_FULL "redo-log-full" "" "" "writes waited for space in the redo log"

    CONNECTED "connected" "C21" "" "a client connected"
    AUTHENTICATION_FAILED "authentication-failed" "C22" "" "a client was not let in"
    NO_DATABASE "no-such-database" "C22" "" "the database does not exist"
    DISCONNECTED "disconnected" "C23" "" "a client disconnected"
    CONNECTION_FAILED "connection-failed" "C24" "" "a client could not connect"
    CONNECTION_LOST "connection-lost" "C25" "" "the connection to a client was lost"
    CONNECTION_TERMINATED "connection-terminated" "C27" "" "a connection was killed"
    TOO_MANY_CONNECTIONS "too-many-connections" "C28" "" "there were too many connections"
    TOO_MANY_FOR_ROLE "too-many-connections-of-role" "C29" "" "an account had too many connections"
    NAME_NOT_RESOLVED "name-not-resolved" "" "" "a client's address has no name that leads back to it"

    LOCK_TIMEOUT "lock-timeout" "L72" "" "gave up waiting for a lock"
    DEADLOCK "deadlock" "L73" "" "a deadlock was broken"
    LOCK_UNAVAILABLE "lock-unavailable" "" "" "a lock was not available at once"
    STATEMENT_TIMEOUT "statement-timeout" "T81" "" "a statement took longer than allowed"
    CANCELLED "cancelled" "T82" "" "a statement was cancelled"
    REPLICATION_ERROR "replication-error" "B92" "" "replication was interrupted"
    UNSAFE_STATEMENT "unsafe-statement" "" "" "a statement may change other rows on a replica"

    UNIQUE "unique-violation" "V100" "" "a value was there already"
    FOREIGN_KEY "foreign-key-violation" "V101" "" "a referenced row was missing or still needed"
    NOT_NULL "not-null-violation" "V102" "" "a value was missing"
    CHECK "check-violation" "V103" "" "a row did not pass a check"

    SYNTAX "syntax-error" "U110" "" "a statement had a syntax error"
    INVALID_INPUT "invalid-input" "U111" "" "a value had the wrong form"
    TOO_LONG "value-too-long" "U112" "" "a value was too long"
    INSERT_MISMATCH "insert-mismatch" "U116" "" "INSERT had the wrong number of values"
    GROUP_BY "not-grouped" "U118" "" "a column was not grouped"
    NO_RELATION "no-such-table" "U119" "" "a table does not exist"
    NO_COLUMN "no-such-column" "U120" "" "a column does not exist"
    AMBIGUOUS "ambiguous-column" "U122" "" "a column's name was ambiguous"
    DENIED "permission-denied" "U123" "" "permission was denied"
    DIVISION_BY_ZERO "division-by-zero" "U128" "" "division by zero"
    OUT_OF_RANGE "out-of-range" "U130" "" "a number was out of range"
    INVALID_REGEXP "invalid-regexp" "U131" "" "a regular expression was invalid"
    NO_FUNCTION "no-such-function" "U133" "" "a function or procedure does not exist"
    NO_PREPARED_STATEMENT "no-such-prepared-statement" "" "" "a prepared statement does not exist in this session"
    EXISTS_ALREADY "exists-already" "" "" "what was to be created exists already"
    READ_ONLY "read-only" "" "" "a write where only reading is allowed"
    PACKET_TOO_LARGE "packet-too-large" "" "" "a statement or value was larger than max_allowed_packet"
    ERROR "error" "" "" "something failed"
}

/// The kind of an error by its number.
pub(super) fn of_error(number: u64) -> &'static Class {
    match number {
        1007 | 1050 | 1061 | 1060 | 1304 => &EXISTS_ALREADY,
        1021 => &DISK_FULL,
        1037 | 1038 | 1041 | 3170 => &OUT_OF_MEMORY,
        1040 => &TOO_MANY_CONNECTIONS,
        1203 | 1226 => &TOO_MANY_FOR_ROLE,
        1044 | 1045 | 1698 => &AUTHENTICATION_FAILED,
        1049 => &NO_DATABASE,
        1114 => &TABLE_FULL,
        1194 | 1195 | 1034 | 1712 => &CORRUPTION,
        1205 => &LOCK_TIMEOUT,
        1213 | 3058 => &DEADLOCK,
        3572 => &LOCK_UNAVAILABLE,
        1317 => &CANCELLED,
        // MySQL's max_execution_time, MariaDB's max_statement_time.
        3024 | 1969 => &STATEMENT_TIMEOUT,
        1022 | 1062 | 1169 | 1586 => &UNIQUE,
        1216 | 1217 | 1451 | 1452 | 1557 | 1761 | 1762 => &FOREIGN_KEY,
        1048 | 1263 | 1364 => &NOT_NULL,
        3819 | 4025 => &CHECK,
        1064 | 1065 | 1149 => &SYNTAX,
        1292 | 1366 | 1411 | 3140 => &INVALID_INPUT,
        1406 => &TOO_LONG,
        1136 => &INSERT_MISMATCH,
        1055 | 1140 => &GROUP_BY,
        1051 | 1109 | 1146 => &NO_RELATION,
        1054 => &NO_COLUMN,
        1052 => &AMBIGUOUS,
        1142 | 1143 | 1227 | 1370 | 1410 => &DENIED,
        1365 => &DIVISION_BY_ZERO,
        1264 | 1690 => &OUT_OF_RANGE,
        1139 | 3685..=3699 => &INVALID_REGEXP,
        1128 | 1305 | 1630 => &NO_FUNCTION,
        1243 => &NO_PREPARED_STATEMENT,
        1290 | 1792 | 1836 => &READ_ONLY,
        1153 | 1301 => &PACKET_TOO_LARGE,
        _ => &ERROR,
    }
}
