//! Logs that are still written to.

use std::collections::HashSet;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use crate::find::find;
use crate::source::{Progress, Source, SourceError};

/// How long is waited where there is nothing new.
const WAIT: Duration = Duration::from_millis(250);
/// Bytes of a file's start by which it is known again.
const KNOWN: u64 = 64;

impl Source {
    /// A file from its start, and then what is added to it, until `stop` is set; also after it was renamed and a new one
    /// took its place, or was emptied. Of a folder, the newest file, and each newer one of its kind that appears. `-` is
    /// standard input. The input answers [`io::ErrorKind::WouldBlock`] when there is nothing for now
    /// ([`crate::follow`] understands that); what is packed is not unpacked.
    pub fn follow(path: &Path, stop: Arc<AtomicBool>, progress: &Progress) -> Result<Source, SourceError> {
        let fail = |error| SourceError { path: path.to_owned(), error };
        let name = path.display().to_string();
        if path.as_os_str() == "-" {
            return Ok(Source {
                name,
                input: Box::new(Piped::new(io::stdin(), stop, progress.clone())),
                modified: None,
            });
        }
        let mut seen = HashSet::new();
        let (file, folder) = match fs::metadata(path).map_err(fail)?.is_dir() {
            true => {
                let found = find(&[path.to_owned()])?;
                seen.extend(found.iter().map(|found| found.path.clone()));
                let newest = found.into_iter().next_back().ok_or_else(|| fail(io::ErrorKind::NotFound.into()))?;
                (newest.path, Some(Folder { path: path.to_owned(), seen }))
            }
            false => (path.to_owned(), None),
        };
        let modified = fs::metadata(&file).and_then(|about| about.modified()).ok();
        let growing = Growing {
            file: File::open(&file).map_err(fail)?,
            path: file,
            folder,
            position: 0,
            start: Vec::new(),
            successor: false,
            waited: false,
            line_ended: true,
            stop,
            progress: progress.clone(),
        };
        Ok(Source { name, input: Box::new(growing), modified })
    }
}

/// A folder in which new files appear.
struct Folder {
    path: PathBuf,
    seen: HashSet<PathBuf>,
}

/// A file that grows.
struct Growing {
    path: PathBuf,
    folder: Option<Folder>,
    file: File,
    position: u64,
    /// Its first bytes.
    start: Vec<u8>,
    /// Another file was seen in its place. What is still written to this one is read before that.
    successor: bool,
    /// There was nothing new when last looked.
    waited: bool,
    /// The last byte was a line's end.
    line_ended: bool,
    stop: Arc<AtomicBool>,
    progress: Progress,
}

impl Read for Growing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.load(Ordering::Relaxed) {
            return Ok(0);
        }
        // Emptied and filled again while nobody looked.
        if std::mem::take(&mut self.waited) && self.was_replaced_in_place() {
            return self.restart(File::open(&self.path)?, buffer);
        }
        let read = self.file.read(buffer)?;
        if read > 0 {
            self.took(&buffer[..read]);
            return Ok(read);
        }
        if let Some((path, file)) = self.next()? {
            if std::mem::replace(&mut self.successor, true) {
                self.path = path;
                return self.restart(file, buffer);
            }
        } else if self.file.metadata()?.len() < self.position {
            return self.restart(File::open(&self.path)?, buffer);
        }
        self.waited = true;
        thread::sleep(WAIT);
        Err(io::ErrorKind::WouldBlock.into())
    }
}

impl Growing {
    fn took(&mut self, bytes: &[u8]) {
        if (self.position as usize) == self.start.len() {
            let missing = (KNOWN as usize).saturating_sub(self.start.len());
            self.start.extend_from_slice(&bytes[..bytes.len().min(missing)]);
        }
        self.position += bytes.len() as u64;
        self.line_ended = bytes.ends_with(b"\n");
        self.progress.add(bytes.len());
    }

    /// Goes on with the start of a file. A line the last one did not end is ended.
    fn restart(&mut self, file: File, buffer: &mut [u8]) -> io::Result<usize> {
        (self.file, self.position, self.successor) = (file, 0, false);
        self.start.clear();
        match buffer.first_mut() {
            Some(first) if !std::mem::replace(&mut self.line_ended, true) => {
                *first = b'\n';
                Ok(1)
            }
            _ => Err(io::ErrorKind::Interrupted.into()),
        }
    }

    /// The file that took this one's place, or follows it.
    fn next(&mut self) -> io::Result<Option<(PathBuf, File)>> {
        if let Some(folder) = &mut self.folder {
            let kind = self.path.extension();
            let found = find(std::slice::from_ref(&folder.path)).unwrap_or_default();
            let next = found.into_iter().find(|found| {
                found.path.extension() == kind && found.path > self.path && !folder.seen.contains(&found.path)
            });
            if let Some(next) = next {
                if self.successor {
                    folder.seen.insert(next.path.clone());
                }
                let file = File::open(&next.path)?;
                return Ok(Some((next.path, file)));
            }
        }
        // Between renaming and making anew there is none.
        let Ok(file) = File::open(&self.path) else { return Ok(None) };
        let other = !same(&file.metadata()?, &self.file.metadata()?);
        Ok(other.then(|| (self.path.clone(), file)))
    }

    fn was_replaced_in_place(&self) -> bool {
        let mut start = Vec::new();
        let known = self.start.len() as u64;
        let Ok(file) = File::open(&self.path) else { return false };
        let ours = file.metadata().and_then(|there| Ok(same(&there, &self.file.metadata()?)));
        known > 0
            && ours.unwrap_or(false)
            && file.take(known).read_to_end(&mut start).is_ok()
            && start.len() == self.start.len()
            && start != self.start
    }
}

