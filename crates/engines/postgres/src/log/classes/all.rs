//! Kinds of things that happen in a PostgreSQL server. Codes in the third column are pganalyze's.

use dbwright_model::log::Class;

macro_rules! classes {
    ($($name:ident $id:literal $alias:literal $unit:literal $title:literal)*) => {
        $(pub(in crate::log) static $name: Class = Class {
            id: $id,
            title: $title,
            alias: if $alias.is_empty() { None } else { Some($alias) },
            unit: $unit,
        };)*
        /// All of them.
        #[cfg(test)]
        pub(super) static ALL: &[&Class] = &[$(&$name),*];
    };
}

classes! {
    CRASH "crash" "S1" "" "a server process crashed"
    STARTED "started" "S2" "" "the server started"
    RECOVERING "recovering" "S3" "" "the server recovered from a crash"
    STOPPED "stopped" "S4" "" "the server was stopped"
    OUT_OF_MEMORY "out-of-memory" "S5" "" "memory ran out"
    CORRUPTION "corruption" "S6" "" "damaged data was found"
    TEMP_FILE "temp-file" "S7" "bytes" "spilled to a temporary file"
    SERVER_MISC "file-trouble" "S8" "" "a file of the server could not be used"
    RELOADED "reloaded" "S9" "" "settings were reloaded"
    PROCESS_EXITED "worker-exited" "S10" "" "a background worker ended"
    STATS_TIMEOUT "statistics-stale" "S11" "" "statistics were stale"
    DISK_FULL "disk-full" "" "" "no space was left on the disk"

    CONNECTION_RECEIVED "connection-received" "C20" "" "a connection was received"
    CONNECTED "connected" "C21" "" "a client connected"
    AUTHENTICATION_FAILED "authentication-failed" "C22" "" "a client was not let in"
    DISCONNECTED "disconnected" "C23" "ms" "a client disconnected"
    CONNECTION_FAILED "connection-failed" "C24" "" "a client gave up while connecting"
    CONNECTION_LOST "connection-lost" "C25" "" "the connection to a client was lost"
    CONNECTION_LOST_IN_TRANSACTION "connection-lost-in-transaction" "C26" "" "a client was lost inside of a transaction"
    CONNECTION_TERMINATED "connection-terminated" "C27" "" "a connection was terminated by an administrator"
    TOO_MANY_CONNECTIONS "too-many-connections" "C28" "" "there were too many connections"
    TOO_MANY_FOR_ROLE "too-many-connections-of-role" "C29" "" "a role had too many connections"
    SSL_FAILED "ssl-failed" "C30" "" "an SSL connection could not be made"
    PROTOCOL_VERSION "protocol-version" "C31" "" "a client spoke an unknown protocol"
    PROTOCOL_ERROR "protocol-error" "C32" "" "a client's message was incomplete"
    TOO_MANY_FOR_DATABASE "too-many-connections-to-database" "C33" "" "a database had too many connections"
    AUTHENTICATED "authenticated" "C34" "" "a client authenticated"
    NOT_READY "not-ready" "C22" "" "the server was starting or stopping"
    NO_SUCH_DATABASE "no-such-database" "C22" "" "the database does not exist"

    CHECKPOINT_STARTING "checkpoint-starting" "W40" "" "a checkpoint began"
    CHECKPOINT "checkpoint" "W41" "ms" "a checkpoint ended"
    CHECKPOINT_TOO_FREQUENT "checkpoint-too-frequent" "W42" "s" "checkpoints came too often"
    RESTARTPOINT_STARTING "restartpoint-starting" "W43" "" "a restartpoint began"
    RESTARTPOINT "restartpoint" "W44" "ms" "a restartpoint ended"
    RESTARTPOINT_AT "restartpoint-at" "W45" "" "where a restartpoint stands"
    WAL_INVALID "wal-invalid" "W50" "" "the WAL ended or was damaged"
    WAL_REDO "wal-redo" "W51" "" "WAL was replayed"
    ARCHIVE_FAILED "archive-failed" "W52" "" "archiving WAL failed"
    BASE_BACKUP "base-backup" "W53" "" "a base backup ended"

    AUTOVACUUM_CANCELLED "autovacuum-cancelled" "A60" "" "autovacuum was cancelled for a lock"
    WRAPAROUND "wraparound" "A61" "transactions" "transaction ids run out"
    WRAPAROUND_STOP "wraparound-stop" "A62" "" "no more commands, to avoid wraparound"
    AUTOVACUUM_STARTED "autovacuum-started" "A63" "" "the autovacuum launcher started"
    AUTOVACUUM_STOPPED "autovacuum-stopped" "A64" "" "the autovacuum launcher stopped"
    AUTOVACUUM "autovacuum" "A65" "ms" "autovacuum finished a table"
    AUTOANALYZE "autoanalyze" "A66" "ms" "autovacuum analyzed a table"
    VACUUM_SKIPPED "vacuum-skipped" "A67" "" "vacuum skipped a locked table"
    ANALYZE_SKIPPED "analyze-skipped" "A68" "" "analyze skipped a locked table"
    MAINTENANCE_DENIED "maintenance-denied" "A69" "" "maintenance skipped a table for lack of rights"

    LOCK_ACQUIRED "lock-acquired" "L70" "ms" "got a lock after waiting"
    LOCK_WAIT "lock-wait" "L71" "ms" "waited for a lock"
    LOCK_TIMEOUT "lock-timeout" "L72" "" "gave up waiting for a lock"
    DEADLOCK "deadlock" "L73" "" "a deadlock was broken"
    DEADLOCK_WAIT "deadlock-wait" "L73" "ms" "waited in a deadlock"
    DEADLOCK_AVOIDED "deadlock-avoided" "L74" "ms" "a deadlock was avoided"
    LOCK_UNAVAILABLE "lock-unavailable" "" "" "a lock was not available at once"

    STATEMENT_TIMEOUT "statement-timeout" "T81" "" "a statement ran into statement_timeout"
    CANCELLED "cancelled" "T82" "" "a statement was cancelled by its user"
    IDLE_IN_TRANSACTION_TIMEOUT "idle-in-transaction-timeout" "" "" "a transaction was idle for too long"
    IDLE_SESSION_TIMEOUT "idle-session-timeout" "" "" "a session was idle for too long"
    TRANSACTION_TIMEOUT "transaction-timeout" "" "" "a transaction took too long"

    RESTORED_WAL "wal-restored" "B90" "" "WAL came from the archive"
    STREAMING_STARTED "streaming-started" "B91" "" "a standby began to stream"
    REPLICATION_ERROR "replication-error" "B92" "" "replication was interrupted"
    STREAMING_STOPPED "streaming-stopped" "B93" "" "a standby stopped streaming"
    CONSISTENT "recovery-consistent" "B94" "" "recovery reached a consistent state"
    RECOVERY_CONFLICT "recovery-conflict" "B95" "" "a query on a standby stood in recovery's way"
    INVALID_TIMELINE "invalid-timeline" "B96" "" "WAL was of another timeline"
    SLOT_LOST "slot-lost" "" "" "a replication slot was invalidated"

    UNIQUE "unique-violation" "V100" "" "a value was there already"
    FOREIGN_KEY "foreign-key-violation" "V101" "" "a referenced row was missing or still needed"
    NOT_NULL "not-null-violation" "V102" "" "a value was missing"
    CHECK "check-violation" "V103" "" "a row did not pass a check"
    EXCLUSION "exclusion-violation" "V104" "" "a row overlapped with another"

    SYNTAX "syntax-error" "U110" "" "a statement had a syntax error"
    INVALID_INPUT "invalid-input" "U111" "" "a value had the wrong form"
    TOO_LONG "value-too-long" "U112" "" "a value was too long"
    INVALID_VALUE "invalid-value" "U113" "" "a value was not allowed"
    MALFORMED_ARRAY "malformed-array" "U114" "" "an array was malformed"
    SUBQUERY_ALIAS "subquery-without-alias" "U115" "" "a subquery had no alias"
    INSERT_MISMATCH "insert-mismatch" "U116" "" "INSERT had the wrong number of values"
    ANY_NEEDS_ARRAY "any-without-array" "U117" "" "ANY or ALL had no array"
    GROUP_BY "not-grouped" "U118" "" "a column was not grouped"
    NO_RELATION "no-such-table" "U119" "" "a table does not exist"
    NO_COLUMN "no-such-column" "U120" "" "a column does not exist"
    NO_OPERATOR "no-such-operator" "U121" "" "an operator does not exist for these types"
    AMBIGUOUS "ambiguous-column" "U122" "" "a column's name was ambiguous"
    DENIED "permission-denied" "U123" "" "permission was denied"
    IN_ABORTED "in-aborted-transaction" "U124" "" "a transaction went on after an error"
    NO_CONFLICT_TARGET "no-conflict-target" "U125" "" "ON CONFLICT had no matching constraint"
    CONFLICT_TWICE "conflict-twice" "U126" "" "ON CONFLICT met a row twice"
    CANNOT_CAST "cannot-cast" "U127" "" "a column cannot be cast"
    DIVISION_BY_ZERO "division-by-zero" "U128" "" "division by zero"
    CANNOT_DROP "cannot-drop" "U129" "" "other objects depend on what was to be dropped"
    OUT_OF_RANGE "out-of-range" "U130" "" "a number was out of range"
    INVALID_REGEXP "invalid-regexp" "U131" "" "a regular expression was invalid"
    NO_PARAMETER "no-such-parameter" "U132" "" "a parameter was missing"
    NO_FUNCTION "no-such-function" "U133" "" "a function does not exist for these types"
    NO_SAVEPOINT "no-such-savepoint" "U134" "" "a savepoint does not exist"
    OPEN_STRING "unterminated-string" "U135" "" "a string did not end"
    OPEN_IDENTIFIER "unterminated-identifier" "U136" "" "a quoted identifier did not end"
    INVALID_BYTES "invalid-encoding" "U137" "" "bytes did not fit the encoding"
    CONCURRENT_UPDATE "concurrent-update" "U138" "" "serialization failed: concurrent update"
    SERIALIZATION "serialization-failure" "U139" "" "serialization failed: dependencies among transactions"
    RANGE_BOUNDS "range-bounds" "U140" "" "a range's lower bound was above its upper"
    NO_PREPARED_STATEMENT "no-such-prepared-statement" "" "" "a prepared statement does not exist in this session"
    EXISTS_ALREADY "exists-already" "" "" "what was to be created exists already"
    READ_ONLY "read-only" "" "" "a write in a read-only transaction"
    RAISED "raised" "" "" "raised by a function of the application"
    SERVER_CONNECTED "server-connected" "" "" "the pooler connected to a server"
    SERVER_DISCONNECTED "server-disconnected" "" "ms" "the pooler gave up a connection to a server"
    SERVER_LOST "server-lost" "" "ms" "the pooler lost or could not reach a server"
    POOL_EXHAUSTED "pool-exhausted" "" "" "no connection of the pool became free in time"
    INTERNAL "internal-error" "" "" "an internal error"

    WARNING "warning" "" "" "other warning"
    ERROR "error" "" "" "other error"
    FATAL "fatal" "" "" "other error that ended the session"
    PANIC "panic" "S1" "" "error that ended the server"
    OTHER "other" "" "" "other message"
}
