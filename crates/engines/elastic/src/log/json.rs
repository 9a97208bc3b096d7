//! Objects of JSON, one a line (a stack trace may take more): the layout of Elasticsearch 7 and OpenSearch, and ECS.

use dbwright_model::Engine;
use dbwright_model::log::{Context, Detected, LogFormat, Reader, Sink};
use dbwright_reading::moment;
use dbwright_reading::pull::Pull;

use super::event::{Record, Scratch, tell};
use super::{last, lines, records};

pub(super) static FORMAT: LogFormat = LogFormat {
    engine: Engine::Elastic,
    id: "elastic-json",
    reads: "a log or slow log of Elasticsearch or OpenSearch (JSON)",
    detect,
};

fn begins(text: &[u8]) -> bool {
    text.first() == Some(&b'{')
}

fn read(record: &[u8]) -> Option<Record<'_>> {
    let mut found = Record { escaped: true, ..Record::default() };
    let mut ours = false;
    Pull::new(record).fields(|pull, name| {
        let slow = &mut found.slow;
        match name.0 {
            b"@timestamp" | b"timestamp" => found.at = moment::iso(pull.text()?.0).map(|(micros, _)| micros),
            b"level" | b"log.level" => found.level = pull.text()?.0,
            b"component" => {
                found.component = pull.text()?.0;
                ours = true;
            }
            b"log.logger" => found.component = pull.text()?.0,
            b"event.dataset" | b"data_stream.dataset" => {
                ours |= pull.text()?.0.starts_with(b"elasticsearch.");
            }
            b"message" | b"elasticsearch.slowlog.message" => found.message = pull.text()?,
            b"stacktrace" | b"error.stack_trace" => found.trace = pull.raw()?,
            b"took" | b"elasticsearch.slowlog.took" => slow.took = pull.text()?.0,
            b"took_millis" | b"elasticsearch.slowlog.took_millis" => slow.took_millis = pull.count()?,
            b"total_hits" | b"elasticsearch.slowlog.total_hits" => slow.hits = pull.scalar()?.raw(),
            b"source" | b"elasticsearch.slowlog.source" => slow.source = pull.text()?,
            b"id" | b"elasticsearch.slowlog.id" => slow.id = pull.text()?,
            b"user.name" | b"auth.name" => found.user = pull.text()?,
            // Other versions of ECS nest what these write with dots.
            b"log" | b"event" if pull.peek()? == b'{' => pull.fields(|pull, inner| {
                match inner.0 {
                    b"level" => found.level = pull.text()?.0,
                    b"logger" => found.component = pull.text()?.0,
                    b"dataset" => ours |= pull.text()?.0.starts_with(b"elasticsearch."),
                    _ => pull.skip()?,
                }
                Some(())
            })?,
            _ => pull.skip()?,
        }
        Some(())
    })?;
    (ours && found.at.is_some() && !found.level.is_empty()).then_some(found)
}

fn detect(sample: &[u8]) -> Option<Detected> {
    let (mut all, mut known) = (0usize, 0usize);
    for record in records(sample, begins) {
        let (count, read) = (lines(record).count(), read(record).is_some());
        // The last may be cut.
        let cut = !read && known > 0 && record.as_ptr_range().end == sample.as_ptr_range().end;
        all += if cut { 0 } else { count };
        known += if read { count } else { 0 };
    }
    (known > 0).then(|| Detected {
        reader: Box::new(Json),
        understood: known as f64 / all as f64,
        detail: "objects of JSON".into(),
    })
}

struct Json;

impl Reader for Json {
    fn whole(&self, bytes: &[u8]) -> usize {
        last(bytes, begins)
    }

    fn read(&self, chunk: &[u8], _before: &Context, sink: &mut dyn Sink) {
        let mut scratch = Scratch::default();
        for record in records(chunk, begins) {
            sink.lines(lines(record).count() as u64);
            match read(record) {
                Some(record) => tell(&record, &mut scratch, sink),
                None => lines(record).for_each(|line| sink.missed(line)),
            }
        }
    }
}
