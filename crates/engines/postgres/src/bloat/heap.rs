//! The size of a table written anew.

use super::layout::{Field, length};
use super::max_align;

/// Usable bytes of a page: without its header.
const USABLE: f64 = 8192.0 - 24.0;
/// A row's line pointer.
const POINTER: f64 = 4.0;
/// A row's header before the null bitmap.
const HEADER: f64 = 23.0;

/// The bytes of a row on its page, header, bitmap, line pointer and all, without and with difference in length.
/// `attributes` counts dropped columns too: the bitmap has a bit for each.
fn row(fields: &[Field], attributes: usize) -> (f64, bool) {
    let data = length(fields);
    let whole: f64 = fields.iter().map(|field| 1.0 - field.null.clamp(0.0, 1.0)).product();
    let some_null = if fields.len() < attributes { 1.0 } else { 1.0 - whole };
    let bitmap = max_align(HEADER + (attributes as f64 / 8.0).ceil()) - max_align(HEADER);
    (
        max_align(HEADER) + bitmap * some_null + data.aligned,
        data.varies || (bitmap > 0.0 && some_null > 0.0 && some_null < 1.0),
    )
}

/// Mean bytes of a row on its page.
pub(crate) fn row_bytes(fields: &[Field], attributes: usize) -> f64 {
    row(fields, attributes).0
}

/// Pages of a table with so many rows, written in one go.
pub(crate) fn pages(rows: f64, fields: &[Field], attributes: usize, fillfactor: u32) -> f64 {
    let (bytes, varies) = row(fields, attributes);
    let reserved = 8192.0 * f64::from(100 - fillfactor.clamp(10, 100)) / 100.0;
    let fit = (USABLE - reserved) / (bytes + POINTER);
    // A row is not split: the rest of a page is lost, on average half a row when rows differ.
    let per_page = if varies { fit - 0.5 } else { fit.floor() };
    (rows / per_page.max(1.0)).ceil()
}

#[cfg(test)]
mod tests {
    use super::super::layout::Width;
    use super::*;

    fn bigint() -> Field {
        Field { width: Width::Fixed(8), align: 8, null: 0.0 }
    }

    #[test]
    fn a_page_holds_what_it_holds() {
        // 24 + 8 + 4 = 36 bytes a row: 226 rows a page, as a million bigint rows (4425 pages) show.
        assert_eq!(pages(1e6, &[bigint()], 1, 100), 4425.0);
        assert_eq!(pages(0.0, &[bigint()], 1, 100), 0.0);
    }

    #[test]
    fn fillfactor_leaves_room() {
        assert_eq!(pages(158.0 * 10.0, &[bigint()], 1, 70), 10.0);
    }

    #[test]
    fn a_dropped_column_costs_a_bit_not_its_bytes() {
        assert_eq!(row_bytes(&[bigint()], 2), row_bytes(&[bigint()], 1));
        assert_eq!(row_bytes(&[bigint()], 9), row_bytes(&[bigint()], 1) + 8.0, "nine bits need another word");
    }
}
