//! The reader: precedence climbing over the tokens.

use super::{Column, Expr};
use crate::{Dialect, TokenKind, Tokens};

/// Nesting beyond this is kept as text.
const DEEPEST: usize = 150;

/// A token that says something, with an operator's characters joined, and where it stands in the text.
#[derive(Debug, Clone, Copy)]
struct Word<'a> {
    kind: Kind,
    text: &'a str,
    start: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Name,
    Quoted,
    Literal,
    Parameter,
    Operator,
    Punctuation,
}

pub(super) fn parse(text: &str, dialect: Dialect) -> Expr {
    let words = words(text, dialect);
    let mut reader = Reader { text, words: &words, at: 0, depth: 0 };
    match reader.expression(0) {
        Some(expr) if reader.at == words.len() => expr,
        _ => Expr::Other(text.trim().to_owned()),
    }
}

/// Whether a call is written as `name(a, b)`, without words of its own between the arguments.
pub(super) fn has_plain_syntax(text: &str, name: &str) -> bool {
    const OWN: &[&str] =
        &["extract", "substring", "position", "overlay", "trim", "xmlelement", "convert", "group_concat"];
    !text.is_empty() && !OWN.contains(&name.to_ascii_lowercase().as_str())
}

fn words(text: &str, dialect: Dialect) -> Vec<Word<'_>> {
    let mut words: Vec<Word<'_>> = Vec::new();
    let mut start = 0;
    for token in Tokens::new(text, dialect) {
        let at = start;
        start += token.text.len();
        let operator = |text: &str| text.chars().all(|c| "+-*/<>=~!@#%^&|?:".contains(c));
        let kind = match token.kind {
            TokenKind::Space | TokenKind::Comment => continue,
            TokenKind::String | TokenKind::Number => Kind::Literal,
            TokenKind::QuotedName => Kind::Quoted,
            TokenKind::Parameter if token.text != "?" => Kind::Parameter,
            _ if operator(token.text) => Kind::Operator,
            TokenKind::Word => Kind::Name,
            _ => Kind::Punctuation,
        };
        // `<`, `>` make `<>` when nothing stands between; a sign before a literal stays apart from the operator.
        if kind == Kind::Operator
            && let Some(last) = words.last_mut()
            && last.kind == Kind::Operator
            // `?::text`: a literal that was taken out, and its type.
            && last.text.ends_with(':') == token.text.starts_with(':')
            && last.start + last.text.len() == at
            // `?::text` is a literal that was taken out, with its cast
            && !(last.text == "?" && token.text == ":")
        {
            last.text = &text[last.start..start];
            continue;
        }
        words.push(Word { kind, text: &text[at..start], start: at });
    }
    words
}

