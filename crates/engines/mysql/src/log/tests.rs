//! What holds for every form.

use dbwright_model::log::{Context, Reader};
use proptest::prelude::*;

use super::heard::{self, Heard};
use super::*;

const LOGS: [(&str, &str); 10] = [
    ("mysql-slow", include_str!("../../tests/logs/slow-mariadb-10.11.log")),
    ("mysql-slow", include_str!("../../tests/logs/slow-mysql-9.log")),
    ("mysql-slow", include_str!("../../tests/logs/slow-percona-written.log")),
    ("mysql-slow", include_str!("../../tests/logs/slow-mysql-5.6-written.log")),
    ("mysql-general", include_str!("../../tests/logs/general-mariadb-10.11.log")),
    ("mysql-general", include_str!("../../tests/logs/general-mysql-9.log")),
    ("mysql-error", include_str!("../../tests/logs/error-mariadb-10.11.log")),
    ("mysql-error", include_str!("../../tests/logs/error-mysql-9.log")),
    ("mysql-error", include_str!("../../tests/logs/error-written.log")),
    ("mysql-error-json", include_str!("../../tests/logs/error-mysql-9.json")),
];

fn readers() -> Vec<(&'static str, Box<dyn Reader>)> {
    FORMATS
        .iter()
        .map(|format| {
            let (_, log) = LOGS.iter().find(|(id, _)| *id == format.id).unwrap();
            (format.id, (format.detect)(log.as_bytes()).unwrap().reader)
        })
        .collect()
}

#[test]
fn each_log_is_claimed_by_its_form_alone() {
    for (id, log) in LOGS {
        let claims = FORMATS.iter().filter(|format| (format.detect)(log.as_bytes()).is_some());
        assert_eq!(claims.map(|format| format.id).collect::<Vec<_>>(), [id]);
    }
}

#[test]
fn no_secret_is_told_but_in_statements() {
    for (id, reader) in readers() {
        for (_, log) in LOGS.iter().filter(|(of, _)| *of == id) {
            let heard = heard::all(&*reader, log.as_bytes());
            let others = format!("{:?}", heard.happenings);
            assert!(!others.contains("secret") && !others.contains("Duplicate"), "{id}");
        }
    }
}

/// What is the same however the log was cut: of a general log, who a session is is not.
fn lasting(heard: Heard) -> Heard {
    Heard { events: Vec::new(), missed: Vec::new(), ..heard }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_bytes_are_read(bytes: Vec<u8>) {
        for (_, reader) in readers() {
            heard::all(&*reader, &bytes);
            reader.after(&bytes, &Context::default());
            prop_assert!(reader.whole(&bytes) <= bytes.len());
        }
        for format in FORMATS {
            (format.detect)(&bytes);
        }
    }

    #[test]
    fn damaged_logs_are_read_alike_in_any_pieces(
        log in 0..LOGS.len(),
        start in any::<prop::sample::Index>(),
        damages in prop::collection::vec((any::<prop::sample::Index>(), 0usize..60, "[\n\t #;:a-z0-9\\[\\]\"'`*]{0,12}"), 0..5),
        size in 50usize..4000,
    ) {
        let (id, text) = LOGS[log];
        let start = start.index(text.len());
        let mut bytes = text.as_bytes()[start..(start + 12_000).min(text.len())].to_vec();
        for (at, removed, put) in damages {
            let at = at.index(bytes.len().max(1)).min(bytes.len());
            let end = (at + removed).min(bytes.len());
            bytes.splice(at..end, put.bytes());
        }
        let (_, reader) = readers().into_iter().find(|(of, _)| *of == id).unwrap();
        let whole = lasting(heard::all(&*reader, &bytes));
        let pieces = lasting(heard::pieces(&*reader, &bytes, size));
        prop_assert!(pieces == whole, "{} at {}", id, size);
    }
}
