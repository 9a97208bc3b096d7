//! The stored form of a case: a text file of one JSON object a line, readable before it is sent to anyone.
//!
//! ```text
//! {"dbwright":"bundle","format":1,"by":"0.1.0","redaction":"literals","server":{…},"gaps":[…]}
//! {"section":"catalog","version":1,"data":{…}}
//! …
//! {"end":true,"sections":7,"sha256":"…"}
//! ```
//!
//! The last line tells a whole file from a cut one and carries the hash of everything above it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::case::{Case, Gap, Server, Stored};
use crate::privacy::Redaction;

/// The format this dbwright writes; it reads this and older ones.
pub const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Head {
    dbwright: String,
    format: u32,
    by: String,
    redaction: Redaction,
    server: Server,
    gaps: Vec<Gap>,
}

#[derive(Serialize, Deserialize)]
struct Body<'a> {
    section: String,
    version: u32,
    #[serde(borrow)]
    data: &'a RawValue,
}

#[derive(Serialize, Deserialize)]
struct End {
    end: bool,
    sections: usize,
    sha256: String,
}

/// Why a file is not a bundle we can read.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum BundleError {
    /// Something else entirely.
    #[error("this is not a dbwright bundle (its first line is not a bundle header)")]
    Foreign,
    /// Written by a newer dbwright.
    #[error(
        "this bundle has format {found}, and this dbwright reads up to {FORMAT}; it was collected by dbwright {by}: use that version or newer"
    )]
    Newer {
        /// The format found.
        found: u32,
        /// Who wrote it.
        by: String,
    },
    /// The end is missing.
    #[error("this bundle is cut off after line {line}: it has no closing line; copy or collect it again")]
    Truncated {
        /// Last line read.
        line: usize,
    },
    /// A line is damaged.
    #[error("line {line} of this bundle is damaged: {reason}")]
    Damaged {
        /// Which line.
        line: usize,
        /// What the parser says.
        reason: String,
    },
    /// The content does not match the closing line.
    #[error("this bundle was changed after it was collected: its checksum does not match")]
    Checksum,
}

/// Whether `bytes` begin like a bundle.
pub fn looks_like(bytes: &[u8]) -> bool {
    bytes.starts_with(b"{\"dbwright\":\"bundle\"")
}

/// Writes the case; the same case gives the same bytes.
///
/// # Errors
/// Those of the writer.
pub fn write(case: &Case, out: &mut impl Write) -> io::Result<()> {
    let mut hash = Sha256::new();
    let mut line = |value: &dyn erased::Line| -> io::Result<()> {
        let mut text = value.json()?;
        text.push(b'\n');
        hash.update(&text);
        out.write_all(&text)
    };
    line(&Head {
        dbwright: "bundle".into(),
        format: FORMAT,
        by: case.collected_by.clone(),
        redaction: case.redaction,
        server: case.server.clone(),
        gaps: case.gaps.clone(),
    })?;
    for (id, stored) in &case.sections {
        line(&Body { section: id.clone(), version: stored.version, data: &stored.data()? })?;
    }
    let end = End { end: true, sections: case.sections.len(), sha256: hex(hash) };
    let mut text = erased::Line::json(&end)?;
    text.push(b'\n');
    out.write_all(&text)
}

/// Reads a case.
///
/// # Errors
/// [`BundleError`] for anything but a whole, unchanged bundle of a format we know.
pub fn read(text: &str) -> Result<Case, BundleError> {
    if !looks_like(text.as_bytes()) {
        return Err(BundleError::Foreign);
    }
    let mut hash = Sha256::new();
    let mut sections = BTreeMap::new();
    let mut head: Option<Head> = None;
    let mut last = 0;
    for (number, raw) in text.split_inclusive('\n').enumerate().map(|(i, raw)| (i + 1, raw)) {
        last = number;
        let damaged = |error: serde_json::Error| match raw.ends_with('\n') {
            true => BundleError::Damaged { line: number, reason: error.to_string() },
            false => BundleError::Truncated { line: number },
        };
        if number == 1 {
            // Only the format is looked at first: a newer header may have another shape.
            #[derive(Deserialize)]
            struct Peek {
                format: u32,
                #[serde(default)]
                by: String,
            }
            let peek: Peek = serde_json::from_str(raw).map_err(damaged)?;
            if peek.format > FORMAT {
                return Err(BundleError::Newer { found: peek.format, by: peek.by });
            }
            head = Some(serde_json::from_str(raw).map_err(damaged)?);
        } else if raw.starts_with("{\"end\":") {
            let end: End = serde_json::from_str(raw).map_err(damaged)?;
            if end.sections != sections.len() || end.sha256 != hex(hash) {
                return Err(BundleError::Checksum);
            }
            let Some(head) = head else { return Err(BundleError::Foreign) };
            return Ok(Case {
                server: head.server,
                redaction: head.redaction,
                collected_by: head.by,
                sections,
                gaps: head.gaps,
            });
        } else {
            let body: Body<'_> = serde_json::from_str(raw).map_err(damaged)?;
            sections.insert(body.section, Stored::new(body.version, body.data.to_owned()));
        }
        hash.update(raw.as_bytes());
    }
    Err(BundleError::Truncated { line: last })
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One line of the file, whatever its type.
mod erased {
    use std::io;

    pub(super) trait Line {
        fn json(&self) -> io::Result<Vec<u8>>;
    }

    impl<T: serde::Serialize> Line for T {
        fn json(&self) -> io::Result<Vec<u8>> {
            serde_json::to_vec(self).map_err(io::Error::other)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Product, Version};
    use crate::settings::Settings;

    fn bundle() -> String {
        let server = Server::new(Product::MariaDB, Version::new(10, 11, 19));
        let case = Case::new(server, Redaction::Literals).with(&Settings::default().with("log_bin", "OFF"));
        let mut bytes = Vec::new();
        write(&case, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_is_written_is_read_and_written_again_alike() {
        let text = bundle();
        let case = read(&text).unwrap();
        assert_eq!(case.get::<Settings>().unwrap().is_on("log_bin"), Some(false));
        let mut again = Vec::new();
        write(&case, &mut again).unwrap();
        assert_eq!(again, text.as_bytes());
    }

    #[test]
    fn every_cut_is_noticed() {
        let text = bundle();
        for end in 0..text.len() - 1 {
            assert!(read(&text[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn foreign_newer_and_changed_files_are_told_apart() {
        let text = bundle();
        assert_eq!(read("PGDMP…").unwrap_err(), BundleError::Foreign);
        assert_eq!(read("").unwrap_err(), BundleError::Foreign);
        let newer = text.replace("\"format\":1", "\"format\":7");
        assert!(matches!(read(&newer), Err(BundleError::Newer { found: 7, .. })));
        assert_eq!(read(&text.replace("OFF", "ON")).unwrap_err(), BundleError::Checksum);
    }
}
