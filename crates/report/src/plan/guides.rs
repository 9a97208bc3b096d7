//! What stands left of the words of a tree.

use crate::paint::columns;

/// The characters of drawings.
pub(crate) struct Signs {
    pub(crate) branch: &'static str,
    pub(crate) last: &'static str,
    pub(crate) pass: &'static str,
    pub(crate) above: &'static str,
    pub(crate) arrow: &'static str,
    pub(crate) more: &'static str,
    pub(crate) less: &'static str,
    pub(crate) rest: &'static str,
    pub(crate) mark: &'static str,
    pub(crate) bar: &'static [&'static str],
}

static UNICODE: Signs = Signs {
    branch: "├─",
    last: "└─",
    pass: "│ ",
    above: "┄",
    arrow: "→",
    more: "×",
    less: "÷",
    rest: "…",
    mark: "▲",
    bar: &["", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
};
static ASCII: Signs = Signs {
    branch: "|-",
    last: "`-",
    pass: "| ",
    above: "~",
    arrow: "->",
    more: "x",
    less: "/",
    rest: "...",
    mark: "^",
    bar: &["", "#"],
};

impl Signs {
    /// Those that a terminal can show.
    pub(crate) fn of(ascii: bool) -> &'static Signs {
        if ascii { &ASCII } else { &UNICODE }
    }
}

/// For each line of a tree, given how deep it stands: what is drawn left of its first line, and of those that follow.
/// At most `most` levels are drawn; those above are counted.
pub(crate) fn guides(depths: &[usize], most: usize, signs: &Signs) -> Vec<(String, String)> {
    // Whether something follows on a level, seen from the line at hand.
    let mut later: Vec<bool> = Vec::new();
    let mut guides = Vec::with_capacity(depths.len());
    for (at, &depth) in depths.iter().enumerate().rev() {
        later.resize(depth + 1, false);
        let from = (depth + 1).saturating_sub(most).max(1);
        let levels = later.get(from..).unwrap_or_default();
        let below = if depths.get(at + 1).is_some_and(|next| *next > depth) { signs.pass } else { "  " };
        guides.push(match levels.split_last() {
            None => (String::new(), below.to_owned()),
            Some((follows, above)) => {
                let stem = stem(depth - levels.len(), above, signs);
                let (branch, pass) = if *follows { (signs.branch, signs.pass) } else { (signs.last, "  ") };
                (format!("{stem}{branch}"), format!("{stem}{pass}{below}"))
            }
        });
        if let Some(own) = later.last_mut() {
            *own = true;
        }
    }
    guides.reverse();
    guides
}

/// The levels above. Each character of the count of hidden levels takes the place of one, so that words keep theirs.
fn stem(hidden: usize, above: &[bool], signs: &Signs) -> String {
    let mut stem = if hidden > 0 { format!("{hidden}{} ", signs.above) } else { String::new() };
    let room = above.len().saturating_sub(columns(&stem).div_ceil(2));
    for follows in &above[above.len() - room..] {
        stem.push_str(if *follows { signs.pass } else { "  " });
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_join_what_belongs_together() {
        let drawn = guides(&[0, 1, 2, 1, 2], 9, Signs::of(false));
        let first: Vec<&str> = drawn.iter().map(|(first, _)| first.as_str()).collect();
        assert_eq!(first, ["", "├─", "│ └─", "└─", "  └─"]);
        let next: Vec<&str> = drawn.iter().map(|(_, next)| next.as_str()).collect();
        assert_eq!(next, ["│ ", "│ │ ", "│     ", "  │ ", "      "]);
    }

    #[test]
    fn levels_that_do_not_fit_are_counted() {
        let depths: Vec<usize> = (0..200).collect();
        let drawn = guides(&depths, 4, Signs::of(true));
        assert_eq!(drawn[3].0, "    `-");
        assert_eq!(drawn[199].0, "195~ `-");
        assert!(drawn.iter().all(|(first, _)| columns(first) <= 9));
    }
}
