use dbwright_model::log::{Context, Event, Reader, Said, Sink, What};
use proptest::prelude::*;

use super::*;

/// Recorded by scripts/record-cassandra-logs.sh; the one of version 3 is after its documentation.
const RECORDED: &[&str] = &[
    include_str!("../../tests/logs/cassandra-5-debug.log"),
    include_str!("../../tests/logs/cassandra-5-system.log"),
    include_str!("../../tests/logs/cassandra-3.log"),
];

#[derive(Default, Debug, PartialEq)]
struct Heard {
    told: Vec<String>,
    statements: u64,
    nanos: u64,
    lines: u64,
    missed: Vec<String>,
}

impl Sink for Heard {
    fn event(&mut self, event: &Event<'_>) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let said = |said: Said<'_>| match said {
            Said::Shaped { .. } => panic!(),
            Said::Sql(sql) => text(sql),
        };
        let what = match event.what {
            What::Statement(statement) => {
                self.statements += 1;
                self.nanos += statement.duration.unwrap();
                format!("{} {}ms", said(statement.said), statement.duration.unwrap() / 1_000_000)
            }
            What::Happening(happening) => {
                let of = happening.said.map(said).unwrap_or_default();
                format!("! {} {} {:?} {of}", happening.class.id, text(happening.object), happening.measure)
            }
            _ => return,
        };
        self.told.push(format!("{}|{what}|{}", event.at.unwrap() / 1_000_000 % 1_000, text(event.database)));
    }
    fn lines(&mut self, count: u64) {
        self.lines += count;
    }
    fn missed(&mut self, line: &[u8]) {
        self.missed.push(String::from_utf8_lossy(line).into_owned());
    }
}

fn reader() -> Box<dyn Reader> {
    (line::FORMAT.detect)(RECORDED[0].as_bytes()).unwrap().reader
}

fn read(text: &[u8]) -> Heard {
    let mut heard = Heard::default();
    reader().read(text, &Context::default(), &mut heard);
    heard
}

#[test]
fn every_line_is_understood() {
    for text in RECORDED {
        assert_eq!((line::FORMAT.detect)(text.as_bytes()).unwrap().understood, 1.0);
        let heard = read(text.as_bytes());
        let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
        assert_eq!((heard.lines as usize, heard.missed), (lines, Vec::new()));
    }
    for foreign in ["", "INFO\n", "INFO [main] x\n", "[2024-05-01T10:00:00,000][INFO ][x] y", "INFO:root:2024"] {
        assert!((line::FORMAT.detect)(foreign.as_bytes()).is_none(), "{foreign}");
    }
}

#[test]
fn operations_and_their_times_are_those_of_a_dumb_reader() {
    let (mut statements, mut millis) = (0, 0);
    for line in RECORDED[0].lines().filter(|line| line.starts_with('<')) {
        let number = |text: &str| text.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse::<u64>().unwrap();
        match line.rsplit_once(">, was slow ") {
            Some((_, told)) => {
                statements += number(told);
                millis += number(told) * number(told.split("max ").nth(1).unwrap());
            }
            None => {
                statements += 1;
                millis += number(line.rsplit_once(">, time ").unwrap().1);
            }
        }
    }
    let heard = read(RECORDED[0].as_bytes());
    assert!(statements > 100);
    // A mean that was rounded down may be less than least and most say.
    let excess = heard.nanos - millis * 1_000_000;
    assert_eq!((heard.statements, excess < 1_000_000 * 20), (statements, true), "{excess}");
}

#[test]
fn what_befell_the_server() {
    for text in &RECORDED[..2] {
        let heard = read(text.as_bytes());
        let count = |class: &str| heard.told.iter().filter(|told| told.contains(class)).count();
        let says = |words: &str| text.matches(words).count();
        assert_eq!(count("! gc-pause"), says(" GC in "));
        assert_eq!(count("! tombstones-read lesson.queue"), says("tombstone cells for query"));
        assert_eq!(count("! tombstones-exceeded lesson.queue Some(201) SELECT id"), 0);
        assert_eq!(count("! tombstones-exceeded lesson.queue Some(201) SELECT * FROM"), 1);
        assert_eq!(count("! large-batch lesson.people"), says("Batch for ["));
        assert_eq!(count("! large-partition"), says("Guardrail partition_size"));
        assert_eq!(
            (count("! aggregation-of-table"), count("! error"), count("! warning")),
            (1, 0, 0),
            "{:#?}",
            heard.told
        );
    }
    assert_eq!(read(RECORDED[1].as_bytes()).told[0], "444|! started  None |");
}

#[test]
fn messages_of_version_3() {
    assert_eq!(
        read(RECORDED[2].as_bytes()).told,
        [
            "405|SELECT * FROM shop.orders WHERE id = '550e8400-e29b-41d4-a716-446655440000' AND note = 'planted > secret' LIMIT 100 1001ms|shop",
            "410|SELECT * FROM shop.orders WHERE kind = 'planted-secret' LIMIT 5000 5011ms|shop",
            "410|! statement-timeout shop.orders None SELECT * FROM shop.orders WHERE kind = 'planted-secret' LIMIT 5000|shop",
            "411|! dropped-messages MUTATION Some(15) |",
            "412|! large-partition shop/events Some(109576192) |shop",
            "413|! tombstones-read shop.queue Some(1002) SELECT * FROM shop.queue WHERE shard = 'planted-secret' LIMIT 10|shop",
            "414|! stall  Some(6123) |",
            "415|! node-failing  None |",
            "416|! large-batch shop.people Some(13320) |shop",
            "417|! disk-full  None |",
        ]
    );
}

#[test]
fn a_damaged_record_costs_itself() {
    for text in RECORDED {
        let whole = read(text.as_bytes());
        let mut lines: Vec<&str> = text.lines().collect();
        lines[0] = "INFO  [main] 2024-13-01 10:00:00,000 x";
        let heard = read(lines.join("\n").as_bytes());
        assert!(heard.told.len() + 15 >= whole.told.len() && !heard.missed.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), byte in any::<u8>(), cql in "[a-f0-9'\"xh -]{0,60}") {
        cql::quoted(cql.as_bytes(), &mut Vec::new());
        read(&bytes);
        for text in RECORDED {
            let mut text = text.as_bytes().to_vec();
            let at = at.index(text.len());
            text[at] = byte;
            read(&text);
            (line::FORMAT.detect)(&text[..at]);
        }
    }

    #[test]
    fn cuts_between_records_change_nothing(at in any::<prop::sample::Index>()) {
        for text in RECORDED {
            let bytes = text.as_bytes();
            let (head, tail) = bytes.split_at(reader().whole(&bytes[..at.index(bytes.len())]));
            let mut heard = Heard::default();
            for part in [head, tail] {
                reader().read(part, &Context::default(), &mut heard);
            }
            prop_assert_eq!(heard, read(bytes));
        }
    }
}
