//! The size of a B-tree built anew.

use super::layout::{Field, length};
use super::max_align;

/// A leaf page without its header, its special space and the line pointer of its high key.
const LEAF: f64 = 8192.0 - 24.0 - 16.0 - 4.0;
/// A line pointer.
const POINTER: f64 = 4.0;
/// A row id.
const TID: f64 = 6.0;
/// An index tuple's header; with a null bitmap, the second.
const HEADER: f64 = 8.0;
const HEADER_NULLS: f64 = 16.0;
/// Longest posting list a build makes: a tenth of a page, rounded down, without its line pointer.
const POSTING: f64 = 812.0;
/// Internal pages are always filled so far.
const INTERNAL_FILL: f64 = 0.7;

/// What is known of an index.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    /// Key and included fields in order.
    pub(crate) fields: Vec<Field>,
    /// Entries.
    pub(crate) rows: f64,
    /// Different keys among entries whose key is not null.
    pub(crate) distinct: f64,
    /// Of those keys, the common ones, and the part of all entries that have one of them.
    pub(crate) common: (f64, f64),
    /// Equal keys are stored once (13+, not unique, every operator class allows it).
    pub(crate) deduplicated: bool,
    pub(crate) fillfactor: u32,
}

/// Bytes of all entries, line pointers included, and their number.
#[derive(Debug, Clone, Copy, Default)]
struct Entries {
    bytes: f64,
    number: f64,
}

impl std::ops::AddAssign for Entries {
    fn add_assign(&mut self, other: Entries) {
        self.bytes += other.bytes;
        self.number += other.number;
    }
}

/// Entries of one key that `copies` rows have.
fn of_key(tuple: f64, copies: f64) -> Entries {
    let one = Entries { bytes: tuple + POINTER, number: 1.0 };
    if copies <= 0.0 {
        return Entries::default();
    }
    if copies < 1.5 {
        return one;
    }
    let room = ((POSTING / 8.0).floor() * 8.0 - tuple).max(0.0);
    let per_list = (room / TID).floor().max(1.0);
    let lists = (copies / per_list).floor();
    let rest = copies - lists * per_list;
    let list = |ids: f64| match ids > 1.5 {
        true => max_align(tuple + ids * TID) + POINTER,
        false => tuple + POINTER,
    };
    let bytes = lists * list(per_list) + if rest >= 0.5 { list(rest) } else { 0.0 };
    Entries { bytes, number: lists + f64::from(u8::from(rest >= 0.5)) }
}

/// Entries of `keys` different keys that share `rows` rows as chance would have it.
fn of_keys(tuple: f64, keys: f64, rows: f64) -> Entries {
    if keys < 1.0 || rows <= 0.0 {
        return Entries::default();
    }
    let copies = (rows / keys).max(1.0);
    let scaled = |one: Entries, times: f64| Entries { bytes: one.bytes * times, number: one.number * times };
    if copies > 40.0 || copies.fract() == 0.0 {
        return scaled(of_key(tuple, copies.round()), keys);
    }
    // Rows fall on keys at random: a Poisson distribution without zero, whose mean is `copies`.
    let mut lambda = copies;
    for _ in 0..60 {
        lambda = copies * (1.0 - (-lambda).exp());
    }
    if lambda < 1e-9 {
        return scaled(of_key(tuple, 1.0), keys);
    }
    let mut chance = lambda * (-lambda).exp() / (1.0 - (-lambda).exp());
    let mut total = Entries::default();
    for count in 1..200_u32 {
        total += scaled(of_key(tuple, f64::from(count)), keys * chance);
        chance *= lambda / f64::from(count + 1);
    }
    total
}

