//! Wrappings that only put something in front of each line.

use super::time::iso_length;
use super::{Piece, Taken, Unwrap};

/// What stands in front.
#[derive(Debug, Clone, Copy)]
pub(super) enum Prefix {
    /// `2026-11-24T12:00:00.123456789Z stderr F `; `P` instead of `F` when the line goes on in the next.
    Cri,
    /// `shop-db-1  | `
    Compose,
    /// `[pod/shop-0/postgres] `
    Pod,
    /// `2026-11-24T12:00:00Z {app="shop"} `
    Labels,
    /// `2026-11-24T12:00:00.123000+00:00 postgresql.0 `
    Stream,
    /// `2026-11-24T12:00:00.123456789Z `
    Time,
}

impl Unwrap for Prefix {
    fn take<'a>(&self, line: &'a [u8], _stamps: bool, tell: &mut dyn FnMut(Piece<'a>)) -> Taken {
        match self.split(line) {
            Some(piece) => {
                tell(piece);
                Taken::Pieces
            }
            None => Taken::Not,
        }
    }
}

impl Prefix {
    fn split<'a>(self, line: &'a [u8]) -> Option<Piece<'a>> {
        let piece = |at: &'a [u8], text: &'a [u8]| Piece { at, text, ..Piece::default() };
        match self {
            Prefix::Compose => {
                let bar = memchr::memchr(b'|', &line[..line.len().min(80)])?;
                let name = line[..bar].trim_ascii_end();
                let named = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
                let fits = !name.is_empty() && name.len() < bar && name.iter().all(named);
                let text = &line[bar + 1..];
                fits.then(|| Piece { program: name, ..piece(b"", text.strip_prefix(b" ").unwrap_or(text)) })
            }
            Prefix::Pod => {
                let rest = line.strip_prefix(b"[pod/")?;
                let end = memchr::memchr(b']', rest)?;
                let text = &rest[end + 1..];
                Some(Piece { program: &rest[..end], ..piece(b"", text.strip_prefix(b" ").unwrap_or(text)) })
            }
            Prefix::Cri | Prefix::Labels | Prefix::Stream | Prefix::Time => {
                let (at, rest) = line.split_at(iso_length(line)?);
                // A line of nothing.
                if rest.is_empty() && matches!(self, Prefix::Time) {
                    return Some(piece(at, rest));
                }
                let rest = rest.strip_prefix(b" ")?;
                match self {
                    Prefix::Cri => {
                        let rest = rest.strip_prefix(b"stderr ").or_else(|| rest.strip_prefix(b"stdout "))?;
                        let (&tag, rest) = rest.split_first()?;
                        let text = rest.strip_prefix(b" ").or(rest.is_empty().then_some(rest))?;
                        matches!(tag, b'F' | b'P').then(|| Piece { goes_on: tag == b'P', ..piece(at, text) })
                    }
                    Prefix::Labels => {
                        let labels = rest.strip_prefix(b"{")?;
                        let end = memchr::memmem::find(labels, b"} ")?;
                        Some(piece(at, &labels[end + 2..]))
                    }
                    Prefix::Stream => {
                        let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
                        let text = rest.get(end + 1..).unwrap_or_default();
                        (end > 0).then(|| piece(at, text))
                    }
                    _ => Some(piece(at, rest)),
                }
            }
        }
    }
}
