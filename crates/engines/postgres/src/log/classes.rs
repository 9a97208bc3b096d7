//! Which kind of thing a message tells of.

use dbwright_model::log::Class;

use super::language::Word;
use super::record::Record;

/// What was found in a message.
pub(super) struct Found<'a> {
    pub(super) class: &'static Class,
    pub(super) object: &'a [u8],
    pub(super) measure: Option<u64>,
}

static ERROR: Class = Class { id: "error", title: "error", alias: None, unit: "" };
static OTHER: Class = Class { id: "other", title: "other message", alias: None, unit: "" };

/// The class of a message; none for what nobody counts.
pub(super) fn classify<'a>(record: &Record<'a>) -> Option<Found<'a>> {
    let class = match record.level {
        Word::Error | Word::Fatal | Word::Panic => &ERROR,
        _ => &OTHER,
    };
    Some(Found { class, object: b"", measure: None })
}
