//! Units are types: a number never travels without what it counts.
//!
//! Every unit prints itself the way a person reads it (`4.2 GB`, `7.7 ms`, `98.8 %`) and is stored
//! as a bare JSON number in its base unit. [`Quantity`] is any of them, for evidence and limits.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Addition that stops at the largest number: what is read may be nonsense, and is summed all the same.
trait Plus {
    fn plus(self, other: Self) -> Self;
}

impl Plus for u64 {
    fn plus(self, other: u64) -> u64 {
        self.saturating_add(other)
    }
}

impl Plus for f64 {
    fn plus(self, other: f64) -> f64 {
        self + other
    }
}

macro_rules! unit {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl From<$name> for Quantity {
            fn from(value: $name) -> Quantity {
                Quantity::$name(value)
            }
        }

        impl std::iter::Sum for $name {
            fn sum<I: Iterator<Item = $name>>(iter: I) -> $name {
                iter.fold($name::default(), |sum, unit| sum + unit)
            }
        }

        impl std::ops::Add for $name {
            type Output = $name;
            fn add(self, other: $name) -> $name {
                $name(self.0.plus(other.0))
            }
        }
    };
}

unit!(
    /// A size in bytes; printed in powers of 1024 with the customary names (kB, MB, GB).
    Bytes(u64)
);
unit!(
    /// A number of rows (or documents, or elements).
    Rows(u64)
);
unit!(
    /// A plain number of things: calls, sessions, keys, transactions.
    Count(u64)
);
unit!(
    /// A span of time in seconds.
    Seconds(f64)
);
unit!(
    /// A part of a whole, `0.0..=1.0`; printed in percent.
    Share(f64)
);
unit!(
    /// How many times as much: `3.2×`.
    Ratio(f64)
);
unit!(
    /// Things per second.
    Rate(f64)
);

impl Bytes {
    /// `n` KiB.
    pub const fn kib(n: u64) -> Bytes {
        Bytes(n << 10)
    }
    /// `n` MiB.
    pub const fn mib(n: u64) -> Bytes {
        Bytes(n << 20)
    }
    /// `n` GiB.
    pub const fn gib(n: u64) -> Bytes {
        Bytes(n << 30)
    }
    /// What is left after taking `other` away, never below zero.
    pub fn minus(self, other: Bytes) -> Bytes {
        Bytes(self.0.saturating_sub(other.0))
    }
    /// This size as a part of `whole`; `None` when the whole is empty.
    pub fn share_of(self, whole: Bytes) -> Option<Share> {
        Share::of(self.0 as f64, whole.0 as f64)
    }
}

impl Share {
    /// `part / whole`; `None` when the whole is zero or either is not a number.
    pub fn of(part: f64, whole: f64) -> Option<Share> {
        (whole > 0.0 && part.is_finite()).then(|| Share(part / whole))
    }
}

impl Seconds {
    /// This span as a part of `whole`; `None` when the whole is empty.
    pub fn share_of(self, whole: Seconds) -> Option<Share> {
        Share::of(self.0, whole.0)
    }
    /// `n` milliseconds.
    pub const fn millis(n: f64) -> Seconds {
        Seconds(n / 1e3)
    }
    /// `n` minutes.
    pub const fn minutes(n: f64) -> Seconds {
        Seconds(n * 60.0)
    }
    /// `n` hours.
    pub const fn hours(n: f64) -> Seconds {
        Seconds(n * 3600.0)
    }
    /// `n` days.
    pub const fn days(n: f64) -> Seconds {
        Seconds(n * 86_400.0)
    }
}

