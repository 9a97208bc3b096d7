//! Texts as people have them: files, folders, a pipe; in UTF-8, UTF-16 or an old code page.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use crate::exit::{Exit, Failure};

/// More than this is no plan, and would not fit into memory several times over.
const MOST: u64 = 256 << 20;

/// A text and the name it is shown by.
pub(crate) struct Text {
    /// The file as the user named it; `-` for standard input.
    pub(crate) name: String,
    /// All of it.
    pub(crate) text: String,
}

/// Reads the files, what lies in the folders, and standard input for `-` or when nothing is named.
pub(crate) fn read(files: &[PathBuf]) -> Result<Vec<Text>, Failure> {
    let input = [PathBuf::from("-")];
    let files = if files.is_empty() { &input } else { files };
    let mut texts = Vec::new();
    for path in files {
        if path.as_os_str() == "-" {
            texts.push(standard_input("plan")?);
        } else if path.is_dir() {
            texts.extend(folder(path)?);
        } else {
            texts.push(file(path)?);
        }
    }
    Ok(texts)
}

/// A query as it was given: its text, a file, or standard input.
pub(crate) fn query(given: &str) -> Result<String, Failure> {
    if given == "-" {
        return Ok(standard_input("query")?.text);
    }
    let path = Path::new(given);
    if path.is_file() {
        return Ok(file(path)?.text);
    }
    match given.trim().contains(|c: char| c.is_whitespace() || c == '(') {
        true => Ok(given.to_owned()),
        false => Err(Failure::usage(format!("`{given}` is neither a query nor a file"))
            .hint("dbwright why 'SELECT …' TARGET, dbwright why query.sql TARGET, or - for standard input")),
    }
}

fn standard_input(what: &str) -> Result<Text, Failure> {
    let input = io::stdin();
    if input.is_terminal() {
        anstream::eprintln!("paste the {what}, then press Ctrl-D on a line of its own");
    }
    let name = "-".to_owned();
    let text = decode(&contents(input.lock()).map_err(|why| unreadable("standard input", why))?);
    Ok(Text { name, text: text.map_err(|why| unreadable("standard input", why))? })
}

fn file(path: &Path) -> Result<Text, Failure> {
    let name = path.display().to_string();
    let failure = |error: io::Error| {
        let failure = unreadable(&name, error.to_string());
        match error.kind() {
            io::ErrorKind::NotFound => failure.hint("give the file that holds the plan, or pipe the plan in"),
            _ => failure,
        }
    };
    let bytes = contents(File::open(path).map_err(failure)?).map_err(|why| unreadable(&name, why))?;
    let text = decode(&bytes).map_err(|why| unreadable(&name, why))?;
    Ok(Text { name, text })
}

/// The files of a folder by name; what is no text is passed over and named.
fn folder(path: &Path) -> Result<Vec<Text>, Failure> {
    let shown = path.display().to_string();
    let entries = std::fs::read_dir(path).map_err(|error| unreadable(&shown, error.to_string()))?;
    let hidden = |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let mut paths: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file() && !hidden(path)).collect();
    paths.sort();
    let mut texts = Vec::new();
    for path in paths {
        match file(&path) {
            Ok(text) => texts.push(text),
            Err(failure) => failure.warn(),
        }
    }
    match texts.is_empty() {
        true => Err(Failure::new(Exit::Insufficient, format!("there is no text in {shown}"))),
        false => Ok(texts),
    }
}

fn unreadable(name: &str, why: String) -> Failure {
    Failure::new(Exit::Unreachable, format!("cannot read {name}: {why}"))
}

fn contents(from: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    from.take(MOST + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    match bytes.len() as u64 > MOST {
        true => Err(format!("it is larger than {}; give the part that holds the plan", dbwright_model::Bytes(MOST))),
        false => Ok(bytes),
    }
}

/// Bytes as text. What is neither Unicode nor binary is taken for Latin-1: plans are ASCII but for names.
fn decode(bytes: &[u8]) -> Result<String, String> {
    let pairs = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => return Ok(pairs(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => return Ok(pairs(rest, u16::from_be_bytes)),
        [0x1f, 0x8b, ..] => {
            return Err("it is compressed; pipe it through gunzip: `gunzip < FILE | dbwright read`".into());
        }
        _ => {}
    }
    let head = &bytes[..bytes.len().min(8192)];
    let control = |byte: &&u8| matches!(byte, 0..=8 | 14..=26 | 28..=31);
    if head.contains(&0) || head.iter().filter(control).count() * 50 > head.len() {
        return Err("it is binary, not text".into());
    }
    Ok(match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_encoding_of_text_is_read_and_nothing_else() {
        assert_eq!(decode("Größe".as_bytes()).unwrap(), "Größe");
        assert_eq!(decode(b"Gr\xf6\xdfe").unwrap(), "Größe");
        assert_eq!(decode(b"\xff\xfeS\0e\0q\0\xe4\0").unwrap(), "Seqä");
        assert_eq!(decode(b"\xfe\xff\0S\0e\0q").unwrap(), "Seq");
        assert!(decode(b"\x7fELF\x02\x01\0\0").unwrap_err().contains("binary"));
        assert!(decode(b"\x1f\x8b\x08").unwrap_err().contains("gunzip"));
        assert_eq!(decode(b"").unwrap(), "");
    }
}
