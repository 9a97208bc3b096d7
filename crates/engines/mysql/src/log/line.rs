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

/// Where the last record starts, so that what is before it is whole; 0 when none is known to be.
pub(super) fn last(text: &[u8], is_start: impl Fn(usize) -> bool) -> usize {
    // The last line may be cut: what it is cannot be told.
    let mut start = memchr::memrchr(b'\n', text).map_or(0, |newline| newline + 1);
    while start > 0 {
        start = before(text, start).unwrap_or(0);
        if is_start(start) {
            break;
        }
    }
    start
}

/// Whether there is nothing to read in it.
pub(super) fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii_start().is_empty()
}
