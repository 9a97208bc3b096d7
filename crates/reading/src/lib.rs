//! What people paste, taken apart. Recognisers claim parts of a text; what nobody claims is named, never dropped.
//!
//! Pure: text in, values out, no panic on any input.

pub mod asked;
pub mod frame;
pub mod hash;
pub mod json;
pub mod moment;
pub mod pattern;
pub mod pull;
pub mod shape;
pub mod shell;
pub mod table;

use std::borrow::Cow;
use std::ops::Range;

use dbwright_model::artefact::{Artefact, Confidence, Input, Piece, Recogniser, Unreadable};

/// What was found in some texts.
#[derive(Debug, Default)]
pub struct Reading {
    /// What was recognised and read, in the order of the texts.
    pub found: Vec<Found>,
    /// What was recognised and could not be read.
    pub unreadable: Vec<(String, Unreadable)>,
    /// What nobody recognised.
    pub unclaimed: Vec<Unclaimed>,
}

/// An artefact and where it stood.
#[derive(Debug)]
pub struct Found {
    /// The file's name, or `-`.
    pub file: String,
    /// Which lines, from 0, end excluded.
    pub lines: Range<usize>,
    /// The recogniser that read it.
    pub by: &'static str,
    /// What it is.
    pub artefact: Artefact,
}

/// Lines that nobody recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclaimed {
    /// The file's name, or `-`.
    pub file: String,
    /// Which lines, from 0, end excluded; blank ones at both ends left out.
    pub lines: Range<usize>,
}

/// Lets every recogniser look at every text. Where claims overlap, the surer one wins, then the longer, then the one
/// whose recogniser is listed first.
pub fn read(inputs: &[Input<'_>], recognisers: &[&'static Recogniser]) -> Reading {
    let mut reading = Reading::default();
    for input in inputs {
        let mut claims: Vec<(&'static str, Piece)> = Vec::new();
        let mut left = Cow::Borrowed(input);
        for recogniser in recognisers {
            let pieces = (recogniser.find)(&left);
            for piece in pieces.iter().filter(|piece| ends_the_search(piece, input)) {
                let lines = left.to_mut().lines.get_mut(piece.lines.clone()).unwrap_or_default();
                lines.iter_mut().for_each(|line| *line = &line[..0]);
            }
            claims.extend(pieces.into_iter().map(|piece| (recogniser.id, piece)));
        }
        claims.sort_by_key(|(_, piece)| (std::cmp::Reverse((piece.confidence, piece.lines.len())), piece.lines.start));
        let mut kept: Vec<(&'static str, Piece)> = Vec::new();
        for (by, piece) in claims {
            let apart =
                |(_, other): &(_, Piece)| other.lines.end <= piece.lines.start || piece.lines.end <= other.lines.start;
            if !piece.lines.is_empty() && kept.iter().all(apart) {
                kept.push((by, piece));
            }
        }
        kept.sort_by_key(|(_, piece)| piece.lines.start);
        let mut next = 0;
        for (by, piece) in kept {
            unclaimed(input, next..piece.lines.start, &mut reading);
            next = piece.lines.end;
            let file = input.name.to_owned();
            match piece.artefact {
                Ok(artefact) => reading.found.push(Found { file, lines: piece.lines, by, artefact }),
                Err(error) => reading.unreadable.push((file, error)),
            }
        }
        unclaimed(input, next..input.lines.len(), &mut reading);
    }
    reading
}

/// Lines from which on it saves time not to look at them again.
const LARGE: usize = 10_000;

/// Whether the others need not look at those lines: no claim can be longer, and none is surer.
fn ends_the_search(piece: &Piece, input: &Input<'_>) -> bool {
    let lines = piece.lines.len();
    piece.confidence == Confidence::Certain && lines >= LARGE && lines * 2 > input.lines.len()
}

/// Names the lines nobody claimed, unless they are blank or mere ornament.
fn unclaimed(input: &Input<'_>, lines: Range<usize>, reading: &mut Reading) {
    let says_something = |at: &usize| {
        let line = input.lines.get(*at).map_or("", |line| line.trim());
        !line.is_empty()
            && !line.starts_with("```")
            && line.chars().any(char::is_alphanumeric)
            && !table::is_chatter(line)
    };
    let (Some(first), Some(last)) = (lines.clone().find(says_something), lines.rev().find(says_something)) else {
        return;
    };
    reading.unclaimed.push(Unclaimed { file: input.name.to_owned(), lines: first..last + 1 });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(lines: Range<usize>, confidence: Confidence) -> Piece {
        Piece { lines, confidence, artefact: Ok(Artefact::Query("select".into())) }
    }

    static WIDE: Recogniser = Recogniser {
        id: "wide",
        reads: "anything",
        find: |input| vec![query(0..input.lines.len(), Confidence::Possible)],
    };
    static SURE: Recogniser = Recogniser {
        id: "sure",
        reads: "the line `plan`",
        find: |input| {
            let at = input.lines.iter().position(|line| *line == "plan");
            at.map(|at| query(at..at + 1, Confidence::Certain)).into_iter().collect()
        },
    };

    #[test]
    fn the_surer_claim_wins_and_the_rest_is_named() {
        let input = Input::new("a.txt", "hello\n\nplan\n----\nrest\n\n");
        let reading = read(&[input], &[&WIDE, &SURE]);
        let found: Vec<&str> = reading.found.iter().map(|found| found.by).collect();
        assert_eq!(found, ["sure"]);
        let lines: Vec<Range<usize>> = reading.unclaimed.iter().map(|unclaimed| unclaimed.lines.clone()).collect();
        assert_eq!(lines, [0..1, 4..5]);
    }

    #[test]
    fn what_takes_most_of_a_large_text_is_looked_at_once() {
        static ALL: Recogniser = Recogniser {
            id: "all",
            reads: "the lines `plan`",
            find: |input| {
                let plans = input.lines.iter().take_while(|line| **line == "plan").count();
                vec![query(0..plans, Confidence::Certain)]
            },
        };
        let text = "plan\n".repeat(2 * LARGE) + "rest\n";
        let input = Input::new("a.txt", &text);
        for order in [[&ALL, &SURE], [&SURE, &ALL]] {
            let reading = read(std::slice::from_ref(&input), &order);
            assert_eq!(reading.found.iter().map(|found| found.by).collect::<Vec<_>>(), ["all"]);
            assert_eq!(reading.unclaimed[0].lines, 2 * LARGE..2 * LARGE + 1);
        }
    }
}
