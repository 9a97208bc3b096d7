//! Any text is a statement that is understood, or an error with a place in the text.
#![no_main]

use dbwright_sql::Dialect;
use dbwright_sql::statement::{NoNames, NotUnderstood, understand};

libfuzzer_sys::fuzz_target!(|text: &str| {
    for dialect in [Dialect::Postgres, Dialect::MySql] {
        match understand(text, dialect, &NoNames) {
            Ok(found) => {
                for relation in &found.relations {
                    assert!(relation.block < found.blocks.len());
                    assert!(relation.predicates.iter().all(|predicate| !predicate.columns.is_empty()));
                }
            }
            Err(NotUnderstood::Empty) => {}
            Err(
                NotUnderstood::Several { at }
                | NotUnderstood::CutOff { at }
                | NotUnderstood::Grammar { at, .. }
                | NotUnderstood::TooMuch { at, .. },
            ) => assert!(at <= text.len()),
        }
    }
});
