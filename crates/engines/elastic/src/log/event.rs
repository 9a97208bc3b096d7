//! What a record says, whatever layout it came in.

use dbwright_model::log::{Class, Costs, Event, Happening, Phase, Said, Sink, Statement, What};
use dbwright_reading::moment;
use dbwright_reading::pull::Text;
use dbwright_reading::shape::Shape;

use super::shape;

/// A record taken apart.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Record<'a> {
    pub(super) at: Option<i64>,
    pub(super) level: &'a [u8],
    /// The logger, its name cut or not: `i.s.s.query`, `index.search.slowlog.query`.
    pub(super) component: &'a [u8],
    pub(super) message: Text<'a>,
    /// What was thrown, and where.
    pub(super) trace: &'a [u8],
    pub(super) slow: Slow<'a>,
    pub(super) user: Text<'a>,
    /// Whether texts have the escapes of JSON.
    pub(super) escaped: bool,
}

impl<'a> Record<'a> {
    fn plain<'s>(&self, text: Text<'a>, scratch: &'s mut Vec<u8>) -> &'s [u8]
    where
        'a: 's,
    {
        if self.escaped { text.plain(scratch) } else { text.0 }
    }
}

/// What the slow logs say besides.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Slow<'a> {
    pub(super) took: &'a [u8],
    pub(super) took_millis: Option<u64>,
    pub(super) hits: &'a [u8],
    pub(super) source: Text<'a>,
    /// What the client calls itself (`X-Opaque-Id`); of indexing it is the document's.
    pub(super) id: Text<'a>,
}

/// Scratch of a chunk.
#[derive(Default)]
pub(super) struct Scratch {
    shape: Shape,
    texts: [Vec<u8>; 4],
}

const fn class(id: &'static str, title: &'static str, unit: &'static str) -> Class {
    Class { id, title, alias: None, unit }
}

static GC: Class = class("gc-pause", "the virtual machine stopped to collect garbage", "ms");
static GC_OVERHEAD: Class = class("gc-overhead", "much of the time went into collecting garbage", "ms");
static BREAKER: Class = class("circuit-breaker", "a circuit breaker refused memory to a request", "");
static DISK_LOW: Class = class("disk-low", "the low watermark of the disk was passed: no new shards", "");
static DISK_HIGH: Class = class("disk-high", "the high watermark of the disk was passed: shards move away", "");
static DISK_FLOOD: Class = class("disk-flood", "the flood stage of the disk was passed: indexes became read-only", "");
static DISK_FULL: Class = class("disk-full", "the disk is full", "");
static REJECTED: Class = class("rejected", "requests were rejected because a queue was full", "");
static MASTER_LOST: Class = class("master-lost", "there was no elected master", "");
static ELECTED: Class = class("elected", "a node became master", "");
static NODE_LEFT: Class = class("node-left", "a node left the cluster", "");
static RED: Class = class("cluster-red", "some data could not be reached", "");
static YELLOW: Class = class("cluster-yellow", "some copies of data were missing", "");
static SHARD_FAILED: Class = class("shard-failed", "a shard failed", "");
static SLOW_STATE: Class = class("cluster-state-slow", "a change of the cluster's state was slow to apply", "ms");
static OUT_OF_MEMORY: Class = class("out-of-memory", "memory ran out", "");
static CRASH: Class = class("crash", "the server died of an error", "");
static STARTED: Class = class("started", "the server started", "");
static STOPPED: Class = class("stopped", "the server stopped", "");
static DEPRECATION: Class = class("deprecation", "something was used that will be gone", "");
static ERROR: Class = class("error", "an error", "");
static WARNING: Class = class("warning", "a warning", "");

/// Tells a record.
pub(super) fn tell(record: &Record<'_>, scratch: &mut Scratch, sink: &mut dyn Sink) {
    let event = Event { at: record.at, ..Event::default() };
    if !record.slow.took.is_empty() || record.slow.took_millis.is_some() {
        return slow(record, event, scratch, sink);
    }
    let [message, ..] = &mut scratch.texts;
    let message = record.plain(record.message, message);
    match happening(record, message) {
        Some((class, measure)) => {
            let what =
                Happening { failed: false, class, code: record.component, object: index(message), measure, said: None };
            sink.event(&Event { what: What::Happening(what), ..event });
        }
        None => sink.event(&event),
    }
}

/// `[index]` or `[index/uuid]` at the start of a message; other things in brackets stand there, too, which have no shard
/// or id behind them.
fn index(message: &[u8]) -> &[u8] {
    let Some(inner) = message.strip_prefix(b"[") else { return b"" };
    let Some(end) = memchr::memchr(b']', inner) else { return b"" };
    let (name, behind) = (&inner[..end], &inner[end + 1..]);
    match memchr::memchr(b'/', name) {
        _ if name == b"gc" => b"",
        Some(slash) => &name[..slash],
        None if behind.starts_with(b"[") && behind.get(1).is_some_and(u8::is_ascii_digit) => name,
        None => b"",
    }
}

