//! What logs are packed with, told by the first bytes and never by the name.

mod lz4;
mod zstd;

use std::io::{self, BufRead, BufReader, Read};

use crate::source::Progress;

/// Bytes asked of the system at once.
const READ: usize = 128 << 10;
/// A packed file may ask for so much memory, in KiB; `xz -9` needs 65 MiB.
const MEMORY_KIB: u32 = 192 << 10;

/// The bytes without their packing. What was whole before a cut or a damage is given, then the error.
pub(crate) fn unpacked(raw: Box<dyn Read + Send>, here: Progress) -> io::Result<Box<dyn Read + Send>> {
    let mut raw = BufReader::with_capacity(READ, raw);
    let start = raw.fill_buf()?;
    let (name, step) = match start {
        [0x1f, 0x8b, ..] => ("gzip", READ),
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => ("zstd", READ),
        [0x04, 0x22, 0x4d, 0x18, ..] => ("lz4", READ),
        // Its reader forgets what one call unpacked when it comes to a cut: small steps, so that this is little.
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => ("xz", 1 << 10),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => ("bzip2", READ),
        _ => return Ok(Box::new(raw)),
    };
    let input: Box<dyn Read + Send> = match name {
        "gzip" => Box::new(flate2::bufread::MultiGzDecoder::new(raw)),
        "zstd" => Box::new(zstd::Frames::new(raw)),
        "lz4" => Box::new(lz4::Frames::new(raw)),
        "xz" => Box::new(lzma_rust2::XzReader::new_mem_limit(raw, true, MEMORY_KIB)),
        _ => Box::new(bzip2::bufread::MultiBzDecoder::new(raw)),
    };
    Ok(Box::new(Unpacked { input, name, step, given: 0, ended: false, here }))
}

/// An unpacked input that says where it broke, and is not asked again afterwards.
struct Unpacked {
    input: Box<dyn Read + Send>,
    name: &'static str,
    step: usize,
    given: u64,
    ended: bool,
    here: Progress,
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ended {
            return Ok(0);
        }
        let step = buffer.len().min(self.step);
        match self.input.read(&mut buffer[..step]) {
            Ok(read) => {
                self.ended = read == 0 && step > 0;
                self.given += read as u64;
                Ok(read)
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) => Err(error),
            Err(error) => {
                self.ended = true;
                let (name, at, given) = (self.name, self.here.done(), self.given);
                let what = match error.kind() {
                    io::ErrorKind::UnexpectedEof => "is cut off",
                    _ => "is damaged",
                };
                let message =
                    format!("the {name} data {what} at or before byte {at}; {given} bytes could be unpacked ({error})");
                Err(io::Error::new(error.kind(), message))
            }
        }
    }
}
