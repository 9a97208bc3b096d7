//! Logs as the user named them, told to a listener: what was read, and what could not be.

use std::fmt::Display;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::thread;

use dbwright_log::{Filter, Filtered, Lines, Listener, Progress, Recognised, Source, Unknown, find, stream};
use dbwright_model::{Bytes, Case, Count, Engine, Name, Product, Redaction, Server, Version, bundle};
use dbwright_sql::Dialect;
use dbwright_workload::{Digest, Digesting, LogFile, LogFiles};
use jiff::Timestamp;

use crate::cli::Logs;
use crate::consult;
use crate::exit::{Exit, Failure};
use crate::progress::Bytewise;
use crate::rooms;

/// Below this part of the lines understood, the answer is not to be trusted.
const UNDERSTOOD: f64 = 0.99;

/// Logs that were read.
pub(crate) struct Read {
    pub(crate) engine: Engine,
    pub(crate) files: LogFiles,
    /// Lines of each file that were not understood, as they are: for the terminal of who has the file, never stored.
    missed: Vec<(String, Vec<String>)>,
    /// Events that do not tell what was asked for, so that they were left out.
    untold: u64,
}

/// How many threads read.
pub(crate) fn threads(asked: Option<usize>) -> usize {
    asked.or_else(|| thread::available_parallelism().map(usize::from).ok()).unwrap_or(1)
}

/// What is to be heard of logs.
pub(crate) fn filter(logs: &Logs) -> Filter {
    Filter {
        from: logs.from.map(|from| from.as_microsecond()),
        to: logs.to.map(|to| to.as_microsecond()),
        databases: logs.database.clone(),
        users: logs.user.clone(),
        applications: logs.application.clone(),
    }
}

/// Reads the logs in the order they were written. What each chunk was made into is told to `merge` in that order.
pub(crate) fn read<L: Listener>(
    paths: &[PathBuf],
    threads: usize,
    filter: &Filter,
    listener: impl Fn(Dialect) -> L,
    mut merge: impl FnMut(L::Part),
) -> Result<Read, Failure> {
    let found = find(paths).map_err(unreadable)?;
    let progress = Progress::default();
    let bar = Bytewise::new(found.iter().filter_map(|found| found.bytes).sum());
    let mut read: Option<Read> = None;
    let mut unknown: Vec<Unknown> = Vec::new();
    for found in &found {
        let source = Source::open(&found.path, &progress).map_err(unreadable)?;
        let recognised = match source.recognise(&rooms::log_formats()) {
            Ok(recognised) => recognised,
            Err(error) => {
                unknown.push(error);
                continue;
            }
        };
        let Recognised { name, format, reader, detail, head, mut input } = recognised;
        let read = read.get_or_insert_with(|| Read {
            engine: format.engine,
            files: LogFiles::default(),
            missed: Vec::new(),
            untold: 0,
        });
        let filtered = Filtered { filter, listener: &listener(Dialect::of(format.engine)) };
        let streamed = stream(head, &mut input, reader.as_ref(), threads, &filtered, |kept| {
            read.untold += kept.untold;
            merge(kept.part);
            bar.at(progress.done());
            true
        });
        let streamed = streamed.map_err(|error| unreadable(format!("{name}: {error}")))?;
        let Lines { total, missed, foreign, first } = streamed.lines;
        read.files.files.push(LogFile {
            name: Name::from(name.clone()),
            format: format.id.to_owned(),
            detail: Name::from(detail),
            bytes: Bytes(streamed.bytes),
            lines: Count(total),
            missed: Count(missed),
            foreign: Count(foreign),
            broken: streamed.broken.map(|error| error.to_string()),
        });
        if missed > 0 {
            read.missed.push((name, first));
        }
    }
    drop(bar);
    let Some(read) = read else { return Err(nothing(&unknown)) };
    unknown.into_iter().for_each(|error| Failure::usage(error).warn());
    Ok(read)
}

fn unreadable(error: impl Display) -> Failure {
    Failure::new(Exit::Unreachable, format!("cannot read {error}"))
}

