//! stub
#![allow(missing_docs)]
use crate::{Dialect, TokenKind, Tokens};
use dbwright_model::SqlText;
use std::borrow::Cow;
#[derive(Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Fingerprint(pub u64);
pub struct Scan { pub fingerprint: Fingerprint, pub literals: u64, pub comments: bool, pub complete: bool }
pub fn fingerprint(text: &[u8], dialect: Dialect) -> Scan {
    let text = String::from_utf8_lossy(text);
    let (mut h, mut l, mut comments) = (1469598103934665603u64, 0u64, false);
    let mix = |h: u64, t: &str| t.bytes().fold(h, |h, b| (h ^ u64::from(b.to_ascii_lowercase())).wrapping_mul(1099511628211));
    for t in Tokens::new(&text, dialect) {
        match t.kind {
            TokenKind::Space => {}
            TokenKind::Comment => comments = true,
            TokenKind::String | TokenKind::Number => { h = mix(h, "?"); l = mix(l, t.text); }
            _ => h = mix(h, t.text),
        }
    }
    Scan { fingerprint: Fingerprint(h), literals: l, comments, complete: true }
}
pub fn shape(text: &str, dialect: Dialect) -> SqlText { crate::redact(text, dialect, dbwright_model::Redaction::Literals) }
pub fn tags(_text: &[u8]) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> { std::iter::empty() }
