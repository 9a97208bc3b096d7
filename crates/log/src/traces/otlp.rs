//! OTLP as JSON: `{"resourceSpans":[{"resource":…,"scopeSpans":[{"spans":[…]}]}]}`.

use dbwright_reading::pull::{Pull, Scalar, Text};

use super::span::{Span, Spans, id};

/// Reads what one resource has said.
pub(super) fn resource<'a>(pull: &mut Pull<'a>, spans: &mut Spans<'a>) -> Option<()> {
    let from = spans.all.len();
    let mut shared = Span::default();
    pull.fields(|pull, name| match name.0 {
        b"resource" => pull.fields(|pull, name| match name.0 {
            b"attributes" => attributes(pull, &mut shared, &mut spans.values),
            _ => pull.skip(),
        }),
        b"scopeSpans" | b"instrumentationLibrarySpans" => pull.items(|pull| {
            pull.fields(|pull, name| match name.0 {
                b"spans" => pull.items(|pull| span(pull, spans)),
                _ => pull.skip(),
            })
        }),
        _ => pull.skip(),
    })?;
    for span in spans.all.get_mut(from..).unwrap_or_default() {
        span.service = shared.service;
    }
    Some(())
}

fn span<'a>(pull: &mut Pull<'a>, spans: &mut Spans<'a>) -> Option<()> {
    let mut span = Span::default();
    pull.fields(|pull, name| {
        match name.0 {
            b"traceId" => span.trace = id(pull.text()?),
            b"spanId" => span.id = id(pull.text()?),
            b"parentSpanId" => {
                let parent = pull.text()?;
                span.parent = (!parent.0.is_empty()).then(|| id(parent));
            }
            b"name" => span.name = pull.text()?,
            b"startTimeUnixNano" => span.start = pull.count()?.unwrap_or_default(),
            b"endTimeUnixNano" => span.end = pull.count()?.unwrap_or_default(),
            b"kind" => {
                let kind = pull.scalar()?.raw();
                span.serves = matches!(kind, b"2" | b"5" | b"SPAN_KIND_SERVER" | b"SPAN_KIND_CONSUMER");
            }
            b"status" => pull.fields(|pull, name| match name.0 {
                b"code" => {
                    span.failed |= matches!(pull.scalar()?.raw(), b"2" | b"STATUS_CODE_ERROR");
                    Some(())
                }
                _ => pull.skip(),
            })?,
            b"attributes" => attributes(pull, &mut span, &mut spans.values)?,
            _ => pull.skip()?,
        }
        Some(())
    })?;
    spans.all.push(span);
    Some(())
}

/// Reads `[{"key":"db.system","value":{"stringValue":"mysql"}}, …]`.
fn attributes<'a>(pull: &mut Pull<'a>, span: &mut Span<'a>, values: &mut Vec<u8>) -> Option<()> {
    pull.items(|pull| {
        let mut key = Text::default();
        let mut value = Scalar::Text(Text::default());
        pull.fields(|pull, name| match name.0 {
            b"key" => {
                key = pull.text()?;
                Some(())
            }
            b"value" if pull.peek()? == b'{' => pull.fields(|pull, _| {
                match pull.peek()? {
                    b'{' | b'[' => pull.skip()?,
                    _ => value = pull.scalar()?,
                }
                Some(())
            }),
            _ => pull.skip(),
        })?;
        span.attribute(key, value, values);
        Some(())
    })
}
