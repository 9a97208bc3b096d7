//! The hash behind fingerprints: the folded multiply of wyhash over little-endian words of eight bytes.
//!
//! It is written out here, and pinned by a test, because fingerprints are stored and compared over years and machines:
//! a crate may change its function in the next version. There is no seed, and it does not withstand an adversary.

use wide::u8x16;

/// Multipliers: odd, half of their bits set (the secret of wyhash).
const K1: u64 = 0xa076_1d64_78bd_642f;
const K2: u64 = 0xe703_7ed1_a0b4_28db;
const K3: u64 = 0x8ebc_6af0_9c88_c6e3;

const EACH: u64 = 0x0101_0101_0101_0101;

/// The top bit of every byte.
pub(super) const TOP: u64 = 0x80 * EACH;

/// Both halves of the product.
#[inline(always)]
const fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128).wrapping_mul(b as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

/// The state after one more token.
#[inline(always)]
pub(super) const fn mix(state: u64, token: u64) -> u64 {
    fold(state ^ token, K1)
}

/// The fingerprint of a state.
pub(super) const fn finish(state: u64) -> u64 {
    fold(state ^ K2, K3)
}

/// Where the letters `A` to `Z` are: the top bit of their bytes.
#[inline(always)]
const fn upper(bytes: u64) -> u64 {
    let low = bytes & (0x7f * EACH);
    let from_a = low + (0x80 - b'A' as u64) * EACH;
    let past_z = low + (0x7f - b'Z' as u64) * EACH;
    (from_a ^ past_z) & !bytes & (0x80 * EACH)
}

/// Where a byte equals `byte`: the top bit of the first that does is set, and none before it.
#[inline(always)]
pub(super) const fn equal(bytes: u64, byte: u8) -> u64 {
    let difference = bytes ^ (byte as u64 * EACH);
    difference.wrapping_sub(EACH) & !difference & TOP
}

/// Where bytes are digits: their top bit.
#[inline(always)]
pub(super) const fn digits(bytes: u64) -> u64 {
    let low = bytes & !TOP;
    (low + (0x80 - b'0' as u64) * EACH) & !(low + (0x7f - b'9' as u64) * EACH) & !bytes & TOP
}

/// Which of the bytes begin or go on a word: letters, digits, `_` and all that is not ASCII. A bit each. `$` goes on a
/// word too, and is so rare that it is not looked for here.
#[inline(always)]
fn in_word(bytes: [u8; 16]) -> u64 {
    let bytes = u8x16::new(bytes);
    let up_to = |bytes: u8x16, last: u8| bytes.min(u8x16::splat(last)).simd_eq(bytes);
    let lower = bytes | u8x16::splat(0x20);
    let letters = up_to(lower - u8x16::splat(b'a'), b'z' - b'a');
    let digits = up_to(bytes - u8x16::splat(b'0'), 9);
    // With that bit set all ones; so is the control character 127, which is therefore a letter everywhere.
    let underscore = lower.simd_eq(u8x16::splat(0x7f));
    (letters | digits | underscore | bytes).to_bitmask().into()
}

/// Which of the 64 bytes from `at` on belong to words: a bit each, zero behind the end of the text.
#[inline(never)]
pub(super) fn words(text: &[u8], at: usize) -> u64 {
    let mut mask = 0;
    let mut i = 0;
    while i < 64 && at + i < text.len() {
        let rest = &text[at + i..];
        mask |= match (rest.first_chunk(), text.last_chunk()) {
            (Some(bytes), _) => in_word(*bytes),
            (None, Some(bytes)) => in_word(*bytes) >> (16 - rest.len()),
            (None, None) => {
                let mut bytes = [0; 16];
                bytes[..rest.len()].copy_from_slice(rest);
                in_word(bytes)
            }
        } << i;
        i += 16;
    }
    mask
}

/// The eight bytes at `at`, zeros behind the end of the text.
#[inline(always)]
pub(super) const fn eight(text: &[u8], at: usize) -> u64 {
    if at + 8 <= text.len()
        && let Some(bytes) = text.split_at(at).1.first_chunk::<8>()
    {
        return u64::from_le_bytes(*bytes);
    }
    last(text, at)
}

/// The last bytes of a text, less than eight from `at` on.
const fn last(text: &[u8], at: usize) -> u64 {
    if at >= text.len() {
        return 0;
    }
    if let Some(bytes) = text.last_chunk::<8>() {
        return u64::from_le_bytes(*bytes) >> (8 * (at + 8 - text.len()));
    }
    let mut word = 0;
    let mut i = at;
    while i < text.len() {
        word |= (text[i] as u64) << (8 * (i - at));
        i += 1;
    }
    word
}

/// How many bytes stand before the first of which the top bit is set; 8 if none.
#[inline(always)]
pub(super) const fn before(mask: u64) -> usize {
    (mask.trailing_zeros() / 8) as usize
}

/// `length` bytes at `at`, one to eight, the rest zero.
#[inline(always)]
pub(super) const fn load(text: &[u8], at: usize, length: usize) -> u64 {
    eight(text, at) & (u64::MAX >> (64 - 8 * length as u32))
}

/// A word as a token: one number for all ways to write it, and one for this way. They are the same in lower case.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) folded: u64,
    pub(super) exact: u64,
}

