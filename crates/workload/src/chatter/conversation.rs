//! Sessions side by side, each in its conversation.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::loops::{Loop, loops};
use super::meaning::{Act, Meaning};
use super::steps::Step;
use super::{Kind, Limits, Pattern, Spoken};

/// A conversation longer than this is looked at in pieces.
const LONGEST_CONVERSATION: usize = 20_000;
/// Sessions that are counted for a pattern.
const SESSIONS: usize = 1_000;

/// What sets a pattern apart.
type Key = (Kind, Option<u64>, Vec<u64>, u64);

/// All sessions, and what was found in what they said.
pub(super) struct Conversations {
    limits: Limits,
    open: BTreeMap<u64, Session>,
    found: BTreeMap<Key, Sum>,
    heard: u64,
}

/// What a session says now.
#[derive(Default)]
struct Session {
    steps: Vec<Step>,
    transaction: Option<Transaction>,
}

/// A transaction that a session is in.
struct Transaction {
    /// The first statement in it.
    first: Option<Step>,
    /// When something was last said in it.
    last: i64,
    statements: u64,
    time: u64,
    silence: i64,
    longest: i64,
}

/// What is known of all occurrences of a pattern.
#[derive(Default)]
struct Sum {
    occurrences: u64,
    sessions: BTreeSet<u64>,
    statements: (u64, u64, u64),
    time: u64,
    between: u64,
    longest: (i64, u64),
    same: bool,
    differ: bool,
}

impl Conversations {
    pub(super) fn new(limits: Limits) -> Conversations {
        Conversations { limits, open: BTreeMap::new(), found: BTreeMap::new(), heard: 0 }
    }

    pub(super) fn sessions(&self) -> u64 {
        self.heard
    }

    /// Hears the next statement of a session.
    pub(super) fn hear(&mut self, step: Step, meanings: &HashMap<u64, Meaning>) {
        let limits = self.limits;
        let session = self.open.entry(step.session).or_insert_with(|| {
            self.heard += 1;
            Session::default()
        });
        let act = meanings.get(&step.shape).map(|meaning| &meaning.act);
        let silent = session.transaction.as_mut().and_then(|open| open.hear(&step, act, limits));
        let ends = session.steps.last().is_some_and(|last| {
            step.start().saturating_sub(last.end) > limits.pause
                || (step.request != last.request && step.request != 0 && last.request != 0)
                || session.steps.len() >= LONGEST_CONVERSATION
        });
        let between = matches!(act, Some(Act::Begin | Act::End | Act::Between));
        let said = if ends || between { std::mem::take(&mut session.steps) } else { Vec::new() };
        match act {
            Some(Act::Begin) => session.transaction = Some(Transaction::new(&step)),
            Some(Act::End) => session.transaction = None,
            _ => {}
        }
        if !between && !matches!(act, Some(Act::Catalog)) {
            session.steps.push(step);
        }
        if let Some((first, sum)) = silent {
            self.found
                .entry((Kind::OpenOverSilence, None, vec![first.shape], first.site))
                .or_default()
                .add(sum, first.session);
        }
        self.look(&said, meanings);
    }

    /// Nobody says anything more.
    pub(super) fn end(&mut self, meanings: &HashMap<u64, Meaning>) {
        for session in std::mem::take(&mut self.open).into_values() {
            self.look(&session.steps, meanings);
        }
    }

    fn look(&mut self, said: &[Step], meanings: &HashMap<u64, Meaning>) {
        if said.len() < 3 {
            return;
        }
        for Loop { kind, parent, turns, site, sum } in loops(said, meanings, self.limits) {
            self.found.entry((kind, parent, turns, site)).or_default().add(sum, said[0].session);
        }
    }

    /// Everything that was found, the longest time first.
    pub(super) fn patterns(self, meanings: &HashMap<u64, Meaning>, sites: &BTreeMap<u64, String>) -> Vec<Pattern> {
        let spoken = |shape: u64| {
            let text = meanings.get(&shape).map(|meaning| meaning.text.clone()).unwrap_or_default();
            Spoken { shape, text }
        };
        let framework = |shapes: &[u64]| shapes.iter().find_map(|shape| meanings.get(shape)?.framework);
        let mut patterns: Vec<Pattern> = self
            .found
            .into_iter()
            .map(|((kind, parent, turns, site), sum)| Pattern {
                kind,
                framework: framework(&turns).or_else(|| framework(parent.as_slice())),
                parent: parent.map(spoken),
                turns: turns.into_iter().map(spoken).collect(),
                site: sites.get(&site).cloned(),
                occurrences: sum.occurrences,
                sessions: sum.sessions.len() as u64,
                statements: sum.statements,
                time: sum.time,
                between: sum.between,
                longest: sum.longest,
                values_differ: (sum.differ || sum.same).then_some(sum.differ),
            })
            .collect();
        patterns.sort_by_key(|pattern| {
            std::cmp::Reverse((pattern.time.saturating_add(pattern.between), pattern.occurrences))
        });
        patterns
    }
}

/// One occurrence.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Once {
    pub(super) statements: u64,
    pub(super) time: u64,
    pub(super) between: u64,
    pub(super) began: i64,
    pub(super) differ: Option<bool>,
}

impl Sum {
    fn add(&mut self, once: Once, session: u64) {
        self.occurrences += 1;
        if self.sessions.len() < SESSIONS {
            self.sessions.insert(session);
        }
        let (all, least, most) = self.statements;
        let least = if self.occurrences == 1 { once.statements } else { least.min(once.statements) };
        self.statements = (all + once.statements, least, most.max(once.statements));
        self.time = self.time.saturating_add(once.time);
        self.between = self.between.saturating_add(once.between);
        let took = once.time.saturating_add(once.between);
        if took > self.longest.1 {
            self.longest = (once.began, took);
        }
        self.differ |= once.differ == Some(true);
        self.same |= once.differ == Some(false);
    }
}

impl Transaction {
    fn new(begin: &Step) -> Transaction {
        Transaction { first: None, last: begin.end, statements: 0, time: 0, silence: 0, longest: 0 }
    }

    /// Hears a statement in it; when it ends it, tells the silence in it if that was long.
    fn hear(&mut self, step: &Step, act: Option<&Act>, limits: Limits) -> Option<(Step, Once)> {
        let silence = step.start().saturating_sub(self.last).max(0);
        self.silence += silence;
        self.longest = self.longest.max(silence);
        self.last = step.end;
        if !matches!(act, Some(Act::End | Act::Begin)) {
            self.first.get_or_insert(*step);
            self.statements += 1;
            self.time = self.time.saturating_add(step.time);
            return None;
        }
        let first = self.first.filter(|_| self.longest >= limits.silence)?;
        let between = (self.silence as u64).saturating_mul(1_000);
        let once = Once { statements: self.statements, time: self.time, between, began: first.start(), differ: None };
        Some((first, once))
    }
}
