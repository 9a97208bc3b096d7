//! Spans of a document, and the events they are.

use dbwright_model::Engine;
use dbwright_model::log::{Costs, Event, Phase, Said, Sink, Statement, What};
use dbwright_reading::hash::Hash;
use dbwright_reading::pattern;
use dbwright_reading::pull::{Pull, Scalar, Text};
use dbwright_reading::shape::Shape;

use super::Kind;

/// Parents above a statement that are looked at for a route.
const HIGHEST: usize = 32;

/// What is kept of a span while its document is read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Span<'a> {
    pub(super) trace: u64,
    pub(super) id: u64,
    pub(super) parent: Option<u64>,
    pub(super) name: Text<'a>,
    /// Nanoseconds since 1970.
    pub(super) start: u64,
    pub(super) end: u64,
    /// It answers a request, or takes a message.
    pub(super) serves: bool,
    pub(super) failed: bool,
    pub(super) service: Text<'a>,
    pub(super) route: Text<'a>,
    pub(super) system: Text<'a>,
    pub(super) text: Text<'a>,
    pub(super) namespace: Text<'a>,
    pub(super) operation: Text<'a>,
    pub(super) collection: Text<'a>,
    pub(super) user: Text<'a>,
    pub(super) file: Text<'a>,
    pub(super) line: Text<'a>,
    pub(super) function: Text<'a>,
    /// Where its parameters stand in [`Spans::values`].
    pub(super) parameters: (usize, usize),
    pub(super) rows: Option<u64>,
}

/// Number of an id as printed.
pub(super) fn id(text: Text<'_>) -> u64 {
    Hash::of(text.0)
}

impl<'a> Span<'a> {
    /// Takes an attribute, in the names of old conventions and new ones.
    pub(super) fn attribute(&mut self, key: Text<'a>, value: Scalar<'a>, values: &mut Vec<u8>) {
        let text = Text(value.raw());
        // The new name wins.
        let old = |known: &mut Text<'a>| {
            if known.0.is_empty() {
                *known = text;
            }
        };
        match key.0 {
            b"db.query.text" => self.text = text,
            b"db.statement" | b"sql.query" => old(&mut self.text),
            b"db.system.name" => self.system = text,
            b"db.system" | b"db.type" => old(&mut self.system),
            b"db.namespace" => self.namespace = text,
            b"db.name" | b"db.instance" => old(&mut self.namespace),
            b"db.operation.name" => self.operation = text,
            b"db.operation" => old(&mut self.operation),
            b"db.collection.name" => self.collection = text,
            b"db.sql.table" | b"db.mongodb.collection" | b"db.cassandra.table" => old(&mut self.collection),
            b"db.user" => self.user = text,
            b"db.response.returned_rows" => self.rows = value.count(),
            b"code.file.path" => self.file = text,
            b"code.filepath" => old(&mut self.file),
            b"code.line.number" => self.line = text,
            b"code.lineno" => old(&mut self.line),
            b"code.function.name" => self.function = text,
            b"code.function" => old(&mut self.function),
            b"http.route" => self.route = text,
            b"service.name" => self.service = text,
            b"error" => self.failed |= text.is("true"),
            b"error.type" => self.failed = true,
            b"otel.status_code" => self.failed |= text.is("ERROR"),
            b"span.kind" => self.serves |= text.is("server") || text.is("consumer"),
            name if name.starts_with(b"db.query.parameter.") => {
                if self.parameters.1 == 0 {
                    self.parameters.0 = values.len();
                }
                values.extend_from_slice(text.0);
                values.push(0);
                self.parameters.1 = values.len();
            }
            _ => {}
        }
    }

    /// Of a database at all.
    fn asks(&self) -> bool {
        !self.system.0.is_empty() || !self.text.0.is_empty()
    }

    /// What a request is called that this span answers.
    fn called(&self) -> Option<Text<'a>> {
        match (self.route.0.is_empty(), self.serves) {
            (false, _) => Some(self.route),
            (true, true) => Some(self.name),
            _ => None,
        }
    }
}

/// All of a document, and scratch for what is told of them.
#[derive(Default)]
pub(super) struct Spans<'a> {
    pub(super) kind: Option<Kind>,
    pub(super) all: Vec<Span<'a>>,
    /// Parameters of all of them, each with a zero behind it.
    pub(super) values: Vec<u8>,
    /// Places of spans by id.
    places: Vec<(u64, u64, usize)>,
    shape: Shape,
}

