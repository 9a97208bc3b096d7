//! CloudNativePG: `{"level":"info",…,"logger":"postgres","msg":"record","record":{…}}`, where the record has the columns of
//! csvlog under names of its own. It becomes a line of PostgreSQL's jsonlog.

use memchr::memmem;

use super::escapes::string_end;
use super::{Escapes, Piece, Taken, Unwrap};

/// Its names, those of jsonlog, and whether they are numbers there.
const NAMES: [(&[u8], &str, bool); 24] = [
    (b"log_time", "timestamp", false),
    (b"user_name", "user", false),
    (b"database_name", "dbname", false),
    (b"process_id", "pid", true),
    (b"connection_from", "remote_host", false),
    (b"session_id", "session_id", false),
    (b"session_line_num", "line_num", true),
    (b"command_tag", "ps", false),
    (b"session_start_time", "session_start", false),
    (b"virtual_transaction_id", "vxid", false),
    (b"transaction_id", "txid", true),
    (b"error_severity", "error_severity", false),
    (b"sql_state_code", "state_code", false),
    (b"message", "message", false),
    (b"detail", "detail", false),
    (b"hint", "hint", false),
    (b"internal_query", "internal_query", false),
    (b"internal_query_pos", "internal_position", true),
    (b"context", "context", false),
    (b"query", "statement", false),
    (b"query_pos", "cursor_position", true),
    (b"application_name", "application_name", false),
    (b"backend_type", "backend_type", false),
    (b"query_id", "query_id", true),
];

pub(super) struct Cnpg;

impl Unwrap for Cnpg {
    fn take<'a>(&self, line: &'a [u8], _stamps: bool, tell: &mut dyn FnMut(Piece<'a>)) -> Taken {
        let (Some(logger), true) = (memmem::find(line, b"\"logger\":\""), line.starts_with(b"{\"level\":")) else {
            // What runs beside the manager, such as the server's start, prints plain lines.
            return if line.starts_with(b"{") { Taken::Foreign } else { Taken::Not };
        };
        let by = &line[logger + b"\"logger\":\"".len()..];
        if !by.starts_with(b"postgres\"") && !by.starts_with(b"pgaudit\"") {
            return Taken::Foreign;
        }
        let Some(record) = memmem::find(line, b"\"record\":{") else { return Taken::Foreign };
        let text = &line[record + b"\"record\":{".len()..];
        tell(Piece { text, escapes: Escapes::Record, ..Piece::default() });
        Taken::Pieces
    }
}

/// Writes the record, from behind its opening brace, as a line of jsonlog.
pub(super) fn record(mut text: &[u8], to: &mut Vec<u8>) {
    to.push(b'{');
    let mut first = true;
    loop {
        text = text.trim_ascii_start();
        text = text.strip_prefix(b",").unwrap_or(text).trim_ascii_start();
        let Some(rest) = text.strip_prefix(b"\"") else { break };
        let Some(end) = string_end(rest) else { break };
        let name = &rest[..end];
        let Some(value) = rest[end + 1..].trim_ascii_start().strip_prefix(b":") else { break };
        let value = value.trim_ascii_start();
        let (value, quoted, behind) = match value.strip_prefix(b"\"") {
            Some(inside) => match string_end(inside) {
                Some(end) => (&inside[..end], true, &inside[end + 1..]),
                None => break,
            },
            None => match value.iter().position(|byte| matches!(byte, b',' | b'}')) {
                Some(end) => (value[..end].trim_ascii_end(), false, &value[end..]),
                None => break,
            },
        };
        text = behind;
        let Some((_, name, number)) = NAMES.iter().find(|(theirs, ..)| *theirs == name) else { continue };
        if value.is_empty() || value == b"null" {
            continue;
        }
        if !std::mem::take(&mut first) {
            to.push(b',');
        }
        to.push(b'"');
        to.extend_from_slice(name.as_bytes());
        to.extend_from_slice(b"\":");
        let bare = !quoted || (*number && value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-'));
        for part in [if bare { &b""[..] } else { b"\"" }, value, if bare { b"" } else { b"\"" }] {
            to.extend_from_slice(part);
        }
    }
    to.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_becomes_a_line_of_jsonlog() {
        let mut line = Vec::new();
        record(
            br#""log_time":"2026-11-24 12:00:00.123 UTC","process_id":"12","detail":"","message":"a \"b\"","new":{}}}"#,
            &mut line,
        );
        let expected = r#"{"timestamp":"2026-11-24 12:00:00.123 UTC","pid":12,"message":"a \"b\""}"#;
        assert_eq!(String::from_utf8_lossy(&line), expected);
    }
}
