//! What a message of the error log is about. Messages are told by their words, which hardly change between versions;
//! their numbers exist since MySQL 8.0 only.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use dbwright_model::log::Class;

use super::Severity;
use crate::log::{class, number};

/// What a message tells.
#[derive(Debug, Default)]
pub(super) struct Told<'a> {
    pub(super) class: Option<&'static Class>,
    /// Number of an error, or the word for why.
    pub(super) code: &'a [u8],
    pub(super) object: &'a [u8],
    pub(super) measure: Option<u64>,
    pub(super) session: Option<u64>,
    pub(super) user: &'a [u8],
    pub(super) client: &'a [u8],
    pub(super) database: &'a [u8],
}

/// Any of these words, in a message of that severity or worse.
struct Kind {
    says: &'static [&'static str],
    from: Severity,
    class: &'static Class,
}

const fn kind(from: Severity, class: &'static Class, says: &'static [&'static str]) -> Kind {
    Kind { says, from, class }
}

/// The first that fits counts.
static KINDS: &[Kind] = &[
    kind(
        Severity::Error,
        &class::REPLICATION_ERROR,
        &[
            "Slave I/O",
            "Slave SQL",
            "Slave: ",
            "Replica I/O",
            "Replica SQL",
            "Slave worker",
            "Worker ",
            "Got fatal error 1236",
            "Error reading packet from server",
            "Plugin group_replication reported",
            "Error running query, slave SQL thread aborted",
            "Could not execute ",
        ],
    ),
    kind(Severity::Note, &class::TOO_MANY_CONNECTIONS, &["Too many connections"]),
    kind(Severity::Note, &class::DEADLOCK, &["ransactions deadlock detected, dumping"]),
    kind(
        Severity::Note,
        &class::CONNECTION_LOST,
        &[
            "Aborted connection ",
            "Got an error reading communication packets",
            "Got an error writing communication packets",
            "Got timeout reading communication packets",
            "Got timeout writing communication packets",
            "Got packets out of order",
        ],
    ),
    kind(Severity::Note, &class::AUTHENTICATION_FAILED, &["Access denied for user "]),
    kind(
        Severity::Note,
        &class::CONNECTION_FAILED,
        &[
            "is not allowed to connect to this ",
            "is blocked because of many connection errors",
            "Bad handshake",
            "Got an error from unknown thread",
        ],
    ),
    kind(Severity::Note, &class::NO_DATABASE, &["Unknown database '"]),
    kind(Severity::Note, &class::STARTED, &["ready for connections"]),
    kind(Severity::Note, &class::STOPPED, &[": Shutdown complete"]),
    kind(Severity::Note, &class::RECOVERING, &["Starting crash recovery"]),
    kind(Severity::Note, &class::PAGE_CLEANER_SLOW, &["page_cleaner: "]),
    kind(Severity::Note, &class::CRASH, &[" got signal ", " got exception 0x"]),
    kind(
        Severity::Note,
        &class::SEMAPHORE_WAIT,
        &[
            "long semaphore wait",
            "Long semaphore wait",
            "emaphore wait has lasted",
            "semaphore_wait_threshold was exceeded",
            "Long wait (",
        ],
    ),
    kind(Severity::Note, &class::DISK_FULL, &["isk is full", "isk full ", "o space left on device"]),
    kind(
        Severity::Warning,
        &class::OUT_OF_MEMORY,
        &["ut of memory", "ut-of-memory", "annot allocate ", "an't allocate ", "errno 12"],
    ),
    kind(
        Severity::Warning,
        &class::CORRUPTION,
        &[
            "orruption",
            "is corrupt",
            "be corrupt",
            "arked as crashed",
            "hecksum mismatch",
            "is in the future",
            "ncorrect key file for table",
            "checksum error",
        ],
    ),
    kind(Severity::Warning, &class::TABLE_FULL, &["' is full"]),
    kind(Severity::Warning, &class::TOO_MANY_OPEN_FILES, &["oo many open files"]),
    kind(Severity::Warning, &class::NAME_NOT_RESOLVED, &["could not be resolved", "does not resolve to"]),
    kind(Severity::Warning, &class::UNSAFE_STATEMENT, &["nsafe statement written to the binary log"]),
    kind(
        Severity::Note,
        &class::REDO_LOG_FULL,
        &["age of the last checkpoint is", "waiting for free space in redo", "is waiting for space in redo"],
    ),
    kind(Severity::Warning, &class::LOCK_TIMEOUT, &["ock wait timeout exceeded"]),
];

/// Finds all their words in one pass; and which kind each is of.
static WORDS: LazyLock<Option<(AhoCorasick, Vec<usize>)>> = LazyLock::new(|| {
    let words: Vec<(usize, &str)> =
        KINDS.iter().enumerate().flat_map(|(at, kind)| kind.says.iter().map(move |words| (at, *words))).collect();
    let finder = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(words.iter().map(|(_, words)| words));
    Some((finder.ok()?, words.into_iter().map(|(kind, _)| kind).collect()))
});

/// The first kind that fits.
fn fitting(severity: Severity, message: &[u8]) -> Option<&'static Kind> {
    let (finder, kinds) = WORDS.as_ref()?;
    let found = finder.find_overlapping_iter(message).filter_map(|found| kinds.get(found.pattern().as_usize()));
    found
        .filter_map(|at| Some((at, KINDS.get(*at)?)))
        .filter(|(_, kind)| severity >= kind.from)
        .min_by_key(|(at, _)| **at)
        .map(|(_, kind)| kind)
}

