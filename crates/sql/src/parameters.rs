//! What the parameters of a query stand for: values of a column, a number of rows, something nobody can tell.

use crate::{Dialect, TokenKind, Tokens};

/// What one parameter stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stands {
    /// A value that a column is compared with.
    Column {
        /// The table or its alias, where it is named.
        table: Option<String>,
        /// The column.
        column: String,
        /// How it is compared.
        bound: Bound,
    },
    /// How many rows are wanted.
    Limit,
    /// How many rows are passed over.
    Offset,
    /// Something else.
    Unknown,
}

/// On which side of a value the wanted rows lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// At it, or between it and another.
    At,
    /// Above it, without a limit further up.
    Above,
    /// Below it, without a limit further down.
    Below,
}

/// The query with `?` for each of its parameters, and what each stands for, in order.
pub fn parameters(text: &str, dialect: Dialect) -> (String, Vec<Stands>) {
    let mut positional = String::with_capacity(text.len());
    let mut tokens: Vec<(TokenKind, &str)> = Vec::new();
    for token in Tokens::new(text, dialect) {
        let parameter = token.kind == TokenKind::Parameter;
        positional.push_str(if parameter { "?" } else { token.text });
        if !matches!(token.kind, TokenKind::Space | TokenKind::Comment) {
            tokens.push((token.kind, token.text));
        }
    }
    let tokens = Reader { tokens };
    let all = 0..tokens.tokens.len();
    let mut found: Vec<Stands> =
        all.filter(|at| tokens.tokens[*at].0 == TokenKind::Parameter).map(|at| tokens.stands(at)).collect();
    between(&mut found);
    (positional, found)
}

/// Two bounds of one column make a range: neither is open.
fn between(found: &mut [Stands]) {
    let sides: Vec<Option<(String, Bound)>> = found
        .iter()
        .map(|stands| match stands {
            Stands::Column { table, column, bound } => {
                Some((format!("{}.{column}", table.as_deref().unwrap_or_default()), *bound))
            }
            _ => None,
        })
        .collect();
    for (at, stands) in found.iter_mut().enumerate() {
        let Stands::Column { bound, .. } = stands else { continue };
        let closes = |other: &Option<(String, Bound)>| {
            let (Some((name, own)), Some((other, side))) = (&sides[at], other) else { return false };
            name == other && *own != Bound::At && *side != Bound::At && own != side
        };
        if sides.iter().any(closes) {
            *bound = Bound::At;
        }
    }
}

struct Reader<'a> {
    tokens: Vec<(TokenKind, &'a str)>,
}

