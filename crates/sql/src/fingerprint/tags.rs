//! What programs say about themselves in comments before or behind a statement.
//!
//! Read are sqlcommenter (`/*controller='users',route='%2Fusers'*/`), Rails (`/*application:Shop,line:/app/x.rb:12*/`),
//! `traceparent=00-…` as Prisma writes it, places (`/* views.py:12 in show */`), Hibernate's (`/* insert for shop.Order */`)
//! and named queries (`-- name: GetOrder :one`). Comments can hold anything, so only known keys come through.

use std::borrow::Cow;
use std::str::from_utf8;

use memchr::memchr;
use memchr::memmem::rfind;
use percent_encoding::percent_decode;

/// Keys let through, and what they are called here.
const KEYS: &[(&str, &str)] = &[
    ("action", "action"),
    ("app", "application"),
    ("application", "application"),
    ("caller", "line"),
    ("class", "class"),
    ("component", "component"),
    ("controller", "controller"),
    ("controller_with_namespace", "controller"),
    ("db_driver", "db_driver"),
    ("endpoint", "route"),
    ("file", "file"),
    ("framework", "framework"),
    ("func", "func"),
    ("function", "func"),
    ("handler", "handler"),
    ("job", "job"),
    ("job_tag", "job"),
    ("line", "line"),
    ("method", "method"),
    ("model", "model"),
    ("module", "module"),
    ("name", "name"),
    ("namespaced_controller", "controller"),
    ("operation", "operation"),
    ("pool", "pool"),
    ("query_name", "name"),
    ("resolver", "resolver"),
    ("route", "route"),
    ("service", "service"),
    ("source_location", "line"),
    ("task", "task"),
    ("traceparent", "traceparent"),
    ("view", "view"),
];

/// A longer value is no name of anything.
const LONGEST: usize = 300;

/// More comments than these are not looked at.
const COMMENTS: usize = 4;

/// Keys and values in the comments of a statement.
#[derive(Debug, Clone)]
pub struct Tags<'a> {
    comments: [&'a [u8]; COMMENTS],
    /// Tags of a place or name that come next.
    ready: [Option<(&'static str, &'a str)>; 3],
}

/// The tags in the comments at the start and the end of `text`.
pub fn tags(text: &[u8]) -> Tags<'_> {
    let mut comments: [&[u8]; COMMENTS] = [&[]; COMMENTS];
    let mut free = comments.iter_mut();
    let mut rest = text.trim_ascii();
    while let Some((comment, behind)) = leading(rest) {
        rest = behind.trim_ascii_start();
        let Some(slot) = free.next() else { break };
        *slot = comment;
    }
    loop {
        rest = rest.trim_ascii_end();
        rest = rest.strip_suffix(b";").unwrap_or(rest).trim_ascii_end();
        let Some(body) = rest.strip_suffix(b"*/") else { break };
        let (Some(start), Some(slot)) = (rfind(body, b"/*"), free.next()) else { break };
        *slot = &body[start + 2..];
        rest = &body[..start];
    }
    Tags { comments, ready: [None; 3] }
}

/// A comment the text begins with, and what is behind it.
fn leading(text: &[u8]) -> Option<(&[u8], &[u8])> {
    match text {
        [b'/', b'*', inner @ ..] => {
            let end = memchr::memmem::find(inner, b"*/")?;
            Some((&inner[..end], &inner[end + 2..]))
        }
        [b'-', b'-', inner @ ..] => {
            let end = memchr(b'\n', inner)?;
            Some((&inner[..end], &inner[end..]))
        }
        _ => None,
    }
}

impl<'a> Iterator for Tags<'a> {
    type Item = (Cow<'a, str>, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((key, value)) = self.ready.iter_mut().find_map(Option::take) {
                return Some((Cow::Borrowed(key), Cow::Borrowed(value)));
            }
            let comment = self.comments.iter_mut().find(|comment| !comment.is_empty())?;
            let text = comment.trim_ascii();
            if let Some((found, rest)) = pair(text) {
                *comment = rest;
                if found.is_some() {
                    return found;
                }
            } else {
                *comment = &[];
                self.ready = from_utf8(text).map(single).unwrap_or_default();
            }
        }
    }
}

