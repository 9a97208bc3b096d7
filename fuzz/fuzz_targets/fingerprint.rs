//! Any bytes have a fingerprint and tags; what is shown has the fingerprint of what it stands for, and no literal.
#![no_main]

use dbwright_sql::{Dialect, fingerprint, shape, tags};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    tags(bytes).count();
    for dialect in [Dialect::Postgres, Dialect::MySql] {
        let scan = fingerprint(bytes, dialect);
        let Ok(text) = std::str::from_utf8(bytes) else { continue };
        let shown = shape(text, dialect);
        let again = fingerprint(shown.as_str().as_bytes(), dialect);
        assert_eq!(scan.fingerprint, again.fingerprint, "{text:?} became {shown:?}");
        assert_eq!(shape(shown.as_str(), dialect), shown, "{text:?}");
        assert!(again.complete && !again.comments, "{text:?} became {shown:?}");
    }
});
