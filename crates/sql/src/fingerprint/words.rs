//! Words that decide how what follows is read.

use super::hash;
use super::keywords::{KEYWORDS, MARIADB};
use crate::dialect::RESERVED;

/// What a word means for grouping; a set of bits.
pub(super) type Role = u32;

/// An expression may begin behind it: a minus there is a sign.
pub(super) const BEFORE: Role = 1;
/// A constant of PostgreSQL.
pub(super) const CONSTANT: Role = 1 << 1;
/// A constant of either.
pub(super) const NULL: Role = 1 << 2;
/// `NULL`, `TRUE` and `FALSE` behind it belong to the syntax: `IS NOT NULL`, `SET NULL`.
pub(super) const KEEPS: Role = 1 << 3;
/// A parenthesis behind it is a list of alternatives.
pub(super) const IN: Role = 1 << 4;
/// Parentheses behind it are rows.
pub(super) const VALUES: Role = 1 << 5;
/// A bracket behind it is a list.
pub(super) const ARRAY: Role = 1 << 6;
/// A type that may stand before a string: `DATE '2020-01-01'`.
pub(super) const TYPE: Role = 1 << 7;
/// A statement that begins with it consists of words and names that programs make up.
pub(super) const NAMES: Role = 1 << 8;
/// Of the words in such a statement, those that are no name.
pub(super) const FIXED: Role = 1 << 9;
/// Says nothing in such a statement: `COMMIT WORK`.
pub(super) const NOISE: Role = 1 << 10;
/// Ends the part with names: `DECLARE c CURSOR FOR SELECT`.
pub(super) const ENDS: Role = 1 << 11;
/// A parenthesis behind it stands apart.
pub(super) const APART: Role = 1 << 12;

/// Another name of a word in MySQL.
pub(super) const SYNONYM: Role = 1 << 13;
/// The same, where a parenthesis follows.
pub(super) const SYNONYM_CALL: Role = 1 << 14;
/// A constant may come behind it without quotes.
pub(super) const EXTRACT: Role = 1 << 15;

/// `FIELDS` behind it is a synonym.
pub(super) const SHOWS: Role = 1 << 28;
/// Another name of `COLUMNS` behind `SHOW`; elsewhere it may be a column's.
pub(super) const FIELDS: Role = 1 << 29;

/// Nothing but a keyword, and a common one.
pub(super) const KEYWORD: Role = 1 << 30;

// What the token before was, where it is no word.

/// A literal or parameter.
pub(super) const LITERAL: Role = 1 << 16;
/// A string in quotes.
pub(super) const STRING: Role = 1 << 17;
/// A comma.
pub(super) const COMMA: Role = 1 << 18;
/// A comma right behind a literal.
pub(super) const LITERAL_COMMA: Role = 1 << 19;
/// An opening parenthesis or bracket.
pub(super) const OPEN: Role = 1 << 20;
/// The end of a row of `VALUES`.
pub(super) const ROW: Role = 1 << 21;
/// A comma right behind a row.
pub(super) const ROW_COMMA: Role = 1 << 22;
/// A minus or plus that is a sign if a number follows.
pub(super) const SIGN: Role = 1 << 23;
/// A dot.
pub(super) const DOT: Role = 1 << 24;
/// `::`, and the type behind it.
pub(super) const CAST: Role = 1 << 25;
/// A semicolon, or the start of the text.
pub(super) const START: Role = 1 << 26;
/// A word, a quoted name, or a closing parenthesis: what a colon or dot may belong to.
pub(super) const NAME: Role = 1 << 27;

