//! Logs of Redis and Valkey: captures of MONITOR, the slow log as redis-cli prints it, the server's log.

mod monitor;
mod server;
mod shape;
mod slowlog;

use dbwright_model::log::LogFormat;

/// The forms this room reads.
pub(crate) static FORMATS: &[&LogFormat] =
    &[&server::FORMAT, &monitor::FORMAT, &slowlog::PRINTED, &slowlog::JSON, &slowlog::RAW];

/// The lines of a text, without their ends.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = 0;
    let ends = memchr::memchr_iter(b'\n', bytes).chain(std::iter::once(bytes.len()));
    ends.map(move |end| {
        let line = bytes.get(at..end).unwrap_or_default();
        at = end + 1;
        line.strip_suffix(b"\r").unwrap_or(line)
    })
}

/// Whole lines of a sample: the last may be cut.
fn whole_lines(sample: &[u8]) -> &[u8] {
    let end = memchr::memrchr(b'\n', sample).unwrap_or(sample.len());
    &sample[..end]
}

/// What stands between quotes at the start, escapes left in, and what comes behind. Valkey 8.1 does not escape quotes:
/// the last one is that before the end of the line or before the next word.
fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_prefix(b"\"")?;
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'\\' {
            at += 2;
            continue;
        }
        let behind = &text[at + 1..];
        if behind.is_empty() || behind.starts_with(b" \"") || behind == b" " {
            return Some((&text[..at], behind));
        }
        at += 1;
    }
}

/// The host of `127.0.0.1:4711` or `[::1]:4711`.
fn host(address: &[u8]) -> &[u8] {
    memchr::memrchr(b':', address).map_or(address, |at| &address[..at])
}

/// What one types into redis-cli before it answers, and its word that it listens.
fn chatter(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let asks = |text: &[u8]| {
        let word = text.split(|byte| *byte == b' ').next().unwrap_or_default();
        [&b"slowlog"[..], b"monitor", b"commandlog", b"redis-cli", b"valkey-cli"]
            .iter()
            .any(|known| word.eq_ignore_ascii_case(known))
    };
    let behind_prompt = memchr::memmem::find(line, b"> ").map(|at| &line[at + 2..]);
    line == b"OK" || asks(line) || behind_prompt.is_some_and(asks) || asks(line.strip_prefix(b"$ ").unwrap_or_default())
}

#[cfg(test)]
mod tests;
