//! Every log recorded for any engine is claimed by a form of that engine and read to its last line, and no other engine
//! takes it for its own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::fs;
use std::path::{Path, PathBuf};

use dbwright_log::detect;
use dbwright_model::Engine;
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

fn formats() -> Vec<&'static LogFormat> {
    ROOMS.iter().flat_map(|room| room.log_formats()).copied().chain([&dbwright_log::TRACES]).collect()
}

/// Recorded logs with the engine whose folder they stand in; traces are of none.
fn recorded() -> Vec<(Option<Engine>, PathBuf)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folders = Engine::ALL
        .iter()
        .map(|engine| (Some(*engine), crates.join("engines").join(engine.id())))
        .chain([(None, crates.join("log"))]);
    let mut found = Vec::new();
    for (engine, folder) in folders {
        let Ok(files) = fs::read_dir(folder.join("tests/logs")) else { continue };
        let files = files.map(|file| file.unwrap().path()).filter(|path| path.is_file());
        found.extend(files.map(|file| (engine, file)));
    }
    found.sort_by(|a, b| a.1.cmp(&b.1));
    found
}

#[derive(Default)]
struct Lines {
    lines: u64,
    missed: u64,
}

impl Sink for Lines {
    fn event(&mut self, _event: &Event<'_>) {}
    fn lines(&mut self, count: u64) {
        self.lines += count;
    }
    fn missed(&mut self, _line: &[u8]) {
        self.missed += 1;
    }
}

#[test]
fn every_recorded_log_is_claimed_by_its_engine_alone() {
    let formats = formats();
    let mut wrong = Vec::new();
    for (engine, path) in recorded() {
        let text = fs::read(&path).unwrap();
        let sample = &text[..text.len().min(256 << 10)];
        let name = path.strip_prefix(path.ancestors().nth(4).unwrap()).unwrap().display();
        let of = |format: &LogFormat| (format.id != dbwright_log::TRACES.id).then_some(format.engine);
        match detect(sample, &formats) {
            Some((format, detected)) if of(format) == engine => {
                let mut lines = Lines::default();
                detected.reader.read(&text, &Context::default(), &mut lines);
                if lines.missed * 100 > lines.lines {
                    wrong.push(format!("{name}: {} missed {} of {} lines", format.id, lines.missed, lines.lines));
                }
            }
            Some((format, _)) => wrong.push(format!("{name}: taken by {}", format.id)),
            None => wrong.push(format!("{name}: taken by none")),
        }
        for format in formats.iter().filter(|format| of(format) != engine) {
            if let Some(detected) = (format.detect)(sample)
                && detected.understood > 0.01
            {
                wrong.push(format!("{name}: {} would understand {:.3} of it", format.id, detected.understood));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
