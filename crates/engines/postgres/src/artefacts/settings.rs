//! Settings: `SHOW ALL`, rows of `pg_settings`, a single `SHOW`, `SET`, lines of `postgresql.conf`.

use std::ops::Range;

use dbwright_model::artefact::{Artefact, Confidence, Input, Piece, Recogniser};
use dbwright_model::{Setting, Settings};
use dbwright_reading::asked::asked;
use dbwright_reading::table;

use super::units;
use crate::sections::settings::is_open_text;

pub(crate) const RECOGNISER: Recogniser = Recogniser {
    id: "postgres-settings",
    reads: "settings of PostgreSQL (SHOW, pg_settings, postgresql.conf) beside a plan",
    find,
};

fn find(input: &Input<'_>) -> Vec<Piece> {
    let has = |header: &[String], name: &str| header.iter().any(|column| column.trim() == name);
    let wanted = |header: &[String]| {
        has(header, "name") && (has(header, "setting") || has(header, "current_setting")) && header.len() < 30
    };
    let mut pieces = Vec::new();
    for found in table::tables(&input.lines, &wanted) {
        let mut settings = Settings::default();
        for row in &found.rows {
            let value = found.cell(row, "setting").or(found.cell(row, "current_setting")).unwrap_or_default();
            let Some(name) = found.cell(row, "name") else { continue };
            let mut one = setting(name, value, found.cell(row, "unit"));
            one.source = found.cell(row, "source").map(str::to_owned);
            settings.0.insert(name.to_ascii_lowercase(), one);
        }
        if !settings.0.is_empty() {
            pieces.push(piece(asked(&input.lines, found.lines), settings, Confidence::Certain));
        }
    }
    let mut at = 0;
    while at < input.lines.len() {
        let found = shown(input, at).or_else(|| written(input, at));
        at = found.as_ref().map_or(at + 1, |piece| piece.lines.end.max(at + 1));
        pieces.extend(found);
    }
    pieces
}

fn piece(lines: Range<usize>, settings: Settings, confidence: Confidence) -> Piece {
    Piece { lines, confidence, artefact: Ok(Artefact::Settings(settings)) }
}

/// `SHOW work_mem` as psql answers it.
fn shown(input: &Input<'_>, at: usize) -> Option<Piece> {
    let line = |at: usize| input.lines.get(at).map(|line| line.trim());
    let rule = line(at + 1).filter(|rule| rule.len() > 2 && rule.bytes().all(|byte| byte == b'-'));
    let (name, value) = (line(at)?, line(at + 2)?);
    let value = value.trim_matches('|').trim();
    rule?;
    let lines = asked(&input.lines, at..at + 3);
    if name == "version" {
        let version = value.strip_prefix("PostgreSQL ")?.split(' ').next()?;
        return Some(piece(lines, one("server_version", version), Confidence::Certain));
    }
    let asked_for = lines.start < at && input.lines[lines.start].to_ascii_lowercase().contains("show ");
    (is_name(name) && (asked_for || units::is_known(name))).then(|| piece(lines, one(name, value), Confidence::Certain))
}

/// Lines of `postgresql.conf`, and `SET name = value;`.
fn written(input: &Input<'_>, start: usize) -> Option<Piece> {
    let mut settings = Settings::default();
    let (mut at, mut end) = (start, start);
    while let Some(line) = input.lines.get(at) {
        let bare = line.trim();
        match assignment(bare) {
            Some((name, value)) => {
                settings.0.extend(one(name, value).0);
                end = at + 1;
            }
            // comments and blank lines between
            None if end > start && (bare.is_empty() || bare.starts_with('#')) => {}
            None => break,
        }
        at += 1;
    }
    let known = settings.0.keys().any(|name| units::is_known(name));
    known.then(|| piece(start..end, settings, Confidence::Likely))
}

