//! Which files are meant by what the user named, in the order in which they were written.

mod rotation;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::source::{Progress, Source, SourceError};
use rotation::Rotated;

/// Folders within folders, at most.
const DEPTH: usize = 16;
/// Bytes in which a file's first time is looked for.
const START: u64 = 4 << 10;

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where; `-` is standard input.
    pub path: PathBuf,
    /// Bytes on disk, packed as they are; not known of standard input.
    pub bytes: Option<u64>,
}

/// The files named: each itself, all within a folder, all that match a pattern (`*.log`). Each once, however often it is
/// named. Files of one rotated set (`x.log.2.gz`, `x.log.1`, `x.log`) follow each other as they were written; sets are in the
/// order of their first times, or of their names.
pub fn find(paths: &[PathBuf]) -> Result<Vec<Found>, SourceError> {
    let mut files = Vec::new();
    let mut standard_input = false;
    for path in paths {
        if path.as_os_str() == "-" {
            standard_input = true;
            continue;
        }
        let fail = |error| SourceError { path: path.clone(), error };
        match fs::metadata(path) {
            Ok(about) if about.is_dir() => within(path, DEPTH, &mut files).map_err(fail)?,
            Ok(_) => files.push(path.clone()),
            Err(error) => {
                let matched = matching(path);
                if matched.is_empty() {
                    return Err(fail(error));
                }
                for path in matched {
                    match path.is_dir() {
                        true => within(&path, DEPTH, &mut files).map_err(fail)?,
                        false => files.push(path),
                    }
                }
            }
        }
    }
    let mut seen = HashSet::new();
    files.retain(|path| seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone())));
    let bytes = |path: &PathBuf| fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|about| about.len());
    let mut found: Vec<Found> = in_order(files).into_iter().map(|path| Found { bytes: bytes(&path), path }).collect();
    if standard_input {
        found.push(Found { path: PathBuf::from("-"), bytes: None });
    }
    Ok(found)
}

/// What a pattern matches; nothing when it is none.
fn matching(pattern: &Path) -> Vec<PathBuf> {
    let Some(pattern) = pattern.to_str().filter(|text| text.contains(['*', '?', '['])) else { return Vec::new() };
    glob::glob(pattern).map_or_else(|_| Vec::new(), |paths| paths.flatten().collect())
}

/// All files below a folder but hidden and empty ones; links to folders are not followed.
fn within(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            // A folder that may not be read hides nothing of the others.
            if depth > 0 {
                let _ = within(&path, depth - 1, files);
            }
        } else if fs::metadata(&path).is_ok_and(|about| about.is_file() && about.len() > 0) {
            files.push(path);
        }
    }
    Ok(())
}

/// Files of one rotated set.
struct Set {
    files: Vec<(Rotated, PathBuf)>,
    first: Option<Vec<u8>>,
}

/// The files as they were written.
fn in_order(files: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut sets: BTreeMap<(PathBuf, String), Set> = BTreeMap::new();
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let (stem, rotated) = rotation::parse(&name);
        let key = (path.parent().unwrap_or(Path::new("")).to_owned(), stem.to_owned());
        sets.entry(key).or_insert_with(|| Set { files: Vec::new(), first: None }).files.push((rotated, path));
    }
    let alone = sets.len() == 1;
    let mut sets: Vec<((PathBuf, String), Set)> = sets.into_iter().collect();
    for (_, set) in &mut sets {
        set.files.sort_by(|(a, path), (b, other)| a.cmp(b).then_with(|| path.cmp(other)));
        if set.files.len() > 1 {
            // Numbers may be hours instead of ages: times, where all files tell one, know better.
            let times: Option<Vec<Vec<u8>>> = set.files.iter().map(|(_, path)| first_time(path)).collect();
            if let Some(times) = times {
                set.first = times.iter().min().cloned();
                let mut timed: Vec<_> = times.into_iter().zip(set.files.drain(..)).collect();
                timed.sort_by(|(a, _), (b, _)| a.cmp(b));
                set.files = timed.into_iter().map(|(_, file)| file).collect();
            }
        } else if !alone {
            set.first = set.files.first().and_then(|(_, path)| first_time(path));
        }
    }
    if sets.iter().all(|(_, set)| set.first.is_some()) {
        sets.sort_by(|(_, a), (_, b)| a.first.cmp(&b.first));
    } else {
        sets.sort_by_cached_key(|((folder, stem), _)| (folder.clone(), rotation::natural(stem)));
    }
    sets.into_iter().flat_map(|(_, set)| set.files).map(|(_, path)| path).collect()
}

