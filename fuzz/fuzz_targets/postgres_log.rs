//! Logs of PostgreSQL and pgbouncer: any bytes are read without a panic, cutting them where the reader says makes no
//! difference, and lines are counted once.
#![no_main]

use dbwright_model::log::{Context, Event, Reader, Sink};
use dbwright_model::room::Room;
use dbwright_postgres::Postgres;

#[derive(Default, PartialEq, Debug)]
struct Heard {
    events: Vec<String>,
    lines: u64,
    missed: u64,
}

impl Sink for Heard {
    fn event(&mut self, event: &Event<'_>) {
        self.events.push(format!("{event:?}"));
    }
    fn lines(&mut self, count: u64) {
        self.lines += count;
    }
    fn missed(&mut self, _line: &[u8]) {
        self.missed += 1;
    }
}

fn read(reader: &dyn Reader, parts: &[&[u8]]) -> Heard {
    let mut heard = Heard::default();
    parts.iter().for_each(|part| reader.read(part, &Context::default(), &mut heard));
    heard
}

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    for format in Postgres.log_formats() {
        let Some(detected) = (format.detect)(text) else { continue };
        assert!((0.0..=1.0).contains(&detected.understood));
        let reader = detected.reader.as_ref();
        let whole = read(reader, &[text]);
        assert!(whole.missed <= whole.lines);
        let cut = reader.whole(text);
        assert_eq!(whole, read(reader, &[&text[..cut], &text[cut..]]), "{}", format.id);
    }
});
