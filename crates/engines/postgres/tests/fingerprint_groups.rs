//! What we take for one query is what `pg_stat_statements` takes for one: statements of every kind run with different
//! literals, and the groups by fingerprint are compared with the groups by `queryid`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a suite stops where something is not as it must be")]

mod connect_support;

use std::collections::{BTreeMap, BTreeSet};

use connect_support::{lab, owner};
use dbwright_lab::Options;
use dbwright_sql::{Dialect, fingerprint, shape};

const SCHEMA: &str = include_str!("fingerprint_groups/schema.sql");
const STATEMENTS: &str = include_str!("fingerprint_groups/statements.sql");

/// Of every query.
const VARIANTS: usize = 4;

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % sides
    }
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len() as u64) as usize]
    }
    fn integer(&mut self) -> String {
        (1 + self.roll(90_000)).to_string()
    }
    fn signed(&mut self) -> String {
        let sign = self.pick(&["", "-", "- "]);
        format!("{sign}{}", self.integer())
    }
    fn string(&mut self) -> String {
        let inner = self.pick(&[
            "plain",
            "it''s",
            "",
            "semi;colon",
            "-- no comment",
            "/* nor this */",
            "a(1, 2)",
            "naïve",
            "$1",
            "q\"uote",
            "back\\slash",
            "?",
            "line\nbreak",
            "50%",
            "'' ''",
        ]);
        format!("'{inner}{}'", self.roll(1000))
    }
    fn some(&mut self, one: impl Fn(&mut Dice) -> String) -> String {
        let parts: Vec<String> = (0..2 + self.roll(6)).map(|_| one(self)).collect();
        parts.join(self.pick(&[",", ", "]))
    }

    /// The query with literals in place of its marks, and blanks and comments that say nothing.
    fn fill(&mut self, query: &str) -> String {
        let mut out = String::new();
        let (mut rest, mut quoted) = (query, false);
        // Every second statement shouts or whispers, where nothing is quoted.
        let voice = if query.contains(['\'', '"']) { 0 } else { self.roll(3) };
        while let Some(at) = rest.find(['%', ' ']) {
            let (text, tail) = rest.split_at(at);
            quoted ^= text.matches(['\'', '"']).count() % 2 == 1;
            match voice {
                1 => out += &text.to_uppercase(),
                2 => out += &text.to_lowercase(),
                _ => out += text,
            }
            let mark = tail.get(1..2).filter(|_| tail.starts_with('%'));
            let filled = match mark {
                Some("i") => self.integer(),
                Some("z") => self.signed(),
                Some("n") => format!("{}.{}", self.signed(), self.integer()),
                Some("s") => self.string(),
                Some("e") => {
                    let quotes =
                        [("E'it\\'s ", "'"), ("$$it's ", "$$"), ("$x$ $$ ' ", "$x$"), ("E'\\\\ ", "'"), ("'", "'")];
                    let (open, close) = quotes[self.roll(5) as usize];
                    format!("{open}{}{close}", self.integer())
                }
                Some("x") => (1 + self.roll(3)).to_string(),
                Some("m") => format!("'a'\n  'b{}'", self.integer()),
                Some("d") => format!("'20{}-0{}-1{}'", 10 + self.roll(15), 1 + self.roll(9), self.roll(9)),
                Some("b") => self.pick(&["true", "FALSE", "True"]).to_owned(),
                Some("j") => format!("'{{\"a\": {}}}'", self.integer()),
                Some("l") => format!("({})", self.some(Dice::integer)),
                Some("L") => format!("({})", self.some(Dice::string)),
                Some("v") => self.some(|dice| format!("({}, {}, {})", dice.integer(), dice.string(), dice.signed())),
                Some("w") => {
                    self.some(|dice| format!("({},{},abs({}),DEFAULT)", dice.integer(), dice.string(), dice.signed()))
                }
                _ => {
                    out += match (&tail[..1], self.roll(12)) {
                        (byte, _) if quoted => byte,
                        (" ", 0) => "\n  ",
                        (" ", 1) => "\t",
                        (" ", 2) => " /* it's; a ' comment */ ",
                        (" ", 3) => " -- it's \"one\n",
                        (byte, _) => byte,
                    };
                    rest = &tail[1..];
                    continue;
                }
            };
            out += &filled;
            rest = &tail[2..];
        }
        match voice {
            1 => out += &rest.to_uppercase(),
            2 => out += &rest.to_lowercase(),
            _ => out += rest,
        }
        out + self.pick(&["", "", ";", " ;", " -- end", "\n"])
    }
}

/// A statement as it ran.
struct Ran {
    query: usize,
    text: String,
    normalized: String,
    id: i64,
}

/// A line of the statements: whether we mean to differ there, and the query, if that server is to be asked.
fn entry(line: &str, major: u32) -> Option<(bool, &str)> {
    let (mark, query) = line.split_once(' ').unwrap_or(("", line));
    let meant = mark.starts_with('~');
    match (mark.trim_start_matches('~'), meant) {
        ("--", _) => None,
        ("", true) => Some((true, query)),
        (since, _) => match since.parse::<u32>() {
            Ok(since) => (since <= major).then_some((meant, query)),
            Err(_) => Some((false, line)),
        },
    }
}

fn starts(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.starts_with(word))
}

/// What commands may refer to.
const BEFORE: &str = "BEGIN; SAVEPOINT s1; SAVEPOINT s2; SAVEPOINT s3; DECLARE c1 CURSOR FOR SELECT 1;
    PREPARE p1 AS SELECT 1; PREPARE p2 AS SELECT 2; PREPARE p3 AS SELECT 3";

