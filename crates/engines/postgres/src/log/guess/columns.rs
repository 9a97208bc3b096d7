//! What the lines themselves suggest: those with the same tokens are put under each other, and every column is given the
//! meaning that fits its values best.

use std::collections::{BTreeSet, HashMap};

use super::tokens::{self, Look, Manner, Token, tokens};
use super::{Line, facts};
use crate::log::prefix::{Field, Piece, digits, is_state, known, session, virtual_id};
use crate::log::time::Clock;

/// Groups of lines that are followed up.
const MOST_GROUPS: usize = 6;

/// Lines that have the same tokens.
struct Group<'l, 'a> {
    rows: Vec<(Vec<Token<'a>>, &'l Line<'a>)>,
}

/// Prefixes that could be the one.
pub(super) fn hypotheses(lines: &[Line<'_>]) -> Vec<Vec<Piece>> {
    let mut found: Vec<Vec<Piece>> = Vec::new();
    for (dashes, colons) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut groups = groups(lines, Manner { dashes, colons });
        groups.sort_by_key(|group| {
            let tokens = group.rows.first().map_or(0, |(tokens, _)| tokens.len());
            std::cmp::Reverse(group.rows.len() * (tokens + 1))
        });
        groups.truncate(MOST_GROUPS);
        let mut all: Vec<Group<'_, '_>> = Vec::new();
        for (at, first) in groups.iter().enumerate() {
            for second in &groups[at + 1..] {
                all.extend(merged(first, second));
            }
        }
        for group in groups.iter().chain(&all) {
            let pieces = pieces(group, lines);
            // Nothing tells where the first of two texts ends.
            let text = |piece: &Piece| matches!(piece, Piece::Field(field) if field.is_text());
            let side_by_side = pieces.windows(2).any(|pair| text(&pair[0]) && text(&pair[1]));
            if side_by_side || found.contains(&pieces) {
                continue;
            }
            // Applications have names like users have.
            let has = |field: Field| pieces.contains(&Piece::Field(field));
            if has(Field::User) && !has(Field::Application) {
                let application = pieces.iter().map(|piece| match piece {
                    Piece::Field(Field::User) => Piece::Field(Field::Application),
                    piece => piece.clone(),
                });
                found.push(application.collect());
            }
            found.push(pieces);
        }
    }
    found
}

fn groups<'l, 'a>(lines: &'l [Line<'a>], manner: Manner) -> Vec<Group<'l, 'a>> {
    let mut groups: Vec<Group<'l, 'a>> = Vec::new();
    for line in lines {
        let row = tokens(line.prefix, manner);
        let same = |group: &Group<'l, 'a>| {
            group.rows.first().is_some_and(|(first, _)| {
                first.len() == row.len() && first.iter().zip(&row).all(|(one, other)| one.like(other))
            })
        };
        match groups.iter().position(same) {
            Some(at) => groups[at].rows.push((row, line)),
            None if groups.len() < 200 => groups.push(Group { rows: vec![(row, line)] }),
            None => {}
        }
    }
    groups
}

