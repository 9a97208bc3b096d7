//! A hash that stays the same from version to version, since digests hold its values.

/// FNV-1a over the bytes, from a former hash on; the length goes in as well, so that parts keep their bounds.
pub(crate) fn bytes(seed: u64, bytes: &[u8]) -> u64 {
    let start = (seed ^ 0xcbf2_9ce4_8422_2325).wrapping_add(bytes.len() as u64);
    bytes.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