/// The first time in a file, `2026-11-24 12:00:00`, where it stands near the start of a line.
fn first_time(path: &Path) -> Option<Vec<u8>> {
    let mut start = Vec::new();
    let source = Source::open(path, &Progress::default()).ok()?;
    // What is damaged further on does not matter here.
    let _ = source.input.take(START).read_to_end(&mut start);
    let lines = start.split(|byte| *byte == b'\n');
    lines.filter_map(|line| line[..line.len().min(160)].windows(19).find(|text| is_time(text))).next().map(|time| {
        let mut time = time.to_vec();
        time[10] = b' ';
        time
    })
}

fn is_time(text: &[u8]) -> bool {
    text.iter().zip(b"dddd-dd-dd*dd:dd:dd").all(|(byte, form)| match form {
        b'd' => byte.is_ascii_digit(),
        b'*' => matches!(byte, b' ' | b'T'),
        form => byte == form,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(texts: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in texts {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn names(folder: &Path, paths: &[&str]) -> Vec<String> {
        let paths: Vec<PathBuf> = paths.iter().map(|path| folder.join(path)).collect();
        let found = find(&paths).unwrap();
        found.iter().map(|found| found.path.strip_prefix(folder).unwrap().display().to_string()).collect()
    }

    #[test]
    fn a_rotated_set_is_read_as_it_was_written() {
        let folder = files(&[
            ("a/postgresql.log", "x"),
            ("a/postgresql.log.1", "x"),
            ("a/postgresql.log.2.gz", "x"),
            ("a/postgresql.log.10.gz", "x"),
            ("a/.hidden", "x"),
            ("a/empty", ""),
        ]);
        let expected = ["a/postgresql.log.10.gz", "a/postgresql.log.2.gz", "a/postgresql.log.1", "a/postgresql.log"];
        assert_eq!(names(folder.path(), &["a"]), expected);
        assert_eq!(names(folder.path(), &["a/postgresql.log*", "a/postgresql.log"]), expected);
    }

    #[test]
    fn dates_in_names_and_natural_numbers() {
        let folder = files(&[
            ("x.log", "x"),
            ("x.log-20261123.gz", "x"),
            ("x.log-20261122.gz", "x"),
            ("pg9.log", "x"),
            ("pg10.log", "x"),
        ]);
        let expected = ["pg9.log", "pg10.log", "x.log-20261122.gz", "x.log-20261123.gz", "x.log"];
        assert_eq!(names(folder.path(), &["."]), expected);
    }

    #[test]
    fn times_know_better_than_names() {
        let hour = |hour: u32| format!("# Time: 2026-11-24T{hour:02}:00:00.123456Z\n");
        let folder = files(&[
            ("slow.log.9", &hour(9)),
            ("slow.log.10", &hour(10)),
            ("slow.log", &hour(11)),
            ("deep/er/old.log", &hour(1)),
        ]);
        assert_eq!(names(folder.path(), &["."]), ["deep/er/old.log", "slow.log.9", "slow.log.10", "slow.log"]);
    }

    #[test]
    fn what_is_not_there_is_named() {
        let folder = files(&[]);
        let error = find(&[folder.path().join("no*.log")]).unwrap_err();
        assert!(error.to_string().contains("no*.log: "), "{error}");
    }

    #[test]
    fn standard_input_comes_last() {
        let folder = files(&[("a", "x")]);
        let found = find(&["-".into(), folder.path().join("a"), "-".into()]).unwrap();
        assert_eq!(found[1], Found { path: "-".into(), bytes: None });
        assert_eq!((found.len(), found[0].bytes), (2, Some(1)));
    }
}
