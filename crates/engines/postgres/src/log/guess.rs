//! Finds out `log_line_prefix` from a log: well-known prefixes and what the lines themselves suggest compete, and the
//! one wins that fits most lines and agrees best with what the messages say.

mod columns;
mod facts;
mod known;
mod tokens;

use std::collections::HashMap;

use super::language::{ENGLISH, Language, OTHERS, Word};
use super::prefix::{Field, Head, Piece, Prefix, virtual_id};
use super::time::Clock;
use facts::Facts;

/// Lines that are looked at.
const MOST_LINES: usize = 600;
/// What a line that does not fit costs, in points of evidence.
const MISSED: i64 = 200;

/// What was found out.
pub(super) struct Guess {
    pub(super) prefix: Prefix,
    /// Part of the lines that fit, 0 to 1.
    pub(super) understood: f64,
    pub(super) detail: String,
}

/// A line that begins or continues a message.
pub(super) struct Line<'a> {
    /// From the start of the line.
    pub(super) whole: &'a [u8],
    /// What stands before the word.
    pub(super) prefix: &'a [u8],
    pub(super) word: Word,
    /// What the message says about its session.
    pub(super) facts: Facts<'a>,
}

/// The most likely prefix; `None` where nothing looks like a message of PostgreSQL.
pub(super) fn guess(sample: &[u8]) -> Option<Guess> {
    let whole = match memchr::memrchr(b'\n', sample) {
        Some(end) => &sample[..end],
        None => sample,
    };
    let language = language(whole)?;
    let lines = lines(whole, language);
    let mut best: Option<(i64, Prefix)> = None;
    let mut consider = |prefix: Prefix| {
        let score = score(&prefix, &lines);
        if best.as_ref().is_none_or(|(best, _)| score > *best) {
            best = Some((score, prefix));
        }
    };
    for notation in known::NOTATIONS {
        consider(Prefix::compile(notation, language));
    }
    for pieces in columns::hypotheses(&lines) {
        let prefix = Prefix::new(pieces, language);
        if let Some(shorter) = ends_early(&prefix, &lines) {
            consider(shorter);
        }
        consider(prefix);
    }
    let (_, prefix) = best?;
    let understood = understood(&prefix, whole);
    let mut detail = format!("log_line_prefix '{}'", notation(&prefix, &lines));
    if language.code != "en" {
        detail.push_str(&format!(", lc_messages {}", language.code));
    }
    (understood > 0.05).then_some(Guess { prefix, understood, detail })
}

/// The language most lines are in.
fn language(sample: &[u8]) -> Option<&'static Language> {
    let mut counts = vec![0_u32; OTHERS.len() + 1];
    for line in sample.split(|byte| *byte == b'\n').take(MOST_LINES) {
        if line.first() == Some(&b'\t') {
            continue;
        }
        if find_word(line, &ENGLISH).is_some() {
            counts[0] += 1;
        }
        for (language, count) in OTHERS.iter().zip(&mut counts[1..]) {
            // Words shared with English tell nothing: what only this language has decides.
            if let Some((at, word, _)) = find_word(line, language) {
                let own = ENGLISH.word(&line[at..]).is_none_or(|(english, _)| english != word);
                *count += 1 + u32::from(own);
            }
        }
    }
    let (at, count) = counts.iter().enumerate().max_by_key(|(at, count)| (**count, std::cmp::Reverse(*at)))?;
    match at {
        _ if *count == 0 => None,
        0 => Some(&ENGLISH),
        _ => OTHERS.get(at - 1),
    }
}

/// The first word in a line: where it begins, and where the text behind it does.
fn find_word(line: &[u8], language: &'static Language) -> Option<(usize, Word, usize)> {
    (0..line.len().min(1000)).find_map(|at| language.word(&line[at..]).map(|(word, length)| (at, word, at + length)))
}

fn lines<'a>(sample: &'a [u8], language: &'static Language) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for line in sample.split(|byte| *byte == b'\n') {
        if line.first() == Some(&b'\t') {
            continue;
        }
        if let Some((at, word, text)) = find_word(line, language) {
            let text = &line[text..];
            lines.push(Line { whole: line, prefix: &line[..at], word, facts: Facts::of(text) });
            if lines.len() == MOST_LINES {
                break;
            }
        }
    }
    lines
}

