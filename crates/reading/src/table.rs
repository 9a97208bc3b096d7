//! Tables as clients print them: bordered, psql's, vertical, tab- and comma-separated.
//!
//! A table is found by its header, which the caller recognises; what is around it is no business of ours.

use std::ops::Range;

/// A table that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Which lines it takes, from 0, end excluded.
    pub lines: Range<usize>,
    /// The names of its columns.
    pub header: Vec<String>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// It has no end of its own where such tables have one, or its last row is not whole.
    pub cut: bool,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line it starts in, from 0.
    pub line: usize,
    /// As many cells as the header has columns, or fewer where the row was cut.
    pub cells: Vec<String>,
}

impl Table {
    /// The cell of a row under the column of that name, in any case of letters. `NULL` and nothing are `None`.
    pub fn cell<'a>(&self, row: &'a Row, column: &str) -> Option<&'a str> {
        let at = self.header.iter().position(|name| name.eq_ignore_ascii_case(column))?;
        row.cells.get(at).map(|cell| cell.trim()).filter(|cell| !cell.is_empty() && !matches!(*cell, "NULL" | "[NULL]"))
    }
}

/// Reads the table of a kind that begins in a line.
type Kind = fn(&[&str], usize, &dyn Fn(&[String]) -> bool) -> Option<Table>;

/// Finds the tables whose header is one of those asked for.
pub fn tables(lines: &[&str], wanted: &dyn Fn(&[String]) -> bool) -> Vec<Table> {
    let mut found = Vec::new();
    let mut at = 0;
    let first = |at: usize| lines.get(at).and_then(|line| line.trim_start().bytes().next());
    while at < lines.len() {
        // most lines begin none, which their first characters tell
        let (here, below) = (first(at), first(at + 1));
        let kinds: [(bool, Kind); 4] = [
            (matches!(here, Some(b'+' | b'|')), bordered),
            (below == Some(b'-'), ruled),
            (matches!(here, Some(b'*' | b'-')), vertical),
            (here.is_some(), separated),
        ];
        let table = kinds.iter().filter(|(may, _)| *may).find_map(|(_, kind)| kind(lines, at, wanted));
        // a table always takes a line at least
        at = table.as_ref().map_or(at, |table| table.lines.end - 1) + 1;
        found.extend(table);
    }
    found
}

fn is_border(line: &str) -> bool {
    line.len() > 2 && line.starts_with('+') && line.bytes().all(|byte| matches!(byte, b'+' | b'-' | b'='))
}

/// `+----+` around, `| … |` between; also Markdown's, without the outer borders. A terminal may have broken every line.
fn bordered(lines: &[&str], start: usize, wanted: &dyn Fn(&[String]) -> bool) -> Option<Table> {
    let first = lines[start].trim();
    let indent = lines[start].len() - lines[start].trim_start().len();
    let (frame, mut at) = match is_border(first) {
        true => {
            let pieces = border_pieces(lines, start)?;
            let border = lines[start..start + pieces].iter().map(|line| line.trim()).collect::<String>();
            (Frame { border, pieces, width: first.len(), indent }, start + pieces)
        }
        false => {
            let below = lines.get(start + 1)?.trim();
            let rule = below.len() > 2 && below.bytes().all(|byte| matches!(byte, b'|' | b'-' | b':' | b' '));
            let markdown = first.starts_with('|') && rule && below.starts_with("|") && below.contains("--");
            (markdown.then(|| Frame { border: String::new(), pieces: 1, width: 0, indent })?, start)
        }
    };
    let (header, _) = frame.line(lines, at)?;
    let header: Vec<String> = header.trim().strip_prefix('|')?.split('|').map(|name| name.trim().to_owned()).collect();
    let header = match header.split_last() {
        Some((last, names)) if last.is_empty() => names.to_vec(),
        _ => header,
    };
    if header.is_empty() || !wanted(&header) {
        return None;
    }
    at += frame.pieces;
    // the border below the header
    let ruled = lines.get(at).is_some_and(|line| line.trim().starts_with(['+', '|']) && line.contains("--"));
    at += if ruled { frame.pieces.min(lines.len() - at) } else { 0 };
    let columns = frame.columns(header.len());
    let mut rows: Vec<Row> = Vec::new();
    let mut cut = !frame.border.is_empty();
    while let Some((text, taken)) = frame.line(lines, at) {
        let line = text.trim();
        if is_border(line) {
            at += taken;
            cut = false;
            break;
        }
        if !line.starts_with('|') {
            break;
        }
        // a cell may have several lines, which the client does not align
        let (begin, mut row, mut bars) = (at, text.trim_end().to_owned(), text.matches('|').count());
        at += taken;
        while !(row.ends_with('|') && bars > header.len()) || (header.len() == 1 && frame.goes_on(lines, at)) {
            let Some(next) = lines.get(at).filter(|next| !is_border(next.trim())) else { break };
            bars += next.matches('|').count();
            row.push('\n');
            row.push_str(next.trim_end());
            at += 1;
        }
        rows.push(Row { line: begin, cells: cells(row.trim_start(), &columns, header.len()) });
    }
    cut |= rows.last().is_some_and(|row| row.cells.len() < header.len());
    Some(Table { lines: start..at.min(lines.len()), header, rows, cut })
}

