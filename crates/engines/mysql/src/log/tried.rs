//! Trying a reader on a sample.

use dbwright_model::log::{Context, Event, Reader, Sink, What};

/// What a reader made of it.
#[derive(Debug, Default)]
pub(super) struct Tried {
    /// Records.
    pub(super) events: u64,
    /// Those that are statements.
    pub(super) statements: u64,
    /// One of so many statements was logged.
    pub(super) one_of: Option<u64>,
    lines: u64,
    missed: u64,
}

impl Tried {
    /// Reads the sample up to where its last record starts: that one may be cut. A sample of one record is read whole.
    pub(super) fn of(reader: &dyn Reader, sample: &[u8]) -> Tried {
        let mut tried = Tried::default();
        let whole = match reader.whole(sample) {
            0 => sample,
            whole => &sample[..whole],
        };
        reader.read(whole, &Context::default(), &mut tried);
        if tried.events == 0 {
            tried = Tried::default();
            reader.read(sample, &Context::default(), &mut tried);
        }
        tried
    }

    /// Part of the lines that are understood, 0 to 1.
    pub(super) fn understood(&self) -> f64 {
        1.0 - self.missed as f64 / self.lines.max(1) as f64
    }
}

impl Sink for Tried {
    fn event(&mut self, event: &Event<'_>) {
        self.events += 1;
        if let What::Statement(statement) = event.what {
            self.statements += 1;
            self.one_of = self.one_of.max(statement.one_of);
        }
    }

    fn lines(&mut self, count: u64) {
        self.lines += count;
    }

    fn missed(&mut self, _line: &[u8]) {
        self.missed += 1;
    }
}
