//! The length of a row's data: fields in order, each on its own boundary.

/// How many bytes a field takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Width {
    /// Always so many.
    Fixed(u32),
    /// So many on average, header included. `spread` is the difference between the longest and the shortest, if known.
    Varying { mean: f64, spread: Option<u32> },
}

/// A field of a row or of an index key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Field {
    pub(crate) width: Width,
    /// The boundary it starts on: 1, 2, 4 or 8.
    pub(crate) align: u32,
    /// How often it is null, and takes nothing.
    pub(crate) null: f64,
}

/// Values shorter than this have a header of one byte and start anywhere.
const SHORT: f64 = 127.0;

/// What rows of such fields are like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Length {
    /// Mean length, padding between fields included.
    pub(crate) mean: f64,
    /// Mean length rounded up to a multiple of eight.
    pub(crate) aligned: f64,
    /// Rows differ in length.
    pub(crate) varies: bool,
}

/// The length of rows with these fields.
///
/// The padding before a field depends on where the one before it ended. That is a random position as soon as a field
/// varies or may be null, so the chance of each of the eight positions within a word is carried along.
pub(crate) fn length(fields: &[Field]) -> Length {
    let mut position = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let mut mean = 0.0;
    let mut varies = false;
    for field in fields.iter().filter(|field| field.null < 1.0) {
        let present = 1.0 - field.null.max(0.0);
        let (width, spread, free) = match field.width {
            Width::Fixed(width) => (f64::from(width), Some(0), false),
            Width::Varying { mean, spread } => (mean, spread, mean < SHORT),
        };
        let align = if free { 1 } else { field.align.clamp(1, 8) as usize };
        let mut next = position.map(|chance| chance * (1.0 - present));
        for (at, chance) in position.into_iter().enumerate() {
            let padding = (align - at % align) % align;
            mean += chance * present * (padding as f64 + width);
            let start = at + padding;
            // The mean of what varies is no whole number; around it, each length within the spread is as likely.
            let lengths = spread.map_or(8, |spread| spread.min(7) + 1);
            let shortest = (width - f64::from(lengths - 1) / 2.0).round().max(0.0) as usize;
            for length in shortest..shortest + lengths as usize {
                next[(start + length) % 8] += chance * present / f64::from(lengths);
            }
        }
        position = next;
        varies |= spread != Some(0) || (field.null > 0.0 && width > 0.0);
    }
    let tail: f64 = position.iter().enumerate().map(|(at, chance)| chance * ((8 - at) % 8) as f64).sum();
    Length { mean, aligned: mean + tail, varies }
}

/// The same fields in the order that pads least: long boundaries first, what varies last.
pub(crate) fn packed(fields: &[Field]) -> Vec<Field> {
    let mut packed = fields.to_vec();
    packed.sort_by_key(|field| match field.width {
        Width::Fixed(_) => 8 - field.align.min(8),
        Width::Varying { .. } => 9,
    });
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(width: u32, align: u32) -> Field {
        Field { width: Width::Fixed(width), align, null: 0.0 }
    }

    #[test]
    fn padding_follows_the_order_of_columns() {
        let scattered = [fixed(1, 1), fixed(8, 8), fixed(1, 1), fixed(8, 8)];
        assert_eq!(length(&scattered).aligned, 32.0);
        assert_eq!(length(&packed(&scattered)).aligned, 24.0);
        assert!(!length(&scattered).varies);
    }

    #[test]
    fn a_null_takes_nothing_and_moves_what_follows() {
        let half = Field { null: 0.5, ..fixed(4, 4) };
        // Present: 4 + padding 4 + 8; absent: 8.
        assert_eq!(length(&[half, fixed(8, 8)]).mean, 12.0);
        assert_eq!(length(&[Field { null: 1.0, ..fixed(4, 4) }]).mean, 0.0);
    }

    #[test]
    fn short_text_starts_anywhere_and_long_text_does_not() {
        let text = |mean| Field { width: Width::Varying { mean, spread: Some(0) }, align: 4, null: 0.0 };
        assert_eq!(length(&[fixed(1, 1), text(10.0)]).mean, 11.0);
        assert_eq!(length(&[fixed(1, 1), text(200.0)]).mean, 204.0);
        assert_eq!(length(&[fixed(1, 1), text(10.0)]).aligned, 16.0);
    }

    #[test]
    fn text_of_any_length_ends_anywhere() {
        let any = Field { width: Width::Varying { mean: 20.0, spread: None }, align: 4, null: 0.0 };
        assert_eq!(length(&[any]).aligned, 23.5);
        assert!(length(&[any]).varies);
    }
}
