//! Logs of Elasticsearch and OpenSearch: slow logs of searches and of indexing, and the server's log, each as text and as
//! JSON (the older layout and that of ECS).

mod event;
mod json;
mod shape;
mod text;

use dbwright_model::log::LogFormat;

/// The forms this room reads.
pub(crate) static FORMATS: &[&LogFormat] = &[&json::FORMAT, &text::FORMAT];

/// Records begin so at the start of a line; what follows on lines of its own belongs to them.
fn records(bytes: &[u8], begins: fn(&[u8]) -> bool) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let next = memchr::memchr_iter(b'\n', rest).find(|at| begins(&rest[at + 1..]));
        let (record, after) = rest.split_at(next.map_or(rest.len(), |at| at + 1));
        rest = after;
        Some(record)
    })
}

/// Where the last record begins.
fn last(bytes: &[u8], begins: fn(&[u8]) -> bool) -> usize {
    let mut end = bytes.len();
    while let Some(at) = memchr::memrchr(b'\n', &bytes[..end]) {
        if begins(&bytes[at + 1..]) {
            return at + 1;
        }
        end = at;
    }
    0
}

/// Lines that are not blank.
fn lines(record: &[u8]) -> impl Iterator<Item = &[u8]> {
    record.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty())
}

#[cfg(test)]
mod tests;
