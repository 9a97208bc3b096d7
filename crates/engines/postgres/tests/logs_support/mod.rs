//! Readers as the tests want them: events that can be kept and compared.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use dbwright_model::log::{self, Context, LogFormat, Phase, Reader, Said, Sink};
use dbwright_model::room::Room;
use dbwright_postgres::Postgres;

/// An event without what it is borrowed from.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub at: Option<i64>,
    pub session: Option<u64>,
    pub transaction: Option<u64>,
    pub user: String,
    pub database: String,
    pub application: String,
    pub client: String,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq)]
pub enum What {
    Nothing,
    Statement { said: String, parameters: String, phase: Phase, duration: Option<u64>, query_id: Option<i64> },
    Ended(u64),
    Plan { text: String, said: String, duration: Option<u64> },
    Happening { class: &'static str, code: String, object: String, measure: Option<u64>, said: Option<String> },
}

impl What {
    pub fn forget_query_id(&mut self) {
        if let What::Statement { query_id, .. } = self {
            *query_id = None;
        }
    }

    pub fn forget_code(&mut self) {
        if let What::Happening { code, .. } = self {
            code.clear();
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Read {
    pub events: Vec<Event>,
    pub lines: u64,
    pub missed: u64,
    pub missed_lines: Vec<String>,
}

fn string(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn said(said: &Said<'_>) -> String {
    match said {
        Said::Sql(text) => string(text),
        Said::Shaped { shape, .. } => (*shape).to_owned(),
    }
}

impl Sink for Read {
    fn event(&mut self, event: &log::Event<'_>) {
        let what = match &event.what {
            log::What::Nothing => What::Nothing,
            log::What::Ended(duration) => What::Ended(*duration),
            log::What::Statement(statement) => What::Statement {
                said: said(&statement.said),
                parameters: string(statement.parameters),
                phase: statement.phase,
                duration: statement.duration,
                query_id: statement.query_id,
            },
            log::What::Plan { text, said: statement, duration } => {
                What::Plan { text: string(text), said: said(statement), duration: *duration }
            }
            log::What::Happening(happening) => What::Happening {
                class: happening.class.id,
                code: string(happening.code),
                object: string(happening.object),
                measure: happening.measure,
                said: happening.said.as_ref().map(said),
            },
        };
        self.events.push(Event {
            at: event.at,
            session: event.session,
            transaction: event.transaction,
            user: string(event.user),
            database: string(event.database),
            application: string(event.application),
            client: string(event.client),
            what,
        });
    }

    fn lines(&mut self, count: u64) {
        self.lines += count;
    }

    fn missed(&mut self, line: &[u8]) {
        self.missed += 1;
        self.missed_lines.push(string(line));
    }
}

/// The form of that name.
pub fn by_format(id: &str) -> Option<&'static LogFormat> {
    Postgres.log_formats().iter().copied().find(|format| format.id == id)
}

/// A file of recorded logs.
pub fn text(name: &str) -> String {
    let path = format!("{}/tests/logs/{name}", env!("CARGO_MANIFEST_DIR"));
    String::from_utf8_lossy(&std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))).into_owned()
}

/// Reads a text in that form.
pub fn read(id: &str, text: &[u8]) -> Read {
    let detected = (by_format(id).unwrap().detect)(text).unwrap_or_else(|| panic!("not {id}"));
    events(detected.reader.as_ref(), text, usize::MAX)
}

/// Reads a text in pieces that are at least so long, cut where the reader says records end.
pub fn events(reader: &dyn Reader, text: &[u8], chunk: usize) -> Read {
    let mut read = Read::default();
    let mut context = Context::default();
    let (mut from, mut wanted) = (0, chunk);
    while from < text.len() {
        let rest = &text[from..];
        let whole = match rest.len() <= wanted {
            true => rest.len(),
            false => reader.whole(&rest[..wanted]),
        };
        if whole == 0 {
            wanted = wanted.saturating_mul(2);
            continue;
        }
        reader.read(&rest[..whole], &context, &mut read);
        context = reader.after(&rest[..whole], &context);
        from += whole;
        wanted = chunk;
    }
    read
}
