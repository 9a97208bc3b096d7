//! Keys of what digests hold: the same from version to version, and with the bounds of their parts.

use dbwright_reading::hash::Hash;

/// The key of a former key and one part more.
pub(crate) fn bytes(key: u64, part: &[u8]) -> u64 {
    let mut hash = Hash::default();
    hash.add(&key.to_le_bytes());
    hash.add(part);
    hash.end()
}
