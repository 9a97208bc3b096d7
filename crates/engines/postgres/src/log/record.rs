//! A record, whichever form it was logged in, and what it says.

use dbwright_model::log::{Event, Happening, Phase, Said, Sink, Statement, What};

use super::classes;
use super::explained;
use super::language::{ENGLISH, Language, Word};
use super::prefix::digits;

/// A record without the framing of its form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a> {
    pub(super) at: Option<i64>,
    pub(super) session: Option<u64>,
    pub(super) transaction: Option<u64>,
    pub(super) user: &'a [u8],
    pub(super) database: &'a [u8],
    pub(super) application: &'a [u8],
    pub(super) client: &'a [u8],
    pub(super) query_id: Option<i64>,
    pub(super) level: Word,
    /// SQLSTATE; empty when not told.
    pub(super) state: &'a [u8],
    pub(super) message: &'a [u8],
    pub(super) detail: &'a [u8],
    pub(super) context: &'a [u8],
    /// The statement it befell.
    pub(super) statement: &'a [u8],
}

impl<'a> Record<'a> {
    /// Tells the event it is. `scratch` holds what has to be rewritten.
    pub(super) fn tell(&self, language: &Language, scratch: &mut Vec<u8>, sink: &mut dyn Sink) {
        let what = match self.level {
            Word::Log => self.logged(language, scratch),
            _ => None,
        };
        let what = what.unwrap_or_else(|| self.happening());
        sink.event(&Event {
            engine: None,
            at: self.at,
            session: self.session,
            transaction: self.transaction,
            user: self.user,
            database: self.database,
            application: self.application,
            client: self.client,
            tags: &[],
            what,
        });
    }

    /// Statements, durations and plans.
    fn logged<'s>(&self, language: &Language, scratch: &'s mut Vec<u8>) -> Option<What<'s>>
    where
        'a: 's,
    {
        let message = self.message;
        let Some((duration, rest)) = duration(message, &ENGLISH).or_else(|| match language.code {
            "en" => None,
            _ => duration(message, language),
        }) else {
            let (phase, text) = said(message, &ENGLISH).or_else(|| said(message, language))?;
            return Some(self.statement(phase, text, None, language));
        };
        if rest.is_empty() {
            return Some(What::Ended(duration));
        }
        if let Some(plan) = rest.strip_prefix(b"plan:") {
            let plan = plan.strip_prefix(b"\n").unwrap_or(plan);
            let said = Said::Sql(explained::statement(plan, scratch));
            return Some(What::Plan { text: plan, said, duration: Some(duration) });
        }
        let (phase, text) = said(rest, &ENGLISH).or_else(|| said(rest, language))?;
        Some(self.statement(phase, text, Some(duration), language))
    }

    fn statement<'s>(&self, phase: Phase, text: &'a [u8], duration: Option<u64>, language: &Language) -> What<'s>
    where
        'a: 's,
    {
        What::Statement(Statement {
            said: Said::Sql(text),
            parameters: parameters(self.detail, language),
            phase,
            duration,
            query_id: self.query_id,
            ..Statement::default()
        })
    }

    /// Anything else.
    fn happening(&self) -> What<'a> {
        let Some(found) = classes::classify(self) else { return What::Nothing };
        let said = (!self.statement.is_empty()).then_some(Said::Sql(self.statement));
        What::Happening(Happening {
            failed: matches!(self.level, Word::Error | Word::Fatal | Word::Panic),
            class: found.class,
            // Where all is well, jsonlog says nothing.
            code: if self.state == b"00000" { b"" } else { self.state },
            object: found.object,
            measure: found.measure,
            said,
        })
    }
}

/// `duration: 0.123 ms` and what follows it, without what separates the two.
fn duration<'a>(message: &'a [u8], language: &Language) -> Option<(u64, &'a [u8])> {
    let rest = language.duration.iter().find_map(|word| message.strip_prefix(word.as_bytes()))?;
    let (nanoseconds, length) = milliseconds(rest.strip_prefix(b" ")?)?;
    let rest = rest[1 + length..].strip_prefix(b" ")?;
    let rest = rest.strip_prefix(language.unit.as_bytes())?;
    let separators = rest.iter().take_while(|byte| matches!(byte, b' ' | b',')).count();
    Some((nanoseconds, &rest[separators..]))
}

/// Decimal digits of milliseconds as nanoseconds, and how long they are.
pub(super) fn milliseconds(bytes: &[u8]) -> Option<(u64, usize)> {
    let (whole, mut length) = digits(bytes)?;
    let mut nanoseconds = whole.checked_mul(1_000_000)?;
    if bytes.get(length) == Some(&b'.') {
        length += 1;
        let mut unit = 100_000;
        while let Some(digit @ b'0'..=b'9') = bytes.get(length) {
            nanoseconds += u64::from(digit - b'0') * unit;
            unit /= 10;
            length += 1;
        }
    }
    Some((nanoseconds, length))
}

