//! Taking literals and comments out of a statement.

use dbwright_model::{Redaction, SqlText};

use crate::{Dialect, TokenKind, Tokens};

/// The statement on one line without comments, with `?` for every literal. What cannot be told from a literal
/// (an unclosed string, cut off by the server) counts as one. With [`Redaction::Off`] literals stay.
pub fn redact(text: &str, dialect: Dialect, redaction: Redaction) -> SqlText {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    for token in Tokens::new(text, dialect) {
        let shown = match token.kind {
            TokenKind::Space | TokenKind::Comment => {
                space = true;
                continue;
            }
            TokenKind::String | TokenKind::Number if redaction != Redaction::Off => "?",
            _ => token.text,
        };
        if space && !out.is_empty() {
            out.push(' ');
        }
        space = false;
        out.push_str(shown);
    }
    SqlText::from(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(text: &str, dialect: Dialect) -> String {
        redact(text, dialect, Redaction::Literals).as_str().to_owned()
    }

    #[test]
    fn no_literal_survives() {
        let postgres = [
            "SELECT 'secret', E'it\\'s secret', $$secret$$, $x$secret$x$ -- secret",
            "/* secret /* secret */ secret */ SELECT 'cut off secret",
            "ALTER ROLE a PASSWORD 'secret'",
            "SELECT U&'secret', B'01', 'a' 'secret'",
        ];
        for text in postgres {
            assert!(!redacted(text, Dialect::Postgres).contains("secret"), "{text}");
        }
        for text in ["SELECT \"secret\", 'a\\'secret' # secret", "SELECT 1 -- secret\n+ 'secret"] {
            assert!(!redacted(text, Dialect::MySql).contains("secret"), "{text}");
        }
    }

    #[test]
    fn the_shape_stays() {
        let text = "select  a.\"Id\"\n from t1 a where n in (1, 2.5) and x = $1 and y like '%z'";
        let expected = "select a.\"Id\" from t1 a where n in (?, ?) and x = $1 and y like ?";
        assert_eq!(redacted(text, Dialect::Postgres), expected);
        assert_eq!(redact("select 'a'", Dialect::Postgres, Redaction::Off).as_str(), "select 'a'");
    }
}