impl Reader<'_> {
    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |(_, text)| text)
    }

    fn is(&self, at: Option<usize>, word: &str) -> bool {
        at.is_some_and(|at| self.text(at).eq_ignore_ascii_case(word))
    }

    fn stands(&self, at: usize) -> Stands {
        let before = at.checked_sub(1);
        if self.is(before, "limit") {
            return if self.text(at + 1) == "," { Stands::Offset } else { Stands::Limit };
        }
        if self.is(before, "offset") {
            return Stands::Offset;
        }
        if self.is(before, ",") && self.is(at.checked_sub(3), "limit") {
            return Stands::Limit;
        }
        let Some(before) = before else { return Stands::Unknown };
        let column = if self.is(Some(before), "between") {
            self.ends_before(before, Bound::At)
        } else if self.is(Some(before), "and") && self.is(at.checked_sub(3), "between") {
            self.ends_before(at - 3, Bound::At)
        } else if ["like", "rlike", "regexp"].iter().any(|word| self.is(Some(before), word)) {
            self.ends_before(before, Bound::At)
        } else if matches!(self.text(before), "(" | ",") {
            self.list(before)
        } else {
            self.compared(before).or_else(|| self.compares(at + 1))
        };
        column.unwrap_or(Stands::Unknown)
    }

    /// `column IN (…, ?`.
    fn list(&self, mut at: usize) -> Option<Stands> {
        while self.text(at) != "(" {
            let item = matches!(self.tokens.get(at)?.0, TokenKind::Parameter | TokenKind::Number | TokenKind::String);
            if !item && self.text(at) != "," {
                return None;
            }
            at = at.checked_sub(1)?;
        }
        let word = at.checked_sub(1)?;
        if self.is(Some(word), "in") { self.ends_before(word, Bound::At) } else { None }
    }

    /// `column >= ?`, the operator ending at `at`.
    fn compared(&self, at: usize) -> Option<Stands> {
        let mut start = at;
        while self.operator(start) {
            start = start.checked_sub(1)?;
        }
        let operator: String = (start + 1..=at).map(|at| self.text(at)).collect();
        let bound = match operator.as_str() {
            "" => return None,
            ">" | ">=" => Bound::Above,
            "<" | "<=" => Bound::Below,
            _ => Bound::At,
        };
        self.ends_before(start + 1, bound)
    }

    /// `? <= column`, the operator beginning at `at`.
    fn compares(&self, at: usize) -> Option<Stands> {
        let mut end = at;
        while self.operator(end) {
            end += 1;
        }
        let operator: String = (at..end).map(|at| self.text(at)).collect();
        let bound = match operator.as_str() {
            "" => return None,
            "<" | "<=" => Bound::Above,
            ">" | ">=" => Bound::Below,
            _ => Bound::At,
        };
        let last = if self.text(end + 1) == "." { end + 2 } else { end };
        // a function's result is not its argument
        if self.text(last + 1) == "(" { None } else { self.ends_before(last + 1, bound) }
    }

    fn operator(&self, at: usize) -> bool {
        let text = self.text(at);
        !text.is_empty() && text.chars().all(|c| matches!(c, '<' | '>' | '=' | '!'))
    }

    /// The column whose name ends right before that token, or before a `NOT` there.
    fn ends_before(&self, at: usize, bound: Bound) -> Option<Stands> {
        let mut last = at.checked_sub(1)?;
        if self.is(Some(last), "not") {
            last = last.checked_sub(1)?;
        }
        let column = self.name(last)?;
        let table = match last.checked_sub(2) {
            Some(table) if self.text(last - 1) == "." => self.name(table),
            _ => None,
        };
        Some(Stands::Column { table, column, bound })
    }

    fn name(&self, at: usize) -> Option<String> {
        let (kind, text) = self.tokens.get(at)?;
        match kind {
            TokenKind::QuotedName => Some(text.trim_matches(['`', '"']).replace("``", "`")),
            TokenKind::Word if !text.eq_ignore_ascii_case("end") => Some((*text).to_owned()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let told = |stands: Stands| match stands {
            Stands::Column { table, column, bound } => {
                format!("{}{column} {bound:?}", table.map(|table| table + ".").unwrap_or_default())
            }
            other => format!("{other:?}"),
        };
        parameters(text, Dialect::MySql).1.into_iter().map(told).collect()
    }

    #[test]
    fn parameters_stand_for_values_of_columns() {
        assert_eq!(told("select * from t where a = ? and `t`.`b c` <> ?"), ["a At", "t.b c At"]);
        assert_eq!(
            told("select 1 from t where x.a > ? or ? >= b or c not in (1, ?, ?)"),
            ["x.a Above", "b Below", "c At", "c At"]
        );
        assert_eq!(
            told("select 1 from t where d between ? and ? and e like ? limit ?"),
            ["d At", "d At", "e At", "Limit"]
        );
        assert_eq!(told("select 1 from t where d >= ? and d < ? limit ?, ?"), ["d At", "d At", "Offset", "Limit"]);
        assert_eq!(
            told("select ?, abs(?) from t where abs(a) = ? order by 1 limit 5 offset ?"),
            ["Unknown", "Unknown", "Unknown", "Offset"]
        );
    }

    #[test]
    fn a_comment_has_no_parameters() {
        let (text, stands) = parameters("select 1 where a = $1 -- $2", Dialect::Postgres);
        assert_eq!((text.as_str(), stands.len()), ("select 1 where a = ? -- $2", 1));
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_as_many_as_it_shows(text in "[a-z?$1(),.=<>!' `]{0,40}( in | between | and | limit | like )?[?,.=<> (]{0,8}") {
            for dialect in [Dialect::MySql, Dialect::Postgres] {
                let asked = Tokens::new(&text, dialect).filter(|token| token.kind == TokenKind::Parameter).count();
                proptest::prop_assert_eq!(parameters(&text, dialect).1.len(), asked);
            }
        }
    }
}
