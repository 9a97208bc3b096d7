//! What a file's name tells about when it was written.

/// Place within a rotated set; older ones are smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rotated {
    /// The date in its name, as digits.
    On(u64),
    /// So many rotations ago.
    Ago(std::cmp::Reverse<u64>),
    /// Still written to.
    Now,
}

/// Endings of packed files.
const PACKED: &[&str] = &[".gz", ".zst", ".lz4", ".xz", ".bz2"];

/// The name of the set a file belongs to, and its place there.
pub(super) fn parse(name: &str) -> (&str, Rotated) {
    let name = PACKED.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    // `-2026-11-23`, `-20261123`, `-1763942400`, `.1`: what stands behind the last letter.
    let Some(letter) = name.rfind(|char: char| char.is_alphabetic()) else { return (name, Rotated::Now) };
    let (stem, tail) = name.split_at(letter + name[letter..].chars().next().map_or(1, char::len_utf8));
    let Some(number) = tail.strip_prefix(['.', '-', '_']).map(digits).filter(|digits| !digits.is_empty()) else {
        return (name, Rotated::Now);
    };
    match number.parse() {
        // A name that is only a stem and a number (`server-1`) is no rotation of `server`.
        Ok(number) if tail.starts_with('.') && number < 10_000 => (stem, Rotated::Ago(std::cmp::Reverse(number))),
        Ok(number) if number >= 10_000 => (stem, Rotated::On(number)),
        _ => (name, Rotated::Now),
    }
}

/// A key by which `pg9` comes before `pg10`.
pub(super) fn natural(name: &str) -> Vec<(u64, String)> {
    let mut parts: Vec<(u64, String)> = vec![(0, String::new())];
    for char in name.chars() {
        if let Some(last) = parts.last_mut() {
            match char.to_digit(10) {
                Some(digit) if last.1.is_empty() => last.0 = last.0.saturating_mul(10).saturating_add(digit.into()),
                Some(digit) => parts.push((digit.into(), String::new())),
                None => last.1.push(char),
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Reverse;

    #[test]
    fn names_are_taken_apart() {
        assert_eq!(parse("postgresql.log"), ("postgresql.log", Rotated::Now));
        assert_eq!(parse("postgresql.log.12.gz"), ("postgresql.log", Rotated::Ago(Reverse(12))));
        assert_eq!(parse("slow.log-20261123.zst"), ("slow.log", Rotated::On(20_261_123)));
        assert_eq!(parse("slow.log.2026-11-24.05"), ("slow.log", Rotated::On(2_026_112_405)));
        assert_eq!(parse("postgresql-2026-11-24_120000.log"), ("postgresql-2026-11-24_120000.log", Rotated::Now));
        assert_eq!(parse("server-1"), ("server-1", Rotated::Now));
        assert_eq!(parse("20261123"), ("20261123", Rotated::Now));
        assert_eq!(parse(""), ("", Rotated::Now));
    }
}