const ROLES: &[(&str, Role)] = &[
    ("abort", NAMES | FIXED),
    ("absolute", FIXED),
    ("add", KEYWORD),
    ("all", BEFORE | FIXED | APART),
    ("alter", KEYWORD),
    ("and", BEFORE | APART | FIXED),
    ("any", APART),
    ("array", ARRAY),
    ("as", BEFORE | APART),
    ("asc", KEYWORD),
    ("asensitive", FIXED),
    ("avg", KEYWORD),
    ("backward", FIXED),
    ("begin", NAMES | FIXED),
    ("between", BEFORE | APART),
    ("binary", BEFORE | FIXED),
    ("by", BEFORE | APART),
    ("call", KEYWORD),
    ("case", BEFORE),
    ("chain", FIXED),
    ("change", KEYWORD),
    ("char", KEYWORD),
    ("character", SYNONYM),
    ("close", NAMES | FIXED),
    ("column", KEYWORD),
    ("commit", NAMES | FIXED),
    ("constraint", KEYWORD),
    ("count", KEYWORD),
    ("create", KEYWORD),
    ("cross", KEYWORD),
    ("curdate", SYNONYM),
    ("current_date", KEYWORD),
    ("current_timestamp", SYNONYM),
    ("cursor", FIXED | ENDS),
    ("curtime", SYNONYM),
    ("database", KEYWORD),
    ("date", TYPE),
    ("deallocate", NAMES | FIXED),
    ("dec", SYNONYM),
    ("declare", NAMES | FIXED),
    ("default", BEFORE),
    ("deferrable", FIXED),
    ("delete", KEYWORD),
    ("desc", KEYWORD),
    ("describe", SYNONYM),
    ("distinct", BEFORE | APART),
    ("distinctrow", SYNONYM),
    ("div", BEFORE | APART),
    ("drop", KEYWORD),
    ("duplicate", KEYWORD),
    ("else", BEFORE | APART),
    ("elseif", BEFORE),
    ("end", FIXED),
    ("escape", BEFORE),
    ("except", APART),
    ("exists", APART),
    ("explain", KEYWORD),
    ("extract", EXTRACT),
    ("false", CONSTANT),
    ("fetch", NAMES | FIXED | BEFORE),
    ("fields", FIELDS),
    ("first", FIXED),
    ("float4", SYNONYM),
    ("float8", SYNONYM),
    ("for", BEFORE | FIXED),
    ("force", KEYWORD),
    ("forward", FIXED | BEFORE),
    ("from", BEFORE | FIXED | APART),
    ("full", SHOWS),
    ("group", KEYWORD),
    ("having", BEFORE | APART),
    ("if", BEFORE),
    ("ignore", KEYWORD),
    ("ilike", BEFORE | APART),
    ("in", IN | FIXED | APART),
    ("index", KEYWORD),
    ("inner", KEYWORD),
    ("insensitive", FIXED),
    ("insert", KEYWORD),
    ("int", KEYWORD),
    ("int1", SYNONYM),
    ("int2", SYNONYM),
    ("int3", SYNONYM),
    ("int4", SYNONYM),
    ("int8", SYNONYM),
    ("integer", SYNONYM),
    ("intersect", APART),
    ("interval", TYPE | BEFORE),
    ("into", KEYWORD),
    ("is", KEEPS),
    ("isolation", FIXED),
    ("join", APART),
    ("key", KEYWORD),
    ("last", FIXED),
    ("left", KEYWORD),
    ("level", FIXED),
    ("like", BEFORE | APART),
    ("limit", BEFORE | APART),
    ("localtime", SYNONYM),
    ("localtimestamp", SYNONYM),
    ("lock", KEYWORD),
    ("max", KEYWORD),
    ("mid", SYNONYM_CALL),
    ("middleint", SYNONYM),
    ("min", KEYWORD),
    ("mod", BEFORE),
    ("modify", KEYWORD),
    ("move", NAMES | FIXED | BEFORE),
    ("natural", KEYWORD),
    ("next", FIXED),
    ("no", FIXED),
    ("not", BEFORE | KEEPS | FIXED | APART),
    ("null", NULL | CONSTANT),
    ("offset", BEFORE | APART),
    ("on", BEFORE | APART),
    ("only", FIXED),
    ("or", BEFORE | APART),
    ("order", KEYWORD),
    ("outer", KEYWORD),
    ("over", APART),
    ("partition", KEYWORD),
    ("prepare", FIXED),
    ("prepared", FIXED),
    ("primary", KEYWORD),
    ("prior", FIXED),
    ("read", FIXED),
    ("references", KEYWORD),
    ("regexp", BEFORE | APART),
    ("relative", FIXED),
    ("release", NAMES | FIXED),
    ("replace", KEYWORD),
    ("return", BEFORE | APART),
    ("returning", BEFORE | APART),
    ("right", KEYWORD),
    ("rlike", BEFORE | APART | SYNONYM),
    ("rollback", NAMES | FIXED),
    ("rows", KEYWORD),
    ("savepoint", NAMES | FIXED | NOISE),
    ("schema", SYNONYM),
    ("schemas", SYNONYM),
    ("scroll", FIXED),
    ("select", BEFORE | APART),
    ("serializable", FIXED),
    ("session", KEYWORD),
    ("session_user", SYNONYM_CALL),
    ("set", BEFORE | KEEPS | APART),
    ("show", SHOWS),
    ("some", APART | SYNONYM),
    ("sql_tsi_day", SYNONYM),
    ("sql_tsi_hour", SYNONYM),
    ("sql_tsi_microsecond", SYNONYM),
    ("sql_tsi_minute", SYNONYM),
    ("sql_tsi_month", SYNONYM),
    ("sql_tsi_quarter", SYNONYM),
    ("sql_tsi_second", SYNONYM),
    ("sql_tsi_week", SYNONYM),
    ("sql_tsi_year", SYNONYM),
    ("std", SYNONYM_CALL),
    ("stddev_pop", SYNONYM_CALL),
    ("straight_join", KEYWORD),
    ("substr", SYNONYM_CALL),
    ("sum", KEYWORD),
    ("system_user", SYNONYM),
    ("table", KEYWORD),
    ("then", BEFORE | APART),
    ("time", TYPE),
    ("timestamp", TYPE),
    ("timestamptz", TYPE),
    ("to", BEFORE | FIXED),
    ("transaction", NOISE | FIXED),
    ("true", CONSTANT),
    ("truncate", KEYWORD),
    ("uncommitted", FIXED),
    ("union", APART),
    ("unique", KEYWORD),
    ("until", BEFORE),
    ("update", KEYWORD),
    ("use", KEYWORD),
    ("user", KEYWORD),
    ("using", APART),
    ("value", VALUES | APART),
    ("values", VALUES | APART),
    ("var_pop", SYNONYM_CALL),
    ("varchar", KEYWORD),
    ("varcharacter", SYNONYM),
    ("when", BEFORE | APART),
    ("where", BEFORE | APART),
    ("while", BEFORE),
    ("with", FIXED | APART),
    ("work", NOISE | FIXED),
    ("write", FIXED),
    ("xor", BEFORE | APART),
];

