//! What the suites of the engines share that compare fingerprints with the server's own grouping: queries with marks in
//! place of literals, what fills them, and the comparison.

use std::collections::{BTreeMap, BTreeSet};

use dbwright_sql::{Dialect, fingerprint, shape};

/// Statements run of every query.
pub(crate) const VARIANTS: usize = 4;

/// In strings, and must never be seen again.
const SECRET: &str = "hushhush";

/// Numbers that look random and are the same every time.
pub(crate) struct Dice(pub(crate) u64, pub(crate) Dialect);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }

    fn integer(&mut self) -> String {
        (1 + self.roll(90_000)).to_string()
    }

    fn signed(&mut self) -> String {
        let sign = self.pick(&["", "-", "- "]);
        format!("{sign}{}", self.integer())
    }

    fn string(&mut self) -> String {
        let number = self.roll(1000);
        let inner = self.pick(&[
            SECRET,
            "it''s",
            "",
            "semi;colon",
            "-- no comment",
            "/* nor this */",
            "a(1, 2)",
            "naïve",
            "$1",
            "q\"uote",
            "?",
            "line\nbreak",
            "50%",
            "'' ''",
            "# none",
            "*/",
        ]);
        format!("'{inner}{number}'")
    }

    /// A string in a notation that only this server knows.
    fn odd(&mut self) -> String {
        let number = self.roll(1000);
        let forms = match self.1 {
            Dialect::Postgres => {
                [("E'it\\'s ", "'"), ("$$it's ", "$$"), ("$x$ $$ ' ", "$x$"), ("E'\\\\ ", "'"), ("'", "'")]
            }
            Dialect::MySql => [("'it\\'s ", "'"), ("\"it's ", "\""), ("\"\"\"'", "\""), ("'\\\\ ", "'"), ("'", "'")],
        };
        let (open, close) = forms[self.roll(forms.len())];
        format!("{open}{SECRET}{number}{close}")
    }

    fn some(&mut self, one: impl Fn(&mut Dice) -> String) -> String {
        let parts: Vec<String> = (0..2 + self.roll(6)).map(|_| one(self)).collect();
        parts.join(self.pick(&[",", ", "]))
    }

    /// What stands for a mark.
    fn mark(&mut self, mark: &str) -> Option<String> {
        Some(match mark {
            "i" => self.integer(),
            "z" => self.signed(),
            "n" => format!("{}.{}", self.signed(), self.integer()),
            "s" => self.string(),
            "e" => self.odd(),
            "x" => (1 + self.roll(3)).to_string(),
            "m" => format!("'a'\n  'b{}'", self.integer()),
            "d" => format!("'20{}-0{}-1{}'", 10 + self.roll(15), 1 + self.roll(9), self.roll(9)),
            "b" => self.pick(&["true", "FALSE", "True"]).to_owned(),
            "j" => format!("'{{\"a\": {}}}'", self.integer()),
            "l" => format!("({})", self.some(Dice::integer)),
            "L" => format!("({})", self.some(Dice::string)),
            "v" => self.some(|dice| format!("({}, {}, {})", dice.integer(), dice.string(), dice.signed())),
            "w" => self.some(|dice| format!("({},{},abs({}),DEFAULT)", dice.integer(), dice.string(), dice.signed())),
            _ => return None,
        })
    }

    /// The query with literals in place of its marks, and with blanks, comments and case that say nothing.
    pub(crate) fn fill(&mut self, query: &str) -> String {
        let mut out = String::new();
        let (mut rest, mut quoted) = (query, false);
        let voice = self.roll(3);
        while !rest.is_empty() {
            let at = rest.find(['%', ' ']).unwrap_or(rest.len());
            let (text, tail) = rest.split_at(at);
            quoted ^= text.matches(['\'', '"', '`']).count() % 2 == 1;
            // Names have a case in MySQL; there only keywords change.
            let keyword = text.bytes().all(|b| b.is_ascii_uppercase() || b"_(),*".contains(&b));
            match (voice, self.1) {
                _ if quoted || text.contains(['\'', '"', '`', '$']) => out += text,
                (1, Dialect::Postgres) => out += &text.to_uppercase(),
                (2, Dialect::Postgres) => out += &text.to_lowercase(),
                (2, Dialect::MySql) if keyword => out += &text.to_lowercase(),
                _ => out += text,
            }
            if let Some(filled) = tail.get(1..2).filter(|_| tail.starts_with('%')).and_then(|mark| self.mark(mark)) {
                out += &filled;
                rest = &tail[2..];
                continue;
            }
            out += match (tail.get(..1).unwrap_or(""), self.roll(12)) {
                (byte, _) if quoted => byte,
                (" ", 0) => "\n  ",
                (" ", 1) => "\t",
                (" ", 2) => " /* it's; a ' comment */ ",
                (" ", 3) => " -- it's \"one\n",
                (" ", 4) if self.1 == Dialect::MySql => " # it's \"one\n",
                (byte, _) => byte,
            };
            rest = tail.get(1..).unwrap_or("");
        }
        out + self.pick(&["", "", ";", " ;", " -- end", "\n"])
    }
}

/// A statement as it ran.
pub(crate) struct Ran {
    /// Which query.
    pub(crate) query: usize,
    /// As sent.
    pub(crate) text: String,
    /// As the server shows it.
    pub(crate) normalized: String,
    /// What the server takes it for.
    pub(crate) id: String,
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

/// Compares the groups by fingerprint with the groups by the server's identity, says every difference, and holds us to
/// agreement. `queries` come with whether we mean to differ there; what the server splits by length, and only that, is
/// put together where `squashed` says so.
pub(crate) fn compare(
    server: &str,
    dialect: Dialect,
    queries: &[(bool, &str)],
    ran: &[Ran],
    squashed: impl Fn(&str) -> bool,
) {
    let ours = |text: &str| fingerprint(text.as_bytes(), dialect).fingerprint;
    let fingerprints: Vec<_> = ran.iter().map(|each| ours(&each.text)).collect();
    let mut joined = 0;
    for (each, found) in ran.iter().zip(&fingerprints) {
        match ours(&each.normalized) == *found {
            true => joined += 1,
            false => println!("{server}: its text is another query: {:?} became {:?}", each.text, each.normalized),
        }
        let shown = shape(&each.text, dialect);
        assert!(!shown.as_str().contains(SECRET), "{shown:?}");
    }
    let mut ids: Vec<&str> = ran.iter().map(|each| each.id.as_str()).collect();
    let mut first: BTreeMap<usize, &str> = BTreeMap::new();
    for (each, id) in ran.iter().zip(&mut ids) {
        if squashed(queries[each.query].1) {
            *id = first.entry(each.query).or_insert(*id);
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
                println!("{server}: one for {who}{meant}: {:?} and {:?}", ran[a].text, ran[b].text);
            }
        }
    }
    println!(
        "{server}: {} statements of {} queries; Rand {:.6} ({:.6} with the differences we mean); pairs of one query: \
         {} agreed, {} ours alone, {} theirs alone; texts of the server that join their statement: {joined} of {}",
        ran.len(),
        queries.len(),
        strict.rand(),
        all.rand(),
        strict.both,
        strict.ours,
        strict.theirs,
        ran.len(),
    );
    assert!(strict.rand() >= 0.9999 && all.rand() >= 0.999, "{server}");
    // Most pairs are of different queries, which is easy: the pairs of one query must agree as well.
    assert!((strict.ours + strict.theirs) * 100 <= strict.both, "{server}");
    assert!(joined * 100 >= ran.len() * 99, "{server}: {joined}");
}
