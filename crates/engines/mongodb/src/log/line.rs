//! The structured log: a JSON object a line, `{"t":{"$date":…},"s":"I","c":"COMMAND","id":51803,"ctx":…,"msg":…,"attr":…}`.

use dbwright_model::Engine;
use dbwright_model::log::{Context, Detected, Event, Happening, LogFormat, Reader, Sink, What};
use dbwright_reading::hash::Hash;
use dbwright_reading::pull::{Pull, Text};

use super::class;
use super::operation::{Operation, Scratch, host, time};

pub(super) static FORMAT: LogFormat = LogFormat {
    engine: Engine::MongoDb,
    id: "mongodb-json",
    reads: "a MongoDB log (JSON, version 4.4 and later)",
    detect,
};

/// A line taken apart as far as all lines go.
#[derive(Default)]
struct Line<'a> {
    at: Option<i64>,
    severity: Text<'a>,
    id: &'a [u8],
    context: Text<'a>,
    message: Text<'a>,
    attributes: &'a [u8],
    startup: bool,
}

impl<'a> Line<'a> {
    /// `None` when it is none, or damaged.
    fn of(bytes: &'a [u8]) -> Option<Line<'a>> {
        let mut line = Line::default();
        Pull::new(bytes).fields(|pull, name| {
            match name.0 {
                b"t" => line.at = time(pull)?,
                b"s" => line.severity = pull.text()?,
                b"id" => line.id = pull.scalar()?.raw(),
                b"ctx" => line.context = pull.text()?,
                b"msg" => line.message = pull.text()?,
                b"attr" => line.attributes = pull.raw()?,
                b"tags" => line.startup = memchr::memmem::find(pull.raw()?, b"startupWarnings").is_some(),
                _ => pull.skip()?,
            }
            Some(())
        })?;
        let whole = line.at.is_some() && !line.severity.0.is_empty() && !line.message.0.is_empty();
        whole.then_some(line)
    }
}

fn detect(sample: &[u8]) -> Option<Detected> {
    // The last line may be cut.
    let end = memchr::memrchr(b'\n', sample).filter(|end| memchr::memchr(b'\n', &sample[..*end]).is_some());
    let lines = lines(&sample[..end.unwrap_or(sample.len())]);
    let (mut all, mut known) = (0u32, 0u32);
    for line in lines.filter(|line| !line.trim_ascii().is_empty()) {
        all += 1;
        known += u32::from(line.starts_with(b"{") && Line::of(line).is_some());
    }
    (known > 0).then(|| Detected {
        reader: Box::new(Log),
        understood: f64::from(known) / f64::from(all),
        detail: "JSON, as version 4.4 and later write it".into(),
    })
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = 0;
    let ends = memchr::memchr_iter(b'\n', bytes).chain(std::iter::once(bytes.len()));
    ends.map(move |end| {
        let line = bytes.get(at..end).unwrap_or_default();
        at = end + 1;
        line
    })
}

struct Log;

impl Reader for Log {
    fn whole(&self, bytes: &[u8]) -> usize {
        memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1)
    }

    fn read(&self, chunk: &[u8], _before: &Context, sink: &mut dyn Sink) {
        let mut scratch = Scratch::default();
        for line in lines(chunk) {
            let text = line.trim_ascii();
            if text.is_empty() {
                continue;
            }
            sink.lines(1);
            if tell(text, &mut scratch, sink).is_none() {
                sink.missed(line);
            }
        }
    }
}

/// Tells what a line says; `None` when it is not understood.
fn tell(text: &[u8], scratch: &mut Scratch, sink: &mut dyn Sink) -> Option<()> {
    let line = Line::of(text)?;
    let event = Event { at: line.at, session: Some(Hash::of(line.context.0)), ..Event::default() };
    if line.message.is("Slow query") {
        let operation = Operation::read(&mut Pull::new(line.attributes))?;
        if operation.ran() {
            operation.tell(event, scratch, sink);
            return Some(());
        }
    }
    let severity = line.severity.0.first().copied().unwrap_or_default();
    match class::of_message(line.message.0, severity, line.startup, line.attributes) {
        Some(class) => happening(&line, class, event, sink),
        None => sink.event(&event),
    }
    Some(())
}

/// Tells what happened, with what of the attributes names things.
fn happening(line: &Line<'_>, class: &'static class::Class, event: Event<'_>, sink: &mut dyn Sink) {
    let (mut client, mut open) = (Text::default(), None);
    let (mut index, mut namespace, mut state) = (Text::default(), Text::default(), Text::default());
    let mut number: &[u8] = b"";
    let _ = Pull::new(line.attributes).fields(|pull, name| {
        match name.0 {
            b"remote" => client = pull.text()?,
            b"connectionCount" => open = pull.count()?,
            b"index" => index = pull.text()?,
            b"namespace" | b"ns" => namespace = pull.text()?,
            b"newState" => state = pull.text()?,
            b"error" if pull.peek()? == b'{' => pull.fields(|pull, name| {
                match name.0 {
                    b"code" => number = pull.scalar()?.raw(),
                    _ => pull.skip()?,
                }
                Some(())
            })?,
            _ => pull.skip()?,
        }
        Some(())
    });
    let connections = *class == class::CONNECTED || *class == class::DISCONNECTED;
    let object = match () {
        () if *class == class::STATE => state,
        () if *class == class::INDEX_BUILD && !index.0.is_empty() => index,
        () => namespace,
    };
    let failed = !number.is_empty() && *class == class::ERROR;
    let database = namespace.0.split(|byte| *byte == b'.').next().unwrap_or_default();
    let what = What::Happening(Happening {
        failed: false,
        class: if failed { class::of_code(number) } else { class },
        // Without a number of an error, that of the message tells one from the other.
        code: if number.is_empty() && !connections { line.id } else { number },
        object: object.0,
        measure: open.filter(|_| connections),
        said: None,
    });
    sink.event(&Event { client: host(client.0), database, what, ..event });
}