/// A line in more pieces than this is not a line.
const MAX_PIECES: usize = 100;

/// In how many lines a terminal broke the border, and so every line of the table.
fn border_pieces(lines: &[&str], start: usize) -> Option<usize> {
    if lines[start].trim().ends_with('+') && lines.get(start + 1).is_some_and(|next| next.trim().starts_with('|')) {
        return Some(1);
    }
    let more = lines[start + 1..].iter().take(MAX_PIECES).take_while(|line| {
        let line = line.trim();
        !line.is_empty() && line.bytes().all(|byte| matches!(byte, b'+' | b'-' | b'='))
    });
    let pieces = 1 + more.count();
    lines.get(start + pieces).is_some_and(|next| next.trim().starts_with('|')).then_some(pieces)
}

/// The frame of a bordered table.
struct Frame {
    /// The border, whole; empty where there is none.
    border: String,
    /// Lines that make one.
    pieces: usize,
    /// How many characters a broken line has.
    width: usize,
    /// Blanks before the border.
    indent: usize,
}

impl Frame {
    /// The line at `at`, mended, and how many lines that took.
    fn line(&self, lines: &[&str], at: usize) -> Option<(String, usize)> {
        let first = lines.get(at)?;
        if self.pieces == 1 {
            return Some(((*first).to_owned(), 1));
        }
        let until = (at + self.pieces).min(lines.len());
        let mut text = String::new();
        for (number, piece) in lines[at..until].iter().enumerate() {
            text.push_str(piece);
            let missing = (self.indent + self.width).saturating_sub(piece.chars().count());
            if number + 1 < self.pieces {
                text.extend(std::iter::repeat_n(' ', missing));
            }
        }
        Some((text, until - at))
    }

    /// Where the bars stand in a row that is aligned.
    fn columns(&self, count: usize) -> Vec<usize> {
        let bars: Vec<usize> =
            self.border.bytes().enumerate().filter(|(_, byte)| *byte == b'+').map(|(at, _)| at).collect();
        if bars.len() == count + 1 { bars } else { Vec::new() }
    }

    /// Whether a cell that seems to end goes on, because neither a row nor a border follows.
    fn goes_on(&self, lines: &[&str], at: usize) -> bool {
        !self.border.is_empty()
            && lines.get(at).is_some_and(|next| !next.trim().is_empty() && !next.trim().starts_with(['|', '+']))
    }
}

/// Cuts a row at its bars: where the border says, or else at every bar.
fn cells(row: &str, columns: &[usize], count: usize) -> Vec<String> {
    let inner = row.strip_prefix('|').unwrap_or(row);
    let tidy = |cell: &str| cell.trim_end().strip_prefix(' ').unwrap_or(cell.trim_end()).to_owned();
    let chars: Vec<char> = if columns.is_empty() || row.contains('\n') { Vec::new() } else { row.chars().collect() };
    if !chars.is_empty() && chars.len() > columns[count] && columns.iter().all(|at| chars.get(*at) == Some(&'|')) {
        return columns.windows(2).map(|pair| tidy(&chars[pair[0] + 1..pair[1]].iter().collect::<String>())).collect();
    }
    let end = inner.strip_suffix('|').unwrap_or(inner);
    if count == 1 {
        return vec![tidy(end)];
    }
    end.splitn(count, " | ").map(tidy).collect()
}

