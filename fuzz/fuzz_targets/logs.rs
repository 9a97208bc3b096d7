//! Whatever is given as a log, packed or not, wrapped or not: it is read without a fault, in pieces of any size, and what is
//! told does not depend on the number of threads. Seeds: the logs recorded beside the rooms that read them.
#![no_main]

use std::io::Cursor;

use dbwright_log::{Listener, Progress, Source, stream};
use dbwright_model::log::{Context, Event, LogFormat, Sink};
use dbwright_model::room::Room;

const ROOMS: [&dyn Room; 6] = [
    &dbwright_postgres::Postgres,
    &dbwright_mysql::MySql,
    &dbwright_redis::Redis,
    &dbwright_mongodb::MongoDb,
    &dbwright_elastic::Elastic,
    &dbwright_cassandra::Cassandra,
];

struct Texts;

impl Listener for Texts {
    type Part = Vec<String>;

    fn part(&self) -> Self::Part {
        Vec::new()
    }

    fn hear(&self, part: &mut Self::Part, event: &Event<'_>) {
        part.push(format!("{event:?}"));
    }
}

struct Nobody;

impl Sink for Nobody {
    fn event(&mut self, _event: &Event<'_>) {}
    fn lines(&mut self, _count: u64) {}
    fn missed(&mut self, _line: &[u8]) {}
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let formats: Vec<&'static LogFormat> = ROOMS.iter().flat_map(|room| room.log_formats()).copied().collect();
    let open = || Source::of("-".into(), Box::new(Cursor::new(bytes.to_vec())), None, &Progress::default());
    let heard = |threads: usize| {
        let mut log = open().ok()?.recognise(&formats).ok()?;
        let mut all = Vec::new();
        let merge = |part: Vec<String>| {
            all.extend(part);
            true
        };
        let streamed = stream(log.head, &mut log.input, log.reader.as_ref(), threads, &Texts, merge).unwrap();
        assert!(streamed.lines.missed <= streamed.lines.total);
        for size in 0..pieces(bytes.len()) {
            let whole = log.reader.whole(&bytes[..size]);
            assert!(whole <= size);
            log.reader.read(&bytes[..whole], &Context::default(), &mut Nobody);
        }
        Some(all)
    };
    assert_eq!(heard(1), heard(3));
});

/// So many pieces of the start are cut.
fn pieces(length: usize) -> usize {
    length.min(64)
}