/// Two groups that differ in one place, which is then taken for one text.
fn merged<'l, 'a>(first: &Group<'l, 'a>, second: &Group<'l, 'a>) -> Option<Group<'l, 'a>> {
    let (one, other) = (&first.rows.first()?.0, &second.rows.first()?.0);
    let start = one.iter().zip(other).take_while(|(one, other)| one.like(other)).count();
    let most = one.len().min(other.len()) - start;
    let end = one.iter().rev().zip(other.iter().rev()).take(most).take_while(|(one, other)| one.like(other)).count();
    // What is left of names at either side belongs to the text.
    if start == 0 && end == 0 {
        return None;
    }
    let rows = first.rows.iter().chain(&second.rows).map(|(row, line)| {
        let length = |tokens: &[Token<'_>]| tokens.iter().map(|token| token.text.len()).sum::<usize>();
        let (from, to) = (length(&row[..start]), line.prefix.len() - length(&row[row.len() - end..]));
        let mut tokens = row[..start].to_vec();
        tokens.push(Token { look: Look::Word, text: &line.prefix[from..to] });
        tokens.extend_from_slice(&row[row.len() - end..]);
        (tokens, *line)
    });
    Some(Group { rows: rows.collect() })
}

/// The field a word in front of a value names.
pub(super) fn named(word: &[u8]) -> Option<Field> {
    let lower = word.to_ascii_lowercase();
    Some(match lower.as_slice() {
        b"user" | b"usr" | b"u" | b"role" | b"username" | b"user_name" => Field::User,
        b"db" | b"database" | b"dbname" | b"d" | b"datname" => Field::Database,
        b"app" | b"application" | b"application_name" | b"appname" | b"a" => Field::Application,
        b"client" | b"host" | b"h" | b"remote" | b"r" | b"from" | b"ip" | b"addr" | b"client_addr" | b"rhost" => {
            Field::Remote
        }
        b"cmd" | b"tag" | b"command" | b"i" | b"ps" => Field::Tag,
        b"backend" | b"backend_type" | b"type" | b"b" | b"bt" => Field::Backend,
        b"pid" | b"p" | b"proc" | b"process" => Field::Process,
        b"line" | b"l" | b"num" | b"n" | b"ln" => Field::Line,
        b"tx" | b"txid" | b"xid" | b"x" | b"trx" => Field::Transaction,
        b"vxid" | b"vx" | b"v" | b"vtx" => Field::Virtual,
        b"qid" | b"queryid" | b"query_id" | b"q" => Field::QueryId,
        b"e" | b"state" | b"sqlstate" | b"sql_error_code" | b"error" | b"err" | b"code" => Field::State,
        b"session" | b"sess" | b"s" | b"c" | b"sid" | b"session_id" => Field::Session,
        b"leader" | b"lpid" | b"leader_pid" => Field::Leader,
        b"time" | b"ts" | b"t" => Field::Time,
        b"local" | b"server" | b"listen" => Field::Local,
        _ => return None,
    })
}

/// The field named in front of a column.
fn key_before(row: &[Token<'_>], column: usize) -> Option<Field> {
    for token in row[..column].iter().rev().take(4) {
        match token.look {
            Look::Key => return named(token.text),
            Look::Sign if matches!(token.text, b"=" | b":" | b"[" | b"(" | b"\"" | b"'") => {}
            Look::Spaces => {}
            _ => return None,
        }
    }
    None
}

/// The prefix a group suggests.
fn pieces(group: &Group<'_, '_>, lines: &[Line<'_>]) -> Vec<Piece> {
    let Some((first, _)) = group.rows.first() else { return Vec::new() };
    let mut meaning: HashMap<usize, Field> = HashMap::new();
    let column = |at: usize| group.rows.iter().map(move |(row, _)| row[at].text);
    let looks = |look: Look| (0..first.len()).filter(move |at| first[*at].look == look);
    for (look, field) in [(Look::Session, Field::Session), (Look::Virtual, Field::Virtual), (Look::Host, Field::Remote)]
    {
        for at in looks(look) {
            // The second host is the server's own.
            let field = if field == Field::Remote && meaning.values().any(|field| *field == Field::Remote) {
                Field::Local
            } else {
                field
            };
            meaning.insert(at, field);
        }
    }
    let times: Vec<usize> = looks(Look::Time).collect();
    let sum =
        |at: usize| column(at).filter_map(|text| Clock::default().read(text)).map(|(time, _)| time / 1000).sum::<i64>();
    let latest = times.iter().copied().max_by_key(|at| (sum(*at), std::cmp::Reverse(*at)));
    meaning.extend(times.iter().map(|at| (*at, if Some(*at) == latest { Field::Time } else { Field::Start })));
    meaning.extend(looks(Look::Epoch).map(|at| (at, Field::Epoch)));
    numbers(group, &looks(Look::Number).collect::<Vec<_>>(), &mut meaning);
    words(group, &looks(Look::Word).collect::<Vec<_>>(), lines, &mut meaning);

    let mut pieces: Vec<Piece> = Vec::new();
    let mut add = |piece: Piece| match (pieces.last_mut(), piece) {
        (Some(Piece::Literal(text)), Piece::Literal(more)) => text.extend(more),
        (_, piece) => pieces.push(piece),
    };
    for (at, token) in first.iter().enumerate() {
        match (meaning.get(&at), token.look) {
            (Some(field), _) => add(Piece::Field(*field)),
            (None, Look::Spaces)
                if column(at).any(|text| text.len() > 1)
                    || at > 0 && matches!(first[at - 1].text, b"[" | b"(" | b"{" | b"<") =>
            {
                add(Piece::Gap);
            }
            _ => add(Piece::Literal(token.text.to_vec())),
        }
        // A key whose value is missing in all of these lines.
        if token.look == Look::Sign
            && matches!(token.text, b"=" | b":")
            && at > 0
            && first[at - 1].look == Look::Key
            && let Some(field) = named(first[at - 1].text)
            && first.get(at + 1).is_none_or(|next| {
                matches!(next.look, Look::Spaces)
                    || next.look == Look::Sign && matches!(next.text, b"," | b"]" | b")" | b";" | b"|" | b"/")
            })
        {
            add(Piece::Field(field));
        }
    }
    pieces
}

/// Gives numbers their meaning.
fn numbers(group: &Group<'_, '_>, columns: &[usize], meaning: &mut HashMap<usize, Field>) {
    let Some((first, _)) = group.rows.first() else { return };
    let values = |at: usize| group.rows.iter().map(move |(row, _)| row[at].text);
    let number = |text: &[u8]| digits(text).map(|(value, _)| value);
    let constant = |at: usize| values(at).all(|text| text == first[at].text);
    let mut open: Vec<usize> = Vec::new();
    for at in columns.iter().copied() {
        let state =
            values(at).all(is_state) && values(at).any(|text| text == b"00000" || !text.iter().all(u8::is_ascii_digit));
        let huge = values(at).any(|text| text.len() > 11);
        match key_before(first, at) {
            Some(
                field @ (Field::Process
                | Field::Line
                | Field::Transaction
                | Field::QueryId
                | Field::State
                | Field::Leader),
            ) => {
                meaning.insert(at, field);
            }
            _ if state => {
                meaning.insert(at, Field::State);
            }
            _ if huge => {
                meaning.insert(at, Field::QueryId);
            }
            _ => open.push(at),
        }
    }
    // The process id stands in the session's, too.
    let sessions = (0..first.len()).find(|at| first[*at].look == Look::Session);
    if let Some(sessions) = sessions {
        let same = |at: usize| {
            group.rows.iter().all(|(row, _)| {
                session(row[sessions].text).map(|(session, _)| session & 0xffff_ffff) == number(row[at].text)
            })
        };
        if let Some(found) = open.iter().copied().find(|at| same(*at)) {
            meaning.insert(found, Field::Process);
            open.retain(|at| *at != found);
        }
    }
    // Lines of a process count up.
    let counts = |process: usize, line: usize| {
        let mut last: HashMap<&[u8], u64> = HashMap::new();
        let mut steps = 0_i64;
        for (row, _) in &group.rows {
            let Some(value) = number(row[line].text) else { return i64::MIN };
            if let Some(before) = last.insert(row[process].text, value) {
                steps += match value.checked_sub(before) {
                    Some(1) => 1,
                    // Lines of another kind lie between.
                    Some(2..=6) => 0,
                    _ => -2,
                };
            }
        }
        steps
    };
    let taken = |meaning: &HashMap<usize, Field>, field: Field| meaning.values().any(|taken| *taken == field);
    let by = sessions
        .into_iter()
        .chain(columns.iter().copied().filter(|at| meaning.get(at) == Some(&Field::Process)))
        .next();
    if !taken(meaning, Field::Line) {
        let process = |at: &usize| by.is_none_or(|by| by == *at);
        let pairs = by.into_iter().chain(open.iter().copied()).filter(process).flat_map(|process| {
            open.iter().copied().filter(move |line| *line != process).map(move |line| (process, line))
        });
        let best = pairs
            .map(|(process, line)| (counts(process, line), process, line))
            .max_by_key(|(steps, process, line)| (*steps, std::cmp::Reverse((*process, *line))));
        if let Some((steps, process, line)) = best
            && steps > 0
        {
            meaning.entry(process).or_insert(Field::Process);
            meaning.insert(line, Field::Line);
            open.retain(|at| *at != process && *at != line);
        }
    }
    let varies = open.iter().any(|at| !constant(*at));
    for at in open {
        if constant(at) && varies && first[at].text != b"0" {
            continue;
        }
        let zeros = values(at).any(|text| text == b"0");
        let one_after_dash = constant(at) && first[at].text == b"1" && at > 0 && first[at - 1].text == b"-";
        if one_after_dash {
            continue;
        }
        let field = match () {
            () if zeros && !taken(meaning, Field::Transaction) => Field::Transaction,
            () if zeros && !taken(meaning, Field::QueryId) => Field::QueryId,
            () if !zeros && !taken(meaning, Field::Process) => Field::Process,
            () if !zeros && !taken(meaning, Field::Line) && values(at).all(|text| text.len() < 7) => Field::Line,
            () if constant(at) => continue,
            () if values(at).all(|text| text.iter().all(u8::is_ascii_digit)) => Field::Leader,
            () => Field::Text,
        };
        meaning.insert(at, field);
    }
}

/// Meanings of words, the likelier first.
const KINDS: [Field; 9] = [
    Field::User,
    Field::Database,
    Field::Application,
    Field::Remote,
    Field::Tag,
    Field::Backend,
    Field::Leader,
    Field::Virtual,
    Field::Text,
];

/// Gives words their meaning: the assignment with most points.
fn words(group: &Group<'_, '_>, columns: &[usize], lines: &[Line<'_>], meaning: &mut HashMap<usize, Field>) {
    let Some((first, _)) = group.rows.first() else { return };
    // Only what processes without a session print, too, is no field of sessions.
    let background = lines.iter().any(|line| line.facts.background);
    let open: Vec<usize> = columns
        .iter()
        .copied()
        .filter(|at| {
            let text = first[*at].text;
            let constant = group.rows.iter().all(|(row, _)| row[*at].text == text);
            let everywhere = background && lines.iter().all(|line| memchr::memmem::find(line.prefix, text).is_some());
            let named = named(text).is_some() && text.len() > 1 || text.eq_ignore_ascii_case(b"postgres") && everywhere;
            let process_name = first.get(at + 1).is_some_and(|next| next.text == b"[");
            let keyed = key_before(first, *at).is_some();
            !(constant && !keyed && (everywhere || named || process_name))
        })
        .collect();
    let points: Vec<[i64; KINDS.len()]> = open.iter().map(|at| points(group, *at, open.len())).collect();
    let mut best: (i64, Vec<usize>) = (i64::MIN, Vec::new());
    assign(&points, &mut Vec::new(), 0, &mut best);
    meaning.extend(open.iter().zip(&best.1).map(|(at, kind)| (*at, KINDS[*kind])));
}

fn assign(points: &[[i64; KINDS.len()]], chosen: &mut Vec<usize>, sum: i64, best: &mut (i64, Vec<usize>)) {
    let Some(column) = points.get(chosen.len()) else {
        if sum > best.0 {
            *best = (sum, chosen.clone());
        }
        return;
    };
    // Many columns without a meaning would be too many ways.
    if chosen.len() >= 7 {
        chosen.push(KINDS.len() - 1);
        assign(points, chosen, sum, best);
        chosen.pop();
        return;
    }
    for (kind, points_of_kind) in column.iter().enumerate() {
        if chosen.contains(&kind) && KINDS[kind] != Field::Text {
            continue;
        }
        chosen.push(kind);
        assign(points, chosen, sum + points_of_kind, best);
        chosen.pop();
    }
}

/// How well each kind fits a column of words.
fn points(group: &Group<'_, '_>, at: usize, words: usize) -> [i64; KINDS.len()] {
    let mut points = [4, 4, 3, 0, 0, 0, 0, 0, 1];
    let first = &group.rows[0].0;
    if words == 1 {
        points[1] += 1;
    }
    let leads = first[..at].iter().all(|token| matches!(token.look, Look::Word | Look::Sign | Look::Spaces));
    if leads && group.rows.iter().all(|(row, _)| row[at].text == first[at].text) {
        // A constant in front of everything is more likely a name of the server.
        points[8] += 5;
    }
    if let Some(field) = key_before(first, at) {
        for (kind, points) in KINDS.iter().zip(&mut points) {
            *points += if *kind == field { 1000 } else { 0 };
        }
    }
    let neighbour = |step: isize| at.checked_add_signed(step).and_then(|at| first.get(at)).map(|token| token.text);
    if neighbour(1) == Some(b"@") {
        points[0] += 6;
    }
    if neighbour(-1) == Some(b"@") {
        points[1] += 6;
        points[3] += 3;
    }
    let mut seen: BTreeSet<&[u8]> = BTreeSet::new();
    for (row, line) in &group.rows {
        let value = row[at].text.trim_ascii();
        if known(value).is_empty() {
            if !value.is_empty() {
                points[3] -= 20;
                points[4] -= 50;
                points[5] -= 50;
            }
            continue;
        }
        let facts = &line.facts;
        let told = [facts.user, facts.database, facts.application, facts.client];
        for (kind, told) in told.iter().enumerate() {
            match told {
                Some(told) if *told == value => points[kind] += 20,
                Some(_) if kind != 2 => points[kind] -= 20,
                _ => {}
            }
        }
        if !seen.insert(value) {
            continue;
        }
        let odd =
            value.iter().any(|byte| matches!(byte, b' ' | b',' | b'\'' | b'"' | b'/' | b'=' | b':' | b'(' | b'@'));
        if odd {
            points[0] -= 20;
            points[1] -= 20;
            points[2] += 10;
        }
        let application = [
            &b"psql"[..],
            b"pgbench",
            b"pg_dump",
            b"pg_restore",
            b"pg_basebackup",
            b"rails",
            b"puma",
            b"sidekiq",
            b"walreceiver",
        ];
        if application.contains(&value)
            || value.starts_with(b"PostgreSQL JDBC")
            || value.starts_with(b"pgAdmin")
            || value.starts_with(b"DBeaver")
        {
            points[2] += 15;
        }
        if matches!(value, b"template0" | b"template1") {
            points[1] += 15;
        }
        points[3] += if facts::is_host(value) { 8 } else { -20 };
        points[4] += if tokens::is_tag(value) { 12 } else { -20 };
        points[5] += if tokens::is_backend(value) { 12 } else { -20 };
        let virtual_ = virtual_id(value).is_some_and(|(_, length)| length == value.len());
        points[7] += if virtual_ { 30 } else { -50 };
        points[6] += if value.iter().all(u8::is_ascii_digit) { 12 } else { -50 };
    }
    points
}