/// Up to eight bytes of a word, all others zero, as token. Letters differ from small ones in one bit, which all else in
/// words of ASCII has, or can have set without becoming the same.
#[inline(always)]
pub(super) const fn short_word(bytes: u64, inside: u64) -> Word {
    let folded = match bytes & TOP {
        0 => bytes | ((0x20 * EACH) & inside),
        _ => bytes | (upper(bytes) >> 2),
    };
    Word { folded, exact: if bytes != folded && upper(bytes) != 0 { bytes } else { folded } }
}

/// The value of a literal of `length` bytes, at most eight, all others zero.
#[inline(always)]
pub(super) const fn short_value(bytes: u64, length: usize) -> u64 {
    fold(K3 ^ bytes, length as u64 ^ K1)
}

/// The word in `text[start..end]`, which is not empty.
#[inline(always)]
pub(super) const fn word(text: &[u8], start: usize, end: usize) -> Word {
    let length = end - start;
    if length <= 8 {
        let inside = u64::MAX >> (64 - 8 * length as u32);
        return short_word(eight(text, start) & inside, inside);
    }
    long_word(text, start, end)
}

/// The same for more than eight bytes.
pub(super) const fn long_word(text: &[u8], start: usize, end: usize) -> Word {
    let length = (end - start) as u64;
    let (mut folded, mut exact, mut at) = (length, length, start);
    while at < end {
        let left = if end - at < 8 { end - at } else { 8 };
        let inside = u64::MAX >> (64 - 8 * left as u32);
        let word = short_word(eight(text, at) & inside, inside);
        folded = fold(folded ^ word.folded, K2);
        exact = fold(exact ^ word.exact, K2);
        at += 8;
    }
    Word { folded, exact }
}

/// Any bytes: the value of a literal.
#[inline]
pub(super) fn value(text: &[u8], start: usize, end: usize) -> u64 {
    let mut at = start;
    let mut state = K3;
    while at + 8 < end {
        state = fold(state ^ load(text, at, 8), K2);
        at += 8;
    }
    match at < end {
        true => fold(state ^ load(text, at, end - at), (end - start) as u64 ^ K1),
        false => state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ascii_letters_fold() {
        for byte in 0..=255u8 {
            let text = [byte];
            let other = if byte.is_ascii_alphabetic() { [byte ^ 0x20] } else { [byte] };
            assert_eq!(word(&text, 0, 1).folded, word(&other, 0, 1).folded, "{byte}");
            assert_eq!(word(&text, 0, 1).folded == word(&text, 0, 1).exact, !byte.is_ascii_uppercase(), "{byte}");
        }
        let text = b"Some_Long_Name_Over_16_Bytes";
        let lower = text.to_ascii_lowercase();
        assert_eq!(word(text, 0, text.len()).folded, word(&lower, 0, text.len()).exact);
        assert_ne!(word(text, 0, text.len()).folded, word(text, 0, text.len()).exact);
    }

    #[test]
    fn eight_bytes_are_looked_at_in_one() {
        for byte in 0..=255u8 {
            let expected = u64::from(byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x7f) * 0x80;
            for around in [0, b'a', b'0', b' ', 0xff] {
                let word = u64::from_le_bytes([around, byte, around, around, around, around, around, around]);
                let sixteen = std::array::from_fn(|at| if at == 9 { byte } else { around });
                assert_eq!(in_word(sixteen) >> 9 & 1, expected / 0x80, "{byte}");
                assert_eq!(digits(word) >> 8 & 0xff, u64::from(byte.is_ascii_digit()) * 0x80, "{byte}");
                if byte == b'\'' {
                    assert_eq!(super::before(equal(word, byte)), 1);
                }
            }
        }
        assert_eq!(before(0), 8);
        assert_eq!(short_value(load(b"12345", 0, 5), 5), value(b"12345,", 0, 5));
    }

    #[test]
    fn words_are_found_wherever_the_text_ends() {
        let text: Vec<u8> = (0..200u8).map(|i| if i % 5 == 0 || i % 7 == 0 { b' ' } else { b'a' + i % 26 }).collect();
        for length in 0..text.len() {
            for at in 0..=length {
                let expected = text[at..length].iter().take(64).enumerate();
                let expected = expected.fold(0, |mask, (i, byte)| mask | u64::from(*byte != b' ') << i);
                assert_eq!(words(&text[..length], at), expected, "{at} of {length}");
            }
        }
    }

    #[test]
    fn what_stands_behind_a_word_is_no_part_of_it() {
        assert!(word(b"orders_2 where", 0, 8) == word(b"orders_2", 0, 8));
        assert_eq!(value(b"123456789012 and", 0, 12), value(b"123456789012", 0, 12));
        assert_ne!(value(b"12345678", 0, 8), value(b"12345678\0", 0, 9));
    }
}
