//! Any text is read as a document as far as it is one; what is read does not reach beyond the text.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Some(document) = dbwright_reading::shell::read(text) {
        assert!(document.length <= text.len() && text.is_char_boundary(document.length));
    }
    let document = dbwright_reading::shell::read_fields(text);
    assert!(document.length <= text.len() && text.is_char_boundary(document.length));
});
