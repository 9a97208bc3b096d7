//! Where a record starts.
//!
//! A statement's text may hold anything, also lines that look like the head of a record. So a line is one when it looks
//! like one and stands behind the `;` that ends every statement; or, for the sake of records whose end was lost, when all
//! that a head has follows.

use crate::log::{banner, line};

/// Whether a record, or a server's banner, starts with the line that starts there.
pub(super) fn is_start(text: &[u8], start: usize) -> bool {
    is_start_line(text, start, line::at(text, start).0)
}

/// The same, the line at hand.
pub(super) fn is_start_line(text: &[u8], start: usize, this: &[u8]) -> bool {
    if !this.starts_with(b"# ") {
        return this.ends_with(b"started with:") && banner::starts(text, start);
    }
    let Some(head) = head(this) else { return false };
    // As good as always.
    if head != Head::Figures && text[..start].ends_with(b";\n") {
        return true;
    }
    let before = line::before(text, start).map(|before| line::at(text, before).0);
    let inside = before.and_then(self::head).is_some_and(|before| head != Head::Time && before < head);
    match head {
        Head::Time => ended(before) || complete(text, start),
        Head::User => !inside && (ended(before) || complete(text, start)),
        // Servers told to be short (log-short-format) begin with these.
        Head::Figures => !inside && ended(before),
    }
}

/// Lines that a record can start with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Head {
    /// `# Time: …`
    Time,
    /// `# User@Host: …`
    User,
    /// `# Thread_id: …` or `# Query_time: …`
    Figures,
}

/// Which of them the line is.
pub(super) fn head(line: &[u8]) -> Option<Head> {
    let rest = line.strip_prefix(b"# ")?;
    let digit_after =
        |name: &[u8]| rest.strip_prefix(name).is_some_and(|rest| rest.first().is_some_and(u8::is_ascii_digit));
    match rest.first()? {
        b'T' if digit_after(b"Time: ") => Some(Head::Time),
        b'U' if rest.starts_with(b"User@Host: ") => Some(Head::User),
        b'T' if digit_after(b"Thread_id: ") => Some(Head::Figures),
        b'Q' if digit_after(b"Query_time: ") => Some(Head::Figures),
        _ => None,
    }
}

/// Whether nothing is open before it: a statement ended, a banner did, or the text starts here.
fn ended(before: Option<&[u8]>) -> bool {
    before.is_none_or(|before| before.ends_with(b";") || banner::is_heading(before))
}

/// Whether all follows that a head has: the user, and within some lines of its own kind the duration.
fn complete(text: &[u8], start: usize) -> bool {
    let (mut this, mut next) = line::at(text, start);
    if head(this) == Some(Head::Time) {
        (this, next) = line::at(text, next);
    }
    if head(this) != Some(Head::User) {
        return false;
    }
    for _ in 0..4 {
        let (line, after) = line::at(text, next);
        if line.starts_with(b"# Query_time: ") {
            return head(line) == Some(Head::Figures);
        }
        if !line.starts_with(b"# ") || matches!(head(line), Some(Head::Time | Head::User)) {
            return false;
        }
        next = after;
    }
    false
}
