//! The option files of MySQL's own clients.

use std::path::{Path, PathBuf};

/// The groups that a client reads.
const GROUPS: &[&str] = &["client", "client-server", "client-mariadb", "mysql", "mariadb-client"];

/// How deep files may include each other, as in the clients.
const DEEPEST: u8 = 10;

/// Options by name, `_` written as `-`; of two of a name the later one counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options(Vec<(String, String)>);

impl Options {
    /// What the files in the clients' usual places say.
    pub(crate) fn read() -> Options {
        let below = |variable: &str, file: &str| {
            std::env::var_os(variable)
                .filter(|folder| !folder.is_empty())
                .map(|folder| PathBuf::from(folder).join(file))
        };
        let system = ["/etc/my.cnf", "/etc/mysql/my.cnf"].map(PathBuf::from);
        let own = [below("MYSQL_HOME", "my.cnf"), below("HOME", ".my.cnf")];
        let mut options = Options::default();
        for file in system.into_iter().chain(own.into_iter().flatten()) {
            options.add(&file, 0);
        }
        options
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    #[cfg(test)]
    pub(crate) fn parse(text: &str) -> Options {
        let mut options = Options::default();
        options.lines(text, Path::new("/nowhere/my.cnf"), 0);
        options
    }

    /// Adds a file that may not be there.
    fn add(&mut self, file: &Path, depth: u8) {
        if let Ok(text) = std::fs::read_to_string(file) {
            self.lines(&text, file, depth);
        }
    }

    fn lines(&mut self, text: &str, file: &Path, depth: u8) {
        let beside = |path: &str| file.parent().unwrap_or(Path::new("/")).join(path.trim());
        let mut ours = false;
        for line in text.lines().map(str::trim) {
            if let Some(included) = line.strip_prefix("!includedir ") {
                if depth < DEEPEST {
                    folder(&beside(included)).iter().for_each(|file| self.add(file, depth + 1));
                }
            } else if let Some(included) = line.strip_prefix("!include ") {
                if depth < DEEPEST {
                    self.add(&beside(included), depth + 1);
                }
            } else if let Some(group) = line.strip_prefix('[') {
                ours = GROUPS.contains(&group.split(']').next().unwrap_or_default().trim());
            } else if ours && !line.is_empty() && !line.starts_with(['#', ';']) {
                let (key, value) = line.split_once('=').unwrap_or((line, ""));
                self.0.push((key.trim().replace('_', "-"), value_of(value)));
            }
        }
    }
}

/// The option files of a folder, in order of their names.
fn folder(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries.filter(|file| file.extension().is_some_and(|end| end == "cnf")).collect();
    files.sort();
    files
}

/// A value without comment, quotes and escapes.
fn value_of(text: &str) -> String {
    let mut quote = None;
    let comment = text.char_indices().find(|(_, c)| {
        match (quote, *c) {
            (None, '\'' | '"') => quote = Some(*c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
        quote.is_none() && *c == '#'
    });
    let text = text[..comment.map_or(text.len(), |(at, _)| at)].trim();
    let unquoted = ['\'', '"'].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    let mut value = String::new();
    let mut chars = unquoted.unwrap_or(text).chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (c, false) => value.push(c),
            (_, true) => match chars.next() {
                Some('s') => value.push(' '),
                Some('t') => value.push('\t'),
                Some('n') => value.push('\n'),
                Some('r') => value.push('\r'),
                Some('b') => value.push('\u{8}'),
                Some('\\') => value.push('\\'),
                // Not an escape: the backslash is meant.
                Some(other) => value.extend(['\\', other]),
                None => value.push('\\'),
            },
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)]) -> Options {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut options = Options::default();
        options.add(&dir.path().join(files[0].0), 0);
        options
    }

    #[test]
    fn groups_quotes_and_comments_are_read_as_clients_do() {
        let options = read(&[(
            "my.cnf",
            "[mysqld]\nuser=mysql\n[client]\n# me\nuser = app\npassword='pa#ss word' # quoted\nssl_mode=REQUIRED # always\nhost=a\\sb\\\\c#d\n[mysqldump]\nuser=dump\n",
        )]);
        let found = ["user", "password", "ssl-mode", "host"].map(|name| options.get(name).unwrap());
        assert_eq!(found, ["app", "pa#ss word", "REQUIRED", "a b\\c"]);
        assert_eq!(options.get("port"), None);
    }

    #[test]
    fn includes_are_followed_and_end() {
        let options = read(&[
            ("my.cnf", "[client]\nuser=a\nport=1\n!includedir conf.d\n!include more.cnf\n"),
            ("conf.d/a.cnf", "[client]\nuser=b\nport=2\n"),
            ("conf.d/b.cnf", "[client]\nport=3\n"),
            ("conf.d/c.txt", "[client]\nport=4\n"),
            ("more.cnf", "[client]\nhost=h\n!include more.cnf\n"),
        ]);
        assert_eq!(["user", "port", "host"].map(|name| options.get(name).unwrap()), ["b", "3", "h"]);
    }

    #[test]
    fn values_of_one_character_are_values() {
        for text in ["'", "\"", "\\", "é", "#"] {
            value_of(text);
        }
        assert_eq!(value_of(" x "), "x");
    }
}