fn assignment(line: &str) -> Option<(&str, &str)> {
    let set = line.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("SET "));
    let rest = if set { line.get(4..)?.trim_start() } else { line };
    let scope = ["SESSION ", "LOCAL "]
        .into_iter()
        .find(|scope| rest.get(..scope.len()).is_some_and(|word| word.eq_ignore_ascii_case(scope)));
    let rest = rest.get(scope.map_or(0, str::len)..)?;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))?;
    let (name, rest) = rest.split_at(end);
    let rest = rest.trim_start();
    let to = set && rest.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("TO "));
    let value = if to { rest.get(3..)? } else { rest.strip_prefix('=')? };
    // in the file a comment may follow
    let value = match value.trim_start().strip_prefix('\'') {
        Some(quoted) => quoted.split('\'').next().unwrap_or(quoted),
        None => value.split('#').next().unwrap_or(value).trim().trim_end_matches(';'),
    };
    (is_name(name) && !value.trim().is_empty()).then(|| (name, value.trim()))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
}

fn one(name: &str, value: &str) -> Settings {
    let mut settings = Settings::default();
    settings.0.insert(name.to_ascii_lowercase(), setting(name, value, None));
    settings
}

/// The setting as the server keeps it: a number in its base unit; free text only where it can hold no secret.
fn setting(name: &str, value: &str, unit: Option<&str>) -> Setting {
    let name = name.to_ascii_lowercase();
    let (value, unit) = match unit {
        Some(unit) => (value.to_owned(), Some(unit.to_owned())),
        None => units::in_base(&name, value),
    };
    let harmless = value.is_empty() || value.parse::<f64>().is_ok() || units::is_word(&value) || is_open_text(&name);
    let value = if harmless { value } else { "(set)".to_owned() };
    Setting { value, unit, ..Setting::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Settings {
        let mut settings = Settings::default();
        for piece in find(&Input::new("-", text)) {
            let Ok(Artefact::Settings(more)) = piece.artefact else { panic!() };
            settings.0.extend(more.0);
        }
        settings
    }

    fn shown(settings: &Settings, name: &str) -> String {
        let setting = settings.get(name).unwrap();
        format!("{}{}", setting.value, setting.unit.as_deref().map_or(String::new(), |unit| format!(" × {unit}")))
    }

    #[test]
    fn tables_of_settings() {
        let all = read(
            "shop=# SHOW ALL;\n name | setting | description\n------+---------+-----\n work_mem | 4MB | memory\n random_page_cost | 1.1 | cost\n \
             primary_conninfo | password=x | secret\n shared_buffers | 128MB | memory\n wal_level | replica | x\n(5 rows)\n",
        );
        assert_eq!(shown(&all, "work_mem"), "4096 × kB");
        assert_eq!(shown(&all, "shared_buffers"), "16384 × 8kB");
        assert_eq!(shown(&all, "random_page_cost"), "1.1");
        assert_eq!(shown(&all, "primary_conninfo"), "(set)");
        assert_eq!(shown(&all, "wal_level"), "replica");
        let some = read("name|setting|unit\n----+-------+----\nwork_mem|4096|kB\n");
        assert_eq!(shown(&some, "work_mem"), "4096 × kB");
        let bare = read(" name | setting\n------+------\n work_mem | 4096\n jit | on\n");
        assert_eq!((shown(&bare, "work_mem"), shown(&bare, "jit")), ("4096 × kB".into(), "on".into()));
    }

    #[test]
    fn a_single_one_and_a_file() {
        let text = "SHOW work_mem;\n work_mem \n----------\n 64MB\n(1 row)\n\n count \n-------\n  5\n(1 row)\n";
        let pieces = find(&Input::new("-", text));
        assert_eq!(pieces.len(), 1);
        assert_eq!(pieces[0].lines, 0..5);
        assert_eq!(shown(&read(text), "work_mem"), "65536 × kB");
        let file = read(
            "# memory\nwork_mem = 64MB # per sort\n#temp_buffers = 8MB\n\njit = off\nsearch_path = 'a'\nfoo bar\n",
        );
        assert_eq!((shown(&file, "work_mem"), shown(&file, "jit")), ("65536 × kB".into(), "off".into()));
        assert!(file.get("temp_buffers").is_none());
        assert_eq!(shown(&file, "search_path"), "(set)");
        assert_eq!(shown(&read("SET LOCAL enable_seqscan TO off;\n"), "enable_seqscan"), "off");
        assert_eq!(
            shown(&read(" version \n---------\n PostgreSQL 16.4 (Debian) on x\n(1 row)"), "server_version"),
            "16.4"
        );
        assert!(read("x = 5\ny = 6\ntotal = 7").0.is_empty());
    }
}
