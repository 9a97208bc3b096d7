//! Names come from servers and may hold anything; a terminal must not obey them.

use std::borrow::Cow;

/// The text with control and direction-changing characters replaced by `�`; line ends and tabs stay when `lines` is set.
pub(crate) fn clean(text: &str, lines: bool) -> Cow<'_, str> {
    let bad = |c: char| {
        let control = c.is_control() && !(lines && matches!(c, '\n' | '\t'));
        control || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    match text.chars().any(bad) {
        true => Cow::Owned(text.chars().map(|c| if bad(c) { '\u{fffd}' } else { c }).collect()),
        false => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_neutralised() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}c\n", false), "a\u{fffd}[31mb\u{fffd}c\u{fffd}");
        assert_eq!(clean("a\n\tb", true), "a\n\tb");
        assert_eq!(clean("größe", false), "größe");
    }
}