/// `statement: …`, `execute NAME: …`, `parse NAME: …`: which part of a statement's life, and its text.
fn said<'a>(text: &'a [u8], language: &Language) -> Option<(Phase, &'a [u8])> {
    if let Some(text) = language.statement.iter().find_map(|word| text.strip_prefix(word.as_bytes())) {
        return Some((Phase::Execute, text));
    }
    let phases = [
        (language.fetch, Phase::Fetch),
        (language.execute, Phase::Execute),
        (language.parse, Phase::Parse),
        (language.bind, Phase::Bind),
    ];
    for (word, phase) in phases {
        if let Some(rest) = text.strip_prefix(word.as_bytes())
            && (rest.first() == Some(&b' ')
                || !language.code.is_ascii()
                || language.code != "en"
                || word.ends_with(' '))
        {
            return named(rest).map(|text| (phase, text));
        }
    }
    if language.code == "en" {
        return None;
    }
    // Languages that name the portal first.
    let statement = named(text)?;
    let label = &text[..text.len() - statement.len()];
    let (_, phase) = phases.iter().find(|(word, _)| memchr::memmem::find(label, word.as_bytes()).is_some())?;
    Some((*phase, statement))
}

/// What follows the name of a prepared statement or portal. Names hold no blanks, as drivers make them.
fn named(text: &[u8]) -> Option<&[u8]> {
    let end = memchr::memmem::find(text, b": ")?;
    Some(&text[end + 2..])
}

/// The values bound, as logged in the detail.
fn parameters<'a>(detail: &'a [u8], language: &Language) -> &'a [u8] {
    if detail.is_empty() {
        return detail;
    }
    for word in ["parameters: ", "Parameters: ", language.parameters] {
        if let Some(values) = detail.strip_prefix(word.as_bytes()) {
            return values;
        }
    }
    b""
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::language::OTHERS;

    fn read(text: &str, language: &Language) -> Option<(Option<u64>, Phase, String)> {
        let text = text.as_bytes();
        let (nanoseconds, rest) = match duration(text, language) {
            Some((nanoseconds, rest)) => (Some(nanoseconds), rest),
            None => (None, text),
        };
        let (phase, text) = said(rest, language)?;
        Some((nanoseconds, phase, String::from_utf8_lossy(text).into_owned()))
    }

    #[test]
    fn statements_in_all_phases() {
        let of = |text: &str| read(text, &ENGLISH).unwrap();
        let sql = || "select ': '".to_owned();
        assert_eq!(of("duration: 12.345 ms  statement: select ': '"), (Some(12_345_000), Phase::Execute, sql()));
        assert_eq!(of("duration: 0.001 ms  parse <unnamed>: select ': '"), (Some(1000), Phase::Parse, sql()));
        assert_eq!(of("duration: 0.001 ms  bind S_1/C_2: select ': '"), (Some(1000), Phase::Bind, sql()));
        assert_eq!(of("duration: 7.000 ms  execute S_1/C_2: select ': '"), (Some(7_000_000), Phase::Execute, sql()));
        assert_eq!(
            of("duration: 7 ms  execute fetch from S_1/C_2: select ': '"),
            (Some(7_000_000), Phase::Fetch, sql())
        );
        assert_eq!(of("statement: select ': '"), (None, Phase::Execute, sql()));
        assert_eq!(of("execute fetch from <unnamed>: select ': '"), (None, Phase::Fetch, sql()));
        assert_eq!(read("executed nothing: x", &ENGLISH), None);
        assert_eq!(duration(b"duration: 1.5 ms", &ENGLISH), Some((1_500_000, &b""[..])));
        assert_eq!(duration(b"duration: soon", &ENGLISH), None);
    }

    /// The words are those of the catalogues; what is asked for here was read there, too.
    #[test]
    fn durations_in_other_languages() {
        let of = |code: &str, text: &str| {
            let language = OTHERS.iter().find(|language| language.code == code).unwrap();
            read(text, language)
        };
        let expected = |phase| Some((Some(1_500_000), phase, "select 1".to_owned()));
        for (code, text) in [
            ("de", "Dauer: 1.500 ms  Anweisung: select 1"),
            ("fr", "durée : 1.500 ms, instruction : select 1"),
            ("es", "duración: 1.500 ms  sentencia: select 1"),
            ("ru", "продолжительность: 1.500 мс, оператор: select 1"),
            ("ja", "期間: 1.500 ミリ秒  文: select 1"),
            ("sv", "varaktighet: 1.500 ms  sats: select 1"),
            ("ko", "실행시간: 1.500 ms  명령 구문: select 1"),
            ("zh_CN", "执行时间: 1.500 ms 语句: select 1"),
            ("de", "Dauer: 1.500 ms  Ausführen S_1: select 1"),
        ] {
            assert_eq!(of(code, text), expected(Phase::Execute), "{code}");
        }
        assert_eq!(of("de", "Dauer: 1.500 ms  Parsen <unnamed>: select 1"), expected(Phase::Parse));
        assert_eq!(of("es", "duración: 1.500 ms  parse: <unnamed>: select 1"), expected(Phase::Parse));
        assert_eq!(of("it", "durata: 1.500 ms  esecuzione di fetch da S_1: select 1"), expected(Phase::Fetch));
        assert_eq!(of("ko", "실행시간: 1.500 ms  S_1 구문분석: select 1"), expected(Phase::Parse));
    }
}
