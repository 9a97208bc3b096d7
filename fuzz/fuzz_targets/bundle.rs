//! Any text is read as a bundle or refused; what is read is written again unchanged.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(case) = dbwright_model::bundle::read(text) {
        let mut out = Vec::new();
        dbwright_model::bundle::write(&case, &mut out).expect("a vector takes everything");
        let again = dbwright_model::bundle::read(std::str::from_utf8(&out).expect("json is text")).expect("our own bundle");
        assert_eq!(case.section_ids().collect::<Vec<_>>(), again.section_ids().collect::<Vec<_>>());
    }
});
