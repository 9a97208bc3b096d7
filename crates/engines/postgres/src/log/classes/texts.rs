//! Beginnings of messages, by their first letter. Longer and rarer ones come before those that are part of them.

use dbwright_model::log::Class;

use super::all::*;

/// Where the object's name stands in a message.
#[derive(Debug, Clone, Copy)]
pub(super) enum Object {
    Untold,
    /// The first name in double quotes.
    First,
    /// The last name in double quotes.
    Last,
    /// The name in double quotes behind these words.
    Behind(&'static str),
    /// The last word.
    Word,
    /// `relation "…"` of the context.
    Context,
}

/// Where the number stands in a message, in the unit of the class.
#[derive(Debug, Clone, Copy)]
pub(super) enum Measure {
    Untold,
    /// A whole number behind these words.
    Number(&'static str),
    /// Milliseconds with fractions behind these words.
    Milliseconds(&'static str),
    /// Seconds with fractions behind these words.
    Seconds(&'static str),
    /// Hours, minutes, seconds behind these words.
    Clock(&'static str),
}

/// A message known by its text.
pub(super) struct Text {
    pub(super) starts: &'static str,
    /// What else it must hold; nothing when empty.
    pub(super) holds: &'static str,
    pub(super) class: &'static Class,
    pub(super) object: Object,
    pub(super) measure: Measure,
}

const fn text(starts: &'static str, holds: &'static str, class: &'static Class) -> Text {
    Text { starts, holds, class, object: Object::Untold, measure: Measure::Untold }
}

impl Text {
    const fn of(self, object: Object) -> Text {
        Text { object, ..self }
    }

    const fn much(self, measure: Measure) -> Text {
        Text { measure, ..self }
    }
}

/// The messages that begin with that letter.
pub(super) fn beginning(letter: u8) -> &'static [Text] {
    match letter.to_ascii_lowercase() {
        b'a' => &A,
        b'b' => &B,
        b'c' => &C,
        b'd' => &D,
        b'e'..=b'i' => &E_TO_I,
        b'l'..=b'o' => &L_TO_O,
        b'p' => &P,
        b'r' => &R,
        b's' => &S,
        b't' => &T,
        b'u'..=b'w' => &U_TO_W,
        _ => &[],
    }
}

use Measure::{Clock, Milliseconds, Number, Seconds};
use Object::{Behind, Context, First, Last, Word};

static A: [Text; 14] = [
    text("automatic vacuum of table ", "", &AUTOVACUUM).of(First).much(Seconds("elapsed: ")),
    text("automatic aggressive vacuum ", "", &AUTOVACUUM).of(First).much(Seconds("elapsed: ")),
    text("automatic analyze of table ", "", &AUTOANALYZE).of(First).much(Seconds("elapsed: ")),
    text("automatic vacuum to prevent wraparound", "", &AUTOVACUUM).of(First).much(Seconds("elapsed: ")),
    text("autovacuum launcher started", "", &AUTOVACUUM_STARTED),
    text("autovacuum launcher shutting down", "", &AUTOVACUUM_STOPPED),
    text("aborting any active transactions", "", &STOPPED),
    text("archive command failed", "", &ARCHIVE_FAILED),
    text("archive command was terminated", "", &ARCHIVE_FAILED),
    text("archiving write-ahead log file ", "failed", &ARCHIVE_FAILED),
    text("all server processes terminated; reinitializing", "", &CRASH),
    text("according to history file, WAL location", "", &INVALID_TIMELINE),
    text("aggregate function calls cannot", "", &GROUP_BY),
    text("a base backup", "", &BASE_BACKUP),
];

static B: [Text; 4] = [
    text("background worker ", "exited with exit code", &PROCESS_EXITED).of(First),
    text("background worker ", "was terminated", &CRASH).of(First),
    text("bogus data in", "", &SERVER_MISC),
    text("base backup ", "", &BASE_BACKUP),
];

static C: [Text; 56] = [
    text("connection received: ", "", &CONNECTION_RECEIVED),
    text("connection authorized: ", "", &CONNECTED),
    text("connection authenticated: ", "", &AUTHENTICATED),
    text("connection ready: ", "", &CONNECTED),
    text("connection to client lost", "", &CONNECTION_LOST),
    text("checkpoint starting: ", "", &CHECKPOINT_STARTING),
    text("checkpoint complete: ", "", &CHECKPOINT).much(Seconds("total=")),
    text("checkpoints are occurring too frequently", "", &CHECKPOINT_TOO_FREQUENT).much(Number("(")),
    text("canceling statement due to statement timeout", "", &STATEMENT_TIMEOUT),
    text("canceling statement due to user request", "", &CANCELLED),
    text("canceling statement due to lock timeout", "", &LOCK_TIMEOUT).of(Context),
    text("canceling statement due to conflict with recovery", "", &RECOVERY_CONFLICT),
    text("canceling autovacuum task", "", &AUTOVACUUM_CANCELLED).of(Context),
    text("canceling authentication due to timeout", "", &CONNECTION_FAILED),
    text("current transaction is aborted, commands ignored", "", &IN_ABORTED),
    text("consistent recovery state reached", "", &CONSISTENT),
    text("conflicting key value violates exclusion constraint", "", &EXCLUSION).of(Last),
    text("could not serialize access due to concurrent", "", &CONCURRENT_UPDATE),
    text("could not serialize access due to read/write dependencies", "", &SERIALIZATION),
    text("could not obtain lock on ", "", &LOCK_UNAVAILABLE).of(First),
    text("could not receive data from client", "", &CONNECTION_LOST),
    text("could not send data to client", "", &CONNECTION_LOST),
    text("could not receive data from WAL stream", "", &REPLICATION_ERROR),
    text("could not send data to WAL stream", "", &REPLICATION_ERROR),
    text("could not start WAL streaming", "", &REPLICATION_ERROR),
    text("could not connect to the primary server", "", &REPLICATION_ERROR),
    text("could not connect to the publisher", "", &REPLICATION_ERROR),
    text("could not create replication slot", "", &REPLICATION_ERROR),
    text("could not accept SSL connection", "", &SSL_FAILED),
    text("could not initialize SSL connection", "", &SSL_FAILED),
    text("could not fork ", "", &OUT_OF_MEMORY),
    text("could not map anonymous shared memory", "", &OUT_OF_MEMORY),
    text("could not resize shared memory segment", "No space left", &OUT_OF_MEMORY),
    text("could not extend file ", "No space left", &DISK_FULL),
    text("could not write ", "No space left", &DISK_FULL),
    text("could not create ", "No space left", &DISK_FULL),
    text("could not open usermap file", "", &SERVER_MISC),
    text("could not link file", "", &SERVER_MISC),
    text("could not read block ", "", &CORRUPTION),
    text("could not find triggering file", "", &SERVER_MISC),
    text("could not open ", "", &SERVER_MISC),
    text("could not ", "file", &SERVER_MISC),
    text("column reference ", "is ambiguous", &AMBIGUOUS),
    text("column ", "must appear in the GROUP BY clause", &GROUP_BY),
    text("column ", "does not exist", &NO_COLUMN),
    text("column ", "cannot be cast", &CANNOT_CAST),
    text("column ", "already exists", &EXISTS_ALREADY),
    text("constraint ", "already exists", &EXISTS_ALREADY).of(First),
    text("cannot drop ", "because other objects depend on it", &CANNOT_DROP),
    text("cannot drop ", "because it is required", &CANNOT_DROP),
    text("cannot execute ", "in a read-only transaction", &READ_ONLY),
    text("cannot execute ", "during recovery", &READ_ONLY),
    text("configuration file ", "", &RELOADED),
    text("corrupted ", "", &CORRUPTION),
    text("can no longer get changes from replication slot", "", &SLOT_LOST).of(First),
    text("concurrent update", "", &CONCURRENT_UPDATE),
];

static D: [Text; 17] = [
    text("disconnection: ", "", &DISCONNECTED).much(Clock("session time: ")),
    text("duplicate key value violates unique constraint", "", &UNIQUE).of(Last),
    text("deadlock detected", "", &DEADLOCK).of(Context),
    text("division by zero", "", &DIVISION_BY_ZERO),
    text("database system is ready to accept", "", &STARTED),
    text("database system was shut down", "", &STARTED),
    text("database system is shut down", "", &STOPPED),
    text("database system was interrupted", "", &RECOVERING),
    text("database system was not properly shut down", "", &RECOVERING),
    text("database ", "must be vacuumed within", &WRAPAROUND).of(First).much(Number("within ")),
    text("database is not accepting commands", "", &WRAPAROUND_STOP).of(First),
    text("database ", "is not accepting commands", &WRAPAROUND_STOP).of(First),
    text("database ", "is not currently accepting connections", &AUTHENTICATION_FAILED).of(First),
    text("database ", "does not exist", &NO_SUCH_DATABASE).of(First),
    text("database ", "already exists", &EXISTS_ALREADY).of(First),
    text("data checksum", "", &CORRUPTION),
    text("date/time field value out of range", "", &OUT_OF_RANGE),
];

static E_TO_I: [Text; 27] = [
    text("incomplete startup packet", "", &CONNECTION_FAILED),
    text("incomplete message from client", "", &PROTOCOL_ERROR),
    text("invalid length of startup packet", "", &PROTOCOL_ERROR),
    text("invalid message length", "", &PROTOCOL_ERROR),
    text("invalid frontend message type", "", &PROTOCOL_ERROR),
    text("invalid page in block", "", &CORRUPTION).of(Word),
    text("invalid record length at", "", &WAL_INVALID),
    text("invalid magic number", "", &WAL_INVALID),
    text("invalid resource manager ID", "", &WAL_INVALID),
    text("incorrect resource manager data checksum", "", &WAL_INVALID),
    text("incorrect prev-link", "", &WAL_INVALID),
    text("invalid input syntax for", "", &INVALID_INPUT),
    text("invalid input value for enum", "", &INVALID_INPUT),
    text("invalid value for parameter", "", &INVALID_VALUE).of(Behind("parameter ")),
    text("invalid value ", "", &INVALID_VALUE),
    text("invalid regular expression", "", &INVALID_REGEXP),
    text("invalid byte sequence for encoding", "", &INVALID_BYTES),
    text("invalid memory alloc request size", "", &CORRUPTION),
    text("insert or update on table ", "violates foreign key constraint", &FOREIGN_KEY).of(Last),
    text("integer out of range", "", &OUT_OF_RANGE),
    text("invalidating obsolete replication slot", "", &SLOT_LOST).of(First),
    text("INSERT has more ", "", &INSERT_MISMATCH),
    text("function ", "does not exist", &NO_FUNCTION),
    text("function ", "already exists", &EXISTS_ALREADY),
    text("entering standby mode", "", &STARTED),
    text("fetching timeline history file", "", &STREAMING_STARTED),
    text("invalidating slot ", "", &SLOT_LOST).of(First),
];

static L_TO_O: [Text; 17] = [
    text("listening on ", "", &STARTED),
    text("out of memory", "", &OUT_OF_MEMORY),
    text("out of shared memory", "", &OUT_OF_MEMORY),
    text("op ANY/ALL (array) requires array on right side", "", &ANY_NEEDS_ARRAY),
    text("operator does not exist", "", &NO_OPERATOR),
    text("operator is not unique", "", &NO_OPERATOR),
    text("ON CONFLICT DO UPDATE command cannot affect row a second time", "", &CONFLICT_TWICE),
    text("null value in column ", "of relation", &NOT_NULL).of(Last),
    text("null value in column ", "", &NOT_NULL).of(First),
    text("new row for relation ", "violates check constraint", &CHECK).of(Last),
    text("new row for relation ", "violates partition constraint", &CHECK).of(First),
    text("new row violates row-level security policy", "", &DENIED).of(Last),
    text("no pg_hba.conf entry", "", &AUTHENTICATION_FAILED),
    text("malformed array literal", "", &MALFORMED_ARRAY),
    text("must be owner of", "", &DENIED),
    text("must be superuser", "", &DENIED),
    text("numeric field overflow", "", &OUT_OF_RANGE),
];

static P: [Text; 22] = [
    text("process ", "still waiting for", &LOCK_WAIT).of(Context).much(Milliseconds(" after ")),
    text("process ", "acquired", &LOCK_ACQUIRED).of(Context).much(Milliseconds(" after ")),
    text("process ", "detected deadlock while waiting", &DEADLOCK_WAIT).of(Context).much(Milliseconds(" after ")),
    text("process ", "avoided deadlock", &DEADLOCK_AVOIDED).of(Context).much(Milliseconds(" after ")),
    text("process ", "failed to acquire", &DEADLOCK_WAIT).of(Context).much(Milliseconds(" after ")),
    text("password authentication failed", "", &AUTHENTICATION_FAILED),
    text("peer authentication failed", "", &AUTHENTICATION_FAILED),
    text("pg_hba.conf rejects", "", &AUTHENTICATION_FAILED),
    text("parameter ", "changed to", &RELOADED).of(First),
    text("parameter ", "cannot be changed without restarting", &RELOADED).of(First),
    text("parameter ", "removed from configuration file", &RELOADED).of(First),
    text("permission denied to ", "skipping it", &MAINTENANCE_DENIED).of(First),
    text("permission denied", "", &DENIED).of(Word),
    text("prepared statement ", "does not exist", &NO_PREPARED_STATEMENT),
    text("prepared statement ", "already exists", &EXISTS_ALREADY),
    text("page verification failed", "", &CORRUPTION),
    text("pg_stop_backup complete", "", &BASE_BACKUP),
    text("pg_backup_stop complete", "", &BASE_BACKUP),
    text("pgstat wait timeout", "", &STATS_TIMEOUT),
    text("primary server contains no more WAL", "", &STREAMING_STOPPED),
    text("parallel worker", "", &PROCESS_EXITED),
    text("portal ", "does not exist", &NO_PREPARED_STATEMENT),
];

static R: [Text; 25] = [
    text("relation ", "does not exist", &NO_RELATION).of(First),
    text("relation ", "already exists", &EXISTS_ALREADY).of(First),
    text("role ", "is not permitted to log in", &AUTHENTICATION_FAILED),
    text("role ", "does not exist", &AUTHENTICATION_FAILED),
    text("role ", "already exists", &EXISTS_ALREADY),
    text("received SIGHUP, reloading", "", &RELOADED),
    text("received ", "shutdown request", &STOPPED),
    text("received direct SSL connection request", "", &SSL_FAILED),
    text("received promote request", "", &STARTED),
    text("remaining connection slots are reserved", "", &TOO_MANY_CONNECTIONS),
    text("replication connection authorized", "", &CONNECTED),
    text("replication terminated by primary server", "", &REPLICATION_ERROR),
    text("requested WAL segment ", "", &REPLICATION_ERROR),
    text("restartpoint starting: ", "", &RESTARTPOINT_STARTING),
    text("restartpoint complete: ", "", &RESTARTPOINT).much(Seconds("total=")),
    text("recovery restart point at", "", &RESTARTPOINT_AT),
    text("recovery stopping ", "", &WAL_REDO),
    text("redo ", "", &WAL_REDO),
    text("record with incorrect prev-link", "", &WAL_INVALID),
    text("restored log file ", "", &RESTORED_WAL),
    text("range lower bound must be less than", "", &RANGE_BOUNDS),
    text("recovery is still waiting after", "", &RECOVERY_CONFLICT).much(Milliseconds("after ")),
    text("recovery finished waiting after", "", &RECOVERY_CONFLICT).much(Milliseconds("after ")),
    text("recovery ", "conflict", &RECOVERY_CONFLICT),
    text("released ", "", &OTHER),
];

static S: [Text; 20] = [
    text("server process ", "was terminated by", &CRASH),
    text("server process ", "exited with exit code", &CRASH),
    text("startup process ", "", &CRASH),
    text("starting PostgreSQL", "", &STARTED),
    text("selected new timeline ID", "", &STARTED),
    text("shutting down", "", &STOPPED),
    text("sorry, too many clients already", "", &TOO_MANY_CONNECTIONS),
    text("syntax error at ", "", &SYNTAX),
    text("syntax error in", "", &SYNTAX),
    text("started streaming WAL", "", &STREAMING_STARTED),
    text("starting logical decoding", "", &STREAMING_STARTED),
    text("streaming replication successfully connected", "", &STREAMING_STARTED),
    text("skipping vacuum of ", "lock not available", &VACUUM_SKIPPED).of(First),
    text("skipping analyze of ", "lock not available", &ANALYZE_SKIPPED).of(First),
    text("skipping ", "only ", &MAINTENANCE_DENIED).of(First),
    text("savepoint ", "does not exist", &NO_SAVEPOINT),
    text("subquery in FROM must have an alias", "", &SUBQUERY_ALIAS),
    text("schema ", "does not exist", &NO_RELATION).of(First),
    text("statement timeout", "", &STATEMENT_TIMEOUT),
    text("smallint out of range", "", &OUT_OF_RANGE),
];

static T: [Text; 25] = [
    text("temporary file: path ", "", &TEMP_FILE).much(Number(", size ")),
    text("temporary file", "exceeds temp_file_limit", &DISK_FULL),
    text("terminating connection due to administrator command", "", &CONNECTION_TERMINATED),
    text("terminating connection due to idle-in-transaction timeout", "", &IDLE_IN_TRANSACTION_TIMEOUT),
    text("terminating connection due to idle-session timeout", "", &IDLE_SESSION_TIMEOUT),
    text("terminating connection due to transaction timeout", "", &TRANSACTION_TIMEOUT),
    text("terminating connection due to conflict with recovery", "", &RECOVERY_CONFLICT),
    text("terminating connection due to unexpected postmaster exit", "", &CRASH),
    text("terminating connection because of crash of another server process", "", &CRASH),
    text("terminating connection because protocol synchronization was lost", "", &CONNECTION_LOST),
    text("terminating background worker", "", &PROCESS_EXITED).of(First),
    text("terminating any other active server processes", "", &CRASH),
    text("terminating autovacuum process due to administrator command", "", &AUTOVACUUM_STOPPED),
    text("terminating walreceiver process", "", &STREAMING_STOPPED),
    text("terminating walsender process", "", &REPLICATION_ERROR),
    text("terminating process ", "to release replication slot", &SLOT_LOST).of(First),
    text("terminating ", "logical replication", &STREAMING_STOPPED),
    text("too many connections for role", "", &TOO_MANY_FOR_ROLE).of(First),
    text("too many connections for database", "", &TOO_MANY_FOR_DATABASE).of(First),
    text("the database system is starting up", "", &NOT_READY),
    text("the database system is shutting down", "", &NOT_READY),
    text("the database system is ", "", &NOT_READY),
    text("there is no parameter $", "", &NO_PARAMETER),
    text("there is no unique or exclusion constraint matching the ON CONFLICT", "", &NO_CONFLICT_TARGET),
    text("type ", "does not exist", &NO_RELATION),
];

static U_TO_W: [Text; 16] = [
    text("update or delete on table ", "violates ", &FOREIGN_KEY).of(Behind("constraint ")),
    text("unexpected EOF on client connection with an open transaction", "", &CONNECTION_LOST_IN_TRANSACTION),
    text("unexpected EOF on client connection", "", &CONNECTION_LOST),
    text("unexpected EOF within message length word", "", &CONNECTION_LOST),
    text("unexpected pageaddr", "", &SERVER_MISC),
    text("unsupported frontend protocol", "", &PROTOCOL_VERSION),
    text("unterminated quoted string", "", &OPEN_STRING),
    text("unterminated quoted identifier", "", &OPEN_IDENTIFIER),
    text("using stale statistics", "", &STATS_TIMEOUT),
    text("value too long for type", "", &TOO_LONG),
    text("value ", "is out of range for type", &OUT_OF_RANGE),
    text("VALUES lists must all be the same length", "", &INSERT_MISMATCH),
    text("worker process: ", "", &PROCESS_EXITED),
    text("WAL redo", "", &WAL_REDO),
    text("waiting for WAL to become available", "", &STREAMING_STOPPED),
    text("unrecognized configuration parameter", "", &INVALID_VALUE).of(First),
];
