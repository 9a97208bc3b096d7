//! The pattern of names that programs make up: keys, paths, names of temporary things. What varies from one to the next
//! (numbers, hashes, identifiers, addresses) gives way to a placeholder; what is said by people stays.

/// A part longer than this was not written to be read.
const LONGEST: usize = 64;

/// Adds the pattern of a name: `user:42:cart` is `user:{n}:cart`.
pub fn push(out: &mut String, name: &[u8]) {
    let mut rest = name;
    while let Some(&byte) = rest.first() {
        if let Some(length) = uuid(rest) {
            out.push_str("{uuid}");
            rest = &rest[length..];
        } else if byte.is_ascii_alphanumeric() {
            let length = rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
            let address = address(rest, length);
            match address {
                Some(_) => out.push_str("{address}"),
                None => word(out, &rest[..length]),
            }
            rest = &rest[address.unwrap_or(length)..];
        } else if byte.is_ascii_graphic() {
            out.push(char::from(byte));
            rest = &rest[1..];
        } else {
            // Blanks, other alphabets, bytes: no name of a thing but a text, up to its end.
            let length = rest.iter().position(u8::is_ascii_punctuation).unwrap_or(rest.len());
            out.push_str("{text}");
            rest = &rest[length..];
        }
    }
}

/// A mail address starts here: how long it is.
fn address(rest: &[u8], first: usize) -> Option<usize> {
    // Most words are followed by nothing that can be in an address.
    if !matches!(rest.get(first), Some(b'@' | b'.' | b'+' | b'-' | b'_' | b'%')) {
        return None;
    }
    let local = |byte: &u8| byte.is_ascii_alphanumeric() || b".+-_%".contains(byte);
    let at = rest.iter().take(LONGEST).position(|byte| !local(byte))?;
    if rest.get(at) != Some(&b'@') {
        return None;
    }
    let host = |byte: &&u8| byte.is_ascii_alphanumeric() || b".-".contains(byte);
    let length = rest[at + 1..].iter().take_while(host).count();
    rest[at + 1..at + 1 + length].contains(&b'.').then_some(at + 1 + length)
}

fn uuid(rest: &[u8]) -> Option<usize> {
    let whole = rest.get(..36)?;
    let fits = |(at, byte): (usize, &u8)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    let ends = !rest.get(36).is_some_and(u8::is_ascii_alphanumeric);
    (ends && whole.iter().enumerate().all(fits)).then_some(36)
}

fn word(out: &mut String, word: &[u8]) {
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    let trailing = word.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let hex = word.iter().all(u8::is_ascii_hexdigit);
    let upper = word.iter().filter(|byte| byte.is_ascii_uppercase()).count();
    let mixed = upper > 0 && word[1..].iter().any(u8::is_ascii_lowercase) && upper * 5 > word.len();
    if digits == word.len() {
        out.push_str("{n}");
    } else if hex && digits > 0 && word.len() >= 8 {
        out.push_str("{hex}");
    } else if word.len() > LONGEST
        || (word.len() >= 16 && digits > trailing && digits >= 2)
        || (word.len() >= 20 && mixed && digits > 0)
    {
        out.push_str("{id}");
    } else {
        let number = trailing >= 2 || (trailing == 1 && !word.starts_with(b"v"));
        let name = &word[..word.len() - if number { trailing } else { 0 }];
        out.extend(name.iter().map(|byte| char::from(*byte)));
        if number {
            out.push_str("{n}");
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_varies_gives_way() {
        for (name, pattern) in [
            ("user:42:cart", "user:{n}:cart"),
            ("session:9f86d081884c7d65", "session:{hex}"),
            ("job/550e8400-e29b-41d4-a716-446655440000/state", "job/{uuid}/state"),
            ("v1:user7:q_12", "v1:user{n}:q_{n}"),
            ("tok:aZ3kQ9xP2mV7bN4c", "tok:{id}"),
            ("mail:ann.smith@example.com:inbox", "mail:{address}:inbox"),
            ("name:Jörg Müller", "name:J{text}"),
            ("cache:orders.by_status", "cache:orders.by_status"),
            ("{tenant3}.counter", "{tenant{n}}.counter"),
            ("resque:delayed:1714557600", "resque:delayed:{n}"),
            ("facade", "facade"),
            ("", ""),
        ] {
            let mut out = String::new();
            super::push(&mut out, name.as_bytes());
            assert_eq!(out, pattern, "{name}");
        }
    }
}