/// psql's: a header, `----+----` below, rows until something else. DBeaver's text is the same without blanks.
fn ruled(lines: &[&str], start: usize, wanted: &dyn Fn(&[String]) -> bool) -> Option<Table> {
    let rule = lines.get(start + 1)?;
    let dashes = rule.trim();
    if !dashes.starts_with('-') || !dashes.bytes().all(|byte| matches!(byte, b'-' | b'+')) || !dashes.contains('+') {
        return None;
    }
    let header: Vec<String> = lines[start].split('|').map(|name| name.trim().to_owned()).collect();
    let header = match header.split_last() {
        Some((last, names)) if last.is_empty() => names.to_vec(),
        _ => header,
    };
    if !wanted(&header) {
        return None;
    }
    let mut rows: Vec<Row> = Vec::new();
    let (mut at, mut goes_on) = (start + 2, false);
    while let Some(line) = lines.get(at).filter(|line| line.contains('|')) {
        let pieces: Vec<&str> = line.splitn(header.len(), '|').collect();
        let marked = |piece: &&str| piece.ends_with('+') && piece.len() > 1;
        let next_goes_on = pieces.iter().any(marked);
        let tidy = |piece: &str| piece.trim_end_matches('+').trim().trim_end_matches('|').trim_end().to_owned();
        match rows.last_mut().filter(|_| goes_on) {
            Some(row) => {
                for (cell, piece) in row.cells.iter_mut().zip(&pieces).filter(|(_, piece)| !piece.trim().is_empty()) {
                    cell.push('\n');
                    cell.push_str(&tidy(piece));
                }
            }
            None => rows.push(Row { line: at, cells: pieces.iter().map(|piece| tidy(piece)).collect() }),
        }
        goes_on = next_goes_on;
        at += 1;
    }
    let cut = rows.last().is_some_and(|row| row.cells.len() < header.len());
    Some(Table { lines: start..at, header, rows, cut })
}

/// The number of a vertical row: `*** 3. row ***`, `-[ RECORD 3 ]---`.
fn vertical_head(line: &str) -> bool {
    let line = line.trim();
    let starred = line.starts_with("***")
        && line.ends_with("***")
        && line.trim_matches('*').trim().starts_with(|c: char| c.is_ascii_digit());
    starred || (line.starts_with("-[ ") && line.contains(" ]"))
}

/// A name and its value in a vertical row; where the separator stands.
fn named(line: &str) -> Option<(usize, &str, &str)> {
    let at = line.find([':', '|'])?;
    let (name, value) = (line[..at].trim(), &line[at + 1..]);
    let plain =
        name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ' ')) && name.starts_with(char::is_alphabetic);
    let apart = value.is_empty() || value.starts_with(' ');
    (plain && apart && name.len() <= 40).then(|| (at, name, value.strip_prefix(' ').unwrap_or(value)))
}

/// `\G`, and psql's `\x`: a line a column, names aligned at their colon.
fn vertical(lines: &[&str], start: usize, wanted: &dyn Fn(&[String]) -> bool) -> Option<Table> {
    if !vertical_head(lines[start]) {
        return None;
    }
    let (column, ..) = named(lines.get(start + 1)?)?;
    let mut header: Vec<String> = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    let (mut at, mut end) = (start, start);
    while let Some(line) = lines.get(at) {
        if vertical_head(line) {
            // the rows of the next table have other columns
            let next = lines.get(at + 1).and_then(|next| named(next));
            let same = next.is_some_and(|(_, name, _)| header.first().is_none_or(|first| first == name));
            if !same || (rows.len() == 1 && !wanted(&header)) {
                break;
            }
            rows.push(Row { line: at, cells: Vec::new() });
            end = at + 1;
        } else if ends_vertical(line) {
            break;
        } else if let (first, Some(row)) = (rows.len() == 1, rows.last_mut()) {
            let position = row.cells.len();
            let field = named(line).filter(|(place, name, _)| match header.get(position) {
                Some(known) => known == name,
                None => first && (*place == column || !line.starts_with(' ')),
            });
            match (field, row.cells.last_mut()) {
                (Some((_, name, value)), _) => {
                    if header.len() == position {
                        header.push(name.to_owned());
                    }
                    row.cells.push(value.to_owned());
                }
                (None, Some(cell)) => {
                    cell.push('\n');
                    cell.push_str(line);
                }
                (None, None) => break,
            }
            end = if line.trim().is_empty() { end } else { at + 1 };
        }
        at += 1;
    }
    for cell in rows.iter_mut().filter_map(|row| row.cells.last_mut()) {
        cell.truncate(cell.trim_end().len());
    }
    let cut = rows.last().is_some_and(|row| row.cells.len() < header.len());
    (!header.is_empty() && wanted(&header)).then_some(Table { lines: start..end, header, rows, cut })
}

