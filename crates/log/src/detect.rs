//! Telling which form a log is in, and what is wrapped around it.

use std::io::{self, Read};
use std::time::SystemTime;

use dbwright_model::log::{Detected, LogFormat, Reader};
use jiff::Timestamp;

use crate::source::Source;
use crate::wrapping::{self, Year};

/// Bytes looked at.
const SAMPLE: usize = 256 << 10;
/// Lines shown of an input that was not recognised.
const SHOWN: usize = 3;

/// The form that understands most of the sample, with its reader; the first in the list when several do. What platforms
/// wrap around a server's log (syslog, containers, exports of clouds) is taken off by the reader. Times logged without
/// their year are not told; [`Source::recognise`] knows the year.
pub fn detect(sample: &[u8], formats: &[&'static LogFormat]) -> Option<(&'static LogFormat, Detected)> {
    detect_in(sample, formats, Year::default())
}

fn detect_in(sample: &[u8], formats: &[&'static LogFormat], year: Year) -> Option<(&'static LogFormat, Detected)> {
    let bare = bare(sample, formats);
    let understood = bare.as_ref().map_or(0.0, |(_, bare)| bare.understood);
    wrapping::detect(sample, formats, year, understood).or(bare)
}

/// The form that understands the sample as it is.
pub(crate) fn bare(sample: &[u8], formats: &[&'static LogFormat]) -> Option<(&'static LogFormat, Detected)> {
    let mut best: Option<(&'static LogFormat, Detected)> = None;
    for format in formats {
        if let Some(detected) = (format.detect)(sample)
            && best.as_ref().is_none_or(|(_, best)| detected.understood > best.understood)
        {
            best = Some((format, detected));
        }
    }
    best
}

/// A source whose form is known.
pub struct Recognised {
    /// The file's name, or `-`.
    pub name: String,
    /// Its form.
    pub format: &'static LogFormat,
    /// What reads it.
    pub reader: Box<dyn Reader>,
    /// What was found out about it, for a person.
    pub detail: String,
    /// What was taken from the input to recognise it.
    pub head: Vec<u8>,
    /// The rest.
    pub input: Box<dyn Read + Send>,
}

/// A source of no known form.
#[derive(Debug, thiserror::Error)]
pub enum Unknown {
    /// There is nothing in it.
    #[error("{0} is empty")]
    Empty(String),
    /// It cannot be read.
    #[error("{0}: {1}")]
    Broken(String, #[source] io::Error),
    /// No form explains its lines.
    #[error("{name} is no log of a known form; it starts with: {}", first.join(" ⏎ "))]
    Form {
        /// Which.
        name: String,
        /// The first lines, cut to a screen's width. They may hold literals: for the terminal of who has the file.
        first: Vec<String>,
    },
}

impl Source {
    /// Finds out which form it is in.
    pub fn recognise(self, formats: &[&'static LogFormat]) -> Result<Recognised, Unknown> {
        let Source { name, mut input, modified } = self;
        let mut head = Vec::with_capacity(SAMPLE);
        let broken = sample(&mut input, &mut head).err();
        // A broken input tells so when it is read on, where there is something to read.
        match (head.is_empty(), broken) {
            (true, Some(error)) => return Err(Unknown::Broken(name, error)),
            (true, None) => return Err(Unknown::Empty(name)),
            (false, Some(error)) => input = Box::new(Fails(Some(error))),
            (false, None) => {}
        }
        let modified = Timestamp::try_from(modified.unwrap_or_else(SystemTime::now));
        match detect_in(&head, formats, modified.map_or(Year::default(), Year::of)) {
            Some((format, Detected { reader, detail, .. })) => {
                Ok(Recognised { name, format, reader, detail, head, input })
            }
            None => {
                let lines = head.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
                let shown = |line: &[u8]| {
                    let text = String::from_utf8_lossy(&line[..line.len().min(160)]).into_owned();
                    text.replace(|char: char| char.is_control() && char != '\t', "\u{fffd}").trim_end().to_owned()
                };
                Err(Unknown::Form { name, first: lines.take(SHOWN).map(shown).collect() })
            }
        }
    }
}

/// Reads the sample; less where the input has no more for now.
fn sample(input: &mut dyn Read, head: &mut Vec<u8>) -> io::Result<()> {
    let mut piece = vec![0; 64 << 10];
    while head.len() < SAMPLE {
        let wanted = piece.len().min(SAMPLE - head.len());
        match input.read(&mut piece[..wanted]) {
            Ok(0) => return Ok(()),
            Ok(read) => head.extend_from_slice(&piece[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && head.contains(&b'\n') => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// An input that broke while the sample was read.
struct Fails(Option<io::Error>);

impl Read for Fails {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}
