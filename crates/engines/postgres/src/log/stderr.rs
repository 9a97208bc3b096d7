//! What servers write to stderr and logging_collector into files: lines with a `log_line_prefix`, a word and a text;
//! further lines of a text begin with a tab.

use dbwright_model::Engine;
use dbwright_model::log::{Context, Detected, LogFormat, Reader, Sink};
use memchr::{memchr, memrchr};

use super::guess;
use super::language::Word;
use super::prefix::{Head, Prefix, is_state};
use super::record::Record;
use super::time::Clock;

/// stderr, with any prefix.
pub(crate) static FORMAT: LogFormat =
    LogFormat { engine: Engine::Postgres, id: "postgres-stderr", reads: "a PostgreSQL log (stderr)", detect };

fn detect(sample: &[u8]) -> Option<Detected> {
    let guess = guess::guess(sample)?;
    let carriage_returns = memchr(b'\n', sample).is_some_and(|end| end > 0 && sample[end - 1] == b'\r');
    let reader = Box::new(Stderr { prefix: guess.prefix, carriage_returns });
    Some(Detected { reader, understood: guess.understood, detail: guess.detail })
}

/// Reads lines with that prefix.
pub(super) struct Stderr {
    pub(super) prefix: Prefix,
    /// Whether lines end as on Windows.
    pub(super) carriage_returns: bool,
}

/// A text with its further lines, still with their tabs.
#[derive(Debug, Clone, Copy, Default)]
struct Text<'a> {
    framed: &'a [u8],
    lines: bool,
}

/// A message whose further parts may still come.
struct Pending<'a> {
    head: Head<'a>,
    word: Word,
    message: Text<'a>,
    detail: Text<'a>,
    context: Text<'a>,
    statement: Text<'a>,
}

/// Texts rewritten without their tabs.
#[derive(Default)]
struct Scratch {
    message: Vec<u8>,
    detail: Vec<u8>,
    context: Vec<u8>,
    statement: Vec<u8>,
    plan: Vec<u8>,
}

impl Reader for Stderr {
    fn whole(&self, bytes: &[u8]) -> usize {
        let mut clock = Clock::default();
        let mut end = bytes.len();
        while let Some(line_end) = memrchr(b'\n', &bytes[..end]) {
            let line = &bytes[line_end + 1..end];
            end = line_end;
            if matches!(line.first(), None | Some(b'\t')) {
                continue;
            }
            if let Some((_, word, _)) = self.prefix.read(line, &mut clock)
                && word.begins()
            {
                return line_end + 1;
            }
        }
        0
    }

    fn read(&self, chunk: &[u8], _before: &Context, sink: &mut dyn Sink) {
        let mut clock = Clock::default();
        let mut scratch = Scratch::default();
        let mut pending: Option<Pending<'_>> = None;
        let (mut at, mut lines) = (0, 0);
        while at < chunk.len() {
            let mut end = memchr(b'\n', &chunk[at..]).map_or(chunk.len(), |end| at + end);
            let line = self.without_end(&chunk[at..end]);
            let from = at;
            lines += u64::from(!is_blank(line));
            let mut further = false;
            while chunk.get(end + 1) == Some(&b'\t') {
                let next = end + 1;
                end = memchr(b'\n', &chunk[next..]).map_or(chunk.len(), |end| next + end);
                lines += u64::from(!is_blank(&chunk[next..end]));
                further = true;
            }
            at = end + 1;
            let Some((head, word, text)) = self.prefix.read(line, &mut clock) else {
                if let Some(pending) = pending.take() {
                    self.tell(&pending, &mut scratch, sink);
                }
                for line in chunk[from..end].split(|byte| *byte == b'\n').filter(|line| !is_blank(line)) {
                    sink.missed(line);
                }
                continue;
            };
            let text = Text { framed: self.without_end(&chunk[from + text..end]), lines: further };
            if word.begins() {
                let next = Pending {
                    head,
                    word,
                    message: text,
                    detail: Text::default(),
                    context: Text::default(),
                    statement: Text::default(),
                };
                if let Some(pending) = pending.replace(next) {
                    self.tell(&pending, &mut scratch, sink);
                }
                continue;
            }
            match &mut pending {
                Some(pending) if pending.head.process == head.process => match word {
                    Word::Detail => pending.detail = text,
                    Word::Context => pending.context = text,
                    Word::Statement => pending.statement = text,
                    _ => {}
                },
                // Its message was lost.
                _ => chunk[from..end]
                    .split(|byte| *byte == b'\n')
                    .filter(|line| !is_blank(line))
                    .for_each(|line| sink.missed(line)),
            }
        }
        if let Some(pending) = pending {
            self.tell(&pending, &mut scratch, sink);
        }
        sink.lines(lines);
    }
}

impl Stderr {
    fn without_end<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        match self.carriage_returns {
            true => line.strip_suffix(b"\r").unwrap_or(line),
            false => line,
        }
    }

    fn tell(&self, pending: &Pending<'_>, scratch: &mut Scratch, sink: &mut dyn Sink) {
        let head = &pending.head;
        let mut message = self.plain(pending.message, &mut scratch.message);
        let mut state = head.state;
        // log_error_verbosity = verbose puts it in front.
        if message.get(5..7) == Some(b": ") && is_state(&message[..5]) {
            state = &message[..5];
            message = &message[7..];
        }
        if matches!(pending.word, Word::Error | Word::Fatal) {
            message = without_position(message);
        }
        let session = head.session.or_else(|| {
            let process = head.process?;
            // The same number as of `%c`, if the start is known.
            Some(head.start.map_or(process, |start| (start.div_euclid(1_000_000) as u64) << 32 | process))
        });
        let record = Record {
            at: head.at,
            session,
            transaction: head.virtual_id.or(head.transaction),
            user: head.user,
            database: head.database,
            application: head.application,
            client: head.client,
            query_id: head.query_id,
            level: pending.word,
            state,
            message,
            detail: self.plain(pending.detail, &mut scratch.detail),
            context: self.plain(pending.context, &mut scratch.context),
            statement: self.plain(pending.statement, &mut scratch.statement),
        };
        record.tell(self.prefix.language(), &mut scratch.plan, sink);
    }

    /// The text without the tab in front of every further line.
    fn plain<'a>(&self, text: Text<'a>, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        if !text.lines {
            return text.framed;
        }
        scratch.clear();
        let mut rest = text.framed;
        while let Some(end) = memchr(b'\n', rest) {
            scratch.extend_from_slice(self.without_end(&rest[..end]));
            scratch.push(b'\n');
            rest = &rest[end + 1..];
            rest = rest.strip_prefix(b"\t").unwrap_or(rest);
        }
        scratch.extend_from_slice(rest);
        scratch
    }
}

/// The message without ` at character 15`, which other forms have in a column of its own.
fn without_position(message: &[u8]) -> &[u8] {
    let words = message.trim_ascii_end();
    let number = words.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    match words[..words.len() - number].strip_suffix(b" at character ") {
        Some(message) if number > 0 => message,
        _ => message,
    }
}

fn is_blank(line: &[u8]) -> bool {
    match line.first() {
        None => true,
        Some(byte) if !byte.is_ascii_whitespace() => false,
        _ => line.trim_ascii().is_empty(),
    }
}
