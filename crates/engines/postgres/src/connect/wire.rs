//! The bytes beneath the protocol: a socket, and a guard that turns away whoever does not speak it.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A TCP or Unix socket.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

pub(super) type Wire = Box<dyn Duplex>;

/// What another kind of server said.
#[derive(Debug)]
pub(super) struct Foreign(pub(super) Vec<u8>);

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not PostgreSQL's protocol")
    }
}

impl std::error::Error for Foreign {}

impl Foreign {
    /// Which service it may be, by its first words.
    pub(super) fn service(&self) -> Option<&'static str> {
        let said = |word: &[u8]| self.0.windows(word.len()).any(|part| part == word);
        let starts = |word: &[u8]| self.0.starts_with(word);
        if starts(b"HTTP/") {
            Some("a web server")
        } else if starts(b"SSH-") {
            Some("an SSH server")
        } else if starts(b"-ERR") || starts(b"-NOAUTH") || starts(b"-DENIED") {
            Some("Redis or Valkey")
        } else if said(b"mysql_native_password") || said(b"caching_sha2_password") || said(b"MariaDB") {
            Some("MySQL or MariaDB")
        } else if starts(&[0x15, 0x03]) {
            Some("a server that expects TLS from the first byte")
        } else {
            None
        }
    }
}

/// Passes everything on once the first message has the shape of an answer to a login. A driver that trusts the length
/// field of a stranger may reserve gigabytes for it.
pub(super) struct Guard<S> {
    stream: S,
    /// The first bytes, until they are judged.
    first: Option<Vec<u8>>,
}

impl<S> Guard<S> {
    pub(super) fn new(stream: S) -> Guard<S> {
        Guard { stream, first: Some(Vec::new()) }
    }

    fn judge(&mut self, read: &[u8]) -> io::Result<()> {
        let Some(first) = &mut self.first else { return Ok(()) };
        first.extend_from_slice(read);
        let kind_fits = first.first().is_none_or(|kind| b"RENv".contains(kind));
        let length = first.get(1..5).and_then(|length| length.try_into().ok()).map(u32::from_be_bytes);
        let length_fits = length.is_none_or(|length| (4..=30_000).contains(&length));
        if !kind_fits || !length_fits {
            first.truncate(200);
            return Err(io::Error::new(io::ErrorKind::InvalidData, Foreign(std::mem::take(first))));
        }
        if length.is_some() {
            self.first = None;
        }
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guard<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        std::task::ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let read = buffer.filled().get(before..).unwrap_or_default();
        Poll::Ready(self.judge(read))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guard<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds the guard in pieces; whether it lets them pass.
    fn passes(pieces: &[&[u8]]) -> bool {
        let mut guard = Guard::new(());
        pieces.iter().all(|piece| guard.judge(piece).is_ok())
    }

    #[test]
    fn answers_to_a_login_pass_in_whatever_pieces() {
        assert!(passes(&[b"R\0\0\0\x08\0\0\0\0"]));
        assert!(passes(&[b"E", b"\0\0", b"\0\x40SFATAL"]));
        assert!(passes(&[b"R\0\0\0\x08", b"anything after that"]));
    }

    #[test]
    fn other_protocols_do_not() {
        for words in [&b"HTTP/1.1 400"[..], b"-ERR unknown", b"ERROR\r\n", b"\x4a\0\0\0\x0a8.0", b"R\0\0\0\0"] {
            assert!(!passes(&[words]), "{words:?}");
        }
        assert!(!passes(&[b"E", b"RROR\r\n"]));
    }
}
