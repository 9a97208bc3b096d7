//! Tokens cover every byte of any text, no string survives redaction, and every parameter stands for something.
#![no_main]

use dbwright_model::Redaction;
use dbwright_sql::{Dialect, TokenKind, Tokens, redact};

libfuzzer_sys::fuzz_target!(|text: &str| {
    for dialect in [Dialect::Postgres, Dialect::MySql] {
        assert_eq!(Tokens::new(text, dialect).map(|token| token.text.len()).sum::<usize>(), text.len());
        let shown = redact(text, dialect, Redaction::Literals);
        let survivor = Tokens::new(shown.as_str(), dialect).find(|token| token.kind == TokenKind::String);
        assert_eq!(survivor, None, "{text:?} became {shown:?}");
        let asked = Tokens::new(text, dialect).filter(|token| token.kind == TokenKind::Parameter).count();
        assert_eq!(dbwright_sql::parameters::parameters(text, dialect).1.len(), asked);
    }
});
