//! Literals in a text of a plan: what goes, and what of their shape stays.

use dbwright_sql::{Dialect, Token, TokenKind, Tokens};

/// Takes literals out of texts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Literals {
    /// How to cut the texts.
    pub(super) dialect: Dialect,
    /// They are documents: a quoted word before a colon is a key.
    pub(super) documents: bool,
}

impl Literals {
    /// The text without literals and comments.
    pub(super) fn out(&self, text: &str) -> String {
        let tokens = self.tokens(text);
        let mut out = String::with_capacity(text.len());
        let mut space = false;
        // how deep inside the parentheses of a type: `numeric(10,2)`
        let mut modifier = Modifier::None;
        for (at, token) in tokens.iter().enumerate() {
            match token.kind {
                TokenKind::Space => {
                    space = true;
                    continue;
                }
                TokenKind::Comment if !is_reference(token.text) => {
                    space = true;
                    continue;
                }
                _ => {}
            }
            if space && !out.is_empty() {
                out.push(' ');
            }
            modifier = modifier.next(token, &tokens[..at], space);
            space = false;
            match token.kind {
                TokenKind::Number if modifier != Modifier::Inside && !numbers_a_part(&tokens[..at]) => {
                    if is_signed(&tokens[..at]) {
                        out.truncate(out.trim_end_matches(['-', ' ']).len());
                        if !out.is_empty() && !out.ends_with('(') {
                            out.push(' ');
                        }
                    }
                    out.push('?');
                }
                TokenKind::String if self.documents && is_key(&tokens[at + 1..]) => out.push_str(token.text),
                TokenKind::String => self.string(token.text, &tokens[at + 1..], &mut out),
                _ => out.push_str(token.text),
            }
        }
        out
    }

    /// Cuts; `#2` after `select` is a reference, not the beginning of a comment.
    fn tokens<'a>(&self, text: &'a str) -> Vec<Token<'a>> {
        let mut tokens = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let mut at = 0;
            let mut again = false;
            for token in Tokens::new(rest, self.dialect) {
                let digits = token
                    .text
                    .strip_prefix('#')
                    .map_or(0, |after| after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len()));
                if token.kind == TokenKind::Comment && digits > 0 {
                    tokens.push(Token { kind: TokenKind::Comment, text: &token.text[..digits + 1] });
                    at += digits + 1;
                    again = true;
                    break;
                }
                at += token.text.len();
                tokens.push(token);
            }
            if !again {
                break;
            }
            rest = &rest[at..];
        }
        tokens
    }

    fn string(&self, text: &str, after: &[Token<'_>], out: &mut String) {
        let quote = if text.ends_with('"') && text.len() > 1 { '"' } else { '\'' };
        let content = match (text.find(quote), text.len() > 1 && text.ends_with(quote)) {
            (Some(start), true) if start + 1 < text.len() => &text[start + 1..text.len() - 1],
            // cut off, or quoted with dollars
            _ => "",
        };
        if content.starts_with('{') && content.ends_with('}') && is_array(after) {
            return match (elements(content), content.strip_prefix("{?×")) {
                (_, Some(count)) if count.trim_end_matches('}').bytes().all(|b| b.is_ascii_digit()) => {
                    out.push_str(text)
                }
                (0, _) => out.push_str("'{}'"),
                (1, _) => out.push_str("'{?}'"),
                (count, _) => out.push_str(&format!("'{{?×{count}}}'")),
            };
        }
        if !content.contains('%') {
            return out.push('?');
        }
        out.push('\'');
        let mut hidden = false;
        for (at, c) in content.char_indices() {
            let wildcard = c == '%' || (c == '_' && at == 0);
            match wildcard {
                true if out.ends_with('%') && c == '%' => {}
                true => out.push(c),
                false if !hidden => out.push('?'),
                false => {}
            }
            hidden = !wildcard;
        }
        out.push('\'');
    }
}

/// Where in a type with a modifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Modifier {
    None,
    /// Behind `::`, in the words of the type.
    Type,
    /// Between its parentheses.
    Inside,
}

impl Modifier {
    fn next(self, token: &Token<'_>, before: &[Token<'_>], space: bool) -> Modifier {
        let cast = token.text == ":" && before.last().is_some_and(|last| last.text == ":");
        match (self, token.text) {
            _ if cast => Modifier::Type,
            (Modifier::Type, "(") if !space => Modifier::Inside,
            (Modifier::Type, ".") => Modifier::Type,
            (Modifier::Type, _) if matches!(token.kind, TokenKind::Word | TokenKind::QuotedName) => Modifier::Type,
            (Modifier::Inside, ")") => Modifier::Type,
            (Modifier::Inside, ",") => Modifier::Inside,
            (Modifier::Inside, _) if token.kind == TokenKind::Number => Modifier::Inside,
            _ => Modifier::None,
        }
    }
}