/// Marks of lists and rows: servers before 18 take every length for another query, and rows all do; we never.
fn squashed(query: &str, major: u32) -> bool {
    query.contains("%v") || query.contains("%w") || (major < 18 && (query.contains("%l") || query.contains("%L")))
}

async fn groups(major: u32) {
    let settings = [("shared_preload_libraries", "pg_stat_statements"), ("pg_stat_statements.max", "10000")];
    let with = settings.iter().fold(Options::new(), |options, (name, value)| options.setting(*name, *value));
    let Some(lab) = lab(major, with) else { return };
    let (runs, looks) = (owner(&lab).await, owner(&lab).await);
    looks.batch_execute("CREATE EXTENSION pg_stat_statements").await.unwrap();
    runs.batch_execute(SCHEMA).await.unwrap();
    let queries: Vec<(bool, &str)> = STATEMENTS.lines().filter_map(|line| entry(line, major)).collect();
    let seen = "SELECT queryid, query FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'";
    let mut dice = Dice(4);
    let (mut ran, mut failed) = (Vec::new(), Vec::new());
    for (query, &(_, line)) in queries.iter().enumerate() {
        for _ in 0..VARIANTS {
            let text = dice.fill(line);
            let command = !starts(line, &["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "VALUES"]);
            if command && !starts(line, &["BEGIN", "START"]) {
                runs.batch_execute(BEFORE).await.unwrap();
            }
            looks.batch_execute("SELECT pg_stat_statements_reset()").await.unwrap();
            if let Err(error) = runs.batch_execute(&text).await {
                failed.push(format!("{text}: {error:?}"));
                runs.batch_execute("ROLLBACK; DEALLOCATE ALL").await.unwrap();
                continue;
            }
            let rows = looks.query(seen, &[]).await.unwrap();
            if command {
                runs.batch_execute("ROLLBACK; DEALLOCATE ALL").await.unwrap();
            }
            let [row] = rows.as_slice() else { panic!("{text}: {} entries", rows.len()) };
            ran.push(Ran { query, text, normalized: row.get(1), id: row.get(0) });
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
    compare(major, &queries, &ran);
}

/// Pairs of statements by who takes them for one query.
#[derive(Default, Clone, Copy)]
struct Pairs {
    all: u64,
    both: u64,
    ours: u64,
    theirs: u64,
}

impl Pairs {
    fn rand(self) -> f64 {
        1.0 - (self.ours + self.theirs) as f64 / self.all as f64
    }
}

fn compare(major: u32, queries: &[(bool, &str)], ran: &[Ran]) {
    let ours = |text: &str| fingerprint(text.as_bytes(), Dialect::Postgres).fingerprint;
    let fingerprints: Vec<_> = ran.iter().map(|each| ours(&each.text)).collect();
    let apart: Vec<&Ran> = ran
        .iter()
        .zip(&fingerprints)
        .filter(|(each, found)| ours(&each.normalized) != **found)
        .map(|(each, _)| each)
        .collect();
    for each in &apart {
        println!("{major}: the server's text is another query: {:?} became {:?}", each.text, each.normalized);
    }
    // What the server splits by length, and only that, is put together.
    let mut ids: Vec<i64> = ran.iter().map(|each| each.id).collect();
    let mut first: BTreeMap<usize, i64> = BTreeMap::new();
    for (each, id) in ran.iter().zip(&mut ids) {
        if squashed(queries[each.query].1, major) {
            *id = *first.entry(each.query).or_insert(*id);
        }
    }
    let (mut strict, mut all) = (Pairs::default(), Pairs::default());
    let mut told = BTreeSet::new();
    for a in 0..ran.len() {
        for b in a + 1..ran.len() {
            let (same, theirs) = (fingerprints[a] == fingerprints[b], ids[a] == ids[b]);
            let meant = queries[ran[a].query].0 || queries[ran[b].query].0;
            for pairs in [Some(&mut all), (!meant).then_some(&mut strict)].into_iter().flatten() {
                pairs.all += 1;
                pairs.both += u64::from(same && theirs);
                pairs.ours += u64::from(same && !theirs);
                pairs.theirs += u64::from(theirs && !same);
            }
            if same != theirs && told.insert((ran[a].query, ran[b].query)) {
                let who = if same { "us" } else { "the server" };
                let meant = if meant { " (meant)" } else { "" };
                println!("{major}: one for {who}{meant}: {:?} and {:?}", ran[a].text, ran[b].text);
            }
        }
    }
    let joined = ran.len() - apart.len();
    println!(
        "PostgreSQL {major}: {} statements of {} queries; Rand {:.6} ({:.6} with the differences we mean); \
         pairs of one query: {} agreed, {} ours alone, {} theirs alone; texts of the server that join their statement: {joined} of {}",
        ran.len(),
        queries.len(),
        strict.rand(),
        all.rand(),
        strict.both,
        strict.ours,
        strict.theirs,
        ran.len(),
    );
    assert!(strict.rand() >= 0.9999 && all.rand() >= 0.999);
    assert!((strict.ours + strict.theirs) * 100 <= strict.both);
    assert!(joined * 100 >= ran.len() * 99);
    for each in ran {
        let shown = shape(&each.text, Dialect::Postgres);
        assert!(!shown.as_str().contains("plain"), "{shown:?}");
    }
}

dbwright_lab::each_postgres! {
    one_query_is_what_the_server_takes_for_one: groups;
}
