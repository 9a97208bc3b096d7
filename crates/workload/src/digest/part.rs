//! Digesting one chunk: everything is looked up by hash, texts are kept raw until they are known to be new.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use dbwright_log::Listener;
use dbwright_model::log::{Event, Happening, Phase, Said, Statement, What};
use dbwright_model::{Label, Name, SqlText};
use dbwright_sql::{Dialect, Fingerprint, fingerprint, shape, tags};

use super::{Context, Digest, Halves, Happened, SeenPlan, Shape, Tag};
use crate::latency::Counting;
use crate::tally::Tally;
use crate::{hash, outline};

/// Makes a digest of events.
#[derive(Debug, Clone, Copy)]
pub struct Digesting {
    /// How SQL is read where the record does not tell whose it is.
    pub dialect: Dialect,
}

/// Keys that are hashes already.
#[derive(Debug, Default)]
pub(super) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash::bytes(self.0, bytes);
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

type ByHash<T> = HashMap<u64, T, BuildHasherDefault<AsIs>>;

/// What a chunk holds. Becomes part of a [`Digest`] by [`Digest::absorb`].
#[derive(Debug, Default)]
pub struct Part {
    /// All but the shapes.
    pub(super) digest: Digest,
    /// The shapes, in the order of their first appearance.
    pub(super) shapes: Vec<RawShape>,
    at: ByHash<usize>,
    happened: ByHash<usize>,
    /// The last context, since records of one session often follow each other.
    last: LastContext,
}

/// A shape whose text is not made yet.
#[derive(Debug)]
pub(super) struct RawShape {
    pub(super) fingerprint: u64,
    pub(super) text: RawText,
    pub(super) shape: Shape,
    pub(super) counting: Counting,
}

/// The text a shape was first seen with.
#[derive(Debug)]
pub(super) enum RawText {
    /// With literals.
    Sql(Box<[u8]>, Dialect),
    /// Without.
    Shaped(Box<str>),
}

impl RawText {
    /// The text as it may be stored.
    pub(super) fn shown(&self) -> SqlText {
        match self {
            RawText::Sql(text, dialect) => shape(&String::from_utf8_lossy(text), *dialect),
            RawText::Shaped(text) => SqlText::new(text.clone()),
        }
    }
}

#[derive(Debug, Default)]
struct LastContext {
    user: Vec<u8>,
    database: Vec<u8>,
    application: Vec<u8>,
    key: Option<u64>,
}

impl Listener for Digesting {
    type Part = Part;

    fn part(&self) -> Part {
        Part::default()
    }

    fn hear(&self, part: &mut Part, event: &Event<'_>) {
        part.digest.events += 1;
        if let Some(at) = event.at {
            widen(&mut part.digest.span, at);
        }
        match event.what {
            What::Nothing => {}
            What::Statement(statement) => self.statement(part, event, &statement),
            What::Ended(time) => part.ended(event, time),
            What::Plan { text, said, duration } => self.plan(part, event, said, text, duration),
            What::Happening(happening) => self.happening(part, event, &happening),
        }
    }
}

impl Digesting {
    fn statement(&self, part: &mut Part, event: &Event<'_>, statement: &Statement<'_>) {
        let call = u64::from(statement.phase == Phase::Execute);
        let timed = u64::from(call == 1 && statement.duration.is_some());
        let errors = u64::from(statement.failed);
        let tally = Tally { calls: call, timed, time: statement.duration.unwrap_or(0), errors };
        let context = part.context(event, &tally);
        let (at, comments) = self.shape(part, event, statement.said);
        let tags = match comments || !event.tags.is_empty() {
            true => part.tags(event, statement.said, &tally),
            false => Vec::new(),
        };
        part.digest.sampled = part.digest.sampled.max(statement.one_of);
        part.digest.all.merge(&tally);
        part.digest.count_time(event.at, &tally);
        let raw = &mut part.shapes[at];
        let shape = &mut raw.shape;
        shape.tally.merge(&tally);
        shape.sums.add(&statement.costs);
        shape.query_id = shape.query_id.or(statement.query_id);
        shape.contexts.add(context, &tally);
        tags.into_iter().for_each(|tag| shape.tags.add(tag, &tally));
        if let Some(micros) = event.at {
            widen(&mut shape.span, micros);
            shape.series.add(micros.div_euclid(1_000_000), call, tally.time);
        }
        match (statement.phase, statement.duration) {
            (Phase::Execute, Some(duration)) => {
                raw.counting.add(duration);
                slower(&mut shape.slowest, duration, event.at);
            }
            (Phase::Execute, None) => {
                if let Some(session) = event.session {
                    let open = Some((raw.fingerprint, context));
                    part.digest.halves.entry(session).or_default().open = open;
                }
            }
            _ => {}
        }
    }

    fn plan(&self, part: &mut Part, event: &Event<'_>, said: Said<'_>, text: &[u8], duration: Option<u64>) {
        let tally = Tally { calls: 1, timed: u64::from(duration.is_some()), time: duration.unwrap_or(0), errors: 0 };
        part.digest.planned.merge(&tally);
        let (at, _) = self.shape(part, event, said);
        let outline = outline::outline(text);
        let plans = &mut part.shapes[at].shape.plans;
        let seen = plans
            .entry(hash::bytes(0, outline.as_bytes()))
            .or_insert_with(|| SeenPlan { outline, ..SeenPlan::default() });
        seen.tally.merge(&tally);
        if let Some(at) = event.at {
            widen(&mut seen.span, at);
        }
    }

