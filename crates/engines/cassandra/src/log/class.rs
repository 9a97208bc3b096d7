//! Kinds of things that Cassandra's logs tell, by their words.

use dbwright_model::log::Class;
use dbwright_reading::moment;

use super::cql;

const fn class(id: &'static str, title: &'static str, unit: &'static str) -> Class {
    Class { id, title, alias: None, unit }
}

static STARTED: Class = class("started", "the server started", "");
static STOPPED: Class = class("stopped", "the server stopped", "");
static GC: Class = class("gc-pause", "the virtual machine stopped to collect garbage", "ms");
static STALL: Class = class("stall", "the server stood still", "ms");
static DROPPED: Class = class("dropped-messages", "requests were dropped because they came too late to", "messages");
static TOMBSTONES: Class = class("tombstones-read", "a read went over many deleted rows", "tombstones");
static TOMBSTONES_EXCEEDED: Class =
    class("tombstones-exceeded", "a read was aborted: too many deleted rows", "tombstones");
static LARGE_PARTITION: Class = class("large-partition", "a partition is large", "bytes");
static LARGE_BATCH: Class = class("large-batch", "a batch was large, or refused for it", "bytes");
static SCATTERED_BATCH: Class = class("scattered-batch", "an unlogged batch went to many partitions", "partitions");
static GUARDRAIL: Class = class("guardrail", "a guardrail was passed", "");
static AGGREGATION: Class = class("aggregation-of-table", "an aggregation read more than one partition", "");
static DISCARDED: Class =
    class("prepared-discarded", "prepared statements were discarded because their cache is full", "statements");
static NODE_FAILING: Class = class("node-failing", "a node was found to be down", "");
static COMMITLOG_SLOW: Class = class("commitlog-slow", "the commit log was slow to reach the disk", "");
static DISK_FULL: Class = class("disk-full", "the disk is full", "");
static OUT_OF_MEMORY: Class = class("out-of-memory", "memory ran out", "");
static CRASH: Class = class("crash", "the server died of an error", "");
static CORRUPT: Class = class("corruption", "a file of data cannot be read", "");
static REPAIR_FAILED: Class = class("repair-failed", "a repair or a stream of data failed", "");
pub(super) static TIMEOUT: Class = class("statement-timeout", "an operation exceeded its time limit", "");
static UNAVAILABLE: Class = class("unavailable", "too few copies of data could be reached", "");
static ERROR: Class = class("error", "an error", "");
static WARNING: Class = class("warning", "a warning", "");

/// What happened.
pub(super) struct Found<'a> {
    pub(super) class: &'static Class,
    pub(super) object: &'a [u8],
    pub(super) measure: Option<u64>,
    /// The statement it befell.
    pub(super) statement: &'a [u8],
}

