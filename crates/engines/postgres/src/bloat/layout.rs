//! The length of a row's data: fields in order, each on its own boundary.

/// How many bytes a field takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Width {
    /// Always so many.
    Fixed(u32),
    /// So many on average, header included; and how often the length leaves each rest when divided by eight.
    Varying { mean: f64, rests: [f64; 8] },
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

/// Any length is as likely as any other.
pub(crate) const ANY_REST: [f64; 8] = [0.125; 8];

/// Every length is this one.
pub(crate) fn one_rest(length: u32) -> [f64; 8] {
    let mut rests = [0.0; 8];
    rests[length as usize % 8] = 1.0;
    rests
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
        let (width, rests, free) = match field.width {
            Width::Fixed(width) => (f64::from(width), one_rest(width), false),
            Width::Varying { mean, rests } => (mean, rests, mean < SHORT),
        };
        let align = if free { 1 } else { field.align.clamp(1, 8) as usize };
        let mut next = position.map(|chance| chance * (1.0 - present));
        for (at, chance) in position.into_iter().enumerate() {
            let padding = (align - at % align) % align;
            mean += chance * present * (padding as f64 + width);
            for (rest, share) in rests.into_iter().enumerate() {
                next[(at + padding + rest) % 8] += chance * present * share;
            }
        }
        position = next;
        varies |= rests.into_iter().all(|share| share < 1.0) || (field.null > 0.0 && width > 0.0);
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
        let text = |length: u32| {
            let width = Width::Varying { mean: f64::from(length), rests: one_rest(length) };
            Field { width, align: 4, null: 0.0 }
        };
        assert_eq!(length(&[fixed(1, 1), text(10)]).mean, 11.0);
        assert_eq!(length(&[fixed(1, 1), text(200)]).mean, 204.0);
        assert_eq!(length(&[fixed(1, 1), text(10)]).aligned, 16.0);
    }

    #[test]
    fn the_tail_follows_the_lengths() {
        let rests = [0.75, 0.25, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let two = Field { width: Width::Varying { mean: 8.25, rests }, align: 4, null: 0.0 };
        // Three in four end on the boundary, one in four a byte behind it.
        assert_eq!(length(&[two]).aligned, 0.75 * 8.0 + 0.25 * 16.0);
    }

    #[test]
    fn text_of_any_length_ends_anywhere() {
        let any = Field { width: Width::Varying { mean: 20.0, rests: ANY_REST }, align: 4, null: 0.0 };
        assert_eq!(length(&[any]).aligned, 23.5);
        assert!(length(&[any]).varies);
    }
}
