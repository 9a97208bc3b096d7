//! Logs as streams of events: what a record says, and who knows how to read one.

mod event;

use crate::Engine;

pub use event::{Class, Costs, Event, Happening, Phase, Said, Statement, What};

/// A form of log that a room can read. A new one is a file with one of these, and a line in its room's list.
#[derive(Debug)]
pub struct LogFormat {
    /// Whose logs they are. Of traces: whose SQL a span holds that does not tell.
    pub engine: Engine,
    /// Its name: `postgres-stderr`.
    pub id: &'static str,
    /// What it reads, as the message says that nothing was recognised: `a PostgreSQL log (stderr)`.
    pub reads: &'static str,
    /// Whether the text is in this form. The sample is the start of the input, some hundred kilobytes at most; its last
    /// line may be cut.
    pub detect: fn(sample: &[u8]) -> Option<Detected>,
}

/// A form that was recognised.
pub struct Detected {
    /// What reads it.
    pub reader: Box<dyn Reader>,
    /// Part of the sample's lines that it understands, 0 to 1.
    pub understood: f64,
    /// What was found out, for a person: `log_line_prefix '%m [%p] '`.
    pub detail: String,
}

/// Reads the records of one form. Never panics on any bytes; a damaged record costs that record only.
pub trait Reader: Send + Sync {
    /// How many bytes at the start of `bytes` are whole records; 0 when not even one is known to be complete. What
    /// remains is put in front of the next bytes; at the end of the input all is read whether it looks whole or not. Looks
    /// back from the end: the bytes may start with a line within a record, where only an end is looked at.
    fn whole(&self, bytes: &[u8]) -> usize;
    /// What a later chunk must know of this one, given what this one had to know: the database in use, the last time
    /// printed. Called for every chunk in order, by one thread: it must be cheap.
    fn after(&self, _chunk: &[u8], before: &Context) -> Context {
        before.clone()
    }
    /// Reads a chunk of whole records and tells its events in order.
    fn read(&self, chunk: &[u8], before: &Context, sink: &mut dyn Sink);
}

/// What a chunk must know of those before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// The database in use.
    pub database: Vec<u8>,
    /// The last time printed, in microseconds since 1970-01-01 UTC.
    pub at: Option<i64>,
}

/// Hears what a reader finds in a chunk.
pub trait Sink {
    /// An event.
    fn event(&mut self, event: &Event<'_>);
    /// So many more lines were looked at, understood or not. Blank ones do not count.
    fn lines(&mut self, count: u64);
    /// A line was not understood.
    fn missed(&mut self, line: &[u8]);
    /// So many lines belong to other programs that write to the same log; they are in no other count.
    fn foreign(&mut self, _count: u64) {}
}
