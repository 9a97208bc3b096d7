//! What stands around a table that a client printed: the question above it, the count of rows below.

use std::ops::Range;

/// Lines of a question that are looked through upwards.
const QUESTION: usize = 20;

/// The lines of a table together with the statement it answers and what the client says below.
pub fn asked(lines: &[&str], table: Range<usize>) -> Range<usize> {
    let mut end = table.end;
    if lines.get(end).is_some_and(|line| is_count(line.trim())) {
        end += 1;
    }
    let above = lines.get(..table.start).unwrap_or_default();
    let blank = usize::from(above.last().is_some_and(|line| line.trim().is_empty()));
    let question = above.iter().enumerate().rev().skip(blank).take(QUESTION);
    // not across an answer to another one
    let own = |line: &str| !line.is_empty() && !is_count(line) && !line.starts_with(['+', '|', '-']);
    let start = question.take_while(|(_, line)| own(line.trim())).find(|(_, line)| is_question(line));
    start.map_or(table.start, |(at, _)| at)..end
}

/// `(23 rows)`, `23 rows in set (0.00 sec)`, in any language.
fn is_count(line: &str) -> bool {
    let count = line.strip_prefix('(').filter(|_| line.ends_with(')')).unwrap_or(line);
    let counted = count.trim_start_matches(|c: char| c.is_ascii_digit());
    counted.len() < count.len() && counted.starts_with(' ') && (count.len() < line.len() || line.contains(" in set"))
}

/// `SHOW …`, `SELECT …`, `\d …`, with or without a prompt.
fn is_question(line: &str) -> bool {
    let behind_prompt = ["# ", "> "].iter().find_map(|mark| {
        let (prompt, rest) = line.split_once(mark)?;
        (prompt.len() < 64 && prompt.ends_with(['=', 'l', ']'])).then_some(rest)
    });
    let begins = |line: &str| {
        let line = line.trim_start();
        let word = line.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        line.starts_with("\\d") || ["SHOW", "SELECT", "WITH"].iter().any(|known| known.eq_ignore_ascii_case(word))
    };
    begins(behind_prompt.unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_with_its_question() {
        let lines = ["words", "", "shop=# select a,", "shop-# b from t;", " a | b", "---+---", " 1 | 2", "(1 row)", ""];
        assert_eq!(asked(&lines, 4..7), 2..8);
        let lines = ["mysql> SHOW INDEX FROM t;", "+--+", "+--+", "1 row in set (0.00 sec)"];
        assert_eq!(asked(&lines, 1..3), 0..4);
        let lines = ["SELECT 1", "", "(not a count)"];
        assert_eq!(asked(&lines, 1..2), 0..2);
        let lines = ["some words", "a | b", "1 | 2"];
        assert_eq!(asked(&lines, 1..3), 1..3);
    }
}