const SLOTS: usize = 512;
const BUCKETS: usize = 128;
/// More words share no bucket.
const MOST: usize = 12;

/// A perfect hash: every word has its own slot, so that no lookup has to go on. A bucket's words are moved together until
/// all of them are free.
struct Table {
    moves: [u16; BUCKETS],
    slots: [(u64, Role); SLOTS],
}

static TABLE: Table = {
    let mut table = Table { moves: [0; BUCKETS], slots: [(0, 0); SLOTS] };
    let mut sizes = [0; BUCKETS];
    let mut i = 0;
    while i < ROLES.len() {
        sizes[bucket_of(key(i))] += 1;
        i += 1;
    }
    // Buckets with many words come first, while there is room.
    let mut size = MOST;
    while size > 0 {
        let mut bucket = 0;
        while bucket < BUCKETS {
            if sizes[bucket] == size {
                place(&mut table, bucket);
            }
            bucket += 1;
        }
        size -= 1;
    }
    table
};

const fn key(word: usize) -> u64 {
    let text = ROLES[word].0.as_bytes();
    hash::word(text, 0, text.len()).folded
}

/// Finds slots for the words of a bucket.
const fn place(table: &mut Table, bucket: usize) {
    let (mut keys, mut count, mut i) = ([(0, 0); MOST], 0, 0);
    while i < ROLES.len() {
        let key = key(i);
        if bucket_of(key) == bucket {
            keys[count] = (key, ROLES[i].1);
            count += 1;
        }
        i += 1;
    }
    let mut by = 0;
    while !fits(table, &keys, count, by) {
        by += 1;
    }
    table.moves[bucket] = by as u16;
    let mut i = 0;
    while i < count {
        table.slots[slot(keys[i].0, by)] = keys[i];
        i += 1;
    }
}

/// Whether the slots of these words are free, and different.
const fn fits(table: &Table, keys: &[(u64, Role); MOST], count: usize, by: usize) -> bool {
    let mut i = 0;
    while i < count {
        if table.slots[slot(keys[i].0, by)].0 != 0 {
            return false;
        }
        let mut j = 0;
        while j < i {
            if slot(keys[i].0, by) == slot(keys[j].0, by) {
                return false;
            }
            j += 1;
        }
        i += 1;
    }
    true
}

