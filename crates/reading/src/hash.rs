//! A hash that is the same on every machine and in every run, for fingerprints. Not for secrets.

/// Hashes what is written to it. Not the same when the same bytes come in other pieces.
#[derive(Debug, Clone, Copy)]
pub struct Hash(u64);

const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const PRIME: u64 = 0xff51_afd7_ed55_8ccd;

impl Default for Hash {
    fn default() -> Hash {
        Hash(SEED)
    }
}

impl Hash {
    /// Of one piece.
    pub fn of(bytes: &[u8]) -> u64 {
        let mut hash = Hash::default();
        hash.add(bytes);
        hash.end()
    }

    /// Adds a piece.
    pub fn add(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.mix(u64::from_le_bytes(word.try_into().unwrap_or_default()));
        }
        let mut last = [0; 8];
        let rest = words.remainder();
        last[..rest.len()].copy_from_slice(rest);
        self.mix(u64::from_le_bytes(last) ^ (bytes.len() as u64) << 56);
    }

    fn mix(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(PRIME);
        self.0 ^= self.0 >> 32;
    }

    /// The hash of all pieces.
    pub fn end(self) -> u64 {
        let mut hash = self.0.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        hash ^= hash >> 33;
        hash
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_differs_hashes_differently() {
        let all: BTreeSet<u64> = (0..100_000u32).map(|number| Hash::of(format!("key:{number}").as_bytes())).collect();
        assert_eq!(all.len(), 100_000);
        let lengths: BTreeSet<u64> = (0..64).map(|length| Hash::of(&vec![0; length])).collect();
        assert_eq!(lengths.len(), 64);
        assert_eq!(Hash::of(b"shop.orders"), Hash::of(b"shop.orders"));
    }
}
