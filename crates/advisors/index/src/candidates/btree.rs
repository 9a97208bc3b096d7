//! Ordered indexes that could serve one use of a table: equality, then sort, then range; join columns; what covers it.

use std::collections::BTreeMap;

use dbwright_model::candidate::{Candidate, CandidateKey, KeyOf};
use dbwright_model::catalog::{Column, ObjectName};
use dbwright_model::{Bytes, Name};
use dbwright_sql::Dialect;

use super::usage::{Keys, Usage, columns_of, push};

/// How many uses of the load compare a column for equality, by table and column: such columns come first in an index, so
/// that more statements share it.
pub(super) type Shared = BTreeMap<(ObjectName, Name), usize>;

/// No more keys than this: more make an index larger, not more selective.
const KEYS: usize = 6;
/// No more ranges, join partners and their pairs are tried than this for one use.
const TRIED: usize = 3;

/// The ordered indexes that could serve a use, the most promising first.
pub(super) fn candidates(usage: &Usage<'_>, shared: &Shared, dialect: Dialect) -> Vec<Candidate> {
    let mut made = Made { usage, dialect, all: vec![] };
    let equal = sorted(&usage.equal, usage, shared);
    let several = sorted(&usage.several, usage, shared);
    let base = joined([&equal, &several]);
    let joins: Vec<Keys> = usage.joins.iter().map(|(_, keys)| sorted(keys, usage, shared)).collect();

    // one value, then the order, then what filters
    if !usage.order.is_empty() {
        made.both(joined([&equal, &usage.order, &several, &usage.ranges]), equal.len() + usage.order.len());
    }
    for range in usage.ranges.iter().take(TRIED) {
        let rest = usage.ranges.iter().filter(|other| *other != range).cloned().collect();
        made.both(joined([&base, &vec![range.clone()], &rest]), base.len() + 1);
    }
    if !base.is_empty() {
        made.both(base.clone(), base.len());
    }
    if !usage.grouping.is_empty() {
        let grouping = in_order_of(&usage.grouping, &usage.order);
        made.both(joined([&equal, &grouping, &several, &usage.ranges]), equal.len() + grouping.len());
    }
    for keys in joins.iter().take(TRIED) {
        made.both(keys.clone(), keys.len());
        if !base.is_empty() {
            made.both(joined([keys, &base]), keys.len() + base.len());
            made.both(joined([&base, keys]), keys.len() + base.len());
        }
        for range in usage.ranges.iter().take(1) {
            let keys = joined([&base, keys, &vec![range.clone()]]);
            made.both(keys.clone(), keys.len());
        }
    }
    for (at, first) in joins.iter().take(TRIED).enumerate() {
        for (other, second) in joins.iter().take(TRIED).enumerate() {
            if at != other {
                let keys = joined([first, second]);
                made.one(keys, false);
            }
        }
    }
    let singles = joins.iter().flatten().chain(&base).chain(&usage.ranges).chain(usage.order.first());
    let singles: Vec<CandidateKey> = singles.cloned().collect();
    for key in singles {
        made.one(vec![key], false);
    }
    made.scan();
    made.all
}

/// Candidates of one use.
struct Made<'m> {
    usage: &'m Usage<'m>,
    dialect: Dialect,
    all: Vec<Candidate>,
}

impl Made<'_> {
    /// The first `least` keys; all of them; and these with all else that the statement reads.
    fn both(&mut self, keys: Keys, least: usize) {
        let short: Keys = keys.iter().take(least.clamp(1, KEYS)).cloned().collect();
        self.one(short.clone(), true);
        self.one(short, false);
        if keys.len() > least {
            self.one(keys, true);
        }
    }

    fn one(&mut self, mut keys: Keys, covering: bool) {
        keys.truncate(KEYS);
        if keys.is_empty() || !keys.iter().all(|key| fits(key, self.usage)) {
            return;
        }
        let mut candidate = Candidate { table: self.usage.table.name.clone(), keys, ..Candidate::default() };
        if covering {
            let Some(rest) = carried(&candidate, self.usage) else { return };
            match self.dialect {
                Dialect::Postgres => candidate.include = rest,
                Dialect::MySql => candidate.keys.extend(rest.into_iter().map(CandidateKey::column)),
            }
        }
        if !self.all.contains(&candidate) {
            self.all.push(candidate);
        }
    }

    /// Where nothing tells rows apart: all that is read, narrower than the table.
    fn scan(&mut self) {
        if self.all.is_empty()
            && let Some(first) = self.usage.needed.as_ref().and_then(|needed| needed.first())
            && !self.usage.relation.predicates.is_empty()
        {
            self.one(vec![CandidateKey::column(first.name.clone())], true);
        }
    }
}