/// Reads a message; `None` is nothing that anybody counts.
pub(super) fn of<'a>(level: &[u8], file: &[u8], message: &'a [u8], trace: &[u8]) -> Option<Found<'a>> {
    let find = |words: &str| memchr::memmem::find(message, words.as_bytes());
    let says = |words: &str| find(words).is_some();
    let behind = |words: &str| find(words).map(|at| &message[at + words.len()..]);
    let count = |text: &[u8]| moment::number(moment::digits(text)).and_then(|number| u64::try_from(number).ok());
    let happened = |class| Some(Found { class, object: b"", measure: None, statement: b"" });
    let amount = |class, measure| Some(Found { class, object: b"", measure, statement: b"" });
    if file == b"GCInspector.java" {
        let time = behind(" GC in ").and_then(moment::duration).map(|(nanos, _)| nanos / 1_000_000);
        return time.and_then(|time| amount(&GC, Some(time)));
    }
    if message.starts_with(b"Startup complete") {
        return happened(&STARTED);
    }
    if message.starts_with(b"Cassandra shutdown complete") {
        return happened(&STOPPED);
    }
    if let Some(counts) = behind(" messages were dropped in ").or_else(|| behind(" messages dropped in ")) {
        let numbers = counts.split(|byte| *byte == b':').nth(1).unwrap_or_default();
        let second = memchr::memmem::find(numbers, b" and ").and_then(|at| count(&numbers[at + 5..]));
        let total = count(numbers.trim_ascii_start()).map(|first| first.saturating_add(second.unwrap_or(0)));
        return Some(Found { object: cql::name(message), ..amount(&DROPPED, total)? });
    }
    if says(" is now DOWN") {
        return happened(&NODE_FAILING);
    }
    if says("due to local pause of ") {
        let time = behind("due to local pause of ").and_then(moment::duration).map(|(nanos, _)| nanos / 1_000_000);
        return amount(&STALL, time);
    }
    if matches!(level, b"INFO" | b"DEBUG" | b"TRACE") {
        // Told once more, with a statement, in the other log.
        return None;
    }
    if let Some(at) = find(" tombstone cells ") {
        let from = message[..at].iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |at| at + 1);
        let statement = behind("for query ").map_or(&b""[..], |text| until(text, &[b"; token ", b" (see "]));
        let table = behind(" tombstone cells in ").map(cql::name).unwrap_or_else(|| cql::table(statement));
        return Some(Found { class: &TOMBSTONES, object: table, measure: count(&message[from..at]), statement });
    }
    if let Some(number) = behind("Scanned over ") {
        let statement = behind("during query '").map_or(&b""[..], |text| until(text, &[b"' (last scanned"]));
        return Some(Found {
            class: &TOMBSTONES_EXCEEDED,
            object: cql::table(statement),
            measure: count(number),
            statement,
        });
    }
    // The name of a table is followed by the key, which is a value.
    if let Some(partition) = behind("arge partition ") {
        let length = partition.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"_/.".contains(byte)));
        let measure = memchr::memrchr(b'(', partition).and_then(|at| size(&partition[at + 1..]));
        return Some(Found {
            object: &partition[..length.unwrap_or(partition.len())],
            ..amount(&LARGE_PARTITION, measure)?
        });
    }
    if let Some(name) = behind("Guardrail ") {
        let measure = behind(" has size ").and_then(size);
        return match name.starts_with(b"partition_size") {
            true => {
                let table = behind("Partition ").map(cql::name).unwrap_or_default();
                Some(Found { object: table, ..amount(&LARGE_PARTITION, measure)? })
            }
            false => Some(Found { object: cql::name(name), ..happened(&GUARDRAIL)? }),
        };
    }
    if let Some(table) =
        message.strip_prefix(b"Batch for [").or_else(|| message.strip_prefix(b"Batch of prepared statements for ["))
    {
        let measure = behind(" is of size ").and_then(size);
        return Some(Found { object: cql::name(table), ..amount(&LARGE_BATCH, measure)? });
    }
    if let Some(number) = behind("Unlogged batch covering ") {
        let table = behind("against table [").or_else(|| behind("against tables [")).map(cql::name).unwrap_or_default();
        return Some(Found { object: table, ..amount(&SCATTERED_BATCH, count(number))? });
    }
    let threw = |name: &str| says(name) || memchr::memmem::find(trace, name.as_bytes()).is_some();
    match () {
        // Newer versions say it twice; the second has the table, and is not said every time.
        () if message == b"Aggregation query used without partition key" => happened(&AGGREGATION),
        () if says("Aggregation query used") => None,
        () if says("prepared statements discarded") => amount(&DISCARDED, count(message)),
        () if says("commit log syncs over the past") => happened(&COMMITLOG_SLOW),
        () if threw("No space left on device") || says("Not enough space for compaction") => happened(&DISK_FULL),
        () if threw("OutOfMemoryError") || threw("Out of memory") => happened(&OUT_OF_MEMORY),
        () if says("Exiting due to error") || says("Fatal exception during initialization") => happened(&CRASH),
        () if threw("CorruptSSTable") || says("Corrupt sstable") => happened(&CORRUPT),
        () if says("epair session") && says("failed") || says("Streaming error occurred") => happened(&REPAIR_FAILED),
        () if threw("TimeoutException") => happened(&TIMEOUT),
        () if threw("UnavailableException") => happened(&UNAVAILABLE),
        () if level == b"ERROR" => happened(&ERROR),
        () => happened(&WARNING),
    }
}

/// A text up to the first of some words.
fn until<'a>(text: &'a [u8], words: &[&[u8]]) -> &'a [u8] {
    let end = words.iter().filter_map(|word| memchr::memmem::find(text, word)).min();
    &text[..end.unwrap_or(text.len())]
}

/// `13.008KiB`, `104857600`, `100.5 MB`, `100MB`: bytes.
fn size(text: &[u8]) -> Option<u64> {
    let (_, length) = moment::decimal(text, 1)?;
    let unit = text[length..].trim_ascii_start();
    let unit = match unit.first() {
        Some(b'K' | b'k') => 1 << 10,
        Some(b'M' | b'm') => 1 << 20,
        Some(b'G' | b'g') => 1 << 30,
        _ => 1,
    };
    Some(moment::decimal(text, unit)?.0)
}