/// `#2`, `/* select#2 */`: another part of the plan.
fn is_reference(comment: &str) -> bool {
    let inner = comment.strip_prefix("/*").and_then(|inner| inner.strip_suffix("*/")).unwrap_or(comment).trim();
    let number = inner.strip_prefix("select").unwrap_or(inner).strip_prefix('#');
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a number names another part of the plan: `SubPlan 1`.
fn numbers_a_part(before: &[Token<'_>]) -> bool {
    let mut words = before.iter().rev().filter(|token| token.kind != TokenKind::Space);
    words.next().is_some_and(|last| matches!(last.text, "InitPlan" | "SubPlan" | "CTE"))
}

/// Whether a minus before a number is its sign.
fn is_signed(before: &[Token<'_>]) -> bool {
    let mut words = before.iter().rev().filter(|token| token.kind != TokenKind::Space);
    let sign = words.next().is_some_and(|last| last.text == "-");
    sign && words.next().is_some_and(|last| matches!(last.text, "(" | "," | "=" | "<" | ">"))
}

/// Whether what follows is `::type[]`.
fn is_array(after: &[Token<'_>]) -> bool {
    let mut tokens = after.iter().map(|token| token.text);
    if (tokens.next(), tokens.next()) != (Some(":"), Some(":")) {
        return false;
    }
    let mut inside = false;
    for token in &after[2..] {
        match token.text {
            "[" => return true,
            "(" => inside = true,
            ")" if inside => inside = false,
            "." => {}
            "," if inside => {}
            _ if matches!(token.kind, TokenKind::Word | TokenKind::QuotedName | TokenKind::Space) => {}
            _ if inside && token.kind == TokenKind::Number => {}
            _ => return false,
        }
    }
    false
}

fn is_key(after: &[Token<'_>]) -> bool {
    let mut symbols = after.iter().filter(|token| token.kind != TokenKind::Space);
    symbols.next().is_some_and(|next| next.text == ":")
}

/// How many elements an array's text has at its outermost level.
fn elements(content: &str) -> usize {
    let inner = &content[1..content.len() - 1];
    if inner.trim().is_empty() {
        return 0;
    }
    let (mut count, mut depth, mut quoted, mut escaped) = (1, 0_u32, false, false);
    for c in inner.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => count += 1,
            _ => {}
        }
    }
    count
}

/// A message without what it quotes in single quotes; an apostrophe inside a word is none.
pub(super) fn quoted_out(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(at) = rest.find('\'') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        if before.ends_with(char::is_alphanumeric) && !before.ends_with(" E") {
            out.push('\'');
            rest = &after[1..];
            continue;
        }
        out.push('?');
        rest = after[1..].find('\'').map_or("", |end| &after[end + 2..]);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_of_literals_stays() {
        let pg = |text: &str| Literals { dialect: Dialect::Postgres, documents: false }.out(text);
        for (text, expected) in [
            ("((a)::text = 'x'::text)", "((a)::text = ?::text)"),
            ("(a ~~ 'abc%'::text)", "(a ~~ '?%'::text)"),
            ("(a ~~ '%abc%'::text)", "(a ~~ '%?%'::text)"),
            ("(a ~~ '_bc%x%%'::text)", "(a ~~ '_?%?%'::text)"),
            ("(a = ANY ('{1,2,3}'::integer[]))", "(a = ANY ('{?×3}'::integer[]))"),
            ("(a = ANY ('{\"a,b\",c}'::character varying(20)[]))", "(a = ANY ('{?×2}'::character varying(20)[]))"),
            ("(a = ANY ('{7}'::bigint[]))", "(a = ANY ('{?}'::bigint[]))"),
            ("(a = ANY ('{}'::bigint[]))", "(a = ANY ('{}'::bigint[]))"),
            ("(doc @> '{\"a\": 1}'::jsonb)", "(doc @> ?::jsonb)"),
            ("(a = 5 AND b IS NULL AND c = true)", "(a = ? AND b IS NULL AND c = true)"),
            ("(x)::numeric(10,2) > 3.5", "(x)::numeric(10,2) > ?"),
            (
                "(x = (InitPlan 10).col1) AND (NOT (hashed SubPlan 2))",
                "(x = (InitPlan 10).col1) AND (NOT (hashed SubPlan 2))",
            ),
            ("(a > -5) AND (b - 5 < c)", "(a > ?) AND (b - ? < c)"),
            ("(a > $1) OR (t1_2.b = $12)", "(a > $1) OR (t1_2.b = $12)"),
            ("(\"It's\" = 'it''s')", "(\"It's\" = ?)"),
            ("(a = '", "(a = ?"),
        ] {
            assert_eq!(pg(text), expected);
            assert_eq!(pg(expected), expected, "twice is once");
        }
        let my = |text: &str| Literals { dialect: Dialect::MySql, documents: false }.out(text);
        for (text, expected) in [
            ("(`t`.`a` = 'it\\'s')", "(`t`.`a` = ?)"),
            ("(t.a = (select #2)) and (b = 5)", "(t.a = (select #2)) and (b = ?)"),
            ("/* select#2 */ select 1 /* secret */", "/* select#2 */ select ?"),
            ("(a like \"x%\")", "(a like '?%')"),
        ] {
            assert_eq!(my(text), expected);
        }
    }

    #[test]
    fn messages_keep_their_apostrophes() {
        assert_eq!(quoted_out("the operator's inputs end at 'secret"), "the operator's inputs end at ?");
        assert_eq!(quoted_out("(a = 'x') is cut"), "(a = ?) is cut");
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_stop(text in "\\PC*", parts in proptest::collection::vec("'|\\{|\\}|%|::|\\[\\]|#1|/\\*|\"|a|1|é|\\$", 0..12)) {
            for text in [text, parts.concat()] {
                for dialect in [Dialect::Postgres, Dialect::MySql] {
                    for documents in [false, true] {
                        Literals { dialect, documents }.out(&text);
                    }
                }
                quoted_out(&text);
            }
        }
    }
}
