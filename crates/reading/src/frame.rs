//! The frames that tools put around text: borders, quotes, prompts, headers, footers, continuation marks.
//!
//! [`unframe`] takes them off line by line and says what each line is for the frame; what the text itself means is for
//! the engine's reader. Where a terminal or a mail program broke lines, [`Wrap`] knows how to join them again.

use std::borrow::Cow;

/// What a line is for the frame it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Text of somebody's.
    Text,
    /// Nothing.
    Blank,
    /// The name of the column: `QUERY PLAN`.
    Header,
    /// A line drawn: `-----`, `+----+`, `-[ RECORD 1 ]-`.
    Rule,
    /// What the client says below a table: `(23 rows)`, `Time: 12.3 ms`.
    Footer,
    /// The fence of a block of code.
    Fence,
    /// What was typed at a prompt; the prompt is off.
    Prompt,
}

/// A line without its frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its number, from 0. Lines that were joined have that of the first, lines that were taken apart all have the same.
    pub number: usize,
    /// The text with its indentation in blanks, without blanks at its end.
    pub text: Cow<'a, str>,
    /// What it is for the frame.
    pub role: Role,
    /// How many characters it had in its frame.
    pub width: usize,
}

impl Line<'_> {
    /// How many blanks it starts with.
    pub fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start_matches(' ').len()
    }
}

/// Takes the frames off a run of lines; the first of them has the number `first`.
pub fn unframe<'a>(lines: &[&'a str], first: usize) -> Vec<Line<'a>> {
    let mut out: Vec<Line<'a>> = Vec::with_capacity(lines.len());
    let marked = lines.windows(2).any(|pair| is_marked(pair[0].trim_end(), pair[1]));
    for (at, raw) in lines.iter().enumerate() {
        let mut line = strip(raw, first + at);
        match out.last_mut() {
            // a cell that psql broke (`\pset format wrapped`): a mark at the end, and the same mark below it
            Some(above) if marked && line.role == Role::Text && above.role == Role::Text && continues(above, &line) => {
                let mark = line.text.chars().next().map_or(0, char::len_utf8);
                let mut text = std::mem::take(&mut above.text).into_owned();
                text.truncate(text.len() - mark);
                text.push_str(&line.text[mark..]);
                above.text = Cow::Owned(text);
                continue;
            }
            // the column's name stands right above the line, whatever language it is in
            Some(above)
                if line.role == Role::Rule
                    && above.role == Role::Text
                    && !line.text.starts_with("-[")
                    && is_title(&above.text) =>
            {
                above.role = Role::Header;
            }
            _ => {}
        }
        if line.role == Role::Text && line.text.is_empty() {
            line.role = Role::Blank;
        }
        out.push(line);
    }
    out
}

/// Whether psql broke a line there. `1.` and `.2` may be a broken `1..2` as well: they prove nothing.
fn is_marked(above: &str, line: &str) -> bool {
    let bar = ['|', '│', ' '];
    let (above, line) = (above.trim_end_matches(bar), line.trim_start_matches(bar));
    ['.', '…'].iter().any(|&mark| {
        let (Some(head), Some(tail)) = (above.strip_suffix(mark), line.strip_prefix(mark)) else { return false };
        !(head.ends_with(|c: char| c.is_ascii_digit()) && tail.starts_with(|c: char| c.is_ascii_digit()))
    })
}

fn continues(above: &Line<'_>, line: &Line<'_>) -> bool {
    ['.', '…'].iter().any(|&mark| above.text.ends_with(mark) && line.text.starts_with(mark))
}

/// A column's name is a word or two.
fn is_title(text: &str) -> bool {
    let text = text.trim();
    text.len() <= 60 && !text.starts_with("->") && !text.contains("(cost=") && !text.contains(": ")
}

