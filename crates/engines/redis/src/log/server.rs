//! The server's own log: `12345:M 24 Nov 2026 16:12:40.123 * Ready to accept connections`.

use dbwright_model::Engine;
use dbwright_model::log::{Class, Context, Detected, Event, Happening, LogFormat, Reader, Sink, What};
use dbwright_reading::moment::{self, days, digits, month, number};

use super::{lines, whole_lines};

pub(super) static FORMAT: LogFormat =
    LogFormat { engine: Engine::Redis, id: "redis-log", reads: "a log of a Redis or Valkey server", detect };

const fn class(id: &'static str, title: &'static str, unit: &'static str) -> Class {
    Class { id, title, alias: None, unit }
}

static STARTED: Class = class("started", "the server started", "");
static STOPPED: Class = class("stopped", "the server stopped", "");
static CRASH: Class = class("crash", "the server crashed", "");
static OUT_OF_MEMORY: Class = class("out-of-memory", "memory ran out", "");
static MAXMEMORY: Class = class("maxmemory-below-use", "maxmemory was set below what is in use", "");
static CHECKPOINT: Class = class("checkpoint", "all data was saved to disk", "");
static SAVE_FAILED: Class = class("background-save-failed", "a background save failed", "");
static REWRITE_FAILED: Class = class("aof-rewrite-failed", "the append-only file could not be rewritten", "");
static AOF_SLOW: Class = class("aof-fsync-slow", "the disk was too slow for the append-only file", "");
static AOF_FAILED: Class = class("aof-write-failed", "the append-only file could not be written", "");
static DISK_FULL: Class = class("disk-full", "the disk is full", "");
static FORK: Class = class("fork-copied", "memory was copied while a child process saved", "bytes");
static CORRUPT: Class = class("corruption", "a file of data cannot be read", "");
static REPLICATION_LOST: Class = class("replication-lost", "the connection between primary and replica was lost", "");
static REPLICATION_ERROR: Class = class("replication-error", "replication failed", "");
static FULL_SYNC: Class = class("full-resync", "a replica had to copy everything", "");
static OUTPUT_BUFFER: Class = class("output-buffer-exceeded", "a client was closed because it read too slowly", "");
static TOO_MANY: Class = class("too-many-connections", "the limit of clients or files was reached", "");
static CONNECTION_FAILED: Class = class("connection-failed", "a connection could not be taken", "");
static CONNECTED: Class = class("connected", "a client connected", "");
static DISCONNECTED: Class = class("disconnected", "a client disconnected", "");
static SLOW_SCRIPT: Class = class("slow-script", "a script ran for so long that nobody else was served", "ms");
static NODE_FAILING: Class = class("node-failing", "a node of the cluster failed", "");
static CLUSTER_DOWN: Class = class("cluster-down", "the cluster stopped serving", "");
static ELECTED: Class = class("elected", "a replica became primary", "");
static ATTACK: Class = class("attack", "something spoke HTTP to the port", "");
static STARTUP_WARNING: Class = class("startup-warning", "the server warned of its configuration or its machine", "");
static WARNING: Class = class("warning", "a warning", "");