#[inline(always)]
const fn spread(key: u64) -> u64 {
    key.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[inline(always)]
const fn bucket_of(key: u64) -> usize {
    (spread(key) >> 57) as usize
}

#[inline(always)]
const fn slot(key: u64, by: usize) -> usize {
    ((spread(key) >> 40) as usize ^ by) % SLOTS
}

/// The role of a word in lower case; none is 0.
#[inline(always)]
pub(super) fn role(folded: u64) -> Role {
    let by = TABLE.moves[bucket_of(folded)];
    let (key, role) = TABLE.slots[slot(folded, by as usize)];
    role & Role::from(key == folded).wrapping_neg()
}

const NAME_SLOTS: usize = 2048;

/// The words of `lists` by their hash, 0 where there is none.
const fn table<const N: usize>(lists: [&[&str]; N]) -> [u64; NAME_SLOTS] {
    let mut table = [0; NAME_SLOTS];
    let mut list = 0;
    while list < N {
        let mut i = 0;
        while i < lists[list].len() {
            let text = lists[list][i].as_bytes();
            let key = hash::word(text, 0, text.len()).folded;
            let mut at = name_slot(key);
            while table[at] != 0 && table[at] != key {
                at = (at + 1) % NAME_SLOTS;
            }
            table[at] = key;
            i += 1;
        }
        list += 1;
    }
    table
}

#[inline(always)]
const fn name_slot(key: u64) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 53) as usize
}

#[inline]
fn holds(table: &[u64; NAME_SLOTS], key: u64) -> bool {
    let mut at = name_slot(key);
    while table[at] != 0 {
        if table[at] == key {
            return true;
        }
        at = (at + 1) % NAME_SLOTS;
    }
    false
}

static RESERVED_TABLE: [u64; NAME_SLOTS] = table([RESERVED]);
static KEYWORD_TABLE: [u64; NAME_SLOTS] = table([RESERVED, KEYWORDS]);

static MARIADB_TABLE: [u64; NAME_SLOTS] = table([MARIADB]);

/// Whether a word in lower case is a keyword of MariaDB alone: its digests write it in upper case, while for MySQL it is a
/// name.
pub(super) fn keyword_of_mariadb(folded: u64) -> bool {
    holds(&MARIADB_TABLE, folded)
}

/// Whether a word in lower case is a name only in quotes.
pub(super) fn reserved(folded: u64) -> bool {
    holds(&RESERVED_TABLE, folded)
}

/// Whether a word in lower case is a keyword of MySQL, reserved or not: its case says nothing.
pub(super) fn keyword(folded: u64) -> bool {
    holds(&KEYWORD_TABLE, folded)
}

/// Words of MySQL that are one token, and the one that is shown.
const SYNONYMS: &[(&str, &str)] = &[
    ("character", "char"),
    ("curdate", "current_date"),
    ("current_timestamp", "now"),
    ("curtime", "current_time"),
    ("dec", "decimal"),
    ("describe", "explain"),
    ("distinctrow", "distinct"),
    ("fields", "columns"),
    ("float4", "float"),
    ("float8", "double"),
    ("int1", "tinyint"),
    ("int2", "smallint"),
    ("int3", "mediumint"),
    ("int4", "int"),
    ("int8", "bigint"),
    ("integer", "int"),
    ("localtime", "now"),
    ("localtimestamp", "now"),
    ("mid", "substring"),
    ("middleint", "mediumint"),
    ("rlike", "regexp"),
    ("schema", "database"),
    ("schemas", "databases"),
    ("session_user", "user"),
    ("some", "any"),
    ("sql_tsi_day", "day"),
    ("sql_tsi_hour", "hour"),
    ("sql_tsi_microsecond", "microsecond"),
    ("sql_tsi_minute", "minute"),
    ("sql_tsi_month", "month"),
    ("sql_tsi_quarter", "quarter"),
    ("sql_tsi_second", "second"),
    ("sql_tsi_week", "week"),
    ("sql_tsi_year", "year"),
    ("std", "stddev"),
    ("stddev_pop", "stddev"),
    ("substr", "substring"),
    ("system_user", "user"),
    ("var_pop", "variance"),
    ("varcharacter", "varchar"),
];

/// What a word in lower case with the role of a synonym is shown as.
pub(super) fn synonym(word: &[u8]) -> Option<&'static str> {
    SYNONYMS.iter().find(|(other, _)| other.as_bytes().eq_ignore_ascii_case(word)).map(|(_, shown)| *shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_and_others_are_not() {
        assert!(ROLES.is_sorted());
        for (text, expected) in ROLES {
            assert_eq!(role(hash::word(text.as_bytes(), 0, text.len()).folded), *expected, "{text}");
        }
        assert_eq!(role(hash::word(b"orders", 0, 6).folded), 0);
    }
}