fn strip(raw: &str, number: usize) -> Line<'_> {
    let width = if raw.is_ascii() { raw.len() } else { raw.chars().count() };
    let mut text = plain(raw);
    let mut role = Role::Text;
    // > quoted > by a mail program
    while let Some(rest) = text.strip_prefix('>') {
        text = slice(&text, rest.strip_prefix(' ').unwrap_or(rest));
    }
    if let Some(rest) = prompt(&text) {
        let line = Line { number, text: slice(&text, rest), role: Role::Prompt, width };
        return line;
    }
    if is_rule(&text) {
        return Line { number, text, role: Role::Rule, width };
    }
    if text.trim_start().starts_with("```") || text.trim_start().starts_with("~~~") {
        return Line { number, text, role: Role::Fence, width };
    }
    text = borders(text);
    text = quotes(text);
    let bare = text.trim();
    if is_header(bare) {
        role = Role::Header;
    } else if is_footer(bare) {
        role = Role::Footer;
    }
    Line { number, text, role, width }
}

/// The same text for a part of it, without copying what is borrowed.
fn slice<'a>(text: &Cow<'a, str>, part: &str) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(whole) => {
            // `part` is a part of `whole`
            let start = part.as_ptr() as usize - whole.as_ptr() as usize;
            whole.get(start..start + part.len()).map_or_else(|| Cow::Owned(part.to_owned()), Cow::Borrowed)
        }
        Cow::Owned(_) => Cow::Owned(part.to_owned()),
    }
}

/// Tabs, blanks of other kinds, entities and escape sequences in plain characters; nothing at the end.
fn plain(raw: &str) -> Cow<'_, str> {
    let trimmed = raw.trim_end();
    let odd = |byte: u8| byte == b'\t' || byte == b'&' || !(0x20..0x80).contains(&byte);
    if !trimmed.bytes().any(odd) {
        return Cow::Borrowed(trimmed);
    }
    let mut out = String::with_capacity(trimmed.len() + 16);
    let mut rest = trimmed;
    let mut column = 0;
    let mut leading = true;
    while let Some(char) = rest.chars().next() {
        let mut next = char.len_utf8();
        match char {
            '\t' if leading => {
                let to = (column / 8 + 1) * 8;
                out.extend(std::iter::repeat_n(' ', to - column));
                column = to;
                rest = &rest[next..];
                continue;
            }
            '\t' | '\u{a0}' | '\u{2007}' | '\u{202f}' => out.push(' '),
            '\u{200b}' | '\u{feff}' | '\u{200e}' => {}
            '\u{1b}' => {
                // colours: ESC [ … letter
                let end = rest.find(|c: char| c.is_ascii_alphabetic()).map_or(rest.len(), |at| at + 1);
                next = end.min(12).max(next);
                while !rest.is_char_boundary(next) {
                    next += 1;
                }
            }
            '&' => match entity(rest) {
                Some((plain, length)) => {
                    out.push(plain);
                    next = length;
                }
                None => out.push('&'),
            },
            char if char.is_control() => {}
            char => out.push(char),
        }
        leading &= out.ends_with(' ') || out.is_empty();
        column += 1;
        rest = &rest[next..];
    }
    out.truncate(out.trim_end().len());
    Cow::Owned(out)
}

fn entity(text: &str) -> Option<(char, usize)> {
    const ENTITIES: &[(&str, char)] = &[
        ("&gt;", '>'),
        ("&lt;", '<'),
        ("&amp;", '&'),
        ("&quot;", '"'),
        ("&#39;", '\''),
        ("&#x27;", '\''),
        ("&#34;", '"'),
        ("&apos;", '\''),
        ("&nbsp;", ' '),
        ("&#160;", ' '),
    ];
    ENTITIES.iter().find(|(name, _)| text.starts_with(name)).map(|(name, char)| (*char, name.len()))
}

/// What was typed after a psql prompt: `db=# `, `db-> `, `db(# `, `db'# `.
fn prompt(text: &str) -> Option<&str> {
    let at = text.find(|char: char| !(char.is_alphanumeric() || "_.@:[]/~".contains(char)))?;
    let bytes = text.as_bytes();
    let state = *bytes.get(at)?;
    // a column's cast or an operator is no prompt: the database's name stands in front of it
    if at == 0 || !b"=-('\"*!^$".contains(&state) {
        return None;
    }
    let after = if bytes.get(at + 1) == Some(&b'*') { at + 2 } else { at + 1 };
    let rest = text.get(after..)?;
    let rest = rest.strip_prefix('#').or_else(|| rest.strip_prefix('>'))?;
    (rest.is_empty() || rest.starts_with(' ')).then(|| rest.strip_prefix(' ').unwrap_or(rest))
}

