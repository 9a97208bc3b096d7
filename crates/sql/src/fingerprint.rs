//! Which statements are one query.
//!
//! Statements are one query where they differ in literals, blanks, comments and the case of keywords alone. The groups are
//! those of `pg_stat_statements` and of MySQL's digests (`tests/fingerprint_groups.rs` of both rooms compares them, pair by
//! pair), and the texts these show have the fingerprint of the statements they stand for, so that a log can be joined with
//! live statistics. Where we differ from a server:
//!
//! * `IN` lists and arrays of constants are one query at every length, one included: PostgreSQL before 18 counts lengths,
//!   MariaDB and PostgreSQL take a list of one for something else. So are rows of `VALUES` beyond the first, whatever is in
//!   them, if they are alike.
//! * The type of a constant is not in the text: PostgreSQL takes `id = 5` and `id = 5.0` for two queries, `SELECT 1` and
//!   `SELECT 'a'` as well, and shows the same text for both.
//! * What a text does not show is not seen through: `a BETWEEN ? AND ?` is not `a >= ? AND a <= ?`, `x` is not
//!   `public.x`, other names of results make another query.
//! * Names that programs make up for savepoints, cursors and prepared statements count as literals, and so do the names of
//!   user variables in MySQL. `COMMIT WORK` is `COMMIT`.
//! * MySQL: rows and lists of literals are one at any length everywhere, as in its digests; names have a case, keywords do
//!   not, even where they are used as names. PostgreSQL: the field of `EXTRACT` is a constant.

mod hash;
mod keywords;
mod scan;
mod shape;
mod tags;
mod words;

use std::fmt;

use dbwright_model::SqlText;

use crate::Dialect;

pub use tags::{Tags, tags};

/// The query a statement is an instance of. Stable over versions and machines.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub u64);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// What one pass over a statement tells.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The query.
    pub fingerprint: Fingerprint,
    /// Hash of the values of all literals in order: two runs with the same values have the same.
    pub literals: u64,
    /// Whether it holds a comment, which may carry [`tags`].
    pub comments: bool,
    /// `false`: a string, name or comment is not closed, so the text was cut off.
    pub complete: bool,
}

/// Tells which query the statement is. Any bytes will do; nothing is allocated.
pub fn fingerprint(text: &[u8], dialect: Dialect) -> Scan {
    match dialect {
        Dialect::Postgres => scan::scan::<(), true>(text, ()).0,
        Dialect::MySql => scan::scan::<(), false>(text, ()).0,
    }
}