fn slow(record: &Record<'_>, event: Event<'_>, scratch: &mut Scratch, sink: &mut dyn Sink) {
    let Scratch { shape, texts: [message, source, id, user] } = scratch;
    let (message, source) = (record.plain(record.message, message), record.plain(record.slow.source, source));
    let says = |word: &str| memchr::memmem::find(record.component, word.as_bytes()).is_some();
    let indexing = says("indexing") || record.component.starts_with(b"i.i.s");
    match indexing {
        true => shape::indexing(shape, index(message), source),
        false => shape::search(shape, index(message), source),
    }
    let fetch = record.component.ends_with(b"fetch");
    let said = Said::Shaped { fingerprint: shape.fingerprint(), literals: shape.literals(), shape: &shape.text };
    let hits = moment::digits(record.slow.hits);
    let exact = moment::duration(record.slow.took).filter(|(_, length)| *length == record.slow.took.len());
    let millis = record.slow.took_millis;
    // `1.2s` is rounded, as 1,234 is not.
    let duration = match (exact, millis) {
        (Some((nanos, _)), Some(millis)) if nanos / 1_000_000 == millis => Some(nanos),
        (_, Some(millis)) => millis.checked_mul(1_000_000),
        (exact, None) => exact.map(|(nanos, _)| nanos),
    };
    sink.event(&Event {
        user: record.plain(record.user, user),
        application: if indexing { b"" } else { record.plain(record.slow.id, id) },
        what: What::Statement(Statement {
            said,
            phase: if fetch { Phase::Fetch } else { Phase::Execute },
            duration,
            costs: Costs {
                // How many match; how many come back is not told.
                examined: moment::number(hits).and_then(|hits| u64::try_from(hits).ok()),
                changed: indexing.then_some(1),
                ..Costs::default()
            },
            ..Statement::default()
        }),
        ..event
    });
}

/// What happened, and how much; `None` for what nobody counts.
fn happening(record: &Record<'_>, message: &[u8]) -> Option<(&'static Class, Option<u64>)> {
    let says = |words: &str| memchr::memmem::find(message, words.as_bytes()).is_some();
    let by = |logger: &str| record.component.ends_with(logger.as_bytes());
    let threw = |name: &str| says(name) || memchr::memmem::find(record.trace, name.as_bytes()).is_some();
    // The time behind these words, in milliseconds.
    let time = |words: &str| {
        let at = memchr::memmem::find(message, words.as_bytes())?;
        moment::duration(&message[at + words.len()..]).map(|(nanos, _)| nanos / 1_000_000)
    };
    if by("JvmGcMonitorService") {
        return Some(match says("overhead, spent") {
            true => (&GC_OVERHEAD, time("spent [")),
            false => (&GC, time("duration [")),
        });
    }
    let calm = matches!(record.level, b"INFO" | b"DEBUG" | b"TRACE");
    let class = match () {
        () if by("DiskThresholdMonitor") && says("flood stage") => &DISK_FLOOD,
        () if by("DiskThresholdMonitor") && says("high disk watermark [") => &DISK_HIGH,
        () if by("DiskThresholdMonitor") && says("low disk watermark [") => &DISK_LOW,
        () if by(".Node") && message == b"started" => &STARTED,
        () if by(".Node") && message == b"closed" => &STOPPED,
        () if says("elected-as-") => &ELECTED,
        () if says("changed from [") && says("to [RED]") => &RED,
        () if says("changed from [") && says("to [YELLOW]") => &YELLOW,
        () if says("node-left[") => &NODE_LEFT,
        () if says("master not discovered") || says("manager not discovered") || says("master_left") => &MASTER_LOST,
        () if says("master node changed") && says("current []") => &MASTER_LOST,
        () if says("anager node changed") && says("current []") => &MASTER_LOST,
        () if calm => return None,
        () if threw("No space left on device") => &DISK_FULL,
        () if threw("OutOfMemoryError") => &OUT_OF_MEMORY,
        () if says("fatal error in thread") => &CRASH,
        () if threw("CircuitBreakingException") || says("configured breaker") || says("Data too large") => &BREAKER,
        () if threw("RejectedExecutionException") || says("rejected execution") => &REJECTED,
        () if says("which is above the warn threshold") => return Some((&SLOW_STATE, time("took ["))),
        () if says("failed shard") || says("failing shard") || says("shard failed") => &SHARD_FAILED,
        () if record.level == b"DEPRECATION" || says("deprecat") => &DEPRECATION,
        () if matches!(record.level, b"ERROR" | b"FATAL") => &ERROR,
        () => &WARNING,
    };
    Some((class, None))
}
