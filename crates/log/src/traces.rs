//! Traces with spans of databases: OTLP as JSON, Jaeger's export, Zipkin's. They belong to no engine's room: a trace
//! holds statements of several.
//!
//! A record is a document (a line, a file, an item of a list on lines of its own). A trace is a session, the spans below
//! one parent are a transaction; what a request is called reaches the statements as the tag `route` where one document
//! holds both. It is told by itself, too, as an event of the trace that says nothing else.

mod jaeger;
mod otlp;
mod span;
mod zipkin;

use dbwright_model::Engine;
use dbwright_model::log::{Context, Detected, Event, LogFormat, Reader, Sink};
use dbwright_reading::pull::Pull;

use span::Spans;

/// Traces, in any of the forms they are exported in.
pub static TRACES: LogFormat = LogFormat {
    engine: Engine::Postgres,
    id: "traces",
    reads: "traces with spans of databases (OpenTelemetry's OTLP as JSON, Jaeger, Zipkin)",
    detect,
};

fn detect(sample: &[u8]) -> Option<Detected> {
    let mut spans = Spans::default();
    let (mut records, mut understood, mut kind) = (0u32, 0u32, None);
    for record in records_of(sample).filter(|record| !ornament(record)) {
        let read = document(record, &mut spans);
        let found = read.or(spans.kind.filter(|_| !spans.is_empty()));
        // The sample may end within its last record.
        let cut = read.is_none() && record.as_ptr_range().end == sample.as_ptr_range().end;
        if cut && found.is_none() && records > 0 {
            continue;
        }
        records += 1;
        understood += u32::from(found.is_some());
        kind = kind.or(found.filter(|_| !spans.is_empty()));
    }
    let kind = kind?;
    Some(Detected {
        reader: Box::new(Traces),
        understood: f64::from(understood) / f64::from(records.max(1)),
        detail: kind.title().to_owned(),
    })
}

/// Where traces come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Otlp,
    Jaeger,
    Zipkin,
    /// Metrics and logs, which the same exporters write: understood, and nothing in them.
    Other,
}

impl Kind {
    fn title(self) -> &'static str {
        match self {
            Kind::Otlp | Kind::Other => "OTLP as JSON",
            Kind::Jaeger => "Jaeger's export",
            Kind::Zipkin => "Zipkin's spans",
        }
    }
}

struct Traces;

impl Reader for Traces {
    fn whole(&self, bytes: &[u8]) -> usize {
        let mut end = bytes.len();
        while let Some(at) = memchr::memrchr(b'\n', &bytes[..end]) {
            if matches!(bytes.get(at + 1), Some(b'{' | b'[')) {
                return at + 1;
            }
            end = at;
        }
        0
    }

    fn read(&self, chunk: &[u8], _before: &Context, sink: &mut dyn Sink) {
        let mut spans = Spans::default();
        for record in records_of(chunk) {
            let lines = || record.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
            sink.lines(lines().count() as u64);
            match document(record, &mut spans) {
                Some(_) => spans.tell(sink),
                None if ornament(record) => sink.event(&Event::default()),
                None => lines().for_each(|line| sink.missed(line)),
            }
        }
    }
}

/// The brackets around documents on lines of their own.
fn ornament(record: &[u8]) -> bool {
    record.iter().all(|byte| matches!(byte, b'[' | b']' | b',' | b' ' | b'\n' | b'\r' | b'\t'))
}

/// Records begin with a bracket at the start of a line: documents printed prettily are indented within.
fn records_of(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let starts = |at: &usize| matches!(rest.get(at + 1), Some(b'{' | b'['));
        let end = memchr::memchr_iter(b'\n', rest).find(starts).map_or(rest.len(), |at| at + 1);
        let (record, after) = rest.split_at(end);
        rest = after;
        Some(record)
    })
}

/// Reads a document into spans.
fn document<'a>(record: &'a [u8], spans: &mut Spans<'a>) -> Option<Kind> {
    spans.clear();
    let mut pull = Pull::new(record);
    match pull.peek()? {
        b'{' => object(&mut pull, spans)?,
        _ => pull.items(|pull| object(pull, spans))?,
    }
    spans.kind
}

/// An object at the top: told by its names.
fn object<'a>(pull: &mut Pull<'a>, spans: &mut Spans<'a>) -> Option<()> {
    let mut start = *pull;
    let (mut kind, mut alone) = (None, false);
    pull.fields(|pull, name| {
        alone |= name.is("spanID");
        let found = match name.0 {
            b"resourceSpans" | b"batches" => Some((Kind::Otlp, pull.items(|pull| otlp::resource(pull, spans)))),
            b"trace" => Some((Kind::Otlp, object(pull, spans))),
            b"data" => Some((Kind::Jaeger, pull.items(|pull| jaeger::trace(pull, spans)))),
            b"resourceMetrics" | b"resourceLogs" => Some((Kind::Other, pull.skip())),
            b"traceID" | b"traceId" => {
                let jaeger = name.is("traceID");
                Some((if jaeger { Kind::Jaeger } else { Kind::Zipkin }, pull.skip()))
            }
            _ => None,
        };
        match found {
            Some((found, read)) => {
                kind = kind.or(Some(found));
                spans.kind = spans.kind.filter(|kind| *kind != Kind::Other).or(Some(found));
                read
            }
            None => pull.skip(),
        }
    })?;
    // A span or a trace that stands alone.
    match kind {
        Some(Kind::Zipkin) => zipkin::span(&mut start, spans),
        Some(Kind::Jaeger) if alone => jaeger::span(&mut start, spans),
        Some(Kind::Jaeger) if spans.is_empty() => jaeger::trace(&mut start, spans),
        _ => Some(()),
    }
}

#[cfg(test)]
mod tests;