/// Nothing was recognised: what was found, and what was expected.
fn nothing(unknown: &[Unknown]) -> Failure {
    let expected: Vec<&str> = rooms::log_formats().iter().map(|format| format.reads).collect();
    let found: Vec<String> = unknown.iter().map(|error| format!("\n  {error}")).collect();
    let message = match found.is_empty() {
        true => "there is no log here".to_owned(),
        false => format!("nothing here is a log that is known:{}", found.concat()),
    };
    Failure::new(Exit::Insufficient, message).hint(format!("expected is one of: {}", expected.join("; ")))
}

impl Read {
    /// A case about what was read, at the time of the last record.
    pub(crate) fn case(&self, until: Option<i64>, redaction: Redaction) -> Case {
        let mut server = Server::new(Product::of(self.engine), Version::default());
        server.address = match self.files.files.as_slice() {
            [only] => only.name.clone(),
            several => Name::from(format!("{} logs", several.len())),
        };
        server.now = until.and_then(|until| Timestamp::from_microsecond(until).ok()).unwrap_or_default();
        let mut case = Case::new(server, redaction);
        case.store(&self.files);
        case
    }

    /// Says loudly what was not read or not understood; `true` when the answer cannot be relied on.
    pub(crate) fn complain(&self) -> bool {
        let mut bad = false;
        for file in &self.files.files {
            if let Some(error) = &file.broken {
                bad = true;
                Failure::usage(format!("{} ends in the middle, after {}: {error}", file.name, file.bytes)).warn();
            }
        }
        if self.untold > 0 {
            let message = format!(
                "{} records do not tell what was asked for (a time, a database, …); they are left out",
                self.untold
            );
            Failure::usage(message).warn();
        }
        let understood = self.files.understood().map_or(1.0, |share| share.0);
        if understood < UNDERSTOOD {
            bad = true;
            let mut message = format!(
                "only {:.1} % of the lines were understood: the figures above cover no more than that",
                understood * 100.0
            );
            for (name, lines) in &self.missed {
                lines.iter().for_each(|line| message.push_str(&format!("\n  {name}: {}", line.escape_debug())));
            }
            Failure::usage(message).warn();
        }
        bad
    }
}

/// The digest of logs.
pub(crate) fn digest(paths: &[PathBuf], threads: usize, filter: &Filter) -> Result<(Read, Digest), Failure> {
    let mut digest = Digest::default();
    let read = read(paths, threads, filter, |dialect| Digesting { dialect }, |part| digest.absorb(part))?;
    Ok((read, digest))
}

/// The digest in a bundle; `None` when the file is no bundle.
pub(crate) fn stored(path: &Path) -> Result<Option<(Case, Digest)>, Failure> {
    let mut start = Vec::new();
    let opened = path.is_file().then(|| File::open(path)).transpose().map_err(unreadable)?;
    let Some(mut file) = opened else { return Ok(None) };
    file.by_ref()
        .take(4096)
        .read_to_end(&mut start)
        .map_err(|error| unreadable(format!("{}: {error}", path.display())))?;
    if !bundle::looks_like(&start) {
        return Ok(None);
    }
    file.read_to_end(&mut start).map_err(|error| unreadable(format!("{}: {error}", path.display())))?;
    let shown = path.display().to_string();
    let case = consult::bundle(&start, &shown)?.case;
    let digest = case.get::<Digest>().map_err(|_| {
        Failure::usage(format!("{shown} is a bundle without a digest"))
            .hint("dbwright profile LOG --bundle FILE.dbw makes one with a digest")
    })?;
    let digest = digest.clone();
    Ok(Some((case, digest)))
}

/// The digest of a log, or in a bundle; `None` for anything else, also for a bundle without one.
pub(crate) fn digest_of(path: &Path) -> Result<Option<Digest>, Failure> {
    let log = || {
        let source = Source::open(path, &Progress::default());
        source.is_ok_and(|source| source.recognise(&rooms::log_formats()).is_ok())
    };
    match stored(path) {
        Ok(Some((_, digest))) => Ok(Some(digest)),
        Ok(None) if path.exists() && log() => {
            let (read, digest) = digest(&[path.to_owned()], threads(None), &Filter::default())?;
            read.complain();
            Ok(Some(digest))
        }
        _ => Ok(None),
    }
}
