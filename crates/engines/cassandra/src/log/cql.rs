//! Statements as the server prints them, so that what reads SQL reads them: literals that SQL does not have are put
//! between quotes (uuids, blobs, durations).

/// The statement, with literals of CQL quoted; the scratch is used only when there are some.
pub(super) fn quoted<'s>(text: &'s [u8], scratch: &'s mut Vec<u8>) -> &'s [u8] {
    scratch.clear();
    let (mut at, mut copied) = (0, 0);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\'' | b'"' => {
                // Doubled quotes are two texts side by side.
                let end = memchr::memchr(byte, &text[at + 1..]);
                at = end.map_or(text.len(), |end| at + end + 2);
            }
            _ if byte.is_ascii_alphanumeric() || byte == b'_' => {
                let length = literal(&text[at..]);
                let word = text[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
                if length > 0 {
                    scratch.extend_from_slice(&text[copied..at]);
                    scratch.push(b'\'');
                    scratch.extend_from_slice(&text[at..at + length]);
                    scratch.push(b'\'');
                    copied = at + length;
                }
                at += length.max(word);
            }
            _ => at += 1,
        }
    }
    if copied == 0 {
        return text;
    }
    scratch.extend_from_slice(&text[copied..]);
    scratch
}

/// Bytes of the literal that only CQL has and that the text starts with; 0 when it starts with none.
fn literal(text: &[u8]) -> usize {
    let word = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let groups = [8, 4, 4, 4, 12];
    let mut at = 0;
    let uuid = groups.iter().enumerate().all(|(number, length)| {
        let group = text.get(at..at + length).is_some_and(|group| group.iter().all(u8::is_ascii_hexdigit));
        let end = at + length;
        let dash = if number < 4 { text.get(end) == Some(&b'-') } else { word(&text[end.min(text.len())..]) == 0 };
        at = end + usize::from(number < 4);
        group && dash
    });
    if uuid {
        return 36;
    }
    let length = word(text);
    let starts_with_digit = text.first().is_some_and(u8::is_ascii_digit);
    // `0xcafe`, `1h30m`; `1e5` and `12` are numbers in SQL, too.
    let letters = text[..length].iter().any(|byte| byte.is_ascii_alphabetic());
    let number = text[..length].iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'e' | b'E'));
    if starts_with_digit && letters && !number { length } else { 0 }
}

/// The table that a statement names behind FROM, INTO or UPDATE: `keyspace.table`.
pub(super) fn table(text: &[u8]) -> &[u8] {
    for word in [&b" FROM "[..], b"INSERT INTO ", b"UPDATE ", b" INTO "] {
        if let Some(at) = memchr::memmem::find(text, word) {
            return name(&text[at + word.len()..]);
        }
    }
    b""
}

/// The name at the start: letters, digits, `_`, and a dot between keyspace and table.
pub(super) fn name(text: &[u8]) -> &[u8] {
    let length = text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')).count();
    text[..length].strip_suffix(b".").unwrap_or(&text[..length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_of_cql_are_quoted() {
        for (text, expected) in [
            (
                "SELECT * FROM k.t WHERE id = 550e8400-e29b-41d4-a716-446655440000 AND a = 1",
                "SELECT * FROM k.t WHERE id = '550e8400-e29b-41d4-a716-446655440000' AND a = 1",
            ),
            ("a = 0xCAFE AND b = 1h30m AND c = 12 AND d = 1e5", "a = '0xCAFE' AND b = '1h30m' AND c = 12 AND d = 1e5"),
            ("a = 'it''s 0xCAFE' AND \"0xCAFE\" = 5", "a = 'it''s 0xCAFE' AND \"0xCAFE\" = 5"),
            ("a1 = 'x", "a1 = 'x"),
            ("", ""),
        ] {
            let mut scratch = Vec::new();
            assert_eq!(std::str::from_utf8(quoted(text.as_bytes(), &mut scratch)).unwrap(), expected);
        }
        assert_eq!(table(b"SELECT * FROM lesson.queue WHERE shard = 1"), b"lesson.queue");
        assert_eq!(table(b"UPDATE k.t SET a = 1"), b"k.t");
    }
}
