//! Lines of a text.

/// The line that starts there, without its end, and where the next one starts.
pub(super) fn at(text: &[u8], start: usize) -> (&[u8], usize) {
    let rest = &text[start..];
    match memchr::memchr(b'\n', rest) {
        Some(end) => (bare(&rest[..end]), start + end + 1),
        None => (bare(rest), text.len()),
    }
}

/// Where the line before the one that starts there starts; `None` at the start of the text.
pub(super) fn before(text: &[u8], start: usize) -> Option<usize> {
    let end = start.checked_sub(1)?;
    Some(memchr::memrchr(b'\n', &text[..end]).map_or(0, |newline| newline + 1))
}

fn bare(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}
