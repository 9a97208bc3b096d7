//! Tokens cover every byte of any text, and no string survives redaction.
#![no_main]

use dbwright_model::Redaction;
use dbwright_sql::{Dialect, TokenKind, Tokens, redact};

libfuzzer_sys::fuzz_target!(|text: &str| {
    for dialect in [Dialect::Postgres, Dialect::MySql] {
        assert_eq!(Tokens::new(text, dialect).map(|token| token.text.len()).sum::<usize>(), text.len());
        let shown = redact(text, dialect, Redaction::Literals);
        let survivor = Tokens::new(shown.as_str(), dialect).find(|token| token.kind == TokenKind::String);
        assert_eq!(survivor, None, "{text:?} became {shown:?}");
    }
});