struct Reader<'a, 'w> {
    text: &'a str,
    words: &'w [Word<'a>],
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a, '_> {
    fn peek(&self) -> Option<Word<'a>> {
        self.words.get(self.at).copied()
    }

    fn is(&self, ahead: usize, text: &str) -> bool {
        self.words.get(self.at + ahead).is_some_and(|word| {
            !matches!(word.kind, Kind::Quoted | Kind::Literal) && word.text.eq_ignore_ascii_case(text)
        })
    }

    /// Goes past that word if it comes next.
    fn take(&mut self, text: &str) -> bool {
        let found = self.is(0, text);
        self.at += usize::from(found);
        found
    }

    /// The text from the word at `from` up to the present one.
    fn since(&self, from: usize) -> String {
        let start = self.words.get(from).map_or(self.text.len(), |word| word.start);
        let end = match self.at.checked_sub(1).and_then(|last| self.words.get(last)) {
            Some(last) => last.start + last.text.len(),
            None => start,
        };
        self.text.get(start..end.max(start)).unwrap_or_default().to_owned()
    }

    /// An expression whose operators bind at least as tightly as `least`.
    fn expression(&mut self, least: u8) -> Option<Expr> {
        self.depth += 1;
        let expr = if self.depth > DEEPEST { None } else { self.climb(least) };
        self.depth -= 1;
        expr
    }

    fn climb(&mut self, least: u8) -> Option<Expr> {
        let mut left = self.operand()?;
        loop {
            let Some((operator, length, binds)) = self.operator() else { return Some(left) };
            if binds < least {
                return Some(left);
            }
            self.at += length;
            left = match operator.as_str() {
                "and" => join(left, self.expression(binds + 1)?, true),
                "or" => join(left, self.expression(binds + 1)?, false),
                "is" => self.test(left)?,
                "collate" => {
                    self.at += 1;
                    while self.take(".") {
                        self.at += 1;
                    }
                    left
                }
                "isnull" | "notnull" => {
                    Expr::Is { inner: Box::new(left), test: "null".into(), negated: operator == "notnull" }
                }
                "in" | "not in" => {
                    let right = Box::new(self.operand()?);
                    let all = operator == "not in";
                    let operator = if all { "<>" } else { "=" }.to_owned();
                    Expr::Any { operator, left: Box::new(left), right, all }
                }
                "between" | "not between" => {
                    let _ = self.take("symmetric");
                    let low = Box::new(self.expression(BETWEEN + 1)?);
                    if !self.take("and") {
                        return None;
                    }
                    let high = Box::new(self.expression(BETWEEN + 1)?);
                    Expr::Between { inner: Box::new(left), low, high, negated: operator == "not between" }
                }
                _ if self.is(0, "any") || self.is(0, "some") || self.is(0, "all") => {
                    let all = self.is(0, "all");
                    self.at += 1;
                    let right = Box::new(self.operand()?);
                    Expr::Any { operator, left: Box::new(left), right, all }
                }
                _ => {
                    let right = Box::new(self.expression(binds + 1)?);
                    // `LIKE x ESCAPE y`: the escape says nothing we use.
                    if self.take("escape") {
                        self.operand()?;
                    }
                    Expr::Binary { operator, left: Box::new(left), right }
                }
            };
        }
    }

    /// The operator that comes next: its name in lower case, how many words it is, how tightly it binds.
    fn operator(&self) -> Option<(String, usize, u8)> {
        let word = self.peek()?;
        if word.kind == Kind::Operator && !word.text.starts_with(':') {
            let binds = match word.text {
                "=" | "<" | ">" | "<=" | ">=" | "<>" | "!=" | "<=>" => COMPARE,
                "+" | "-" => 8,
                "*" | "/" | "%" => 9,
                "^" => 10,
                "&&" if self.text.contains('`') => 2,
                _ => 7,
            };
            return Some((word.text.to_owned(), 1, binds));
        }
        if word.kind != Kind::Name {
            return None;
        }
        let not = usize::from(self.is(0, "not"));
        let negated = |name: &str| if not == 1 { format!("not {name}") } else { name.to_owned() };
        for name in ["like", "ilike", "regexp", "rlike", "in", "between"] {
            if self.is(not, name) {
                return Some((negated(name), not + 1, BETWEEN));
            }
        }
        if self.is(not, "similar") && self.is(not + 1, "to") {
            return Some((negated("similar to"), not + 2, BETWEEN));
        }
        if self.is(0, "at") && self.is(1, "time") && self.is(2, "zone") {
            return Some(("at time zone".into(), 3, 11));
        }
        for (name, binds) in [
            ("or", 1),
            ("xor", 1),
            ("and", 2),
            ("is", 4),
            ("isnull", 4),
            ("notnull", 4),
            ("overlaps", 7),
            ("div", 9),
            ("mod", 9),
            ("collate", 12),
        ] {
            if self.is(0, name) {
                return Some((name.into(), 1, binds));
            }
        }
        None
    }

    /// What follows `IS`.
    fn test(&mut self, left: Expr) -> Option<Expr> {
        let negated = self.take("not");
        if self.take("distinct") {
            if !self.take("from") {
                return None;
            }
            let right = Box::new(self.expression(COMPARE + 1)?);
            let operator = if negated { "is not distinct from" } else { "is distinct from" }.to_owned();
            return Some(Expr::Binary { operator, left: Box::new(left), right });
        }
        let test = self.peek()?.text.to_ascii_lowercase();
        self.at += 1;
        Some(Expr::Is { inner: Box::new(left), test, negated })
    }

    /// An operand with what is written behind it: casts, subscripts, fields.
    fn operand(&mut self) -> Option<Expr> {
        let from = self.at;
        let mut expr = self.primary()?;
        loop {
            if self.take("::") {
                let to = self.type_name()?;
                expr = Expr::Cast { inner: Box::new(expr), to };
            } else if self.take("[") {
                self.skip_to("]")?;
                expr = Expr::Other(self.since(from));
            } else if self.is(0, ".") && matches!(expr, Expr::SubPlan(_)) {
                self.at += 2;
            } else if self.is(0, ".") && !matches!(expr, Expr::Column(_)) {
                self.at += 2;
                expr = Expr::Other(self.since(from));
            } else {
                return Some(expr);
            }
        }
    }

    fn primary(&mut self) -> Option<Expr> {
        let word = self.peek()?;
        let from = self.at;
        self.at += 1;
        match word.kind {
            Kind::Literal => {
                while self.peek().is_some_and(|next| next.kind == Kind::Literal && next.text.starts_with('\'')) {
                    self.at += 1;
                }
                Some(Expr::Literal(self.since(from)))
            }
            Kind::Parameter => Some(Expr::Parameter(word.text.to_owned())),
            Kind::Operator if word.text == "?" => Some(Expr::Parameter("?".into())),
            // MySQL's `<cache>(…)`, `<in_optimizer>(…)`.
            Kind::Operator if word.text == "<" && self.is(1, ">") && self.is(2, "(") => {
                self.at += 2;
                self.operand()
            }
            Kind::Operator => {
                self.depth += 1;
                let inner = if self.depth > DEEPEST { None } else { self.operand() };
                self.depth -= 1;
                Some(Expr::Unary { operator: word.text.to_owned(), inner: Box::new(inner?) })
            }
            Kind::Punctuation if word.text == "(" => self.parenthesis(from),
            Kind::Punctuation => None,
            Kind::Quoted => self.name(from),
            Kind::Name if word.text.eq_ignore_ascii_case("not") => Some(Expr::Not(Box::new(self.expression(3)?))),
            Kind::Name if word.text.eq_ignore_ascii_case("case") => {
                self.skip_case();
                Some(Expr::Other(self.since(from)))
            }
            Kind::Name if word.text.eq_ignore_ascii_case("array") && self.take("[") => {
                let items = self.list("]")?;
                Some(Expr::List(items))
            }
            Kind::Name if word.text.eq_ignore_ascii_case("row") && self.take("(") => Some(Expr::List(self.list(")")?)),
            Kind::Name if matches!(&*word.text.to_ascii_lowercase(), "null" | "true" | "false") => {
                Some(Expr::Literal(word.text.to_owned()))
            }
            Kind::Name
                if is_type_before_literal(word.text) && self.peek().is_some_and(|next| next.kind == Kind::Literal) =>
            {
                self.at += 1;
                Some(Expr::Literal(self.since(from)))
            }
            // the same when the literal was taken out: `DATE ?`
            Kind::Name if is_type_before_literal(word.text) && self.peek().is_some_and(|next| next.text == "?") => {
                self.at += 1;
                Some(Expr::Parameter("?".to_owned()))
            }
            Kind::Name => self.sub_plan(from).or_else(|| self.name(from)),
        }
    }

    /// `SubPlan 1`, `hashed SubPlan 1`, `InitPlan 2`, `alternatives: …`, `select #2` (MySQL).
    fn sub_plan(&mut self, from: usize) -> Option<Expr> {
        let before = self.at;
        self.at = from;
        let _ = self.take("hashed");
        let named = self.take("SubPlan") || self.take("InitPlan") || self.take("CTE");
        let numbered = self.peek().is_some_and(|word| word.kind == Kind::Literal);
        if named && numbered {
            self.at += 1;
            return Some(Expr::SubPlan(self.since(from)));
        }
        self.at = before;
        None
    }

    /// A column (`a.b.c`) or a call (`f(…)`).
    fn name(&mut self, from: usize) -> Option<Expr> {
        let mut parts = vec![unquoted(self.words.get(from)?.text)];
        while self.is(0, ".") {
            let part = self.words.get(self.at + 1)?;
            parts.push(unquoted(part.text));
            self.at += 2;
        }
        if self.take("(") {
            return self.call(from);
        }
        let name = parts.pop()?;
        Some(Expr::Column(Column { qualifier: parts.join("."), name }))
    }

    fn call(&mut self, from: usize) -> Option<Expr> {
        let name = self.text.get(self.words.get(from)?.start..self.words.get(self.at - 1)?.start)?.trim().to_owned();
        if name.eq_ignore_ascii_case("cast") {
            let inner = Box::new(self.expression(0)?);
            if !self.take("as") {
                return None;
            }
            let to = self.at;
            self.skip_to(")")?;
            self.at -= 1;
            let to = self.since(to);
            self.at += 1;
            return Some(Expr::Cast { inner, to });
        }
        let mut arguments = self.list(")")?;
        let _ = self.window();
        // MariaDB's and MySQL's mark for a condition of an outer join
        if name.eq_ignore_ascii_case("trigcond") && arguments.len() == 1 {
            return arguments.pop();
        }
        Some(Expr::Call { name, arguments, text: self.since(from) })
    }

    /// `FILTER (…)`, `OVER (…)`, `WITHIN GROUP (…)` behind a call.
    fn window(&mut self) -> Option<()> {
        while self.is(0, "over") || self.is(0, "filter") || (self.is(0, "within") && self.is(1, "group")) {
            self.at += if self.is(0, "within") { 2 } else { 1 };
            if self.take("(") {
                self.skip_to(")")?;
            } else {
                self.at += 1;
            }
        }
        Some(())
    }

    /// Arguments up to the closing mark, which is taken; words between them are left out.
    fn list(&mut self, close: &str) -> Option<Vec<Expr>> {
        const BETWEEN_ARGUMENTS: &[&str] = &[
            "from", "for", "using", "distinct", "variadic", "as", "both", "leading", "trailing", "order", "by", "in",
            "placing",
        ];
        let mut items = Vec::new();
        loop {
            if self.take(close) {
                return Some(items);
            }
            if self.take(",") || self.take("*") || BETWEEN_ARGUMENTS.iter().any(|word| self.take(word)) {
                continue;
            }
            let before = self.at;
            match self.expression(0) {
                Some(expr) => items.push(expr),
                None => {
                    self.at = before;
                    self.skip_to(close)?;
                    return Some(items);
                }
            }
            if self.at == before {
                return None;
            }
        }
    }

    fn parenthesis(&mut self, from: usize) -> Option<Expr> {
        if self.take(")") {
            return Some(Expr::List(Vec::new()));
        }
        if self.is(0, "select") || self.is(0, "alternatives") {
            self.skip_to(")")?;
            return Some(Expr::SubPlan(self.since(from)));
        }
        let first = self.expression(0)?;
        if self.take(")") {
            return Some(first);
        }
        let mut items = vec![first];
        while self.take(",") {
            items.push(self.expression(0)?);
        }
        self.take(")").then_some(Expr::List(items))
    }

    /// A type's name: words, a schema, a length, brackets.
    fn type_name(&mut self) -> Option<String> {
        let from = self.at;
        let first = self.peek()?;
        if !matches!(first.kind, Kind::Name | Kind::Quoted) {
            return None;
        }
        self.at += 1;
        while self.take(".") {
            self.at += 1;
        }
        while ["varying", "precision", "without", "with", "time", "zone"].iter().any(|word| self.take(word)) {}
        if self.take("(") {
            self.skip_to(")")?;
            while ["without", "with", "time", "zone"].iter().any(|word| self.take(word)) {}
        }
        while self.take("[") {
            self.skip_to("]")?;
        }
        self.at = self.at.min(self.words.len());
        Some(self.since(from))
    }

    /// Past the closing mark that belongs to one already taken.
    fn skip_to(&mut self, close: &str) -> Option<()> {
        let open = if close == ")" { "(" } else { "[" };
        let mut depth = 1;
        while let Some(word) = self.peek() {
            self.at += 1;
            if word.kind == Kind::Punctuation && word.text == open {
                depth += 1;
            } else if word.kind == Kind::Punctuation && word.text == close {
                depth -= 1;
                if depth == 0 {
                    return Some(());
                }
            }
        }
        None
    }

    fn skip_case(&mut self) {
        let mut depth = 1;
        while depth > 0 && self.at < self.words.len() {
            if self.is(0, "case") {
                depth += 1;
            } else if self.is(0, "end") {
                depth -= 1;
            }
            self.at += 1;
        }
    }
}

const COMPARE: u8 = 5;
const BETWEEN: u8 = 6;

fn join(left: Expr, right: Expr, and: bool) -> Expr {
    let mut all = match left {
        Expr::And(all) if and => all,
        Expr::Or(all) if !and => all,
        other => vec![other],
    };
    all.push(right);
    if and { Expr::And(all) } else { Expr::Or(all) }
}

fn unquoted(text: &str) -> String {
    match text.chars().next() {
        Some(quote @ ('"' | '`')) if text.len() > 1 => {
            text[1..].trim_end_matches(quote).replace(&format!("{quote}{quote}"), &quote.to_string())
        }
        _ => text.to_owned(),
    }
}

fn is_type_before_literal(word: &str) -> bool {
    ["date", "time", "timestamp", "timestamptz", "interval"].iter().any(|name| word.eq_ignore_ascii_case(name))
}