/// The columns that an index would have to carry so that the rows need not be read. `None` when that is not worth it, or not
/// possible.
fn carried(candidate: &Candidate, usage: &Usage<'_>) -> Option<Vec<Name>> {
    let needed = usage.needed.as_ref()?;
    let rest = needed.iter().filter(|column| !columns_of(&candidate.keys).any(|key| *key == column.name));
    let mut rest: Vec<&Column> = rest.copied().collect();
    if !rest.iter().all(|column| is_carried(column)) || rest.len() + candidate.keys.len() > 16 {
        return None;
    }
    let all: Vec<&Column> = usage.table.columns.iter().collect();
    if let (Some(part), Some(whole)) = (width(needed), width(&all))
        && part > 0.8 * whole
    {
        return None;
    }
    rest.sort_by(|a, b| a.name.cmp(&b.name));
    rest.dedup_by(|a, b| a.name == b.name);
    Some(rest.into_iter().map(|column| column.name.clone()).collect())
}

/// The average width of columns together, in bytes, when it is known of each.
fn width(columns: &[&Column]) -> Option<f64> {
    columns.iter().map(|column| Some(column.statistics.as_ref()?.width?.0 as f64)).sum()
}

/// Whether a column may be carried: one long value would make an insert fail, since an entry of a B-tree has a limit
/// (PostgreSQL: a third of a page).
fn is_carried(column: &Column) -> bool {
    const NARROW: Bytes = Bytes(48);
    let kind = column.type_name.to_ascii_lowercase();
    let never = ["json", "bytea", "xml", "tsvector", "blob", "geometry", "geography"];
    if never.iter().any(|word| kind.contains(word)) || kind.contains("[]") {
        return false;
    }
    let width = column.statistics.as_ref().and_then(|statistics| statistics.width);
    match length(&kind) {
        Some(length) => length <= 400 || width.is_some_and(|width| width <= NARROW),
        None if is_text(&kind) => width.is_some_and(|width| width <= NARROW),
        None => true,
    }
}

/// The declared length of a type of characters.
fn length(kind: &str) -> Option<u32> {
    if !kind.contains("char") && !kind.contains("binary") {
        return None;
    }
    kind.split_once('(')?.1.split(')').next()?.trim().parse().ok()
}

/// A type without a limit of its own.
fn is_text(kind: &str) -> bool {
    kind.contains("text") || kind.starts_with("varchar") || kind.starts_with("character varying")
}

/// Whether a key's columns may be keys of an ordered index.
fn fits(key: &CandidateKey, usage: &Usage<'_>) -> bool {
    let KeyOf::Column(name) = &key.of else { return true };
    let Some(column) = usage.table.column(name.as_str()) else { return false };
    let kind = column.type_name.to_ascii_lowercase();
    let never =
        ["json", "xml", "tsvector", "point", "polygon", "geometry", "geography", "box", "circle", "line", "path"];
    let wide = column.statistics.as_ref().and_then(|statistics| statistics.width).is_some_and(|width| width.0 > 500);
    !wide && !never.iter().any(|word| kind.starts_with(word)) && !kind.contains("[]")
}

/// Keys with those first that more of the load compares, then those with more different values.
fn sorted(keys: &Keys, usage: &Usage<'_>, shared: &Shared) -> Keys {
    let mut keys = keys.clone();
    let rank = |key: &CandidateKey| {
        let name = key.of.columns().first().cloned().unwrap_or_default();
        let uses = shared.get(&(usage.table.name.clone(), name.clone())).copied().unwrap_or(0);
        let statistics = usage.table.column(name.as_str()).and_then(|column| column.statistics.as_ref());
        let distinct = statistics.and_then(|statistics| statistics.distinct);
        let distinct = distinct.map_or(0.0, |distinct| distinct.among(usage.table.rows.unwrap_or_default()));
        (uses, distinct as u64)
    };
    keys.sort_by(|a, b| rank(b).cmp(&rank(a)).then_with(|| a.cmp(b)));
    keys
}

/// The keys of all lists, each column once, at its first place.
fn joined<const N: usize>(lists: [&Keys; N]) -> Keys {
    let mut all = vec![];
    for key in lists.into_iter().flatten() {
        push(&mut all, key.clone());
    }
    all
}

/// Grouping keys in the order asked for, where that is an order of them.
fn in_order_of(grouping: &Keys, order: &Keys) -> Keys {
    let asked: Keys = order.iter().take_while(|key| grouping.iter().any(|group| group.of == key.of)).cloned().collect();
    joined([&asked, grouping])
}
