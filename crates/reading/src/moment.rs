//! Dates, times and durations as logs print them, read without a library and without floating point.

/// Reads `2024-05-01T10:00:00.123456Z`, with a blank instead of the T, a comma instead of the point, an offset or none
/// (then UTC): microseconds since 1970-01-01 UTC, and how many bytes it takes.
pub fn iso(text: &[u8]) -> Option<(i64, usize)> {
    let two = |at: usize| number(text.get(at..at + 2)?);
    let mark = |at: usize, marks: &[u8]| text.get(at).is_some_and(|byte| marks.contains(byte)).then_some(());
    let year = number(text.get(..4)?)?;
    mark(4, b"-")?;
    mark(7, b"-")?;
    mark(10, b"T ")?;
    mark(13, b":")?;
    mark(16, b":")?;
    let (month, day, hour, minute, second) = (two(5)?, two(8)?, two(11)?, two(14)?, two(17)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    let mut at = 19;
    let mut micros = 0;
    if matches!(text.get(at), Some(b'.' | b',')) {
        let digits = digits(&text[at + 1..]);
        for place in 0..6 {
            micros = micros * 10 + digits.get(place).map_or(0, |digit| i64::from(digit - b'0'));
        }
        at += 1 + digits.len();
    }
    let mut offset = 0;
    match text.get(at) {
        Some(b'Z') => at += 1,
        Some(sign @ (b'+' | b'-')) if text.get(at + 1).is_some_and(u8::is_ascii_digit) => {
            let hours = two(at + 1)?;
            let colon = usize::from(text.get(at + 3) == Some(&b':'));
            let minutes = two(at + 3 + colon);
            at += if minutes.is_some() { 5 + colon } else { 3 };
            offset = (hours * 60 + minutes.unwrap_or(0)) * if *sign == b'-' { -60 } else { 60 };
        }
        _ => {}
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
    Some((seconds * 1_000_000 + micros, at))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    // Counted from March, so that the leap day is the last of its year.
    let year = if month > 2 { year } else { year - 1 };
    let month = if month > 2 { month - 3 } else { month + 9 };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (month * 153 + 2) / 5 + day - 1 - 719_468
}

/// The month whose English name starts so: `Jan`.
pub fn month(name: &[u8]) -> Option<i64> {
    const MONTHS: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let at = MONTHS.chunks(3).position(|month| Some(month) == name.get(..3))?;
    Some(at as i64 + 1)
}

/// Digits as a number.
pub fn number(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    digits.iter().try_fold(0, |all, digit| digit.is_ascii_digit().then(|| all * 10 + i64::from(digit - b'0')))
}

/// The digits that the text starts with.
pub fn digits(text: &[u8]) -> &[u8] {
    let length = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    &text[..length]
}

/// The decimal number that the text starts with, times `unit`, rounded down; and how many bytes it takes. `12.5` of a
/// unit of 1,000 is 12,500.
pub fn decimal(text: &[u8], unit: u64) -> Option<(u64, usize)> {
    let whole = digits(text);
    let mut total = u64::try_from(number(whole)?).ok()?.checked_mul(unit)?;
    let mut used = whole.len();
    if text.get(used) == Some(&b'.') {
        let fraction = digits(&text[used + 1..]);
        let mut place = unit;
        let mut left = 0;
        for digit in fraction {
            // Exact for units that are powers of ten; of others what is left over goes on to the next digit.
            let of_digit = (u64::from(digit - b'0') * place) + left * 10;
            total = total.checked_add(of_digit / 10)?;
            (left, place) = (of_digit % 10, place / 10);
            if place == 0 {
                break;
            }
        }
        used += 1 + fraction.len();
    }
    Some((total, used))
}

/// A duration with its unit behind it (`12ms`, `1.5s`, `800micros`, `2.1m`, `30 msec`): nanoseconds and bytes.
pub fn duration(text: &[u8]) -> Option<(u64, usize)> {
    let (_, length) = decimal(text, 1)?;
    let blank = usize::from(text.get(length) == Some(&b' '));
    let word = &text[length + blank..];
    let letters = word.iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(word.len());
    let unit = match &word[..letters] {
        b"nanos" | b"ns" => 1,
        b"micros" | b"us" => 1_000,
        b"ms" | b"msec" | b"millis" => 1_000_000,
        b"s" | b"sec" | b"seconds" => 1_000_000_000,
        b"m" | b"min" => 60_000_000_000,
        b"h" => 3_600_000_000_000,
        b"d" => 86_400_000_000_000,
        _ => return None,
    };
    Some((decimal(text, unit)?.0, length + blank + letters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_every_kind() {
        let base = 1_714_557_600_000_000; // 2024-05-01 10:00:00 UTC
        for (text, micros, length) in [
            ("2024-05-01T10:00:00Z", base, 20),
            ("2024-05-01T10:00:00.123+00:00 x", base + 123_000, 29),
            ("2024-05-01 12:00:00,5 rest", base + 7_200_000_000 + 500_000, 21),
            ("2024-05-01T12:00:00.123456789+0200", base + 123_456, 34),
            ("2024-05-01T04:30:00-05:30", base, 25),
            ("2024-05-01T12:00:00+02]", base, 22),
        ] {
            assert_eq!(iso(text.as_bytes()), Some((micros, length)), "{text}");
        }
        for strange in ["", "2024-13-01T10:00:00Z", "2024-05-01x10:00:00", "2024-05-01T10:00", "abcd-ef-ghTij:kl:mn"] {
            assert_eq!(iso(strange.as_bytes()), None, "{strange}");
        }
    }

    #[test]
    fn days_as_the_calendar_has_them() {
        assert_eq!(
            (days(1970, 1, 1), days(2000, 2, 29), days(2000, 3, 1), days(1969, 12, 31)),
            (0, 11_016, 11_017, -1)
        );
        assert_eq!((month(b"Jan"), month(b"Dec"), month(b"anF"), month(b"")), (Some(1), Some(12), None, None));
    }

    #[test]
    fn durations_are_exact() {
        for (text, nanos, length) in [
            ("12ms,", 12_000_000, 4),
            ("1.5s", 1_500_000_000, 4),
            ("2.1m", 126_000_000_000, 4),
            ("800micros", 800_000, 9),
            ("30 msec -", 30_000_000, 7),
            ("0.000000001s", 1, 12),
        ] {
            assert_eq!(duration(text.as_bytes()), Some((nanos, length)), "{text}");
        }
        assert_eq!(decimal(b"12.0345 x", 1_000_000), Some((12_034_500, 7)));
        assert_eq!(decimal(b"99999999999999999999", 10), None);
        assert_eq!(duration(b"12 parsecs"), None);
    }
}
