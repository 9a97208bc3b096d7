//! Tables of clients: whatever stands there, rows are no longer than the header and lines lie within the text.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let lines: Vec<&str> = text.lines().collect();
    for table in dbwright_reading::table::tables(&lines, &|header| header.len() < 20) {
        assert!(table.lines.start < table.lines.end && table.lines.end <= lines.len());
        assert!(table.rows.iter().all(|row| row.cells.len() <= table.header.len() && row.line < lines.len()));
    }
});
