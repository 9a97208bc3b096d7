//! What a server writes into its slow and general logs when it opens them:
//!
//! ```text
//! /usr/sbin/mysqld, Version: 8.0.36 (Debian). started with:
//! Tcp port: 3306  Unix socket: /run/mysqld/mysqld.sock
//! Time                 Id Command    Argument
//! ```

use super::line;

/// Whether a banner starts with the line that starts there.
pub(super) fn starts(text: &[u8], start: usize) -> bool {
    let (first, next) = line::at(text, start);
    first.ends_with(b"started with:") && is_port(line::at(text, next).0)
}

/// Whether the line is of a banner.
pub(super) fn is_line(line: &[u8]) -> bool {
    is_port(line)
        || is_heading(line)
        || (line.ends_with(b"started with:") && memchr::memmem::find(line, b", Version: ").is_some())
}

/// Whether the line heads the columns, as the last of a banner.
pub(super) fn is_heading(line: &[u8]) -> bool {
    line.starts_with(b"Time ") && line.ends_with(b"Argument")
        || line.starts_with(b"Time\t") && line.ends_with(b"Argument")
}

fn is_port(line: &[u8]) -> bool {
    line.starts_with(b"Tcp port: ") || line.starts_with(b"TCP Port: ")
}

/// The version it tells: `10.11.19-MariaDB-log`.
pub(super) fn version(line: &[u8]) -> Option<&[u8]> {
    let start = memchr::memmem::find(line, b", Version: ")? + 11;
    let length = memchr::memchr(b' ', &line[start..])?;
    line.ends_with(b"started with:").then(|| &line[start..start + length])
}
