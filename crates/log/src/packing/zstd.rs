//! Frames of zstd, one after the other (RFC 8878).

use std::io::{self, BufRead, BufReader, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

type Raw = BufReader<Box<dyn Read + Send>>;

/// Bytes unpacked at once.
const STEP: usize = 256 << 10;

/// Reads all frames of an input.
pub(super) struct Frames {
    decoder: FrameDecoder,
    blocks: Blocks,
    inside: bool,
}

impl Frames {
    pub(super) fn new(raw: Raw) -> Frames {
        Frames {
            decoder: FrameDecoder::new(),
            blocks: Blocks { raw, piece: Vec::new(), at: 0, last: true, checksum: false, cut: false },
            inside: false,
        }
    }

    /// Goes to the next frame; `false` when there is none.
    fn next_frame(&mut self) -> io::Result<bool> {
        loop {
            if self.blocks.cut {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
            }
            if self.blocks.raw.fill_buf()?.is_empty() {
                return Ok(false);
            }
            self.blocks.read_header()?;
            match self.decoder.init(&mut self.blocks) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    let skipped = io::copy(&mut self.blocks.raw.by_ref().take(u64::from(length)), &mut io::sink())?;
                    self.blocks.cut = skipped < u64::from(length);
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
    }
}

impl Read for Frames {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.inside {
                if !self.next_frame()? {
                    return Ok(0);
                }
                self.inside = true;
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let step = BlockDecodingStrategy::UptoBytes(STEP);
                self.decoder.decode_blocks(&mut self.blocks, step).map_err(io::Error::other)?;
            }
            match self.decoder.read(buffer)? {
                0 => self.inside = false,
                read => return Ok(read),
            }
        }
    }
}

/// Gives the decoder whole blocks only. The decoder keeps back what later blocks may refer to, megabytes, until the frame
/// ends; so where the input is cut, the frame is ended for it.
struct Blocks {
    raw: Raw,
    /// A header, a block, or a checksum.
    piece: Vec<u8>,
    /// So much of it was given.
    at: usize,
    /// It was the last block of its frame.
    last: bool,
    /// A checksum follows the last block.
    checksum: bool,
    /// The input ended within a frame.
    cut: bool,
}

impl Blocks {
    /// Reads so many bytes more of the piece; `false` when the input has ended before.
    fn more(&mut self, count: usize) -> io::Result<bool> {
        Ok(self.raw.by_ref().take(count as u64).read_to_end(&mut self.piece)? == count)
    }

    /// The header of a frame is the next piece.
    fn read_header(&mut self) -> io::Result<()> {
        (self.at, self.last) = (0, false);
        self.piece.clear();
        let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
        if !self.more(5)? {
            return Err(cut());
        }
        if matches!(self.piece.as_slice(), [0x50..=0x5f, 0x2a, 0x4d, 0x18, _]) {
            return if self.more(3)? { Ok(()) } else { Err(cut()) };
        }
        let descriptor = self.piece.last().copied().unwrap_or_default();
        let single = descriptor & 0x20 != 0;
        let size = [usize::from(single), 2, 4, 8][usize::from(descriptor >> 6)];
        let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
        self.checksum = descriptor & 4 != 0;
        if self.more(size + dictionary + usize::from(!single))? { Ok(()) } else { Err(cut()) }
    }

    /// A block is the next piece, with the checksum when it is the last.
    fn read_block(&mut self) -> io::Result<()> {
        self.at = 0;
        self.piece.clear();
        if self.last {
            return Ok(());
        }
        let whole = self.more(3)? && {
            let header = u32::from_le_bytes([self.piece[0], self.piece[1], self.piece[2], 0]);
            self.last = header & 1 != 0;
            let size = if (header >> 1) & 3 == 1 { 1 } else { (header >> 3) as usize };
            self.more(size)? && (!(self.last && self.checksum) || self.more(4)?)
        };
        if !whole {
            (self.cut, self.last) = (true, true);
            self.piece.clear();
            // An empty last block, and a checksum that nobody compares.
            self.piece.extend_from_slice(&[1, 0, 0, 0, 0, 0, 0][..if self.checksum { 7 } else { 3 }]);
        }
        Ok(())
    }
}

impl Read for Blocks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() {
            self.read_block()?;
        }
        let rest = &self.piece[self.at..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}