fn is_rule(text: &str) -> bool {
    let text = text.trim();
    if text.starts_with("-[ ") || (text.starts_with("***") && text.ends_with("***")) {
        return true;
    }
    let text = text.trim_matches('"');
    let mut drawn = 0;
    for char in text.chars() {
        match char {
            '-' | '─' | '═' | '━' => drawn += 1,
            '+' | '|' | '│' | '║' | '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' | '╔' | '╗' | '╚' | '╝'
            | '╠' | '╣' | '╟' | '╢' | ':' | ' ' => {}
            _ => return false,
        }
    }
    drawn >= 3
}

fn is_header(text: &str) -> bool {
    let text = text.trim_matches(|c: char| c == '-' || c == '#' || c == '*' || c == ' ' || c == '`');
    let start = text.get(..10).is_some_and(|start| start.eq_ignore_ascii_case("QUERY PLAN"));
    // pgAdmin adds the column's type and a lock
    start && matches!(text[10..].trim().trim_matches(|c| c == '(' || c == ')').trim(), "" | "text" | "json" | "lock")
}

/// `(23 rows)`, `(23 lignes)`, `(1 строка)`; `23 rows`; `Time: 1.2 ms (00:00.001)`.
fn is_footer(text: &str) -> bool {
    if let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        let mut words = inner.split(' ');
        let number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        let word = |word: &str| !word.is_empty() && word.chars().all(|char| char.is_alphabetic());
        return match (words.next(), words.next(), words.next()) {
            (Some(first), Some(second), None) => (number(first) && word(second)) || (word(first) && number(second)),
            // Chinese and Japanese put no blank between
            (Some(only), None, None) => {
                only.starts_with(|c: char| c.is_ascii_digit())
                    && only.chars().all(char::is_alphanumeric)
                    && !only.is_ascii()
            }
            _ => false,
        };
    }
    (text.starts_with("Time: ") && text.contains(" ms")) || text.starts_with("(END)")
}