/// The text shown for a query: `?` for literals and parameters, `(?, ...)` for lists, no comments, one blank. It is the same
/// for all statements of one fingerprint, in whatever order they come, has that fingerprint itself, and shows no literal,
/// not even of a statement that was cut off.
pub fn shape(text: &str, dialect: Dialect) -> SqlText {
    let shown = shape::Text::new(text.len().min(4096), dialect == Dialect::Postgres);
    let shown = match dialect {
        Dialect::Postgres => scan::scan::<_, true>(text.as_bytes(), shown).1,
        Dialect::MySql => scan::scan::<_, false>(text.as_bytes(), shown).1,
    };
    SqlText::from(shown.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BOTH: [Dialect; 2] = [Dialect::Postgres, Dialect::MySql];

    fn shown(text: &str, dialect: Dialect) -> String {
        shape(text, dialect).as_str().to_owned()
    }

    fn holds(text: &str) -> Result<(), TestCaseError> {
        for dialect in BOTH {
            let first = shown(text, dialect);
            let scan = fingerprint(first.as_bytes(), dialect);
            prop_assert_eq!(
                scan.fingerprint,
                fingerprint(text.as_bytes(), dialect).fingerprint,
                "{:?}: {}",
                dialect,
                first
            );
            prop_assert_eq!(&shown(&first, dialect), &first);
        }
        Ok(())
    }

    /// Statements are made of these.
    const PARTS: &str = "['\"$`/*#\\\\a0 .,:;()?@=&\\[\\]\n-]{0,5}|é|IN|values \\(|E'|U&|'| in \\((1, ){0,3}2\\)|, \\(1\\)\
        |/\\*|\\*/|/\\*!|/\\*\\+|--|null|select|::int|1e|begin |DATE|@|@a|`1st`|`2`|character|extract|\\. 5x|substr\\(|!=\
        |`Key`|\"key\"|\\.\\.\\.|[a-z]{1,12}|[A-Z_]{1,20} | -12|:x|\\$1|\\$\\$";

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_shape_is_its_own_shape(text in "\\PC*", parts in proptest::collection::vec(PARTS, 0..14)) {
            holds(&text)?;
            holds(&parts.concat())?;
        }

        #[test]
        fn any_bytes_have_a_fingerprint(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for dialect in BOTH {
                prop_assert_eq!(fingerprint(&bytes, dialect), fingerprint(&bytes, dialect));
            }
        }

        #[test]
        fn what_is_one_query_looks_alike(first in proptest::collection::vec(PARTS, 0..3), second in proptest::collection::vec(PARTS, 0..3)) {
            let (first, second) = (first.concat(), second.concat());
            for dialect in BOTH {
                let same = fingerprint(first.as_bytes(), dialect).fingerprint == fingerprint(second.as_bytes(), dialect).fingerprint;
                prop_assert_eq!(same, shown(&first, dialect) == shown(&second, dialect), "{:?}: {} and {}", dialect, first, second);
            }
        }
    }

    /// Wherever a statement is cut off, nothing of its literals is to be seen.
    #[test]
    fn no_literal_survives() {
        let both = [
            "SELECT 'hush', 'it''s hush', 'a -- hush', x'hush' FROM t /* hush ' */ WHERE a = 'hush' -- hush",
            "INSERT INTO t VALUES ('hush', 'hush'), ('a''hush', '/*hush*/') /*key='hush'*/",
        ];
        let postgres = [
            "ALTER ROLE a PASSWORD 'hush'",
            "SELECT E'it\\'s hush', $$hush ' $$, $x$ $$ hush $x$, U&'hush' UESCAPE '!', 'a'\n 'hush'",
            "/* a /* hush */ hush */ SELECT B'hush', 'C:\\', 'hush'",
            "DO $do$ BEGIN EXECUTE 'hush'; END $do$",
        ];
        let mysql = [
            "CREATE USER a IDENTIFIED BY 'hush'",
            "SELECT \"hush\", \"a\\\"hush\", 'a\\'hush', 'a\\\\', _utf8'hush', n'hush' # hush",
            "SET PASSWORD FOR 'hush'@'hush' = 'hush' /*! AND 'hush' */",
        ];
        let cases = both.iter().flat_map(|text| BOTH.map(|dialect| (dialect, *text)));
        let postgres = postgres.iter().map(|text| (Dialect::Postgres, *text));
        for (dialect, text) in cases.chain(postgres).chain(mysql.iter().map(|text| (Dialect::MySql, *text))) {
            for end in 0..=text.len() {
                let shown = shown(&text[..end], dialect);
                assert!(!shown.contains("hu"), "{shown}");
            }
        }
    }

    #[test]
    fn what_was_cut_off_is_told() {
        for dialect in BOTH {
            for text in ["select 'a", "select /* a", "select `a"] {
                assert!(!fingerprint(text.as_bytes(), dialect).complete, "{text}");
            }
            assert!(fingerprint(b"select 'a' /* b */", dialect).complete);
            assert!(fingerprint(b"select 1 -- a", dialect).comments);
            assert!(!fingerprint(b"select '-- a'", dialect).comments);
        }
        assert!(!fingerprint(b"select $$ a", Dialect::Postgres).complete);
    }

    #[test]
    fn literals_are_told_apart() {
        for dialect in BOTH {
            let literals = |text: &str| fingerprint(text.as_bytes(), dialect).literals;
            assert_eq!(
                literals("select * from t where a = 5 and b = 'x'"),
                literals("SELECT * FROM t WHERE a=5 AND b='x';")
            );
            assert_ne!(literals("select * from t where a = 5"), literals("select * from t where a = 6"));
            assert_ne!(literals("select 'a', 'b'"), literals("select 'b', 'a'"));
            assert_ne!(
                literals("select 'a long literal, and what follows'"),
                literals("select 'a long literal, and what follow!'")
            );
        }
    }

    /// Fingerprints are stored and compared over versions: these must never change.
    #[test]
    fn fingerprints_stay_as_they_are() {
        for (text, dialect, expected) in [
            ("SELECT abalance FROM pgbench_accounts WHERE aid = 1", Dialect::Postgres, "4caeb6ab681e4a55"),
            ("insert into t (a, b) values (1, 'x'), (2, 'y')", Dialect::MySql, "d9f4f2244f16d9b6"),
            ("", Dialect::MySql, "f299cd77ccd6268c"),
        ] {
            assert_eq!(fingerprint(text.as_bytes(), dialect).fingerprint.to_string(), expected, "{text}");
        }
    }

    #[test]
    fn postgres_looks_like_this() {
        for (text, expected) in [
            ("SELECT * FROM t1 WHERE id IN (1,2 , 3)", "select * from t1 where id in (?, ...)"),
            (
                "select a.\"Id\", b.\"id\" from a where x=-5 and y - 5 > -z",
                "select a.\"Id\", b.id from a where x = ? and y - ? > - z",
            ),
            ("insert into t(a,b) values (1,now()),(2,now());", "insert into t(a, b) values (?, now()), ..."),
            ("insert into t values (1, 2)", "insert into t values (?, ?)"),
            ("select E'a\\'b', $$x$$, U&'z', 'a''b', B'01' -- c", "select ?, ?, ?, ?, ?"),
            (
                "select x is not null, null, d ->> 'a', e @> '{}'::jsonb",
                "select x is not null, ?, d ->> ?, e @> ?::jsonb",
            ),
            (
                "SELECT a FROM t WHERE b = ANY(ARRAY['x','y']::text[])",
                "select a from t where b = any (array[?, ...]::text[])",
            ),
            ("savepoint active_record_1", "savepoint ?"),
            ("ROLLBACK TO SAVEPOINT active_record_1", "rollback to ?"),
            ("commit work;;", "commit"),
            ("FETCH 100 FROM c1", "fetch ? from ?"),
            ("select 'cut off", "select ?"),
            ("select .5, -1::int, extract(year from a)", "select ?, - ?::int, extract(? from a)"),
            ("select $1, :name, ?", "select ?, ?, ?"),
        ] {
            assert_eq!(shown(text, Dialect::Postgres), expected, "{text}");
        }
    }

    #[test]
    fn mysql_looks_like_this() {
        for (text, expected) in [
            ("SELECT `a`, B FROM `T` WHERE c IN (1)", "select a, B from T where c in (?, ...)"),
            ("select \"x\\\"y\", 'z', -1 # c", "select ?, ..."),
            ("INSERT INTO t VALUES (1,'a'),(2,'b')", "insert into t values (?, ...), ..."),
            ("select /*! straight_join */ a from b -- c", "select straight_join a from b"),
            ("select @a, @@session.x, 5--3", "select @?, @@session.x, ? - ?"),
            (
                "select * from db.2024_orders o, 1st where t=0x4D and u=1e5",
                "select * from db.2024_orders o, 1st where t = ? and u = ?",
            ),
        ] {
            assert_eq!(shown(text, Dialect::MySql), expected, "{text}");
        }
    }
}
