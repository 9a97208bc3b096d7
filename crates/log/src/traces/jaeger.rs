//! Jaeger's export: `{"data":[{"traceID":…,"spans":[…],"processes":{…}}]}`. Times are in microseconds.

use dbwright_reading::pull::{Pull, Scalar, Text};

use super::span::{Span, Spans, id};

/// Reads a trace; its spans name their process, which stands behind them.
pub(super) fn trace<'a>(pull: &mut Pull<'a>, spans: &mut Spans<'a>) -> Option<()> {
    let from = spans.all.len();
    pull.fields(|pull, name| match name.0 {
        b"spans" => pull.items(|pull| span(pull, spans)),
        b"processes" => pull.fields(|pull, process| {
            let mut service = Text::default();
            pull.fields(|pull, name| match name.0 {
                b"serviceName" => {
                    service = pull.text()?;
                    Some(())
                }
                _ => pull.skip(),
            })?;
            // Until now the field held the process.
            for span in spans.all.get_mut(from..).unwrap_or_default() {
                if span.service == process {
                    span.service = service;
                }
            }
            Some(())
        }),
        _ => pull.skip(),
    })
}

/// Reads a span.
pub(super) fn span<'a>(pull: &mut Pull<'a>, spans: &mut Spans<'a>) -> Option<()> {
    let mut span = Span::default();
    let mut duration = 0;
    pull.fields(|pull, name| {
        match name.0 {
            b"traceID" => span.trace = id(pull.text()?),
            b"spanID" => span.id = id(pull.text()?),
            b"parentSpanID" => {
                let parent = pull.text()?;
                span.parent = (!parent.0.is_empty()).then(|| id(parent)).or(span.parent);
            }
            b"operationName" => span.name = pull.text()?,
            b"references" => pull.items(|pull| {
                let (mut child, mut parent) = (false, Text::default());
                pull.fields(|pull, name| {
                    match name.0 {
                        b"refType" => child = pull.text()?.is("CHILD_OF"),
                        b"spanID" => parent = pull.text()?,
                        _ => pull.skip()?,
                    }
                    Some(())
                })?;
                if child {
                    span.parent = Some(id(parent));
                }
                Some(())
            })?,
            b"startTime" => span.start = pull.count()?.unwrap_or_default().saturating_mul(1_000),
            b"duration" => duration = pull.count()?.unwrap_or_default().saturating_mul(1_000),
            b"processID" => span.service = pull.text()?,
            b"tags" => pull.items(|pull| tag(pull, &mut span, &mut spans.values))?,
            _ => pull.skip()?,
        }
        Some(())
    })?;
    span.end = span.start.saturating_add(duration);
    spans.all.push(span);
    Some(())
}

fn tag<'a>(pull: &mut Pull<'a>, span: &mut Span<'a>, values: &mut Vec<u8>) -> Option<()> {
    let mut key = Text::default();
    let mut value = Scalar::Text(Text::default());
    pull.fields(|pull, name| {
        match name.0 {
            b"key" => key = pull.text()?,
            b"value" if !matches!(pull.peek()?, b'{' | b'[') => value = pull.scalar()?,
            _ => pull.skip()?,
        }
        Some(())
    })?;
    span.attribute(key, value, values);
    Some(())
}
