//! The hash behind fingerprints: the folded multiply of wyhash over little-endian words of eight bytes.
//!
//! It is written out here, and pinned by a test, because fingerprints are stored and compared over years and machines:
//! a crate may change its function in the next version. There is no seed, and it does not withstand an adversary.

/// Multipliers: odd, half of their bits set (the secret of wyhash).
const K1: u64 = 0xa076_1d64_78bd_642f;
const K2: u64 = 0xe703_7ed1_a0b4_28db;
const K3: u64 = 0x8ebc_6af0_9c88_c6e3;

const EACH: u64 = 0x0101_0101_0101_0101;

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

/// Up to eight bytes at `at`, the rest zero.
#[inline(always)]
pub(super) const fn load(text: &[u8], at: usize, length: usize) -> u64 {
    if at + 8 <= text.len()
        && let Some(bytes) = text.split_at(at).1.first_chunk::<8>()
    {
        return u64::from_le_bytes(*bytes) & (u64::MAX >> (64 - 8 * length as u32));
    }
    let mut word = 0;
    let mut i = 0;
    while i < length {
        word |= (text[at + i] as u64) << (8 * i);
        i += 1;
    }
    word
}

/// A word as a token: its letters in lower case, and as written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) folded: u64,
    pub(super) exact: u64,
}

/// The word in `text[start..end]`, which is not empty.
#[inline(always)]
pub(super) const fn word(text: &[u8], start: usize, end: usize) -> Word {
    let length = end - start;
    if length <= 8 {
        let exact = load(text, start, length);
        return Word { folded: exact | (upper(exact) >> 2), exact };
    }
    long_word(text, start, end)
}

const fn long_word(text: &[u8], start: usize, end: usize) -> Word {
    let (mut folded, mut exact) = ((end - start) as u64, (end - start) as u64);
    let mut at = start;
    while at < end {
        let left = end - at;
        let bytes = load(text, at, if left < 8 { left } else { 8 });
        exact = fold(exact ^ bytes, K2);
        folded = fold(folded ^ (bytes | (upper(bytes) >> 2)), K2);
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
            assert_eq!(word(&text, 0, 1).folded, u64::from(byte.to_ascii_lowercase()), "{byte}");
        }
        let text = b"Some_Long_Name_Over_16_Bytes";
        let lower = text.to_ascii_lowercase();
        assert_eq!(word(text, 0, text.len()).folded, word(&lower, 0, text.len()).exact);
        assert_ne!(word(text, 0, text.len()).folded, word(text, 0, text.len()).exact);
    }

    #[test]
    fn what_stands_behind_a_word_is_no_part_of_it() {
        assert!(word(b"orders_2 where", 0, 8) == word(b"orders_2", 0, 8));
        assert_eq!(value(b"123456789012 and", 0, 12), value(b"123456789012", 0, 12));
        assert_ne!(value(b"12345678", 0, 8), value(b"12345678\0", 0, 9));
    }
}
