//! Any bytes are read as each of MySQL's logs, whole or in pieces, with the same statements.
#![no_main]

use dbwright_model::log::{Context, Event, Reader, Said, Sink, What};
use dbwright_model::room::Room;
use dbwright_mysql::MySql;

#[derive(Default)]
struct Heard {
    statements: Vec<Vec<u8>>,
    happenings: Vec<&'static str>,
    lines: u64,
    missed: u64,
}

impl Sink for Heard {
    fn event(&mut self, event: &Event<'_>) {
        match event.what {
            What::Statement(statement) => {
                if let Said::Sql(text) = statement.said {
                    self.statements.push(text.to_vec());
                }
            }
            What::Happening(happening) => self.happenings.push(happening.class.id),
            _ => {}
        }
    }

    fn lines(&mut self, count: u64) {
        self.lines += count;
    }

    fn missed(&mut self, _line: &[u8]) {
        self.missed += 1;
    }
}

/// A start of each form, so that there is a reader for each.
const STARTS: [&[u8]; 4] = [
    b"# User@Host: a[a] @ h []\n# Query_time: 1.0  Lock_time: 0.0 Rows_sent: 0  Rows_examined: 0\nSET timestamp=1;\nselect 1;\n",
    b"261124 16:13:36\t     3 Quit\t\n",
    b"2026-11-24 16:29:51 15 [ERROR] mariadbd: The table 'm' is full\n",
    b"{ \"msg\" : \"x\", \"label\" : \"Note\" }\n",
];

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
    for format in MySql.log_formats() {
        let _ = (format.detect)(bytes);
        let Some(reader) = STARTS.iter().find_map(|start| Some((format.detect)(start)?.reader)) else {
            panic!("{}", format.id)
        };
        let mut whole = Heard::default();
        reader.read(bytes, &Context::default(), &mut whole);
        assert!(whole.missed <= whole.lines);
        let pieces = in_pieces(&*reader, bytes, usize::from(size) * 4 + 20);
        assert_eq!(whole.statements, pieces.statements);
        assert_eq!(whole.happenings, pieces.happenings);
        assert_eq!(whole.lines, pieces.lines);
    }
});
