//! A query's text within a sentence.

use dbwright_model::SqlText;

const LONGEST: usize = 120;

/// The beginning of the text, as much as a sentence bears.
pub(super) fn of(text: &SqlText) -> String {
    match text.as_str().char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.as_str()[..end].trim_end()),
        None => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_end_in_dots_between_characters() {
        assert_eq!(of(&SqlText::from("select 1")), "select 1");
        let long = of(&SqlText::from("é".repeat(500)));
        assert_eq!((long.chars().count(), long.ends_with('…')), (121, true));
    }
}
