//! The dbwright binary.
fn main() {}
