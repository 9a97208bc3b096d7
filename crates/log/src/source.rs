//! Inputs: files, folders, standard input, packed or not.

use std::fs::File;
use std::io::{self, BufReader, Chain, Cursor, Read};
use std::path::{Path, PathBuf};

/// Something to read a log from.
pub struct Source {
    /// The file's name, or `-`.
    pub name: String,
    /// Its bytes, unpacked.
    pub input: Box<dyn Read + Send>,
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

impl Source {
    /// Opens a file, or standard input for `-`; what is packed (gzip, zstd, lz4, xz, bzip2) is unpacked, whatever its name.
    pub fn open(path: &Path) -> Result<Source, SourceError> {
        let fail = |error| SourceError { path: path.to_owned(), error };
        let raw: Box<dyn Read + Send> = match path.as_os_str() == "-" {
            true => Box::new(io::stdin()),
            false => Box::new(File::open(path).map_err(fail)?),
        };
        let name = path.display().to_string();
        Ok(Source { name, input: unpacked(raw).map_err(fail)? })
    }
}

/// What was peeked at, and the rest.
type Peeked = Chain<Cursor<Vec<u8>>, Box<dyn Read + Send>>;

/// The bytes without their packing, told by their first ones.
fn unpacked(mut raw: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
    let mut magic = Vec::with_capacity(6);
    raw.by_ref().take(6).read_to_end(&mut magic)?;
    let packing = magic.clone();
    let all: Peeked = Cursor::new(magic).chain(raw);
    Ok(match packing.as_slice() {
        [0x1f, 0x8b, ..] => Box::new(flate2::read::MultiGzDecoder::new(BufReader::new(all))),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            Box::new(ruzstd::decoding::StreamingDecoder::new(BufReader::new(all)).map_err(io::Error::other)?)
        }
        [0x04, 0x22, 0x4d, 0x18, ..] => Box::new(lz4_flex::frame::FrameDecoder::new(all)),
        [0xfd, b'7', b'z', b'X', b'Z', 0] => Box::new(lzma_rust2::XzReader::new(BufReader::new(all), true)),
        [b'B', b'Z', b'h', ..] => Box::new(bzip2::read::MultiBzDecoder::new(all)),
        _ => Box::new(all),
    })
}
