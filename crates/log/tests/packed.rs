//! Packed files, made by the tools people use (`tests/packed/make.sh`), whole and cut.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use dbwright_log::{Progress, Source};

const PACKED: [&str; 5] = ["gz", "zst", "lz4", "xz", "bz2"];

fn text(lines: std::ops::Range<u32>) -> Vec<u8> {
    lines.flat_map(|line| format!("line {line} of a log, {}\n", line * 7919 % 10007).into_bytes()).collect()
}

fn packed(ending: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packed/text").with_extension(ending)
}

/// What can be read of these bytes, and the error in which it ends.
fn read(folder: &Path, bytes: &[u8]) -> (Vec<u8>, Option<std::io::Error>) {
    // The name tells nothing.
    let path = folder.join("log");
    fs::write(&path, bytes).unwrap();
    let mut source = match Source::open(&path, &Progress::default()) {
        Ok(source) => source,
        Err(error) => return (Vec::new(), Some(error.error)),
    };
    let (mut all, mut piece) = (Vec::new(), vec![0; 5000]);
    loop {
        match source.input.read(&mut piece) {
            Ok(0) => return (all, None),
            Ok(read) => all.extend_from_slice(&piece[..read]),
            Err(error) => return (all, Some(error)),
        }
    }
}

#[test]
fn every_packing_gives_all_its_members() {
    for ending in PACKED {
        let progress = Progress::default();
        let mut source = Source::open(&packed(ending), &progress).unwrap();
        let mut all = Vec::new();
        source.input.read_to_end(&mut all).unwrap();
        assert_eq!(all, text(0..2000), "{ending}");
        assert_eq!(progress.done(), fs::metadata(packed(ending)).unwrap().len(), "{ending}");
    }
}

#[test]
fn a_cut_file_gives_what_was_whole_and_says_where_it_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let (half, whole) = (text(0..1000), text(0..2000));
    for ending in PACKED {
        let bytes = fs::read(packed(ending)).unwrap();
        let mut most = 0;
        for tenth in 1..10 {
            let cut = bytes.len() * tenth / 10;
            let (all, error) = read(folder.path(), &bytes[..cut]);
            let error = error.unwrap_or_else(|| panic!("{ending}: no error when cut at {cut}"));
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{ending} cut at {cut}: {error}");
            let message = error.to_string();
            assert!(message.contains(&format!("byte {cut}; {} bytes", all.len())), "{ending}: {message}");
            assert!(whole.starts_with(&all), "{ending} cut at {cut}");
            assert!(all.len() >= most, "{ending}: more of the file gives less");
            most = all.len();
        }
        assert!(most >= half.len(), "{ending}: only {most} bytes of a file of which a tenth is missing");
    }
}

#[test]
fn a_damaged_file_ends_in_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for ending in PACKED {
        let mut bytes = fs::read(packed(ending)).unwrap();
        let at = bytes.len() * 3 / 4;
        for byte in &mut bytes[at..at + 64] {
            *byte ^= 0x5a;
        }
        let (all, error) = read(folder.path(), &bytes);
        // zstd and gzip notice some damage only by their checksums, at the end.
        assert!(error.is_some() || all != text(0..2000), "{ending}");
        assert!(all.len() <= text(0..2000).len() + (1 << 20), "{ending}");
    }
}

#[test]
fn what_is_not_packed_is_read_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for bytes in [&b""[..], b"B", b"BZh is no bzip2", b"plain\n"] {
        let (all, error) = read(folder.path(), bytes);
        assert_eq!((all.as_slice(), error.is_none()), (bytes, true));
    }
}
