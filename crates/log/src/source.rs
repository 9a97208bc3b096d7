//! Inputs: files and standard input, packed or not.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use crate::packing::unpacked;

/// Something to read a log from.
pub struct Source {
    /// The file's name, or `-`.
    pub name: String,
    /// Its bytes, unpacked. An error comes after all that could be read.
    pub input: Box<dyn Read + Send>,
    /// When it was last written to, for times that are logged without their year.
    pub modified: Option<SystemTime>,
}

/// Why an input cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", path.display())]
pub struct SourceError {
    /// Which one.
    pub path: PathBuf,
    /// What the system says.
    #[source]
    pub error: io::Error,
}

/// How far the reading is, in bytes as they lie on disk; shared with who shows it.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    /// Bytes read so far, of all inputs that were opened with this.
    pub fn done(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// So many bytes more were read.
    pub(crate) fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

impl Source {
    /// Opens a file, or standard input for `-`; what is packed (gzip, zstd, lz4, xz, bzip2) is unpacked, whatever its name.
    /// The bytes read are told to `progress`.
    pub fn open(path: &Path, progress: &Progress) -> Result<Source, SourceError> {
        let fail = |error| SourceError { path: path.to_owned(), error };
        let (raw, modified): (Box<dyn Read + Send>, _) = match path.as_os_str() == "-" {
            true => (Box::new(io::stdin()), None),
            false => {
                let file = File::open(path).map_err(fail)?;
                let about = file.metadata().map_err(fail)?;
                if about.is_dir() {
                    return Err(fail(io::Error::from(io::ErrorKind::IsADirectory)));
                }
                (Box::new(file), about.modified().ok())
            }
        };
        Source::of(path.display().to_string(), raw, modified, progress).map_err(fail)
    }

    /// Bytes from anywhere else.
    pub fn of(
        name: String,
        raw: Box<dyn Read + Send>,
        modified: Option<SystemTime>,
        progress: &Progress,
    ) -> io::Result<Source> {
        let here = Progress::default();
        let counted = Box::new(Counted { raw, all: progress.clone(), here: here.clone() });
        Ok(Source { name, input: unpacked(counted, here)?, modified })
    }
}

/// Tells how much was read.
struct Counted {
    raw: Box<dyn Read + Send>,
    /// In all inputs.
    all: Progress,
    /// In this one, so that errors name a place in it.
    here: Progress,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.raw.read(buffer)?;
        for progress in [&self.all, &self.here] {
            progress.add(read);
        }
        Ok(read)
    }
}
