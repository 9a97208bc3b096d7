//! Times as wrappings tell them.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// The year of times that are logged without theirs: that in which the log was last written to, and the month then.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Year(Option<(i16, i8)>);

impl Year {
    /// Of a log written to at that time.
    pub(crate) fn of(modified: Timestamp) -> Year {
        let date = modified.to_zoned(TimeZone::UTC);
        Year(Some((date.year(), date.month())))
    }
}

const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// Microseconds since 1970 of `2026-11-24T12:00:00.123Z`, `Nov 24 12:00:00` (taken as UTC), or an epoch number of
/// seconds, milliseconds, microseconds or nanoseconds.
pub(super) fn parse(text: &[u8], year: Year) -> Option<i64> {
    if text.len() >= 10 && text.iter().all(u8::is_ascii_digit) {
        let number: i128 = std::str::from_utf8(text).ok()?.parse().ok()?;
        let micros = match text.len() {
            10 | 11 => number * 1_000_000,
            13 | 14 => number * 1_000,
            16 | 17 => number,
            19 | 20 => number / 1_000,
            _ => return None,
        };
        return i64::try_from(micros).ok();
    }
    if let Some(month) = MONTHS.iter().position(|name| text.starts_with(name)) {
        let month = month as i8 + 1;
        let two = |at: usize| Some(number(text.get(at..at + 2)?)? as i8);
        let (year, last_month) = year.0?;
        let year = if month > last_month { year - 1 } else { year };
        let fraction = text.get(15..).and_then(|rest| rest.strip_prefix(b".")).map_or(0, micros);
        let time = DateTime::new(year, month, two(4)?, two(7)?, two(10)?, two(13)?, 0).ok()?;
        return Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond() + fraction);
    }
    let text = std::str::from_utf8(text).ok()?;
    text.parse::<Timestamp>().ok().map(Timestamp::as_microsecond)
}

/// Digits, after blanks.
fn number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.trim_start().parse().ok()
}

/// Digits of a fraction as microseconds.
fn micros(digits: &[u8]) -> i64 {
    (0..6).fold(0, |sum, at| {
        sum * 10 + digits.get(at).filter(|byte| byte.is_ascii_digit()).map_or(0, |byte| i64::from(byte - b'0'))
    })
}

/// Length of a time in ISO form with a `T` at the start of a line: `2026-11-24T12:00:00.123456+00:00`.
pub(super) fn iso_length(line: &[u8]) -> Option<usize> {
    let form = b"dddd-dd-ddTdd:dd:dd";
    let start = line.get(..form.len())?;
    let fits = start.iter().zip(form).all(|(byte, form)| match form {
        b'd' => byte.is_ascii_digit(),
        form => byte == form,
    });
    if !fits {
        return None;
    }
    // A fraction and a zone: up to the next blank.
    let rest = &line[form.len()..line.len().min(form.len() + 20)];
    let length = memchr::memchr(b' ', rest).unwrap_or(rest.len());
    rest[..length].iter().all(|byte| byte.is_ascii_digit() || b".,:+-Z".contains(byte)).then_some(form.len() + length)
}

/// Length of a time as syslog had it first: `Nov 24 12:00:00`, perhaps with a fraction.
pub(super) fn bsd_length(line: &[u8]) -> Option<usize> {
    let start = line.get(..15)?;
    let digit = |at: usize| start[at].is_ascii_digit();
    let fits = MONTHS.contains(&&start[..3])
        && (start[4] == b' ' || digit(4))
        && [5, 7, 8, 10, 11, 13, 14].into_iter().all(digit)
        && [(3, b' '), (6, b' '), (9, b':'), (12, b':')].into_iter().all(|(at, byte)| start[at] == byte);
    if !fits {
        return None;
    }
    let fraction = line.get(15..).and_then(|rest| rest.strip_prefix(b"."));
    Some(15 + fraction.map_or(0, |rest| 1 + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let year = Year(Some((2026, 11)));
        let noon = 1_795_521_600_000_000;
        assert_eq!(parse(b"2026-11-24T12:00:00.5Z", year), Some(noon + 500_000));
        assert_eq!(parse(b"2026-11-24T13:00:00+01:00", year), Some(noon));
        assert_eq!(parse(b"Nov 24 12:00:00.000007", year), Some(noon + 7));
        assert_eq!(parse(b"1795521600000", year), Some(noon));
        assert_eq!(parse(b"1795521600000000", year), Some(noon));
        // Written in November: December was last year's.
        assert_eq!(parse(b"Dec  1 00:00:00", year), Some(1_764_547_200_000_000));
        assert_eq!(parse(b"Nov 99 12:00:00", year), None);
        assert_eq!(parse(b"", year), None);
        assert_eq!(parse(b"Nov 24 12:00:00", Year::default()), None);
    }
}