/// What clients say around results, which is no evidence of anything: counts, times, prompts without a statement.
pub(crate) fn is_chatter(line: &str) -> bool {
    let line = line.trim();
    let counted = line.starts_with(|c: char| c.is_ascii_digit()) && line.contains(" row") && line.contains(" in set");
    let rows = line.starts_with('(') && line.ends_with(')') && line[1..].starts_with(|c: char| c.is_ascii_digit());
    let prompt = ["mysql>", "->", "quit", "exit", "Bye", "\\q"].contains(&line)
        || (line.ends_with("=#") || line.ends_with("=>") || (line.starts_with("MariaDB [") && line.ends_with("]>")));
    let told = ["Time:", "Timing is", "Query OK", "Rows matched:", "Expanded display is", "Pager "];
    counted || rows || prompt || told.iter().any(|told| line.starts_with(told))
}

/// What follows a vertical table: the client's count, a prompt, a blank line.
fn ends_vertical(line: &str) -> bool {
    let line = line.trim();
    is_chatter(line)
        || line.starts_with("```")
        || line.starts_with("mysql>")
        || line.starts_with("MariaDB [")
        || line.starts_with("ERROR ")
}

/// Cells between tabs, as clients print them to a pipe; or between commas or semicolons, quoted where needed.
fn separated(lines: &[&str], start: usize, wanted: &dyn Fn(&[String]) -> bool) -> Option<Table> {
    let first = lines[start];
    let separator = ['\t', ',', ';'].into_iter().find(|separator| first.contains(*separator))?;
    // a name and its value, as in JSON, are no header
    if separator != '\t' && first.contains(": ") {
        return None;
    }
    // a name has no line ends
    let (header, mut at) = record(&lines[..=start], start, separator);
    if !wanted(&header) {
        return None;
    }
    let mut rows = Vec::new();
    while lines.get(at).is_some_and(|line| !line.trim().is_empty()) {
        let (cells, next) = record(lines, at, separator);
        if cells.len() > header.len() || cells.len() < 2 {
            break;
        }
        rows.push(Row { line: at, cells });
        at = next;
    }
    let cut = rows.last().is_some_and(|row: &Row| row.cells.len() < header.len());
    Some(Table { lines: start..at, header, rows, cut })
}

/// The cells of the record that starts in line `start`, and the line behind it.
fn record(lines: &[&str], start: usize, separator: char) -> (Vec<String>, usize) {
    if separator == '\t' {
        return (lines[start].split('\t').map(unescape).collect(), start + 1);
    }
    let (mut cells, mut cell, mut quoted, mut at) = (Vec::new(), String::new(), false, start);
    while let Some(line) = lines.get(at) {
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' if quoted && chars.peek() == Some(&'"') => {
                    chars.next();
                    cell.push('"');
                }
                '"' if quoted || cell.is_empty() => quoted = !quoted,
                c if c == separator && !quoted => cells.push(std::mem::take(&mut cell)),
                c => cell.push(c),
            }
        }
        at += 1;
        if !quoted {
            break;
        }
        cell.push('\n');
    }
    cells.push(cell);
    (cells, at)
}