/// What messages say, by their words; the first that fits counts. `None` is nothing that anybody counts.
const MESSAGES: &[(&str, Option<&Class>)] = &[
    ("No space left on device", Some(&DISK_FULL)),
    ("Ready to accept connections", Some(&STARTED)),
    ("bye bye", Some(&STOPPED)),
    ("BUG REPORT START", Some(&CRASH)),
    ("crashed by signal", None),
    ("ASSERTION FAILED", None),
    ("Out Of Memory allocating", Some(&OUT_OF_MEMORY)),
    ("Cannot allocate memory", Some(&OUT_OF_MEMORY)),
    ("the new maxmemory value", Some(&MAXMEMORY)),
    ("Background saving terminated with success", Some(&CHECKPOINT)),
    ("Background saving error", Some(&SAVE_FAILED)),
    ("Background saving terminated by signal", Some(&SAVE_FAILED)),
    ("Can't save in background", Some(&SAVE_FAILED)),
    // The child says why; its parent counts the failure.
    ("Error moving temp DB file", None),
    ("Write error saving DB", None),
    ("Failed opening the temp RDB file", None),
    ("Failed opening the RDB file", None),
    ("Background AOF rewrite terminated with success", None),
    ("Background AOF rewrite terminated", Some(&REWRITE_FAILED)),
    ("Can't rewrite append only file", Some(&REWRITE_FAILED)),
    ("AOF fsync is taking too long", Some(&AOF_SLOW)),
    ("writing to the AOF file", Some(&AOF_FAILED)),
    ("Short write while writing to the AOF", Some(&AOF_FAILED)),
    ("fsync the AOF", Some(&AOF_FAILED)),
    ("Fork CoW for", Some(&FORK)),
    ("MB of memory used by copy-on-write", Some(&FORK)),
    ("Bad file format", Some(&CORRUPT)),
    ("Short read or OOM loading DB", Some(&CORRUPT)),
    ("Unexpected end of file reading", Some(&CORRUPT)),
    ("Wrong signature trying to load DB", Some(&CORRUPT)),
    ("Connection with replica", Some(&REPLICATION_LOST)),
    ("Connection with slave", Some(&REPLICATION_LOST)),
    ("Connection with master lost", Some(&REPLICATION_LOST)),
    ("Connection with primary lost", Some(&REPLICATION_LOST)),
    ("Full resync requested by", Some(&FULL_SYNC)),
    ("MASTER timeout", Some(&REPLICATION_ERROR)),
    ("PRIMARY timeout", Some(&REPLICATION_ERROR)),
    ("Timeout connecting to the MASTER", Some(&REPLICATION_ERROR)),
    ("Timeout connecting to the PRIMARY", Some(&REPLICATION_ERROR)),
    ("Error condition on socket for SYNC", Some(&REPLICATION_ERROR)),
    ("Disconnecting timedout", Some(&REPLICATION_ERROR)),
    ("overcoming of output buffer limits", Some(&OUTPUT_BUFFER)),
    ("max number of clients", Some(&TOO_MANY)),
    ("maxclients", Some(&TOO_MANY)),
    ("Too many open files", Some(&TOO_MANY)),
    ("Accepting client connection", Some(&CONNECTION_FAILED)),
    ("Error accepting a client", Some(&CONNECTION_FAILED)),
    ("Client closed connection", Some(&DISCONNECTED)),
    ("low script detected", Some(&SLOW_SCRIPT)),
    ("as failing (quorum reached)", Some(&NODE_FAILING)),
    ("Cluster state changed: fail", Some(&CLUSTER_DOWN)),
    ("Failover election won", Some(&ELECTED)),
    ("+switch-master", Some(&ELECTED)),
    ("SECURITY ATTACK", Some(&ATTACK)),
    ("overcommit", Some(&STARTUP_WARNING)),
    ("Transparent Huge Pages", Some(&STARTUP_WARNING)),
    ("TCP backlog setting", Some(&STARTUP_WARNING)),
    ("32 bit instance", Some(&STARTUP_WARNING)),
    // Marked as warnings by old versions, and none.
    ("is starting", None),
    (" version=", None),
    ("Configuration loaded", None),
    ("no config file specified", None),
    ("User requested shutdown", None),
    ("Received SIG", None),
    ("scheduling shutdown", None),
    ("Server initialized", None),
    ("Cluster state changed: ok", None),
    ("CONFIG REWRITE executed", None),
    ("+monitor", None),
    ("Sentinel ", None),
];

/// A line taken apart.
struct Line<'a> {
    at: i64,
    level: u8,
    message: &'a [u8],
}

/// `12345:M 24 Nov 2026 16:12:40.123 * message`; with `log-timestamp-format iso8601` the time looks otherwise.
fn line(text: &[u8]) -> Option<Line<'_>> {
    let process = digits(text);
    let [b':', b'M' | b'S' | b'C' | b'X', b' ', rest @ ..] = text.get(process.len()..)? else { return None };
    let (at, length) = if process.is_empty() { None } else { time(rest).or_else(|| moment::iso(rest)) }?;
    let [b' ', level @ (b'.' | b'-' | b'*' | b'#'), b' ', message @ ..] = rest.get(length..)? else { return None };
    Some(Line { at, level: *level, message })
}