/// How well a prefix agrees with the lines.
fn score(prefix: &Prefix, lines: &[Line<'_>]) -> i64 {
    let mut clock = Clock::default();
    let mut numbers: HashMap<u64, u64> = HashMap::new();
    let mut score = 0;
    for line in lines {
        let Some((head, _, _)) = prefix.read(line.whole, &mut clock) else {
            score -= MISSED;
            continue;
        };
        score += line.facts.agree(&head);
        score += plausible(&head, line);
        if let (Some(process), Some(number)) = (head.session.or(head.process), head.line) {
            score += match numbers.insert(process, number) {
                Some(last) if last + 1 == number => 2,
                Some(_) => -2,
                None => 0,
            };
        }
    }
    // Where nothing else decides, fewer guesses and more of what is the same in all lines are better.
    let mut sessions_only = false;
    let pieces = prefix.pieces().iter().map(|piece| {
        sessions_only |= *piece == Piece::Sessions;
        match piece {
            Piece::Field(Field::Text) => -3,
            Piece::Field(Field::User | Field::Database) => 2,
            Piece::Field(Field::Application) => 1,
            Piece::Literal(text) if !sessions_only => text.len() as i64,
            _ => 0,
        }
    });
    score + pieces.sum::<i64>()
}

/// Whether values look like what they are taken for.
fn plausible(head: &Head<'_>, line: &Line<'_>) -> i64 {
    let mut score = 0;
    if let Some(process) = head.process {
        score += if (2..=0x40_0000).contains(&process) { 1 } else { -20 };
    }
    if let Some(transaction) = head.transaction {
        score += if (3..=0xffff_ffff).contains(&transaction) { 0 } else { -20 };
    }
    if let Some(id) = head.query_id {
        score += if id.unsigned_abs() > 1 << 32 { 1 } else { -20 };
    }
    if head.line.is_some_and(|line| line == 0 || line > 100_000_000) {
        score -= 20;
    }
    if !head.state.is_empty() {
        let error = matches!(line.word, Word::Error | Word::Fatal | Word::Panic);
        let zero = head.state == b"00000";
        score += if error && zero { -20 } else { 1 };
    }
    if !head.tag.is_empty() {
        score += if tokens::is_tag(head.tag) { 2 } else { -10 };
    }
    if !head.backend.is_empty() {
        score += if tokens::is_backend(head.backend) { 2 } else { -3 };
    }
    if !head.client.is_empty() {
        score += if facts::is_host(head.client) { 1 } else { -10 };
    }
    for name in [head.user, head.database] {
        if !name.is_empty() {
            let odd = name.iter().any(|byte| matches!(byte, b' ' | b'=' | b'(' | b'[' | b',' | b'@'));
            let other = facts::is_address(name) || tokens::is_backend(name) || tokens::is_command(name);
            score -= if odd || other { 10 } else { 0 };
        }
    }
    if !head.application.is_empty() {
        let name = head.application;
        let other = facts::is_address(name)
            || tokens::is_backend(name)
            || virtual_id(name).is_some_and(|(_, length)| length == name.len())
            || matches!((name.first(), name.last()), (Some(b'"'), Some(b'"')) | (Some(b'['), Some(b']')));
        score -= if other { 5 } else { 0 };
    }
    score
}

/// The prefix with `%q` where lines without a session end, when there are some.
fn ends_early(prefix: &Prefix, lines: &[Line<'_>]) -> Option<Prefix> {
    let mut clock = Clock::default();
    let mut places: HashMap<(usize, usize), usize> = HashMap::new();
    for line in lines {
        if prefix.read(line.whole, &mut clock).is_some() {
            continue;
        }
        for (at, piece) in prefix.pieces().iter().enumerate() {
            // A text in front of it would have no end.
            if at > 0 && matches!(&prefix.pieces()[at - 1], Piece::Field(field) if field.is_text()) {
                continue;
            }
            let cuts = match piece {
                Piece::Literal(text) => 0..text.len(),
                _ => 0..1,
            };
            for cut in cuts {
                let mut pieces = prefix.pieces()[..at].to_vec();
                if let Piece::Literal(text) = piece
                    && cut > 0
                {
                    pieces.push(Piece::Literal(text[..cut].to_vec()));
                }
                if Prefix::new(pieces, prefix.language()).read(line.whole, &mut clock).is_some() {
                    *places.entry((at, cut)).or_default() += 1;
                }
            }
        }
    }
    let ((at, cut), _) =
        places.into_iter().max_by_key(|((at, cut), count)| (*count, std::cmp::Reverse((*at, *cut))))?;
    let mut pieces = prefix.pieces()[..at].to_vec();
    match prefix.pieces().get(at) {
        Some(Piece::Literal(text)) if cut > 0 => {
            pieces.push(Piece::Literal(text[..cut].to_vec()));
            pieces.push(Piece::Sessions);
            pieces.push(Piece::Literal(text[cut..].to_vec()));
            pieces.extend_from_slice(&prefix.pieces()[at + 1..]);
        }
        _ => {
            pieces.push(Piece::Sessions);
            pieces.extend_from_slice(&prefix.pieces()[at..]);
        }
    }
    Some(Prefix::new(pieces, prefix.language()))
}

/// Part of all lines that fit, with the further lines of those that do.
fn understood(prefix: &Prefix, sample: &[u8]) -> f64 {
    let mut clock = Clock::default();
    let (mut total, mut fit, mut last) = (0_u32, 0_u32, false);
    for line in sample.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        total += 1;
        if line.first() != Some(&b'\t') {
            last = prefix.read(line, &mut clock).is_some();
        }
        fit += u32::from(last);
    }
    f64::from(fit) / f64::from(total.max(1))
}

/// The prefix as it would stand in the settings.
fn notation(prefix: &Prefix, lines: &[Line<'_>]) -> String {
    // `:35.123`
    let fractions = lines.first().is_some_and(|line| {
        line.prefix.windows(5).any(|text| {
            text[0] == b':' && text[3] == b'.' && [1, 2, 4].iter().all(|at: &usize| text[*at].is_ascii_digit())
        })
    });
    let ports = lines.iter().any(|line| line.prefix.contains(&b'('));
    let mut text = String::new();
    for piece in prefix.pieces() {
        match piece {
            Piece::Literal(literal) => text.push_str(&String::from_utf8_lossy(literal).replace('%', "%%")),
            Piece::Gap => text.push(' '),
            Piece::Sessions => text.push_str("%q"),
            Piece::Field(field) => {
                text.push('%');
                text.push(match field {
                    Field::Time if !fractions => 't',
                    Field::Remote if !ports => 'h',
                    field => field.letter(),
                });
            }
        }
    }
    text
}
