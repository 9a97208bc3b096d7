//! Figures as logs print them, read from their digits.

/// A whole number; `None` where anything but digits stands, or where it is too large.
pub(super) fn whole(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    let mut number = 0u64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(number)
}

/// A number to the base of sixteen.
pub(super) fn hexadecimal(digits: &[u8]) -> Option<u64> {
    u64::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

/// Seconds with up to any number of decimals as nanoseconds, what is beyond cut off.
pub(super) fn nanoseconds(seconds: &[u8]) -> Option<u64> {
    let (seconds, decimals) = match memchr::memchr(b'.', seconds) {
        Some(point) => (&seconds[..point], &seconds[point + 1..]),
        None => (seconds, &b"0"[..]),
    };
    whole(seconds)?.checked_mul(1_000_000_000)?.checked_add(fraction(decimals, 9)?)
}

/// Decimals as a number with so many digits.
pub(super) fn fraction(decimals: &[u8], digits: usize) -> Option<u64> {
    let kept = &decimals[..decimals.len().min(digits)];
    if !decimals[kept.len()..].iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(whole(kept)? * 10u64.pow((digits - kept.len()) as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_nanoseconds_digit_by_digit() {
        assert_eq!(nanoseconds(b"0.000129"), Some(129_000));
        assert_eq!(nanoseconds(b"3"), Some(3_000_000_000));
        assert_eq!(nanoseconds(b"12.5"), Some(12_500_000_000));
        assert_eq!(nanoseconds(b"0.1234567891"), Some(123_456_789));
        assert_eq!(nanoseconds(b"0.123456789x"), None);
        // Old servers wrote such lock times where a clock was set back.
        assert_eq!(nanoseconds(b"18446744073699.406250"), None);
        for not_a_figure in ["", ".", "1.", ".5", "-1", "1.2.3", "1e3", "99999999999999999999"] {
            assert_eq!(nanoseconds(not_a_figure.as_bytes()), None, "{not_a_figure}");
        }
    }
}