/// Pages of the index, built in one go.
pub(crate) fn pages(tree: &Tree) -> f64 {
    let all_null: f64 = tree.fields.iter().map(|field| field.null.clamp(0.0, 1.0)).product();
    let no_null: f64 = tree.fields.iter().map(|field| 1.0 - field.null.clamp(0.0, 1.0)).product();
    let present = tree.rows * (1.0 - all_null);
    let data = length(&tree.fields);
    // Mean length of entries that are not null altogether.
    let body = if all_null < 1.0 { data.aligned / (1.0 - all_null) } else { 0.0 };
    let some_null = if all_null < 1.0 { (1.0 - all_null - no_null) / (1.0 - all_null) } else { 0.0 };
    let tuple = HEADER + (HEADER_NULLS - HEADER) * some_null + body;
    let mut entries = Entries::default();
    // Nulls stand together at one end, in full posting lists.
    let mut nulls = Entries::default();
    if tree.deduplicated {
        nulls = of_key(HEADER_NULLS, tree.rows * all_null);
        let distinct = tree.distinct.clamp(1.0, present.max(1.0));
        let (common_keys, common_share) = tree.common;
        let common_rows = (tree.rows * common_share).min(present);
        let common_keys = common_keys.min(distinct);
        entries += of_keys(tuple, common_keys, common_rows);
        // Keys beyond the common ones; when there are none left, their rows belong to the common ones.
        match distinct - common_keys >= 1.0 {
            true => entries += of_keys(tuple, distinct - common_keys, present - common_rows),
            false if common_keys < 1.0 => entries += of_keys(tuple, distinct, present),
            false => {}
        }
    } else {
        entries.bytes = present * (tuple + POINTER) + tree.rows * all_null * (HEADER_NULLS + POINTER);
        entries.number = tree.rows;
    }
    let reserved = 8192.0 * f64::from(100 - tree.fillfactor.clamp(10, 100)) / 100.0;
    let mean = if entries.number > 0.0 { entries.bytes / entries.number } else { tuple + POINTER };
    let fit = (LEAF - reserved) / mean;
    let same = !data.varies && (!tree.deduplicated || entries.number >= tree.rows);
    // Keys with many copies make full posting lists, all of one length.
    let per_leaf = if same || mean > 0.9 * POSTING { fit.floor() } else { fit - 0.5 };
    let null_leaves = nulls.bytes / ((LEAF - reserved) / POSTING).floor().max(1.0) / POSTING;
    let leaves = (entries.number / per_leaf.max(1.0) + null_leaves).ceil().max(1.0);
    // Above the leaves: one downlink a page below, as long as a key, until one page is left.
    let fan_out = (LEAF * INTERNAL_FILL / (tuple + POINTER)).floor().max(2.0);
    let (mut level, mut internal) = (leaves, 0.0);
    while level > 1.0 {
        level = (level / fan_out).ceil();
        internal += level;
    }
    1.0 + leaves + internal
}

#[cfg(test)]
mod tests {
    use super::super::layout::Width;
    use super::*;

    fn tree(rows: f64, distinct: f64, deduplicated: bool) -> Tree {
        let int = Field { width: Width::Fixed(4), align: 4, null: 0.0 };
        Tree { fields: vec![int], rows, distinct, common: (0.0, 0.0), deduplicated, fillfactor: 90 }
    }

    fn near(pages: f64, truth: f64) -> bool {
        (pages / truth - 1.0).abs() < 0.02
    }

    #[test]
    fn unique_integers() {
        // A million different integers take 2745 pages in every version.
        assert!(near(pages(&tree(1e6, 1e6, false)), 2745.0), "{}", pages(&tree(1e6, 1e6, false)));
        assert!(near(pages(&tree(1e6, 1e6, true)), 2745.0));
    }

    #[test]
    fn repeated_keys_are_stored_once() {
        // Ten values for a million rows: 851 pages with deduplication (13+), 2745 without.
        assert!(near(pages(&tree(1e6, 10.0, true)), 851.0), "{}", pages(&tree(1e6, 10.0, true)));
        assert!(near(pages(&tree(1e6, 10.0, false)), 2745.0));
    }

    #[test]
    fn an_empty_index_is_two_pages_at_most() {
        assert!(pages(&tree(0.0, 0.0, true)) <= 2.0);
        assert!(pages(&tree(0.0, 0.0, false)) <= 2.0);
    }
}