/// `1234567` as `1,234,567`.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Three significant digits at most, without trailing zeros.
fn short(x: f64) -> String {
    let text = if x.abs() >= 100.0 {
        format!("{x:.0}")
    } else if x.abs() >= 10.0 {
        format!("{x:.1}")
    } else {
        format!("{x:.2}")
    };
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 6] = ["bytes", "kB", "MB", "GB", "TB", "PB"];
        let mut value = self.0 as f64;
        let mut name = 0;
        while value >= 1023.5 && name + 1 < NAMES.len() {
            value /= 1024.0;
            name += 1;
        }
        write!(f, "{} {}", short(value), NAMES[name])
    }
}

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} row{}", grouped(self.0), if self.0 == 1 { "" } else { "s" })
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&grouped(self.0))
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = self.0;
        if !s.is_finite() {
            return f.write_str("unknown time");
        }
        let pair = |f: &mut fmt::Formatter<'_>, big: f64, name: &str, rest: f64, small: &str| {
            if rest >= 1.0 {
                write!(f, "{big:.0} {name} {:.0} {small}", rest.floor())
            } else {
                write!(f, "{big:.0} {name}")
            }
        };
        match s.abs() {
            0.0 => f.write_str("0 s"),
            a if a < 1e-3 => write!(f, "{} µs", short(s * 1e6)),
            a if a < 1.0 => write!(f, "{} ms", short(s * 1e3)),
            a if a < 90.0 => write!(f, "{} s", short(s)),
            a if a < 5400.0 => pair(f, (s / 60.0).floor(), "min", s % 60.0, "s"),
            a if a < 172_800.0 => pair(f, (s / 3600.0).floor(), "h", (s % 3600.0) / 60.0, "min"),
            _ => pair(f, (s / 86_400.0).floor(), "d", (s % 86_400.0) / 3600.0, "h"),
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.0 * 100.0;
        if percent > 0.0 && percent < 0.01 {
            return f.write_str("<0.01 %");
        }
        // 99.96 % must not read as 100 %: a near-limit is not the limit.
        if (99.95..100.0).contains(&percent) {
            return write!(f, "{percent:.2} %");
        }
        write!(f, "{} %", if percent.abs() < 100.0 { short((percent * 10.0).round() / 10.0) } else { short(percent) })
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×", short(self.0))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", if self.0 >= 1000.0 { grouped(self.0.round() as u64) } else { short(self.0) })
    }
}

/// Any measured value with its unit, as evidence and limits carry it.
///
/// Stored as `{"unit": "bytes", "value": 4096}`; text values as `{"unit": "text", "value": "off"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "unit", content = "value", rename_all = "lowercase")]
pub enum Quantity {
    /// A size.
    Bytes(Bytes),
    /// A number of rows.
    Rows(Rows),
    /// A number of things.
    Count(Count),
    /// A span of time.
    Seconds(Seconds),
    /// A part of a whole.
    Share(Share),
    /// A multiple.
    Ratio(Ratio),
    /// A frequency.
    Rate(Rate),
    /// A value that is a word: a setting, a state, a type.
    Text(String),
}

impl From<&str> for Quantity {
    fn from(text: &str) -> Quantity {
        Quantity::Text(text.to_owned())
    }
}

impl From<String> for Quantity {
    fn from(text: String) -> Quantity {
        Quantity::Text(text)
    }
}

impl Quantity {
    /// The bare number in the base unit, where there is one.
    pub fn number(&self) -> Option<f64> {
        Some(match self {
            Quantity::Bytes(v) => v.0 as f64,
            Quantity::Rows(v) => v.0 as f64,
            Quantity::Count(v) => v.0 as f64,
            Quantity::Seconds(v) => v.0,
            Quantity::Share(v) => v.0,
            Quantity::Ratio(v) => v.0,
            Quantity::Rate(v) => v.0,
            Quantity::Text(_) => return None,
        })
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Quantity::Bytes(v) => v.fmt(f),
            Quantity::Rows(v) => v.fmt(f),
            Quantity::Count(v) => v.fmt(f),
            Quantity::Seconds(v) => v.fmt(f),
            Quantity::Share(v) => v.fmt(f),
            Quantity::Ratio(v) => v.fmt(f),
            Quantity::Rate(v) => v.fmt(f),
            Quantity::Text(v) => v.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_read_like_a_person_writes_them() {
        let shown = [
            Quantity::from(Bytes(0)),
            Bytes(1023).into(),
            Bytes(1024).into(),
            Bytes::mib(1536).into(),
            Rows(1).into(),
            Count(1_234_567).into(),
            Seconds(0.0077).into(),
            Seconds(79.8).into(),
            Seconds(100.0).into(),
            Seconds(93_600.0).into(),
            Seconds::days(40.0).into(),
            Share(0.988).into(),
            Share(0.99999).into(),
            Ratio(3.2).into(),
            Rate(12_345.6).into(),
        ]
        .map(|q| q.to_string());
        assert_eq!(
            shown,
            [
                "0 bytes",
                "1023 bytes",
                "1 kB",
                "1.5 GB",
                "1 row",
                "1,234,567",
                "7.7 ms",
                "79.8 s",
                "1 min 40 s",
                "26 h",
                "40 d",
                "98.8 %",
                "100.00 %",
                "3.2×",
                "12,346/s"
            ]
        );
    }

    #[test]
    fn a_share_of_nothing_is_unknown_not_zero() {
        assert_eq!(Bytes(5).share_of(Bytes(0)), None);
        assert_eq!(Bytes(5).share_of(Bytes(10)), Some(Share(0.5)));
    }
}