/// `24 Nov 2026 16:12:40.123`, in the zone of the server, which it does not tell: as if it were UTC.
fn time(text: &[u8]) -> Option<(i64, usize)> {
    let two = |at: usize| number(text.get(at..at + 2)?);
    let (day, month, year) = (two(0)?, month(text.get(3..6)?)?, number(text.get(7..11)?)?);
    let (hour, minute, second, millis) = (two(12)?, two(15)?, two(18)?, number(text.get(21..24)?)?);
    let shaped = [2, 6, 11].iter().all(|at| text.get(*at) == Some(&b' '))
        && text.get(14) == Some(&b':')
        && text.get(17) == Some(&b':')
        && text.get(20) == Some(&b'.');
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    shaped.then_some(((seconds * 1_000 + millis) * 1_000, 24))
}

fn detect(sample: &[u8]) -> Option<Detected> {
    let (mut all, mut known, mut found, mut within) = (0u32, 0u32, false, false);
    for text in lines(whole_lines(sample)).filter(|text| !text.trim_ascii().is_empty()) {
        let read = line(text).is_some();
        all += 1;
        known += u32::from(read || banner(text, &mut within));
        found |= read;
    }
    found.then(|| Detected {
        reader: Box::new(Server),
        understood: f64::from(known) / f64::from(all),
        detail: "the server's log".into(),
    })
}

/// A picture of the logo, the report of a crash: lines without a beginning of their own.
fn banner(text: &[u8], within: &mut bool) -> bool {
    let says = |words: &str| memchr::memmem::find(text, words.as_bytes()).is_some();
    if says("BUG REPORT START") {
        *within = true;
    }
    let of_report = *within;
    if says("BUG REPORT END") {
        *within = false;
    }
    let drawn = text.iter().filter(|byte| b" _.-`'|\\/,()*:=".contains(byte)).count();
    of_report || drawn * 2 > text.len() || says("Redis ") || says("Valkey ")
}

struct Server;

impl Reader for Server {
    fn whole(&self, bytes: &[u8]) -> usize {
        memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1)
    }

    fn read(&self, chunk: &[u8], _before: &Context, sink: &mut dyn Sink) {
        let mut within = false;
        for text in lines(chunk).filter(|text| !text.trim_ascii().is_empty()) {
            sink.lines(1);
            match line(text) {
                Some(line) => sink.event(&event(&line)),
                None if banner(text, &mut within) => sink.event(&Event::default()),
                None => sink.missed(text),
            }
            if line(text).is_some_and(|line| memchr::memmem::find(line.message, b"BUG REPORT").is_some()) {
                banner(text, &mut within);
            }
        }
    }
}

fn event<'a>(line: &Line<'a>) -> Event<'a> {
    let message = line.message;
    let says = |words: &str| memchr::memmem::find(message, words.as_bytes()).is_some();
    let known = MESSAGES.iter().find(|(words, _)| says(words));
    let class = match known {
        Some((_, class)) => *class,
        None if line.level == b'-' && message.starts_with(b"Accepted ") => Some(&CONNECTED),
        None if line.level == b'#' => Some(&WARNING),
        None => None,
    };
    let nothing = Event { at: Some(line.at), ..Event::default() };
    let Some(class) = class else { return nothing };
    // The number in front of its unit.
    let before = |unit: &str| {
        let end = memchr::memmem::find(message, unit.as_bytes())?;
        let from = message[..end].iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |at| at + 1);
        number(&message[from..end]).and_then(|number| u64::try_from(number).ok())
    };
    let measure = match class.unit {
        "bytes" => before(" MB").map(|megabytes| megabytes.saturating_mul(1 << 20)),
        "ms" => before(" milliseconds"),
        _ => None,
    };
    Event {
        what: What::Happening(Happening { failed: false, class, code: b"", object: b"", measure, said: None }),
        ..nothing
    }
}