/// A pair at the start of a list of pairs, if it is known, and what is behind it. `None`: this is no list of pairs.
#[allow(clippy::type_complexity, reason = "used once")]
fn pair(text: &[u8]) -> Option<(Option<(Cow<'_, str>, Cow<'_, str>)>, &[u8])> {
    let length = text.iter().position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'%')))?;
    let (key, rest) = text.split_at(length);
    if key.is_empty() || rest.starts_with(b"://") {
        return None;
    }
    let key = from_utf8(key).ok()?;
    let name = KEYS.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, name)| *name);
    let (value, encoded, rest) = match rest {
        [b'=', b'\'', inner @ ..] => {
            let mut end = memchr(b'\'', inner).unwrap_or(inner.len());
            while end > 0 && inner[end - 1] == b'\\' && end < inner.len() {
                end = memchr(b'\'', &inner[end + 1..]).map_or(inner.len(), |next| end + 1 + next);
            }
            (&inner[..end], true, inner.get(end + 1..).unwrap_or_default())
        }
        [b'=' | b':', inner @ ..] => {
            // `views.py:12` is a place, not a key.
            if rest[0] == b':' && key.contains('.') {
                return None;
            }
            let end = memchr(b',', inner).unwrap_or(inner.len());
            (inner[..end].trim_ascii(), false, &inner[end..])
        }
        _ => return None,
    };
    let rest = rest.trim_ascii_start();
    let rest = rest.strip_prefix(b",").unwrap_or(rest);
    let found = name.and_then(|name| Some((Cow::Borrowed(name), cleaned(name, value, encoded)?)));
    Some((found, rest))
}

/// The value as text, if it is one that may be shown.
fn cleaned<'a>(name: &str, value: &'a [u8], encoded: bool) -> Option<Cow<'a, str>> {
    if value.len() > LONGEST {
        return None;
    }
    let value = match encoded {
        true => percent_decode(value).decode_utf8().ok()?,
        false => Cow::Borrowed(from_utf8(value).ok()?),
    };
    // What follows a question mark are values, not the route.
    let value = match (name == "route").then(|| value.find('?')).flatten() {
        Some(end) => Cow::Owned(value[..end].to_owned()),
        None => value,
    };
    (!value.is_empty() && !value.chars().any(char::is_control)).then_some(value)
}

/// A place (`views.py:12 in show`), a named query (`name: GetOrder :one`) or Hibernate's (`insert for shop.Order`).
fn single(text: &str) -> [Option<(&'static str, &str)>; 3] {
    let path = |text: &str| {
        !text.is_empty()
            && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '/' | '\\' | '-' | ':' | '@' | '$'))
    };
    let name = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '<' | '>' | ':' | '#' | '!' | '?'))
    };
    if text.len() > LONGEST {
        return [None; 3];
    }
    let (place, func) = match text.split_once(" in ") {
        Some((place, func)) => (place, Some(func.trim_end_matches("()"))),
        None => (text, None),
    };
    if let Some((file, line)) = place.trim().rsplit_once(':')
        && file.contains('.')
        && path(file)
        && line.len() < 8
        && !line.is_empty()
        && line.bytes().all(|b| b.is_ascii_digit())
    {
        let func = func.filter(|func| name(func)).map(|func| ("func", func));
        return [Some(("file", file)), Some(("line", line)), func];
    }
    for verb in ["insert for ", "update for ", "delete for ", "load ", "dynamic insert ", "one-shot delete for "] {
        if let Some(model) = text.strip_prefix(verb)
            && model.contains('.')
            && name(model)
        {
            return [Some(("model", model)), None, None];
        }
    }
    [None; 3]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        tags(text.as_bytes()).map(|(key, value)| format!("{key}={value}")).collect()
    }

    #[test]
    fn every_notation_is_read() {
        for (text, expected) in [
            ("SELECT 1 /*action='%2Fparam*d',controller='index',secret='x'*/", "action=/param*d controller=index"),
            ("SELECT 1 /*route='it\\'s',traceparent='00-ab-01-01'*/;", "route=it\\'s traceparent=00-ab-01-01"),
            (
                "SELECT 1 /*application:Foo,controller:users,action:index,line:/app/x.rb:12:in `b'*/",
                "application=Foo controller=users action=index line=/app/x.rb:12:in `b'",
            ),
            ("/* traceparent=00-ab-01-01 */ SELECT 1", "traceparent=00-ab-01-01"),
            ("SELECT 1 /* shop/views.py:12 in show */", "file=shop/views.py line=12 func=show"),
            ("/* insert for shop.Order */ insert into orders values (?)", "model=shop.Order"),
            ("-- name: GetOrder :one\nSELECT 1", "name=GetOrder :one"),
            ("/*route='%2Fa%3Ftoken%3D1'*/ SELECT 1 /*job='x'*/ /*func=f*/", "route=/a func=f job=x"),
        ] {
            assert_eq!(read(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_known_stays_inside() {
        for text in [
            "SELECT '/*controller:x*/'",
            "SELECT 1 /* password='secret' */",
            "SELECT 1 /* mail bob@example.com:1 */",
            "/* select u from User u where u.mail = 'secret' */ select 1",
            "SELECT 1 /* http://example.com/?token=x */",
            "SELECT 1 /*",
            "/**/",
            "*/",
            "/*/",
        ] {
            assert_eq!(read(text), <Vec<String>>::new(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_end(text in proptest::collection::vec(proptest::num::u8::ANY, 0..60), parts in "(/\\*|\\*/|a=|'|line:|\\\\|;|%2|,| |--|\n){0,20}") {
            tags(&text).count();
            tags(parts.as_bytes()).count();
        }
    }
}
