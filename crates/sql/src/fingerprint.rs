//! Which statements are one query.

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

/// The text shown for a query: the same for all statements of one fingerprint.
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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(30000))]
        #[test]
        fn a_shape_is_its_own_shape(text in "\\PC*", parts in proptest::collection::vec(
            "['\"$`/*#\\\\a0 .,:;()?@=&\\[\\]\n-]{0,5}|é|IN|values \\(|E'|U&|'| in \\((1, ){0,3}2\\)|, \\(1\\)|/\\*|\\*/|/\\*!|/\\*\\+|--|null|select|::int|1e|begin |DATE|@|@a|`1st`|`2`|character|extract|\\. 5x|substr\\(|!=|`Key`|\"key\"|\\.\\.\\.|[a-z]{1,12}", 0..14)) {
            holds(&text)?;
            holds(&parts.concat())?;
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
