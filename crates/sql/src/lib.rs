//! SQL text as data: tokens, quoting, taking literals out, the way back from a dropped index. Pure: bytes in, values out, no panic on any input.

pub mod ddl;
mod dialect;
pub mod expression;
mod fingerprint;
pub mod parameters;
pub mod predicate;
mod question;
mod redact;
mod remake;
pub mod statement;
mod token;

pub use dialect::Dialect;
pub use fingerprint::{Fingerprint, Scan, Tags, fingerprint, shape, tags};
pub use question::{Question, Refused};
pub use redact::redact;
pub use remake::Remake;
pub use token::{Token, TokenKind, Tokens};