/// Says what a message is about.
pub(super) fn of<'a>(severity: Severity, code: &'a [u8], message: &'a [u8]) -> Told<'a> {
    let Some(kind) = fitting(severity, message) else {
        // The deadlock itself has been told.
        let told = severity == Severity::Error && find(message, "was aborted due to Deadlock").is_none();
        return Told { class: told.then_some(&class::ERROR), code, ..Told::default() };
    };
    let mut told = Told { class: Some(kind.class), ..Told::default() };
    match kind.class.id {
        "connection-lost" => aborted(&mut told, message),
        "too-many-connections" | "started" | "stopped" | "recovering" => {}
        "authentication-failed" => refused(&mut told, message),
        "no-such-database" => told.object = between(message, "Unknown database '", "'"),
        "connection-failed" => {}
        "replication-error" => told.code = replication_code(message).unwrap_or(code),
        "page-cleaner-slow" => told.measure = number::whole(between(message, " took ", "ms")),
        "crash" => told.code = between(message, " got signal ", " "),
        "long-semaphore-wait" => told.measure = semaphore(message),
        "deadlock" => {}
        "table-full" => told.object = between(message, "able '", "'"),
        "corruption" => {
            told.object = table(message);
            told.code = code;
        }
        _ => told.code = code,
    }
    told
}

/// `Aborted connection 31 to db: 'shop' user: 'app' host: 'localhost' (Got timeout reading communication packets)`.
fn aborted<'a>(told: &mut Told<'a>, message: &'a [u8]) {
    told.session = number::whole(between(message, "Aborted connection ", " ")).filter(|session| *session > 0);
    let named =
        |from: &str, nobody: &[u8]| Some(between(message, from, "'")).filter(|name| *name != nobody).unwrap_or(b"");
    told.database = named(" to db: '", b"unconnected");
    told.user = named(" user: '", b"unauthenticated");
    told.client = named(" host: '", b"connecting host");
    told.object = told.database;
    // Why, and what that makes of it.
    let reasons: [(&str, &str, &'static Class); 10] = [
        ("imeout", "timeout", &class::CONNECTION_LOST),
        ("inactivity", "timeout", &class::CONNECTION_LOST),
        ("error reading", "read-error", &class::CONNECTION_LOST),
        ("error writing", "write-error", &class::CONNECTION_LOST),
        ("KILLED", "killed", &class::CONNECTION_TERMINATED),
        ("killed", "killed", &class::CONNECTION_TERMINATED),
        ("without authentication", "no-login", &class::CONNECTION_FAILED),
        ("out of order", "protocol", &class::CONNECTION_LOST),
        ("max_allowed_packet", "packet-too-large", &class::CONNECTION_LOST),
        ("closed normally", "closed", &class::CONNECTION_LOST),
    ];
    if let Some((_, reason, class)) = reasons.iter().find(|(words, ..)| find(message, words).is_some()) {
        told.code = reason.as_bytes();
        told.class = Some(class);
    }
}

