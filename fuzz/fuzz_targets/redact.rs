//! Tokens cover every byte of any text, and no quoted literal survives redaction.
#![no_main]

use dbwright_model::Redaction;
use dbwright_sql::{Dialect, Tokens, redact};

libfuzzer_sys::fuzz_target!(|text: &str| {
    for dialect in [Dialect::Postgres, Dialect::MySql] {
        assert_eq!(Tokens::new(text, dialect).map(|token| token.text.len()).sum::<usize>(), text.len());
        let shown = redact(text, dialect, Redaction::Literals);
        assert!(!shown.as_str().contains('\''), "{text:?} became {shown:?}");
    }
});