    fn happening(&self, part: &mut Part, event: &Event<'_>, happening: &Happening<'_>) {
        let befell = happening.said.map(|said| self.shape(part, event, said).0);
        let shape = befell.map(|at| part.shapes[at].fingerprint);
        if happening.failed {
            part.digest.all.errors += 1;
            if let Some(at) = befell {
                part.shapes[at].shape.tally.errors += 1;
            }
        }
        let mut key = hash::bytes(0, happening.class.id.as_bytes());
        key = hash::bytes(key, happening.code);
        key = hash::bytes(key, happening.object) ^ shape.unwrap_or(0);
        let at = *part.happened.entry(key).or_insert_with(|| {
            part.digest.happenings.push(Happened {
                class: happening.class.id.into(),
                title: happening.class.title.into(),
                alias: happening.class.alias.map(str::to_owned),
                code: text(happening.code),
                object: Name::from(text(happening.object)),
                shape,
                unit: happening.class.unit.into(),
                ..Happened::default()
            });
            part.digest.happenings.len() - 1
        });
        let happened = &mut part.digest.happenings[at];
        happened.count += 1;
        if let Some(measure) = happening.measure {
            let (sum, most) = happened.measure.unwrap_or_default();
            happened.measure = Some((sum.saturating_add(measure), most.max(measure)));
        }
        if let Some(micros) = event.at {
            widen(&mut happened.span, micros);
            happened.series.add(micros.div_euclid(1_000_000), 1, 0);
        }
    }

    /// The place of what was said among the part's shapes, and whether comments are in it.
    fn shape(&self, part: &mut Part, event: &Event<'_>, said: Said<'_>) -> (usize, bool) {
        let dialect = event.engine.map_or(self.dialect, Dialect::of);
        let (key, comments) = match said {
            Said::Sql(text) => {
                let scan = fingerprint(text, dialect);
                let Fingerprint(key) = scan.fingerprint;
                (key, scan.comments)
            }
            Said::Shaped { fingerprint, .. } => (fingerprint, false),
        };
        let shapes = &mut part.shapes;
        let at = *part.at.entry(key).or_insert_with(|| {
            let text = match said {
                Said::Sql(text) => RawText::Sql(text.into(), dialect),
                Said::Shaped { shape, .. } => RawText::Shaped(shape.into()),
            };
            let (shape, counting) = (Shape::default(), Counting::default());
            shapes.push(RawShape { fingerprint: key, text, shape, counting });
            shapes.len() - 1
        });
        (at, comments)
    }
}

impl Part {
    /// Counts for who asked, and returns their key.
    fn context(&mut self, event: &Event<'_>, tally: &Tally) -> u64 {
        let last = &mut self.last;
        let same = last.user == event.user && last.database == event.database && last.application == event.application;
        let key = match last.key {
            Some(key) if same => key,
            _ => {
                let mut key = hash::bytes(0, event.database);
                key = hash::bytes(key, event.user);
                key = hash::bytes(key, event.application);
                last.user.clear();
                last.user.extend_from_slice(event.user);
                last.database.clear();
                last.database.extend_from_slice(event.database);
                last.application.clear();
                last.application.extend_from_slice(event.application);
                last.key = Some(key);
                key
            }
        };
        let context = self.digest.contexts.entry(key).or_insert_with(|| Context {
            database: Name::from(text(event.database)),
            user: Name::from(text(event.user)),
            application: Label::from(text(event.application)),
            tally: Tally::default(),
        });
        context.tally.merge(tally);
        key
    }

    /// Counts for what comments and the record say about the code, and returns their keys.
    fn tags(&mut self, event: &Event<'_>, said: Said<'_>, tally: &Tally) -> Vec<u64> {
        let mut keys = Vec::new();
        let mut count = |name: &str, value: &str| {
            let key = hash::bytes(hash::bytes(0, name.as_bytes()), value.as_bytes());
            if keys.contains(&key) {
                return;
            }
            let tag = self.digest.tags.entry(key).or_insert_with(|| Tag {
                key: name.to_owned(),
                value: Name::from(value),
                tally: Tally::default(),
            });
            tag.tally.merge(tally);
            keys.push(key);
        };
        if let Said::Sql(text) = said {
            // Which request it was is different for each: not something to count by.
            tags(text).filter(|(name, _)| name != "traceparent").for_each(|(name, value)| count(&name, &value));
        }
        event.tags.iter().for_each(|(name, value)| count(name, &String::from_utf8_lossy(value)));
        keys
    }

    /// The duration of the session's last statement.
    fn ended(&mut self, event: &Event<'_>, time: u64) {
        let halves = event.session.map(|session| self.digest.halves.entry(session));
        match halves {
            Some(std::collections::btree_map::Entry::Vacant(entry)) => {
                entry.insert(Halves { early: Some((time, event.at)), open: None });
            }
            Some(std::collections::btree_map::Entry::Occupied(mut entry)) => match entry.get_mut().open.take() {
                Some((key, context)) => {
                    if let Some(raw) = self.at.get(&key).and_then(|at| self.shapes.get_mut(*at)) {
                        raw.counting.add(time);
                        self.digest.pair(&mut raw.shape, context, time, event.at);
                    }
                }
                None => self.digest.nameless(time, event.at),
            },
            None => self.digest.nameless(time, event.at),
        }
    }
}

/// Takes a moment into a span.
pub(super) fn widen(span: &mut Option<(i64, i64)>, at: i64) {
    *span = Some(span.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
}

/// Keeps the longer of two executions; of equals, the earlier.
pub(super) fn slower(slowest: &mut Option<(u64, Option<i64>)>, duration: u64, at: Option<i64>) {
    let rank = |(duration, at): (u64, Option<i64>)| (duration, at.map(std::cmp::Reverse));
    if slowest.is_none_or(|longest| rank((duration, at)) > rank(longest)) {
        *slowest = Some((duration, at));
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