/// `Access denied for user 'app'@'localhost' (using password: YES)`, or `… to database 'shop'`.
fn refused<'a>(told: &mut Told<'a>, message: &'a [u8]) {
    told.user = between(message, "for user '", "'");
    told.client = between(message, "'@'", "'");
    told.database = between(message, " to database '", "'");
    told.object = told.database;
}

/// The error that stopped a replica, where the message ends with its number.
fn replication_code(message: &[u8]) -> Option<&[u8]> {
    let at =
        ["Error_code: ", "rror code: ", "rrno: "].iter().find_map(|words| Some(find(message, words)? + words.len()))?;
    let rest = &message[at..];
    let rest = rest.strip_prefix(b"MY-").unwrap_or(rest);
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    // MySQL pads its numbers to six digits.
    let number = &rest[..digits];
    let padding = number.iter().take_while(|digit| **digit == b'0').count();
    Some(&number[padding..]).filter(|number| !number.is_empty())
}

/// How long was waited, in milliseconds: `… for 241.00 seconds the semaphore`, `lasted > 600 seconds`, `Long wait (21 seconds)`.
fn semaphore(message: &[u8]) -> Option<u64> {
    let at = find(message, " seconds")?;
    let start = message[..at].iter().rposition(|byte| !matches!(byte, b'0'..=b'9' | b'.')).map_or(0, |at| at + 1);
    Some(number::nanoseconds(&message[start..at])? / 1_000_000)
}

/// The table that a message names: `` `shop`.`t` ``, `'./shop/t'`, `shop/t`.
fn table(message: &[u8]) -> &[u8] {
    let Some(at) = ["able ", "ndex "].iter().find_map(|word| Some(find(message, word)? + word.len())) else {
        return b"";
    };
    let rest = &message[at..];
    match rest.first() {
        Some(b'`') => quoted(rest),
        Some(quote @ (b'\'' | b'"')) => {
            let rest = &rest[1..];
            &rest[..rest.iter().position(|byte| byte == quote).unwrap_or(0)]
        }
        _ => {
            let end = rest.iter().position(|byte| matches!(byte, b' ' | b',' | b';' | b'\n')).unwrap_or(rest.len());
            let name = rest[..end].strip_suffix(b".").unwrap_or(&rest[..end]);
            // A name with its database, not any word that follows.
            if name.contains(&b'/') { name } else { b"" }
        }
    }
}

/// `` `shop`.`t` `` at the start of a text, with the quotes.
pub(super) fn quoted(text: &[u8]) -> &[u8] {
    let mut end = 0;
    while text.get(end) == Some(&b'`') {
        let Some(close) = memchr::memchr(b'`', &text[end + 1..]) else { return b"" };
        end += close + 2;
        if text.get(end) != Some(&b'.') || text.get(end + 1) != Some(&b'`') {
            break;
        }
        end += 1;
    }
    &text[..end]
}

/// What stands between; empty where it does not.
pub(super) fn between<'a>(text: &'a [u8], from: &str, to: &str) -> &'a [u8] {
    let Some(start) = find(text, from).map(|at| at + from.len()) else { return b"" };
    let rest = &text[start..];
    find(rest, to).map_or(&b""[..], |end| &rest[..end])
}

pub(super) fn find(text: &[u8], words: &str) -> Option<usize> {
    memchr::memmem::find(text, words.as_bytes())
}
