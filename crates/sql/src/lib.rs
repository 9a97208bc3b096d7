//! SQL text as data: tokens, quoting, and taking literals out. Pure: bytes in, values out, no panic on any input.

mod dialect;
pub mod expression;
pub mod predicate;
mod redact;
mod token;

pub use dialect::Dialect;
pub use redact::redact;
pub use token::{Token, TokenKind, Tokens};
