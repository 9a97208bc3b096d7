//! Names come from the server and may hold anything; nothing of it may reach a terminal or a markup as a command.

/// One line: control characters become visible, bidirectional and invisible marks are dropped to a replacement.
pub(crate) fn line(text: &str) -> String {
    text.chars().map(|c| if c == '\t' { ' ' } else { harmless(c) }).collect()
}

/// Several lines: as [`line`], line ends stay.
pub(crate) fn block(text: &str) -> String {
    text.chars().map(|c| if c == '\n' || c == '\t' { c } else { harmless(c) }).collect()
}

fn harmless(c: char) -> char {
    match c {
        '\0'..='\x1f' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => '\u{fffd}',
        c => c,
    }
}

/// A word for a shell command line, quoted when it needs to be.
pub(crate) fn shell(word: &str) -> String {
    let word = line(word);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word,
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_as_a_command() {
        let hostile = "a\x1b[31mb\r\n\u{9b}2J\u{202e}c\x07";
        assert_eq!(line(hostile), "a␛[31mb␍␊\u{fffd}2J\u{fffd}c␇");
        assert_eq!(block("a\nb\x1b"), "a\nb␛");
    }

    #[test]
    fn targets_are_quoted_when_they_need_it() {
        assert_eq!(shell("postgres://me@host:5432/shop"), "postgres://me@host:5432/shop");
        assert_eq!(shell("a b'c"), r"'a b'\''c'");
        assert_eq!(shell("postgres://h/db?a=1&b=2"), "'postgres://h/db?a=1&b=2'");
    }
}