impl<'a> Spans<'a> {
    pub(super) fn clear(&mut self) {
        self.kind = None;
        self.all.clear();
        self.values.clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Tells the events of a document in its order.
    pub(super) fn tell(&mut self, sink: &mut dyn Sink) {
        if !self.all.iter().any(|span| span.asks() || span.called().is_some()) {
            return sink.event(&Event::default());
        }
        let place = |(at, span): (usize, &Span<'_>)| (span.trace, span.id, at);
        self.places.clear();
        self.places.extend(self.all.iter().enumerate().map(place));
        self.places.sort_unstable();
        let mut scratch: [Vec<u8>; 8] = Default::default();
        let mut shape = std::mem::take(&mut self.shape);
        for span in &self.all {
            if !span.asks() {
                request(span, &mut scratch, sink);
                continue;
            }
            let event = self.event(span, &mut shape, &mut scratch, sink);
            if event.is_none() {
                sink.event(&Event { at: Some(micros(span.end)), ..Event::default() });
            }
        }
        self.shape = shape;
    }

    /// The span above one, where the document holds it.
    fn above(&self, span: &Span<'_>) -> Option<&Span<'a>> {
        let parent = span.parent?;
        let at = self.places.partition_point(|(trace, id, _)| (*trace, *id) < (span.trace, parent));
        let (trace, id, at) = self.places.get(at)?;
        ((*trace, *id) == (span.trace, parent)).then(|| self.all.get(*at)).flatten()
    }

    /// Tells a statement; `None` when there is none in the span.
    fn event(&self, span: &Span<'a>, shape: &mut Shape, scratch: &mut [Vec<u8>; 8], sink: &mut dyn Sink) -> Option<()> {
        // An ORM and the driver below it may both say so: it was asked once.
        let above = self.above(span);
        if above.is_some_and(|above| above.asks() && above.text == span.text && !span.text.0.is_empty()) {
            return None;
        }
        let [text, user, database, application, route, file, function, line] = scratch;
        let statement = span.text.plain(text);
        let (engine, sql) = engine(span.system.0);
        let said = match sql {
            true if statement.is_empty() => return None,
            true => Said::Sql(statement),
            false => {
                shaped(span, statement, shape)?;
                Said::Shaped { fingerprint: shape.fingerprint(), literals: shape.literals(), shape: &shape.text }
            }
        };
        let mut tags: [(&str, &[u8]); 4] = [("", b""); 4];
        let mut told = 0;
        let mut tag = |name, value| {
            if let (Some(tag), false) = (tags.get_mut(told), <[u8]>::is_empty(value)) {
                *tag = (name, value);
                told += 1;
            }
        };
        tag("route", self.route(span).unwrap_or_default().plain(route));
        tag("code.filepath", span.file.plain(file));
        tag("code.lineno", span.line.plain(line));
        tag("code.function", span.function.plain(function));
        let statement = Statement {
            said,
            parameters: self.values.get(span.parameters.0..span.parameters.1).unwrap_or_default(),
            phase: Phase::Execute,
            duration: Some(span.end.saturating_sub(span.start)),
            costs: Costs { rows: span.rows, ..Costs::default() },

            failed: span.failed,
            ..Statement::default()
        };
        sink.event(&Event {
            at: Some(micros(span.end)),
            session: Some(span.trace),
            transaction: span.parent,
            user: span.user.plain(user),
            database: span.namespace.plain(database),
            application: span.service.plain(application),
            engine,
            tags: tags.get(..told).unwrap_or_default(),
            what: What::Statement(statement),
            ..Event::default()
        });
        Some(())
    }

    /// What the request is called that a span is part of.
    fn route(&self, span: &Span<'a>) -> Option<Text<'a>> {
        let mut above = self.above(span)?;
        for _ in 0..HIGHEST {
            match above.called() {
                Some(called) => return Some(called),
                None => above = self.above(above)?,
            }
        }
        None
    }
}

/// Tells what a request is called: its statements may have come in documents before, which did not know it yet.
fn request(span: &Span<'_>, scratch: &mut [Vec<u8>; 8], sink: &mut dyn Sink) {
    let Some(called) = span.called() else { return };
    let [route, application, ..] = scratch;
    sink.event(&Event {
        at: Some(micros(span.end)),
        session: Some(span.trace),
        transaction: Some(span.id),
        application: span.service.plain(application),
        tags: &[("route", called.plain(route))],
        ..Event::default()
    });
}

fn micros(nanos: u64) -> i64 {
    i64::try_from(nanos / 1_000).unwrap_or(i64::MAX)
}

/// Whose statements they are, and whether they are SQL or read like it.
fn engine(system: &[u8]) -> (Option<Engine>, bool) {
    match system {
        b"postgresql" | b"postgres" | b"cockroachdb" | b"redshift" | b"aws.redshift" | b"yugabytedb" => {
            (Some(Engine::Postgres), true)
        }
        b"mysql" | b"mariadb" | b"tidb" => (Some(Engine::MySql), true),
        b"cassandra" | b"scylladb" => (Some(Engine::Cassandra), true),
        b"redis" | b"valkey" => (Some(Engine::Redis), false),
        b"mongodb" => (Some(Engine::MongoDb), false),
        b"elasticsearch" | b"opensearch" => (Some(Engine::Elastic), false),
        b"memcached" | b"dynamodb" | b"aws.dynamodb" | b"couchdb" | b"couchbase" | b"cosmosdb" | b"azure.cosmosdb"
        | b"neo4j" | b"hbase" | b"geode" => (None, false),
        _ => (None, true),
    }
}

/// Writes what a statement that is no SQL asks; `None` when nothing is known of it.
fn shaped(span: &Span<'_>, statement: &[u8], shape: &mut Shape) -> Option<()> {
    shape.clear();
    let document = statement.trim_ascii_start().first() == Some(&b'{');
    if !span.collection.0.is_empty() {
        if !span.namespace.0.is_empty() && span.system.is("mongodb") {
            shape.push_name(span.namespace.0);
            shape.push(".");
        }
        shape.push_name(span.collection.0);
        shape.push(" ");
    }
    let mut words = statement.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let first = words.next().filter(|_| !document).unwrap_or_default();
    match (span.operation.0, first) {
        (b"", b"") if document => {}
        (b"", b"") => return None,
        // Commands are words; anything else is a value that got there.
        (b"", word) if word.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte)) => {
            shape.push_name(word);
        }
        (b"", _) => return None,
        (operation, _) => shape.push_name(operation),
    }
    if document {
        if !shape.text.is_empty() && !shape.text.ends_with(' ') {
            shape.push(" ");
        }
        let written = shape.document(&mut Pull::new(statement), 0);
        if written.is_none() {
            // Cut by who recorded it: what follows is not known.
            shape.push("…");
        }
    } else if let Some(key) = words.next() {
        shape.push(" ");
        let mut pattern = String::new();
        pattern::push(&mut pattern, key);
        shape.push(&pattern);
        shape.literal(key);
        for value in words {
            shape.literal(value);
        }
    }
    Some(())
}