/// Whether it is one file.
#[cfg(unix)]
fn same(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn same(a: &Metadata, b: &Metadata) -> bool {
    a.created().ok() == b.created().ok()
}

/// A pipe that may have nothing for a while.
struct Piped {
    pieces: Receiver<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
    at: usize,
    stop: Arc<AtomicBool>,
    progress: Progress,
}

impl Piped {
    fn new(mut pipe: impl Read + Send + 'static, stop: Arc<AtomicBool>, progress: Progress) -> Piped {
        let (give, pieces) = sync_channel(8);
        // It ends with the pipe, or when nobody listens.
        thread::spawn(move || {
            loop {
                let mut piece = vec![0; 64 << 10];
                let read = pipe.read(&mut piece);
                let ended = matches!(read, Ok(0) | Err(_));
                if give.send(read.map(|read| piece[..read].to_vec())).is_err() || ended {
                    return;
                }
            }
        });
        Piped { pieces, piece: Vec::new(), at: 0, stop, progress }
    }
}

impl Read for Piped {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(0);
            }
            (self.piece, self.at) = match self.pieces.recv_timeout(WAIT) {
                Ok(piece) => (piece?, 0),
                Err(RecvTimeoutError::Timeout) => return Err(io::ErrorKind::WouldBlock.into()),
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            };
            self.progress.add(self.piece.len());
        }
        let rest = &self.piece[self.at..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::atomic::AtomicU64;
    use std::time::Instant;

    /// Writes, and waits until it was read.
    struct Writer(Progress, AtomicU64);

    impl Writer {
        fn append(&self, path: &Path, text: &str) {
            append(path, text);
            let all = self.1.fetch_add(text.len() as u64, Ordering::Relaxed) + text.len() as u64;
            let deadline = Instant::now() + WAIT * 80;
            while self.0.done() < all && Instant::now() < deadline {
                thread::sleep(WAIT / 10);
            }
            thread::sleep(WAIT * 3 / 2);
        }
    }

    fn append(path: &Path, text: &str) {
        File::options().append(true).create(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// What is read of a log that starts with this and that `write` writes to, until `last` was read.
    fn followed(path: &Path, start: &str, last: &str, write: impl FnOnce(&Writer) + Send) -> String {
        let stop = Arc::new(AtomicBool::new(false));
        let progress = Progress::default();
        let writer = Writer(progress.clone(), AtomicU64::new(start.len() as u64));
        let mut source = Source::follow(path, Arc::clone(&stop), &progress).unwrap();
        let (mut all, mut piece) = (Vec::new(), vec![0; 100]);
        thread::scope(|scope| {
            scope.spawn(move || write(&writer));
            let mut pauses = 0;
            loop {
                match source.input.read(&mut piece) {
                    Ok(0) => return,
                    Ok(read) => all.extend_from_slice(&piece[..read]),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => {
                        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                        pauses += 1;
                    }
                }
                stop.store(all.ends_with(last.as_bytes()) || pauses > 100, Ordering::Relaxed);
            }
        });
        String::from_utf8(all).unwrap()
    }

    #[test]
    fn what_is_added_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        append(&path, "a\n");
        let all = followed(&path, "a\n", "c\n", |writer| {
            writer.append(&path, "b");
            writer.append(&path, "\nc\n");
        });
        assert_eq!(all, "a\nb\nc\n");
    }

    #[test]
    fn a_log_that_is_renamed_is_read_to_its_end_and_then_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let (path, old) = (folder.path().join("log"), folder.path().join("log.1"));
        append(&path, "a\n");
        let all = followed(&path, "a\n", "d\n", |writer| {
            fs::rename(&path, &old).unwrap();
            writer.append(&old, "b");
            writer.append(&path, "c\n");
            writer.append(&path, "d\n");
        });
        assert_eq!(all, "a\nb\nc\nd\n");
    }

    #[test]
    fn a_log_that_is_emptied_is_read_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        append(&path, "long first line\n");
        let all = followed(&path, "long first line\n", "d\n", |writer| {
            writer.append(&path, "b\n");
            let truncated = File::options().write(true).open(&path).unwrap();
            truncated.set_len(0).unwrap();
            writer.append(&path, "c\n");
            // Emptied, and longer than before when looked at again.
            truncated.set_len(0).unwrap();
            writer.append(&path, "2\n and much more\nd\n");
        });
        assert_eq!(all, "long first line\nb\nc\n2\n and much more\nd\n");
    }

    #[test]
    fn of_a_folder_the_newest_file_and_those_that_appear() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        append(&file("pg-1.log"), "old\n");
        append(&file("pg-2.log"), "a\n");
        let all = followed(folder.path(), "a\n", "c\n", |writer| {
            append(&file("pg-2.csv"), "no\n");
            writer.append(&file("pg-3.log"), "b\n");
            writer.append(&file("pg-4.log"), "c\n");
        });
        assert_eq!(all, "a\nb\nc\n");
    }

    #[test]
    fn a_pipe_pauses() {
        struct Slow(u8);
        impl Read for Slow {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                match self.0 {
                    1 => buffer[0] = b'a',
                    2 => {
                        thread::sleep(WAIT * 2);
                        buffer[0] = b'b';
                    }
                    _ => return Ok(0),
                }
                Ok(1)
            }
        }
        let mut pipe = Piped::new(Slow(0), Arc::default(), Progress::default());
        let mut told = Vec::new();
        let mut byte = [0];
        loop {
            match pipe.read(&mut byte) {
                Ok(0) => break,
                Ok(_) => told.push(char::from(byte[0])),
                Err(_) if told.last() == Some(&'-') => {}
                Err(_) => told.push('-'),
            }
        }
        assert_eq!(told, ['a', '-', 'b']);
    }
}
