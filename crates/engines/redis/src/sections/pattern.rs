//! Key names as patterns: `session:4f1c…:cart` becomes `session:*:cart`.

/// Characters that separate the segments of a key name.
const SEPARATORS: [char; 4] = [':', '/', '|', '.'];

/// A name cut into segments, each but the last with the separator behind it.
pub(crate) fn segments(key: &[u8]) -> Vec<String> {
    let Ok(text) = std::str::from_utf8(key) else { return vec!["*".to_owned()] };
    if text.len() > 512 || text.chars().any(char::is_control) {
        return vec!["*".to_owned()];
    }
    // The dots of a mail address separate nothing.
    let separates = |c: char| SEPARATORS.contains(&c) && !(c == '.' && text.contains('@'));
    text.split_inclusive(separates).map(generalized).collect()
}

/// The pattern of one key by its own looks, without knowing its siblings.
pub fn of(key: &[u8]) -> String {
    segments(key).concat()
}

/// The segment with what identifies one object replaced by `*`; braces of hash tags stay.
fn generalized(segment: &str) -> String {
    let separator = segment.chars().next_back().filter(|last| SEPARATORS.contains(last));
    let body = &segment[..segment.len() - separator.map_or(0, char::len_utf8)];
    let (open, inner, close) = match body.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(inner) => ("{", inner, "}"),
        None => ("", body, ""),
    };
    let mut out = String::from(open);
    match identifies(inner) {
        true => out.push('*'),
        false => digits_out(inner, &mut out),
    }
    out.push_str(close);
    out.extend(separator);
    out
}

/// Whether the whole segment names one object: a number, a UUID, a hash, a token, an address.
fn identifies(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let hex = text.bytes().filter(u8::is_ascii_hexdigit).count();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    let mixed_case = text.bytes().any(|b| b.is_ascii_uppercase()) && text.bytes().any(|b| b.is_ascii_lowercase());
    let rest = text.len() - digits - letters;
    let separators = text.bytes().filter(|b| b"-_+ ".contains(b)).count();
    let only_number = digits > 0 && digits + separators == text.len();
    let hexadecimal = digits > 0 && hex + separators == text.len() && hex >= 8;
    let token = text.len() >= 16 && digits >= 3 && rest <= 4 || (text.len() >= 20 && mixed_case && digits > 0);
    only_number
        || hexadecimal
        || token
        || text.contains('@')
        || text.contains('%')
        || !text.is_ascii()
        || text.len() > 64
}

/// Runs of digits become `*`, except in a version (`v2`).
fn digits_out(text: &str, out: &mut String) {
    let version = text.len() <= 3 && text.starts_with(['v', 'V']) && text[1..].bytes().all(|b| b.is_ascii_digit());
    let mut in_digits = false;
    for c in text.chars() {
        match c.is_ascii_digit() && !version {
            true if in_digits => {}
            true => out.push('*'),
            false => out.push(c),
        }
        in_digits = c.is_ascii_digit();
    }
}

/// More distinct words than this at one place are identifiers that only look like words (user names, slugs).
const MOST_WORDS: usize = 40;

/// Replaces words by `*` where so many different ones stand at the same place that they must be identifiers.
pub(crate) fn collapse(keys: &mut [Vec<String>]) {
    use std::collections::{BTreeMap, BTreeSet};
    let longest = keys.iter().map(Vec::len).max().unwrap_or(0);
    for at in 0..longest {
        let mut words: BTreeMap<(String, usize), BTreeSet<&str>> = BTreeMap::new();
        for key in keys.iter().filter(|key| key.len() > at) {
            words.entry((key[..at].concat(), key.len())).or_default().insert(&key[at]);
        }
        let crowded: BTreeSet<(String, usize)> =
            words.into_iter().filter(|(_, words)| words.len() > MOST_WORDS).map(|(place, _)| place).collect();
        if crowded.is_empty() {
            continue;
        }
        for key in keys.iter_mut().filter(|key| key.len() > at) {
            if crowded.contains(&(key[..at].concat(), key.len())) {
                let separator = key[at].chars().next_back().filter(|last| SEPARATORS.contains(last));
                key[at] = separator.map_or("*".to_owned(), |separator| format!("*{separator}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_become_stars_and_words_stay() {
        for (key, pattern) in [
            ("user:17", "user:*"),
            ("session:4f1c2a9b8d7e", "session:*"),
            ("cart:550e8400-e29b-41d4-a716-446655440000:items", "cart:*:items"),
            ("{user:17}", "{user:*}"),
            ("{17}.profile", "{*}.profile"),
            ("api/v2/rate/10", "api/v2/rate/*"),
            ("stats:2024-05-01:views", "stats:*:views"),
            ("mail:ann@example.org", "mail:*"),
            ("user17", "user*"),
            ("tok:aZ9xQ2mK7pL1vB4nR8sT", "tok:*"),
            ("config", "config"),
            ("feed", "feed"),
            ("", ""),
        ] {
            assert_eq!(of(key.as_bytes()), pattern, "{key}");
        }
        assert_eq!(of(&[0xff, 0x00]), "*");
        assert_eq!(of("naïve:ключ".as_bytes()), "*:*");
    }

    #[test]
    fn many_words_at_one_place_are_identifiers() {
        let names: Vec<String> =
            (0..60).map(|i| format!("{}{}", (b'a' + i / 26) as char, (b'a' + i % 26) as char)).collect();
        let mut keys: Vec<Vec<String>> =
            names.iter().map(|name| segments(format!("user:{name}:cart").as_bytes())).collect();
        keys.push(segments(b"user:one"));
        collapse(&mut keys);
        assert_eq!(keys[0].concat(), "user:*:cart");
        assert_eq!(keys[60].concat(), "user:one", "another shape is counted on its own");
    }
}
