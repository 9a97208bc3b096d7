//! Loops in a conversation.

use std::collections::{HashMap, HashSet};

use super::conversation::Once;
use super::meaning::{Act, Meaning, can_feed};
use super::steps::Step;
use super::{Kind, LONGEST, Limits};

/// Repetitions that make a loop of several shapes: what detectors in traces take.
const TURNS: usize = 3;
/// Statements between a parent and its loop, at most.
const NEAR: usize = 3;

/// A loop.
#[derive(Debug)]
pub(super) struct Loop {
    pub(super) kind: Kind,
    pub(super) parent: Option<u64>,
    pub(super) turns: Vec<u64>,
    pub(super) site: u64,
    pub(super) sum: Once,
}

/// A shape that was said several times in a row.
struct Run {
    shape: u64,
    start: usize,
    length: usize,
}

/// The loops in what was said, one after another.
pub(super) fn loops(said: &[Step], meanings: &HashMap<u64, Meaning>, limits: Limits) -> Vec<Loop> {
    let runs = runs(said);
    let mut found = Vec::new();
    let mut at = 0;
    while at < runs.len() {
        let Some((turns, end)) = repeats(&runs, at, limits) else {
            at += 1;
            continue;
        };
        let last = &runs[end - 1];
        let (from, to) = (runs[at].start, last.start + last.length);
        found.extend(judge(said, from..to, &turns, meanings));
        at = end;
    }
    found
}

fn runs(said: &[Step]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (at, step) in said.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if run.shape == step.shape => run.length += 1,
            _ => runs.push(Run { shape: step.shape, start: at, length: 1 }),
        }
    }
    runs
}

/// The pattern that repeats from there on, and where it ends; the one that goes furthest, then the shortest.
fn repeats(runs: &[Run], at: usize, limits: Limits) -> Option<(Vec<u64>, usize)> {
    let mut best: Option<(Vec<u64>, usize)> = None;
    if runs[at].length >= limits.repeats {
        best = Some((vec![runs[at].shape], at + 1));
    }
    for length in 2..=LONGEST.min(runs.len() - at) {
        let pattern: Vec<u64> = runs[at..at + length].iter().map(|run| run.shape).collect();
        let apart: HashSet<u64> = pattern.iter().copied().collect();
        if apart.len() < length {
            continue;
        }
        let (mut turns, mut end) = (1, at + length);
        while let Some(next) = turn(runs, end, &pattern) {
            (turns, end) = (turns + 1, next);
        }
        if turns >= TURNS && best.as_ref().is_none_or(|(_, furthest)| end > *furthest) {
            best = Some((pattern, end));
        }
    }
    best
}

/// Where one more turn of the pattern ends: its first shape, then at least half of it, in order.
fn turn(runs: &[Run], at: usize, pattern: &[u64]) -> Option<usize> {
    let mut next = at;
    let mut seen = 0;
    for (place, shape) in pattern.iter().enumerate() {
        match runs.get(next) {
            Some(run) if run.shape == *shape => (seen, next) = (seen + 1, next + 1),
            _ if place == 0 => return None,
            _ => {}
        }
    }
    (seen * 2 > pattern.len()).then_some(next)
}

/// What a loop is, if it is worth telling.
fn judge(
    said: &[Step],
    range: std::ops::Range<usize>,
    turns: &[u64],
    meanings: &HashMap<u64, Meaning>,
) -> Option<Loop> {
    let steps = &said[range.clone()];
    let turns: Vec<u64> = turns.iter().copied().filter(|shape| meanings.contains_key(shape)).collect();
    let meaning = |shape: &u64| meanings.get(shape);
    let all: Vec<&Meaning> = turns.iter().filter_map(meaning).collect();
    let looks_up = all.iter().any(|meaning| meaning.looks_up());
    let inserts = |table: &String| all.iter().any(|meaning| meaning.act == Act::Insert(table.clone()));
    let asks_first = all.iter().any(|meaning| match &meaning.act {
        Act::Read { by: Some((table, _)), .. } => inserts(table),
        _ => false,
    });
    let writes = all.iter().any(|meaning| meaning.writes());
    let differ = differ(steps, &turns);
    let parent = || parent(said, range.start, &turns, steps.len(), meanings);
    let (kind, parent) = if asks_first {
        (Kind::SelectThenInsert, None)
    } else if writes {
        (Kind::RowByRow, None)
    } else if differ == Some(false) {
        // A loop of nothing else is somebody polling.
        match said.iter().any(|step| !turns.contains(&step.shape))
            && all.iter().all(|meaning| matches!(meaning.act, Act::Read { .. }))
        {
            true => (Kind::Repeated, None),
            false => return None,
        }
    } else if looks_up {
        match parent() {
            Some(parent) => (Kind::NPlusOne, Some(parent)),
            None => (Kind::LookUps, None),
        }
    } else {
        return None;
    };
    let first = steps.first()?;
    let last = steps.last()?;
    let time: u64 = steps.iter().map(|step| step.time).sum();
    let took = (last.end.saturating_sub(first.start()).max(0) as u64).saturating_mul(1_000);
    let site = steps.iter().map(|step| step.site).find(|site| *site != 0).unwrap_or(0);
    let sum =
        Once { statements: steps.len() as u64, time, between: took.saturating_sub(time), began: first.start(), differ };
    Some(Loop { kind, parent, turns, site, sum })
}

/// Whether the values of the loop's shapes differ from turn to turn; `None` when they are not logged.
fn differ(steps: &[Step], turns: &[u64]) -> Option<bool> {
    let mut known = false;
    for shape in turns {
        let mut values = steps.iter().filter(|step| step.shape == *shape).filter_map(|step| step.values);
        let Some(first) = values.next() else { continue };
        known = true;
        if values.any(|value| value != first) {
            return Some(true);
        }
    }
    known.then_some(false)
}

/// The statement whose rows the loop is over: near before it, able to return many rows and the values looked up, and
/// with as many rows as that takes where the log counts them.
fn parent(said: &[Step], start: usize, turns: &[u64], count: usize, meanings: &HashMap<u64, Meaning>) -> Option<u64> {
    let lookup = turns.iter().filter_map(|shape| meanings.get(shape)).find(|meaning| meaning.looks_up())?;
    let per_turn = count / turns.len().max(1);
    let before = said[start.saturating_sub(NEAR)..start].iter().rev();
    before
        .filter(|step| !turns.contains(&step.shape))
        .find(|step| {
            let Some(meaning) = meanings.get(&step.shape) else { return false };
            let many = matches!(meaning.act, Act::Read { many: true, .. });
            let enough = step.rows.is_none_or(|rows| rows >= 2 && rows * 2 >= per_turn as u64);
            many && enough && can_feed(meaning, lookup)
        })
        .map(|step| step.shape)
}
