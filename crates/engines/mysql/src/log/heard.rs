//! What tests hear of a log.

use dbwright_model::log::{Context, Event, Reader, Said, Sink, What};

/// All that was told.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Heard {
    /// Events, as text.
    pub(super) events: Vec<String>,
    /// Texts of statements.
    pub(super) statements: Vec<String>,
    /// Sum of the durations, in nanoseconds.
    pub(super) total: u64,
    /// Classes of happenings, with code and object.
    pub(super) happenings: Vec<(&'static str, String, String)>,
    pub(super) plans: usize,
    pub(super) lines: u64,
    pub(super) missed: Vec<String>,
}

impl Sink for Heard {
    fn event(&mut self, event: &Event<'_>) {
        match event.what {
            What::Statement(statement) => {
                self.statements.push(match statement.said {
                    Said::Sql(text) => String::from_utf8_lossy(text).into_owned(),
                    Said::Shaped { shape, .. } => shape.to_owned(),
                });
                self.total += statement.duration.unwrap_or(0);
            }
            What::Happening(happening) => {
                let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
                self.happenings.push((happening.class.id, text(happening.code), text(happening.object)));
            }
            What::Plan { .. } => self.plans += 1,
            _ => {}
        }
        self.events.push(format!("{event:?}"));
    }

    fn lines(&mut self, count: u64) {
        self.lines += count;
    }

    fn missed(&mut self, line: &[u8]) {
        self.missed.push(String::from_utf8_lossy(line).into_owned());
    }
}

/// Reads it in one piece.
pub(super) fn all(reader: &dyn Reader, text: &[u8]) -> Heard {
    let mut heard = Heard::default();
    reader.read(text, &Context::default(), &mut heard);
    heard
}

/// Reads it as a stream of so many bytes at a time does.
pub(super) fn pieces(reader: &dyn Reader, text: &[u8], size: usize) -> Heard {
    let mut heard = Heard::default();
    let mut before = Context::default();
    let (mut start, mut wanted) = (0, size);
    while start < text.len() {
        let end = (start + wanted).min(text.len());
        let whole = match end == text.len() {
            true => end - start,
            false => reader.whole(&text[start..end]),
        };
        if whole == 0 {
            wanted += size;
            continue;
        }
        let chunk = &text[start..start + whole];
        reader.read(chunk, &before, &mut heard);
        before = reader.after(chunk, &before);
        start += whole;
        wanted = size;
    }
    heard
}
