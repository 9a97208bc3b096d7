//! Zipkin's spans, version 2: `[{"traceId":…,"id":…,"tags":{…}}]`. Times are in microseconds.

use dbwright_reading::pull::{Pull, Text};

use super::span::{Span, Spans, id};

/// Reads a span.
pub(super) fn span<'a>(pull: &mut Pull<'a>, spans: &mut Spans<'a>) -> Option<()> {
    let mut span = Span::default();
    let mut duration = 0;
    let mut service = Text::default();
    pull.fields(|pull, name| {
        match name.0 {
            b"traceId" => span.trace = id(pull.text()?),
            b"id" => span.id = id(pull.text()?),
            b"parentId" => span.parent = Some(id(pull.text()?)),
            b"name" => span.name = pull.text()?,
            b"kind" => {
                let kind = pull.text()?;
                span.serves = kind.is("SERVER") || kind.is("CONSUMER");
            }
            b"timestamp" => span.start = pull.count()?.unwrap_or_default().saturating_mul(1_000),
            b"duration" => duration = pull.count()?.unwrap_or_default().saturating_mul(1_000),
            b"localEndpoint" => pull.fields(|pull, name| match name.0 {
                b"serviceName" => {
                    service = pull.text()?;
                    Some(())
                }
                _ => pull.skip(),
            })?,
            b"tags" => pull.fields(|pull, key| {
                match pull.peek()? {
                    b'{' | b'[' => pull.skip()?,
                    _ => span.attribute(key, pull.scalar()?, &mut spans.values),
                }
                Some(())
            })?,
            _ => pull.skip()?,
        }
        Some(())
    })?;
    span.end = span.start.saturating_add(duration);
    span.service = service;
    spans.all.push(span);
    Some(())
}
