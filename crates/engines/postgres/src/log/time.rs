//! Timestamps as servers print them. They come in order, so most share their second with the one before.

/// Reads timestamps; remembers the last second and zone.
#[derive(Debug, Default)]
pub(super) struct Clock {
    second: [u8; 19],
    since_epoch: i64,
    zone: [u8; 6],
    zone_length: usize,
    zone_offset: i64,
}

impl Clock {
    /// `2026-11-24 16:12:35.123 UTC` at the start of the bytes, with or without fractions: microseconds since 1970-01-01
    /// UTC, and how long it is.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Option<(i64, usize)> {
        let second: &[u8; 19] = bytes.first_chunk()?;
        if *second != self.second {
            self.since_epoch = seconds(second)?;
            self.second = *second;
        }
        let (fraction, mut at) = fraction(bytes, 19);
        if bytes.get(at) != Some(&b' ') {
            return None;
        }
        at += 1;
        let length = zone_length(&bytes[at..]);
        if length == 0 {
            return None;
        }
        let zone = &bytes[at..at + length];
        if &self.zone[..self.zone_length] != zone || self.zone_length == 0 {
            self.zone_offset = offset(zone);
            self.zone_length = length.min(self.zone.len());
            self.zone[..self.zone_length].copy_from_slice(&zone[..self.zone_length]);
            if length > self.zone.len() {
                self.zone_length = 0;
            }
        }
        Some(((self.since_epoch - self.zone_offset) * 1_000_000 + fraction, at + length))
    }
}

/// `.123` at that position: microseconds, and where it ends.
fn fraction(bytes: &[u8], at: usize) -> (i64, usize) {
    if bytes.get(at) != Some(&b'.') {
        return (0, at);
    }
    let (mut end, mut value, mut unit) = (at + 1, 0, 100_000);
    while let Some(digit @ b'0'..=b'9') = bytes.get(end) {
        value += i64::from(digit - b'0') * unit;
        unit /= 10;
        end += 1;
    }
    (value, end)
}

/// Seconds since 1970 of `2026-11-24 16:12:35`.
fn seconds(text: &[u8; 19]) -> Option<i64> {
    let shape = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    if shape.iter().any(|(at, byte)| text[*at] != *byte) {
        return None;
    }
    let number = |from: usize, to: usize| {
        text[from..to]
            .iter()
            .try_fold(0_i64, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    Some(days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

/// Days since 1970-01-01 in the Gregorian calendar, counted in years that begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// How long the name of the time zone is: `UTC`, `+0530`.
fn zone_length(bytes: &[u8]) -> usize {
    match bytes.first() {
        Some(b'+' | b'-') => {
            let digits = bytes[1..].iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 2 || digits == 4 { 1 + digits } else { 0 }
        }
        _ => bytes.iter().take(6).take_while(|byte| byte.is_ascii_alphabetic()).count(),
    }
}

/// How far the zone is ahead of UTC, in seconds; names that stand for several zones mean the one PostgreSQL reads in them.
fn offset(zone: &[u8]) -> i64 {
    if let [sign @ (b'+' | b'-'), digits @ ..] = zone {
        let number = |digits: &[u8]| digits.iter().fold(0, |sum, byte| sum * 10 + i64::from(byte.wrapping_sub(b'0')));
        let (hours, minutes) = digits.split_at(digits.len().min(2));
        let ahead = number(hours) * 3600 + number(minutes) * 60;
        return if *sign == b'-' { -ahead } else { ahead };
    }
    let halves = match zone {
        b"CET" | b"BST" | b"WEST" | b"WAT" | b"MEZ" => 2,
        b"CEST" | b"EET" | b"CAT" | b"SAST" | b"MESZ" => 4,
        b"EEST" | b"MSK" | b"EAT" | b"IDT" => 6,
        b"PKT" => 10,
        b"IST" => 11,
        b"WIB" => 14,
        b"HKT" | b"SGT" | b"AWST" | b"WITA" | b"PHT" => 16,
        b"JST" | b"KST" | b"WIT" => 18,
        b"ACST" => 19,
        b"AEST" | b"ChST" => 20,
        b"ACDT" => 21,
        b"AEDT" => 22,
        b"NZST" => 24,
        b"NZDT" => 26,
        b"NDT" => -5,
        b"NST" => -7,
        b"ADT" => -6,
        b"AST" | b"EDT" => -8,
        b"EST" | b"CDT" => -10,
        b"CST" | b"MDT" => -12,
        b"MST" | b"PDT" => -14,
        b"PST" | b"AKDT" => -16,
        b"AKST" => -18,
        b"HST" => -20,
        _ => 0,
    };
    halves * 1800
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(i64, usize)> {
        Clock::default().read(text.as_bytes())
    }

    #[test]
    fn with_and_without_fractions_and_zones() {
        assert_eq!(read("2026-11-24 16:12:35.123 UTC [1]"), Some((1_795_536_755_123_000, 27)));
        assert_eq!(read("2026-11-24 16:12:35 UTC:10"), Some((1_795_536_755_000_000, 23)));
        assert_eq!(read("2026-11-24 16:12:35 UTC-6925"), Some((1_795_536_755_000_000, 23)));
        assert_eq!(read("2026-11-24 16:12:35.5 +0530 x"), Some((1_795_536_755_500_000 - 19_800_000_000, 27)));
        assert_eq!(read("2026-11-24 16:12:35 -03 x"), Some((1_795_536_755_000_000 + 10_800_000_000, 23)));
        assert_eq!(read("2026-07-01 02:00:00 CEST"), read("2026-07-01 00:00:00 UTC    ").map(|(at, _)| (at, 24)));
        assert_eq!(read("2024-02-29 00:00:00 UTC"), Some((1_709_164_800_000_000, 23)));
        assert_eq!(read("2024-02-29T00:00:00 UTC"), None);
        assert_eq!(read("2024-13-29 00:00:00 UTC"), None);
        assert_eq!(read("2024-02-29 00:00:00"), None);
    }

    #[test]
    fn what_is_remembered_is_compared() {
        let mut clock = Clock::default();
        for text in ["2026-11-24 16:12:35 UTC", "2026-11-24 16:12:36 CET", "2026-11-24 16:12:36 UTC"] {
            assert_eq!(clock.read(text.as_bytes()), read(text));
        }
    }
}
