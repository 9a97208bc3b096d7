//! Frames of lz4, one after the other.

use std::io::{self, BufRead, BufReader, Read};

use lz4_flex::frame::FrameDecoder;

type Raw = BufReader<Box<dyn Read + Send>>;

/// Reads all frames of an input, and tells when the last one lacks its end, which the decoder takes for an end.
pub(super) struct Frames(FrameDecoder<Tail>);

impl Frames {
    pub(super) fn new(raw: Raw) -> Frames {
        Frames(FrameDecoder::new(Tail { raw, last: [0xff; 8] }))
    }
}

impl Read for Frames {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.0.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let tail = self.0.get_mut();
            if tail.raw.fill_buf()?.is_empty() {
                let ended = tail.last.ends_with(&[0; 4]) || tail.last.starts_with(&[0; 4]);
                return if ended { Ok(0) } else { Err(io::Error::from(io::ErrorKind::UnexpectedEof)) };
            }
        }
    }
}

/// Remembers the last bytes that were read: a frame ends in four zeros, and a checksum perhaps.
struct Tail {
    raw: Raw,
    last: [u8; 8],
}

impl Read for Tail {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.raw.read(buffer)?;
        let new = &buffer[read.saturating_sub(8)..read];
        self.last.rotate_left(new.len());
        let old = self.last.len() - new.len();
        self.last[old..].copy_from_slice(new);
        Ok(read)
    }
}
