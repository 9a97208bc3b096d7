//! Any bytes are read as each log of the engines without SQL and as traces, whole or in pieces, with the same events.
#![no_main]

use dbwright_model::log::{Context, Event, LogFormat, Reader, Said, Sink, What};
use dbwright_model::room::Room;

const ROOMS: [&dyn Room; 4] =
    [&dbwright_mongodb::MongoDb, &dbwright_redis::Redis, &dbwright_elastic::Elastic, &dbwright_cassandra::Cassandra];

/// A start of each form, so that there is a reader for each.
const STARTS: [&[u8]; 10] = [
    br#"{"t":{"$date":"2024-05-01T10:00:00.001+00:00"},"s":"I","c":"CONTROL","id":1,"ctx":"-","msg":"x"}"#,
    br#"{"op":"query","ns":"a.b","millis":1,"ts":{"$date":"2024-05-01T10:00:00Z"}}"#,
    b"1:M 24 Nov 2026 16:32:25.050 * Ready\n",
    b"1339518083.107412 [0 127.0.0.1:60866] \"keys\" \"*\"\n",
    b"1) 1) (integer) 14\n   2) (integer) 1309448221\n   3) (integer) 15\n   4) 1) \"ping\"\n",
    br#"[[14,1309448221,15,["ping"],"",""]]"#,
    b"14\n1309448221\n15\nping\n127.0.0.1:1\n\n",
    b"[2024-05-01T10:00:00,123][WARN ][x] [n] y\n",
    br#"{"type":"server","timestamp":"2024-05-01T10:00:00,123Z","level":"WARN","component":"x","message":"y"}"#,
    b"INFO  [main] 2024-05-01 10:00:00,001 A.java:1 - x\n",
];
const TRACE: &[u8] = br#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"a"}]}]}]}"#;

#[derive(Default, Debug, PartialEq)]
struct Heard {
    events: Vec<String>,
    lines: u64,
    missed: u64,
}

impl Sink for Heard {
    fn event(&mut self, event: &Event<'_>) {
        match event.what {
            What::Statement(statement) => {
                if let Said::Shaped { shape, .. } = statement.said {
                    assert!(shape.len() < 8 << 10);
                }
                self.events.push(format!("{event:?}"));
            }
            What::Nothing => {}
            _ => self.events.push(format!("{event:?}")),
        }
    }

    fn lines(&mut self, count: u64) {
        self.lines += count;
    }

    fn missed(&mut self, _line: &[u8]) {
        self.missed += 1;
    }
}

fn in_pieces(reader: &dyn Reader, bytes: &[u8], size: usize) -> Heard {
    let (mut heard, mut before) = (Heard::default(), Context::default());
    let (mut start, mut wanted) = (0, size);
    while start < bytes.len() {
        let end = (start + wanted).min(bytes.len());
        let whole = if end == bytes.len() { end - start } else { reader.whole(&bytes[start..end]) };
        assert!(whole <= end - start);
        if whole == 0 {
            wanted += size;
            continue;
        }
        let chunk = &bytes[start..start + whole];
        reader.read(chunk, &before, &mut heard);
        before = reader.after(chunk, &before);
        (start, wanted) = (start + whole, size);
    }
    heard
}

libfuzzer_sys::fuzz_target!(|input: (u8, &[u8])| {
    let (size, bytes) = input;
    let formats: Vec<&LogFormat> =
        ROOMS.iter().flat_map(|room| room.log_formats()).copied().chain([&dbwright_log::TRACES]).collect();
    for format in formats {
        let _ = (format.detect)(bytes);
        let starts = STARTS.iter().copied().chain([TRACE]);
        let Some(reader) = starts.filter_map(|start| Some((format.detect)(start)?.reader)).next() else {
            panic!("{}", format.id)
        };
        let mut whole = Heard::default();
        reader.read(bytes, &Context::default(), &mut whole);
        assert!(whole.missed <= whole.lines, "{}", format.id);
        let pieces = in_pieces(&*reader, bytes, usize::from(size) * 4 + 20);
        assert_eq!((&whole.events, whole.lines), (&pieces.events, pieces.lines), "{}", format.id);
    }
});