/// What `mysql --batch` writes for line ends, tabs and backslashes within a cell.
pub fn unescape(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len());
    let mut chars = cell.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            ('\\', Some(escaped @ ('n' | 't' | '\\' | '0'))) => {
                chars.next();
                text.push(match escaped {
                    'n' => '\n',
                    't' => '\t',
                    '0' => '\0',
                    other => other,
                });
            }
            (c, _) => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str) -> Vec<Table> {
        let lines: Vec<&str> = text.lines().collect();
        tables(&lines, &|header| header.iter().any(|name| name == "id" || name == "EXPLAIN"))
    }
    fn only(text: &str) -> Table {
        let mut tables = find(text);
        assert_eq!(tables.len(), 1, "{tables:#?}");
        tables.remove(0)
    }
    fn column<'a>(table: &'a Table, name: &str) -> Vec<Option<&'a str>> {
        table.rows.iter().map(|row| table.cell(row, name)).collect()
    }

    const BORDERED: &str = "before\n+----+---------+-------+\n| id | table   | Extra |\n+----+---------+-------+\n\
        |  1 | a | b   | NULL  |\n|  2 | été     | x     |\n+----+---------+-------+\n2 rows in set\n";

    #[test]
    fn borders_say_where_cells_end() {
        let table = only(BORDERED);
        assert_eq!((table.lines.clone(), table.cut), (1..7, false));
        assert_eq!(column(&table, "ID"), [Some("1"), Some("2")]);
        assert_eq!(column(&table, "table"), [Some("a | b"), Some("été")]);
        assert_eq!(column(&table, "extra"), [None, Some("x")]);
    }

    #[test]
    fn a_cell_may_have_lines() {
        let text = "+--------+\n| EXPLAIN |\n+--------+\n| -> Limit: 5\n    -> Filter: (a || b) | \n    -> x\n |\n+--------+\n";
        let table = only(text);
        assert_eq!(table.rows.len(), 1);
        assert_eq!(table.rows[0].cells[0], "-> Limit: 5\n    -> Filter: (a || b) |\n    -> x");
    }

    #[test]
    fn a_terminal_may_have_broken_every_line() {
        let broken: String = BORDERED
            .lines()
            .skip(1)
            .take(6)
            .map(|line| {
                let chars: Vec<char> = line.chars().collect();
                chars.chunks(15).map(|piece| piece.iter().collect::<String>() + "\n").collect::<String>()
            })
            .collect();
        let table = only(&broken);
        assert_eq!(column(&table, "table"), [Some("a | b"), Some("été")]);
        assert!(!table.cut);
    }

    #[test]
    fn a_cut_table_says_so() {
        for end in 60..BORDERED.len() - 50 {
            let Some(text) = BORDERED.get(..end) else { continue };
            assert!(find(text).iter().all(|table| table.cut), "{text}");
        }
    }

    #[test]
    fn psql_and_markdown() {
        let table = only(" id | table  \n----+--------\n  1 | one   +\n    | more\n  2 | two\n(2 rows)\n");
        assert_eq!(column(&table, "table"), [Some("one\nmore"), Some("two")]);
        let table = only("| id | table |\n|---|:---:|\n| 1 | t |\n\ntext");
        assert_eq!((column(&table, "table"), table.lines.clone()), (vec![Some("t")], 0..3));
        let table = only("id|table|Extra|\n--+-----+-----+\n 1|t    |     |\n");
        assert_eq!((column(&table, "table"), column(&table, "Extra")), (vec![Some("t")], vec![None]));
    }

    #[test]
    fn vertical_rows() {
        let text = "*************************** 1. row ***************************\n           id: 1\n        table: a: b\n\
            *************************** 2. row ***************************\n           id: 2\n        table: NULL\n\
            2 rows in set (0.00 sec)\n\nmysql> ";
        let table = only(text);
        assert_eq!(column(&table, "table"), [Some("a: b"), None]);
        assert_eq!(table.lines, 0..6);
        let table = only("*** 1. row ***\nEXPLAIN: -> Limit: 5\n    -> Filter: (x)\n\n1 row in set");
        assert_eq!(table.rows[0].cells, ["-> Limit: 5\n    -> Filter: (x)"]);
        assert_eq!(only("-[ RECORD 1 ]\nid    | 1\ntable | t\n").rows[0].cells, ["1", "t"]);
    }

    #[test]
    fn tabs_and_commas() {
        let table = only("id\ttable\tExtra\n1\ta\\nb\tNULL\n2\tc\tx\n\nrest");
        assert_eq!((column(&table, "table"), table.lines.clone()), (vec![Some("a\nb"), Some("c")], 0..3));
        let table = only("id,table,Extra\n1,\"a,\"\"b\",\"x\ny\"\n2,c,\n");
        assert_eq!(column(&table, "table"), [Some("a,\"b"), Some("c")]);
        assert_eq!(column(&table, "Extra"), [Some("x\ny"), None]);
    }
}
