//! Logs as the user named them, digested: what was read, and what could not be.

use std::io::Read;
use std::path::{Path, PathBuf};

use dbwright_log::{Lines, Progress, Source, detect, find, stream};
use dbwright_model::log::LogFormat;
use dbwright_model::{Bytes, Case, Count, Engine, Name, Product, Redaction, Server, Version};
use dbwright_sql::Dialect;
use dbwright_workload::{Digest, Digesting, LogFile, LogFiles};
use jiff::Timestamp;

use crate::exit::{Exit, Failure};
use crate::progress::Bytewise;
use crate::rooms;

/// Bytes looked at to tell what form a log is in.
const SAMPLE: u64 = 512 << 10;
/// Below this part of the lines understood, the answer is not to be trusted.
pub(crate) const UNDERSTOOD: f64 = 0.99;

/// What was made of logs.
pub(crate) struct Digested {
    pub(crate) engine: Engine,
    pub(crate) digest: Digest,
    pub(crate) files: LogFiles,
    /// Lines of each file that were not understood, as they are: for the terminal of who has the file, never stored.
    pub(crate) missed: Vec<(String, Vec<String>)>,
}

/// Digests the logs, in the order they are named.
pub(crate) fn digest(paths: &[PathBuf], threads: usize) -> Result<Digested, Failure> {
    let mut all: Option<Digested> = None;
    let mut foreign: Vec<(String, Vec<u8>)> = Vec::new();
    let found = find(paths).map_err(|error| unreadable(&error))?;
    let total: u64 = found.iter().filter_map(|found| found.bytes).sum();
    let progress = Progress::default();
    let bar = Bytewise::new(total);
    for found in &found {
        let (name, mut input, head) = open(&found.path, &progress)?;
        let Some((format, detected)) = detect(&head, &rooms::log_formats()) else {
            foreign.push((name, head));
            continue;
        };
        let all = all.get_or_insert_with(|| Digested {
            engine: format.engine,
            digest: Digest::default(),
            files: LogFiles::default(),
            missed: Vec::new(),
        });
        let digesting = Digesting { dialect: dialect(format) };
        let mut merge = |part| {
            all.digest.absorb(part);
            bar.at(progress.done());
            true
        };
        let streamed = stream(head, &mut input, detected.reader.as_ref(), threads, &digesting, &mut merge)
            .map_err(|error| unreadable(&format!("{name}: {error}")))?;
        let Lines { total, missed, first, foreign } = streamed.lines;
        all.files.files.push(LogFile {
            name: Name::from(name.clone()),
            format: format.id.to_owned(),
            detail: detected.detail,
            bytes: Bytes(streamed.bytes),
            lines: Count(total),
            missed: Count(missed),
            foreign: Count(foreign),
            broken: streamed.broken.map(|error| error.to_string()),
        });
        if missed > 0 {
            all.missed.push((name, first));
        }
    }
    match all {
        Some(all) => {
            for (name, _) in foreign {
                Failure::usage(format!("{name} is in no form that is known")).warn();
            }
            Ok(all)
        }
        None => Err(nothing(&foreign)),
    }
}

/// A log, and its start.
fn open(path: &Path, progress: &Progress) -> Result<(String, Box<dyn Read + Send>, Vec<u8>), Failure> {
    let Source { name, mut input, .. } = Source::open(path, progress).map_err(|error| unreadable(&error))?;
    let mut head = Vec::new();
    input.by_ref().take(SAMPLE).read_to_end(&mut head).map_err(|error| unreadable(&format!("{name}: {error}")))?;
    Ok((name, input, head))
}

fn unreadable(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::Unreachable, format!("cannot read {error}"))
}

fn dialect(format: &LogFormat) -> Dialect {
    match format.engine {
        Engine::MySql => Dialect::MySql,
        _ => Dialect::Postgres,
    }
}

/// Nothing was recognised: what was expected, and what was found.
fn nothing(foreign: &[(String, Vec<u8>)]) -> Failure {
    let expected: Vec<&str> = rooms::log_formats().iter().map(|format| format.reads).collect();
    let mut message = String::from("nothing here is a log that is known");
    for (name, head) in foreign {
        message.push_str(&format!("\n  {name} begins:"));
        let lines = head.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).take(3);
        for line in lines {
            let line = String::from_utf8_lossy(&line[..line.len().min(120)]).into_owned();
            message.push_str(&format!("\n    {}", line.escape_debug()));
        }
        if head.is_empty() {
            message.push_str("\n    (empty)");
        }
    }
    Failure::new(Exit::Insufficient, message).hint(format!("expected is one of: {}", expected.join("; ")))
}

impl Digested {
    /// The evidence as a case.
    pub(crate) fn case(&self, redaction: Redaction) -> Case {
        let product = Product::of(self.engine);
        let mut server = Server::new(product, Version::default());
        let names: Vec<&str> = self.files.files.iter().map(|file| file.name.as_str()).collect();
        server.address = Name::from(match names.as_slice() {
            [only] => (*only).to_owned(),
            several => format!("{} logs", several.len()),
        });
        server.now = self.digest.span.and_then(|(_, last)| Timestamp::from_microsecond(last).ok()).unwrap_or_default();
        let source = self.files.files.first().map_or("", |file| file.format.as_str());
        let mut case = Case::new(server, redaction);
        case.store(&self.digest);
        case.store(&self.files);
        case.store(&self.digest.workload(source));
        case
    }
}
