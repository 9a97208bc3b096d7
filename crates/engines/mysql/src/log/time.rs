//! Points in time as the servers print them, in microseconds since 1970-01-01 UTC.

use super::number;

/// A time that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Time {
    /// In microseconds since 1970-01-01; of the server's own clock where no zone is printed.
    pub(super) at: i64,
    /// Whether a zone was printed.
    pub(super) zoned: bool,
    /// Bytes it took.
    pub(super) length: usize,
}

/// The time at the start of a text: `2026-11-24T16:13:46.649448Z`, with an offset or without, with a blank instead of the
/// `T`; or the old form `261124 16:13:46`, the hour padded with a blank.
pub(super) fn read(text: &[u8]) -> Option<Time> {
    match text.get(6) {
        Some(b' ') => short(text),
        _ => long(text),
    }
}

fn long(text: &[u8]) -> Option<Time> {
    let date = text.get(..11)?;
    if date[4] != b'-' || date[7] != b'-' || !matches!(date[10], b'T' | b' ') {
        return None;
    }
    let year = two(&date[..2])? * 100 + two(&date[2..4])?;
    let day = day(year, two(&date[5..7])?, two(&date[8..10])?)?;
    let (time, length) = clock(&text[11..])?;
    let local = day * 86_400_000_000 + time;
    let (offset, zone) = zone(&text[11 + length..]);
    Some(Time { at: local - offset, zoned: zone > 0, length: 11 + length + zone })
}

fn short(text: &[u8]) -> Option<Time> {
    let year = two(text.get(..2)?)?;
    let year = if year < 70 { 2000 + year } else { 1900 + year };
    let day = day(year, two(&text[2..4])?, two(&text[4..6])?)?;
    let (time, length) = clock(&text[7..])?;
    Some(Time { at: day * 86_400_000_000 + time, zoned: false, length: 7 + length })
}

/// The time of day in microseconds, and the bytes it took.
fn clock(text: &[u8]) -> Option<(i64, usize)> {
    let time = text.get(..8)?;
    let hour = if time[0] == b' ' { two(&[b'0', time[1]])? } else { two(&time[..2])? };
    let (minute, second) = (two(&time[3..5])?, two(&time[6..8])?);
    if time[2] != b':' || time[5] != b':' || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let whole = ((hour * 60 + minute) * 60 + second) * 1_000_000;
    if text.get(8) != Some(&b'.') {
        return Some((whole, 8));
    }
    let decimals = text[9..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let micros = number::fraction(&text[9..9 + decimals], 6)?;
    Some((whole + micros as i64, 9 + decimals))
}

/// How far east the zone at the start is, in microseconds, and the bytes it takes; 0 of them when there is none.
fn zone(text: &[u8]) -> (i64, usize) {
    match text {
        [b'Z', ..] => (0, 1),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2, ..] => match (two(&[*h1, *h2]), two(&[*m1, *m2])) {
            (Some(hours), Some(minutes)) => {
                let east = (hours * 60 + minutes) * 60_000_000;
                (if *sign == b'-' { -east } else { east }, 6)
            }
            _ => (0, 0),
        },
        _ => (0, 0),
    }
}

fn two(digits: &[u8]) -> Option<i64> {
    let &[tens, ones] = digits else { return None };
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i64::from(tens * 10 + ones))
}

/// Days since 1970-01-01, by the calendar's arithmetic: a year begins in March, so that the odd day is its last.
fn day(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn at(text: &str) -> i64 {
        read(text.as_bytes()).unwrap().at
    }

    fn utc(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_microsecond()
    }

    #[test]
    fn every_form() {
        assert_eq!(at("2026-11-24T16:13:46.649448Z"), utc("2026-11-24T16:13:46.649448Z"));
        assert_eq!(at("2026-11-24T16:13:46.649448+05:30"), utc("2026-11-24T16:13:46.649448+05:30"));
        assert_eq!(at("2026-11-24 16:13:46"), utc("2026-11-24T16:13:46Z"));
        assert_eq!(at("2026-11-24  1:03:46"), utc("2026-11-24T01:03:46Z"));
        assert_eq!(at("130601  8:01:06.058915"), utc("2013-06-01T08:01:06.058915Z"));
        assert_eq!(at("261124 16:13:36"), utc("2026-11-24T16:13:36Z"));
        assert!(read(b"2026-11-24T16:13:46.649448Z 0 [").unwrap().zoned);
        assert_eq!(read(b"2026-11-24T16:13:46.649448-01:00 0").unwrap().length, 32);
        assert!(!read(b"261124 16:13:36\t").unwrap().zoned);
    }

    #[test]
    fn every_day_of_five_centuries() {
        for number in -80_000..110_000i64 {
            let date = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(number)).unwrap();
            assert_eq!(day(date.year().into(), date.month().into(), date.day().into()), Some(number), "{date}");
        }
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "2026",
            "2026-13-24T16:13:46Z",
            "2026-11-24T25:13:46Z",
            "261124 16:61:36",
            "select 1",
            "26112 416:13:36",
        ] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }
}