/// Bars at the sides, and the marks psql puts where a cell has several lines.
fn borders(text: Cow<'_, str>) -> Cow<'_, str> {
    let mut part: &str = &text;
    let bare = part.trim_start();
    let bar = |c: char| matches!(c, '|' | '│' | '║');
    if bare.starts_with(bar) {
        // the cell keeps its indentation; that of the table goes
        part = bare.trim_start_matches(bar);
    } else if let Some(rest) = bare.strip_prefix("QUERY PLAN") {
        // \x: the column's name in front of every row
        let value = rest.trim_start();
        if let Some(value) = value.strip_prefix(bar) {
            part = value;
        } else if rest.starts_with(": ") {
            part = &rest[1..];
        }
    } else if part.starts_with(|c: char| c.is_ascii_digit()) {
        // the number of the row in a grid
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        if let Some(rest) = rest.strip_prefix(bar) {
            part = rest;
        }
    }
    if part.ends_with(bar) && !part.ends_with("||") {
        part = part[..part.len() - part.chars().next_back().map_or(0, char::len_utf8)].trim_end();
    }
    if part.ends_with(['+', '↵', '⏎', '¤']) {
        part = part[..part.len() - part.chars().next_back().map_or(0, char::len_utf8)].trim_end();
    }
    if part.len() == text.len() { text } else { slice(&text, part) }
}

/// Quotes around a line, as pgAdmin, spreadsheets and the consoles of programming languages print it.
fn quotes(text: Cow<'_, str>) -> Cow<'_, str> {
    let lead = text.trim_start();
    let opened = lead.trim_start_matches(['(', '[', '{', ' ']);
    let named = ["'QUERY PLAN':", "\"QUERY PLAN\":", "\"QUERY PLAN\"=>", "QUERY PLAN:"]
        .iter()
        .find_map(|name| opened.strip_prefix(name))
        .map(|rest| rest.trim_start());
    let opened = named.unwrap_or(opened);
    let Some(quote) = opened.chars().next().filter(|c| matches!(c, '"' | '\'' | '“')) else {
        // the end of a cell of several lines
        let odd = text.ends_with('"') && text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
        return if odd { slice(&text, text[..text.len() - 1].trim_end()) } else { text };
    };
    let close = if quote == '“' { '”' } else { quote };
    let inner = &opened[quote.len_utf8()..];
    let tail = inner.trim_end_matches([',', ')', ']', '}', ';', ' ']);
    let (cell, closed) = match tail.strip_suffix(close) {
        Some(cell) => (cell, true),
        // the start of a cell of several lines; what is no cell keeps its quote
        None if quote == '"' && named.is_none() && lead.len() == opened.len() => (inner, false),
        None => return text,
    };
    // a bare name in quotes is no cell: a broken condition goes on like that
    if closed && !cell.contains(' ') && !cell.starts_with(char::is_uppercase) && named.is_none() && quote == '"' {
        return text;
    }
    let cell = cell.trim_end();
    let (escaped, doubled) = if quote == '\'' { ("\\'", "\'\'") } else { ("\\\"", "\"\"") };
    let inner = quote.encode_utf8(&mut [0; 4]).to_owned();
    for pair in [escaped, doubled] {
        if cell.contains(pair) {
            let plain = cell.replace(pair, &inner);
            // an empty literal looks the same: then the quotes would not pair any more
            if pair == escaped || quote == '"' || plain.matches(quote).count() % 2 == 0 {
                return Cow::Owned(plain);
            }
        }
    }
    slice(&text, cell)
}

/// How the lines of a run were broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrap {
    /// The longest line, in characters: a terminal breaks there and nowhere else.
    pub width: usize,
    /// Whether breaks stand between words only, as mail programs make them.
    pub at_words: bool,
}

impl Wrap {
    /// From the widths of all lines of a run, and of those among them that go on in the next one.
    pub fn new(all: impl Iterator<Item = usize>, broken: impl Iterator<Item = usize>) -> Wrap {
        let width = all.max().unwrap_or(0);
        // a terminal's line is full, but for blanks at its end that were cut
        Wrap { width, at_words: broken.min().is_some_and(|least| least + 3 < width) }
    }

    /// Appends the line below to `text`, whose last line was `width` wide.
    pub fn join(&self, text: &mut String, width: usize, below: &str) {
        if self.at_words || width < self.width {
            text.push(' ');
            text.push_str(below.trim_start());
        } else {
            text.push_str(below);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        let lines: Vec<&str> = text.lines().collect();
        let lines = unframe(&lines, 0);
        lines.iter().filter(|line| line.role == Role::Text).map(|line| line.text.clone().into_owned()).collect()
    }
    const PLAN: [&str; 3] = ["Sort  (cost=1.00..2.00)", "  Sort Key: \"T\".a", "  ->  Seq Scan on \"T\""];

    #[test]
    fn psql() {
        let aligned = "  QUERY PLAN  \n--------------\n Sort  (cost=1.00..2.00)\n   Sort Key: \"T\".a\n   ->  Seq Scan on \"T\"\n(3 rows)\n\nTime: 0.1 ms";
        let shifted = PLAN.map(|line| format!(" {line}"));
        assert_eq!(texts(aligned), shifted);
        let framed = "+-----+\n| PLAN DE CONSULTA |\n+-----+\n| Sort  (cost=1.00..2.00) |\n|   Sort Key: \"T\".a |\n|   ->  Seq Scan on \"T\" |\n+----+\n(3 filas)\n";
        assert_eq!(texts(framed), shifted);
        let unicode = framed.replace('|', "│").replace('-', "─").replace("──>", "->").replace("─>", "->");
        assert_eq!(texts(&unicode), shifted);
        let cell = " QUERY PLAN \n------\n Sort  (cost=1.00..2.00)+\n   Sort Key: \"T\".a      +\n   ->  Seq Scan on \"T\"\n(1 row)\n";
        assert_eq!(texts(cell), shifted);
        let wrapped =
            " QUERY PLAN \n------\n Sort  (cos.\n.t=1.00..2..\n.00)\n   Sort Key: \"T\".a\n   ->  Seq Scan on \"T\"\n";
        assert_eq!(texts(wrapped), shifted);
        let expanded = "-[ RECORD 1 ]----\nQUERY PLAN | Sort  (cost=1.00..2.00)\n-[ RECORD 2 ]----\nQUERY PLAN |   Sort Key: \"T\".a\n-[ RECORD 3 ]----\nQUERY PLAN |   ->  Seq Scan on \"T\"\n";
        assert_eq!(texts(expanded), shifted);
    }

    #[test]
    fn quoted() {
        let pgadmin = "\"QUERY PLAN\"\n\"Sort  (cost=1.00..2.00)\"\n\"  Sort Key: \"\"T\"\".a\"\n\"  ->  Seq Scan on \"\"T\"\"\"\n";
        assert_eq!(texts(pgadmin), PLAN);
        let single = "'Sort  (cost=1.00..2.00)'\n'  Sort Key: \"T\".a'\n'  ->  Seq Scan on \"T\"'\n";
        assert_eq!(texts(single), PLAN);
        let python = "[('Sort  (cost=1.00..2.00)',),\n ('  Sort Key: \"T\".a',),\n ('  ->  Seq Scan on \"T\"',)]\n";
        assert_eq!(texts(python), PLAN);
        let node = "{ 'QUERY PLAN': 'Sort  (cost=1.00..2.00)' },\n{ 'QUERY PLAN': '  Sort Key: \"T\".a' },\n{ 'QUERY PLAN': '  ->  Seq Scan on \"T\"' }\n";
        assert_eq!(texts(node), PLAN);
        let mail = "> Sort  (cost=1.00..2.00)\n>   Sort Key: \"T\".a\n>   -&gt;  Seq Scan on &quot;T&quot;\n";
        assert_eq!(texts(mail), PLAN);
        let one_cell = "\"Sort  (cost=1.00..2.00)\n  Sort Key: \"\"T\"\".a\n  ->  Seq Scan on t\"";
        assert_eq!(texts(one_cell)[2], "  ->  Seq Scan on t");
    }

    #[test]
    fn dbeaver() {
        let grid = "QUERY PLAN                |\n--------------------------+\nSort  (cost=1.00..2.00)   |\n  Sort Key: \"T\".a         |\n  ->  Seq Scan on \"T\"     |\n";
        assert_eq!(texts(grid), PLAN);
    }

    #[test]
    fn prompts_and_footers() {
        let line = |text| strip(text, 0);
        assert_eq!(line("shop=# EXPLAIN SELECT 1;").role, Role::Prompt);
        assert_eq!(line("shop-> FROM t").text, "FROM t");
        assert_eq!(line("  ->  Seq Scan on t").role, Role::Text);
        assert_eq!(line("(23 Zeilen)").role, Role::Footer);
        assert_eq!(line("(1 строка)").role, Role::Footer);
        assert_eq!(line("(3 行记录)").role, Role::Footer);
        assert_eq!(line("(never executed)").role, Role::Text);
        assert_eq!(line("--- QUERY PLAN ---").role, Role::Header);
    }

    #[test]
    fn a_terminal_breaks_words_and_mail_does_not() {
        let hard = Wrap::new([40, 40, 12].into_iter(), [40, 40].into_iter());
        let mut text = "Seq Sc".to_owned();
        hard.join(&mut text, 40, "an on t");
        hard.join(&mut text, 39, "a");
        assert_eq!(text, "Seq Scan on t a");
        let soft = Wrap::new([40, 31, 12].into_iter(), [40, 31].into_iter());
        let mut text = "Seq".to_owned();
        soft.join(&mut text, 40, "   Scan");
        assert_eq!(text, "Seq Scan");
    }
}
