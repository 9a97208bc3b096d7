//! Documents of `system.profile`: exported one a line, as a list, or as a shell prints them.

use dbwright_model::Engine;
use dbwright_model::log::{Context, Detected, Event, LogFormat, Reader, Sink};
use dbwright_reading::pull::Pull;
use dbwright_reading::shell;

use super::operation::{Operation, Scratch};

pub(super) static FORMAT: LogFormat = LogFormat {
    engine: Engine::MongoDb,
    id: "mongodb-profile",
    reads: "documents of MongoDB's system.profile (JSON or as a shell prints them)",
    detect,
};

fn detect(sample: &[u8]) -> Option<Detected> {
    let (mut all, mut known) = (0u32, 0u32);
    for record in records(sample) {
        let mut of_record = 0u32;
        let whole = each(record, &mut |document| of_record += u32::from(operation(document).is_some()));
        let cut = record.as_ptr_range().end == sample.as_ptr_range().end;
        all += u32::from(whole || of_record > 0 || !cut);
        known += u32::from(of_record > 0);
    }
    (known > 0).then(|| Detected {
        reader: Box::new(Profile),
        understood: f64::from(known) / f64::from(all.max(1)),
        detail: "documents of system.profile".into(),
    })
}

/// The operation that a document of the profiler tells.
fn operation(document: &[u8]) -> Option<Operation<'_>> {
    let operation = Operation::read(&mut Pull::new(document))?;
    (operation.ran() && operation.at.is_some() && !operation.kind.0.is_empty()).then_some(operation)
}

struct Profile;

impl Reader for Profile {
    fn whole(&self, bytes: &[u8]) -> usize {
        let mut end = bytes.len();
        while let Some(at) = memchr::memrchr(b'\n', &bytes[..end]) {
            if matches!(bytes.get(at + 1), Some(b'{' | b'[')) {
                return at + 1;
            }
            end = at;
        }
        0
    }

    fn read(&self, chunk: &[u8], _before: &Context, sink: &mut dyn Sink) {
        let mut scratch = Scratch::default();
        for record in records(chunk) {
            let lines = || record.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
            sink.lines(lines().count() as u64);
            let mut foreign = false;
            let whole = each(record, &mut |document| match operation(document) {
                Some(operation) => {
                    let event = Event { session: operation.session(), ..Event::default() };
                    operation.tell(event, &mut scratch, sink);
                }
                None => foreign = true,
            });
            if !whole || foreign {
                lines().for_each(|line| sink.missed(line));
            }
        }
    }
}

/// Records begin with a bracket at the start of a line.
fn records(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let starts = |at: &usize| matches!(rest.get(at + 1), Some(b'{' | b'['));
        let end = memchr::memchr_iter(b'\n', rest).find(starts).map_or(rest.len(), |at| at + 1);
        let (record, after) = rest.split_at(end);
        rest = after;
        Some(record)
    })
}

/// Hears every document of a record, whatever stands between them in a list; whether all of it was read.
fn each(record: &[u8], hear: &mut dyn FnMut(&[u8])) -> bool {
    let mut rest = record;
    loop {
        let blanks = rest.iter().position(|byte| !matches!(byte, b'[' | b']' | b',' | b' ' | b'\n' | b'\r' | b'\t'));
        rest = rest.get(blanks.unwrap_or(rest.len())..).unwrap_or_default();
        if rest.is_empty() {
            return true;
        }
        let mut pull = Pull::new(rest);
        let json = rest.starts_with(b"{").then(|| pull.raw()).flatten();
        // Both must agree where it ends: a shell's notation may look like JSON for a while.
        match json.filter(|json| Pull::new(json).fields(|pull, _| pull.skip()).is_some()) {
            Some(json) => {
                hear(json);
                rest = rest.get(json.len()..).unwrap_or_default();
            }
            None => {
                let text = String::from_utf8_lossy(rest);
                let Some(document) = shell::read(&text).filter(|document| document.broken.is_none()) else {
                    return false;
                };
                if let Ok(json) = serde_json::to_vec(&document.value) {
                    hear(&json);
                }
                // What replaced broken bytes is longer than they were.
                let length = if text.len() == rest.len() { document.length } else { rest.len() };
                rest = rest.get(length.max(1)..).unwrap_or_default();
            }
        }
    }
}
