//! What a search asks, without its values and without what the server adds as defaults:
//! `shop search {query: {bool: {filter: [{term: {kind: ?}}, {range: {at: ?}}]}}, sort: [{at: desc}]}`.

use dbwright_reading::hash::Hash;
use dbwright_reading::pull::{Pull, Scalar, Text};
use dbwright_reading::shape::{DEEPEST, Shape};

/// Writes the shape of a search of an index.
pub(super) fn search(shape: &mut Shape, index: &[u8], source: &[u8]) {
    begin(shape, index, "search");
    if source.first() == Some(&b'{') {
        shape.push(" ");
        let written = clause(shape, &mut Pull::new(source), Text::default(), 0);
        if written.is_none() {
            // The server cut it.
            shape.push("…");
        }
    }
}

/// Writes the shape of a document that was indexed: of its content nothing is shown.
pub(super) fn indexing(shape: &mut Shape, index: &[u8], source: &[u8]) {
    begin(shape, index, "index");
    shape.literal(source);
}

fn begin(shape: &mut Shape, index: &[u8], what: &str) {
    shape.clear();
    shape.push_name(if index.is_empty() { b"*" } else { index });
    shape.push(" ");
    shape.push(what);
}

/// What the server fills in, or what changes no plan.
fn noise(name: &[u8]) -> bool {
    matches!(
        name,
        b"boost"
            | b"adjust_pure_negative"
            | b"include_lower"
            | b"include_upper"
            | b"zero_terms_query"
            | b"auto_generate_synonyms_phrase_query"
            | b"fuzzy_transpositions"
            | b"lenient"
            | b"prefix_length"
            | b"max_expansions"
            | b"max_determinized_states"
            | b"enable_position_increments"
            | b"fuzziness"
            | b"fuzzy_prefix_length"
            | b"fuzzy_max_expansions"
            | b"phrase_slop"
            | b"slop"
            | b"escape"
            | b"ignore_unmapped"
            | b"min_doc_count"
            | b"shard_min_doc_count"
            | b"show_term_doc_count_error"
            | b"keyed"
            | b"lang"
            | b"transpositions"
            | b"validation_method"
            | b"distance_type"
    )
}

/// Parts whose texts are names of fields, indexes and kinds.
fn names(name: &[u8]) -> bool {
    matches!(
        name,
        b"field"
            | b"fields"
            | b"path"
            | b"type"
            | b"includes"
            | b"excludes"
            | b"calendar_interval"
            | b"fixed_interval"
            | b"interval"
            | b"stored_fields"
            | b"docvalue_fields"
            | b"operator"
            | b"default_operator"
            | b"score_mode"
            | b"boost_mode"
            | b"relation"
            | b"order"
            | b"_source"
            | b"default_field"
    )
}

fn clause(shape: &mut Shape, pull: &mut Pull<'_>, within: Text<'_>, depth: usize) -> Option<()> {
    match pull.peek()? {
        b'{' | b'[' if depth > DEEPEST => shape.value(pull.raw()?),
        b'{' if within.is("script") => script(shape, pull)?,
        b'{' if within.is("range") => {
            // A shard rewrites the bounds that hold for all it has.
            return object(shape, pull, |shape, pull, _| {
                shape.value(pull.raw()?);
                Some(())
            });
        }
        b'{' => {
            if let Some(only) = only(pull) {
                let raw = pull.raw()?;
                shape.push(if leads_with_anything(only) { "*" } else { "" });
                shape.value(raw);
                return Some(());
            }
            return object(shape, pull, |shape, pull, name| clause(shape, pull, name, depth + 1));
        }
        b'[' if matches!(within.0, b"order") => pull.skip()?,
        b'[' => shape.list(pull, |shape, pull| clause(shape, pull, within, depth + 1))?,
        _ => scalar(shape, pull.scalar()?, within),
    }
    Some(())
}

/// Writes an object without noise and without what is null.
fn object<'a>(
    shape: &mut Shape,
    pull: &mut Pull<'a>,
    mut each: impl FnMut(&mut Shape, &mut Pull<'a>, Text<'a>) -> Option<()>,
) -> Option<()> {
    shape.push("{");
    let mut first = true;
    pull.fields(|pull, name| {
        if noise(name.0) || pull.peek()? == b'n' || (name.is("order") && pull.peek()? == b'[') {
            return pull.skip();
        }
        shape.push(if first { "" } else { ", " });
        first = false;
        shape.push_pattern(name.0);
        shape.push(": ");
        each(shape, pull, name)
    })?;
    shape.push("}");
    Some(())
}

fn scalar(shape: &mut Shape, scalar: Scalar<'_>, within: Text<'_>) {
    match (scalar, within.0) {
        (Scalar::Text(text), name) if names(name) => shape.push_pattern(text.0),
        // Only whether any document is wanted, and whether all are counted, is part of the question.
        (Scalar::Word(word @ b"0"), b"size" | b"from") => shape.push_name(word),
        (Scalar::Word(word), b"track_total_hits" | b"_source" | b"profile" | b"explain") => shape.push_name(word),
        (Scalar::Text(text), _) if matches!(text.0, b"asc" | b"desc" | b"ASC" | b"DESC") => shape.push_name(text.0),
        (Scalar::Text(text), b"wildcard") if leads_with_anything(text.0) => {
            shape.push("*");
            shape.value(text.0);
        }
        (scalar, _) => shape.value(scalar.raw()),
    }
}

/// A pattern that starts with anything reads every term.
fn leads_with_anything(pattern: &[u8]) -> bool {
    matches!(pattern.first(), Some(b'*' | b'?'))
}

/// The object that comes next holds nothing but a value: `{"value":"x","boost":1.0}`. Gives that value where it is a
/// pattern.
fn only<'a>(pull: &Pull<'a>) -> Option<&'a [u8]> {
    let mut ahead = *pull;
    let mut found = None;
    ahead.fields(|pull, name| {
        let value = matches!(name.0, b"value" | b"query" | b"wildcard");
        match pull.peek()? {
            _ if noise(name.0) => pull.skip(),
            b'n' => pull.skip(),
            // What words must all be found is another question; that any is enough is the default.
            b'"' if name.is("operator") => pull.text()?.0.eq_ignore_ascii_case(b"or").then_some(()),
            b'{' | b'[' => None,
            _ if value && found.is_none() => {
                let pattern = name.is("wildcard");
                let raw = pull.scalar()?.raw();
                found = Some(if pattern { raw } else { &[][..] });
                Some(())
            }
            _ => None,
        }
    })?;
    found
}

/// A script is told by a hash of its text; its parameters are values.
fn script(shape: &mut Shape, pull: &mut Pull<'_>) -> Option<()> {
    let mut hash = None;
    pull.fields(|pull, name| {
        match name.0 {
            b"source" | b"id" | b"inline" | b"stored" => hash = Some(Hash::of(pull.raw()?)),
            _ => shape.literal(pull.raw()?),
        }
        Some(())
    })?;
    shape.push(&format!("script#{:08x}", hash.unwrap_or_default() as u32));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(source: &str) -> Shape {
        let mut shape = Shape::default();
        search(&mut shape, b"shop", source.as_bytes());
        shape
    }

    #[test]
    fn searches_without_values() {
        for (source, expected) in [
            (
                r#"{"size":3,"query":{"bool":{"filter":[{"term":{"kind":{"value":"k0","boost":1.0}}},{"range":{"at":{"from":"2024-05-02","to":null,"include_lower":true,"include_upper":true,"boost":1.0}}}],"adjust_pure_negative":true,"boost":1.0}},"sort":[{"at":{"order":"desc"}}]}"#,
                "shop search {size: ?, query: {bool: {filter: [{term: {kind: ?}}, {range: {at: ?}}]}}, sort: [{at: {order: desc}}]}",
            ),
            (
                r#"{"from":100,"size":10,"query":{"match":{"title":{"query":"secret","operator":"OR","lenient":false,"zero_terms_query":"NONE","boost":1.0}}}}"#,
                "shop search {from: ?, size: ?, query: {match: {title: ?}}}",
            ),
            (
                r#"{"query":{"match":{"title":{"query":"secret words","operator":"AND"}}}}"#,
                "shop search {query: {match: {title: {query: ?, operator: AND}}}}",
            ),
            (
                r#"{"size":0,"aggregations":{"kinds":{"terms":{"field":"kind","size":1000,"min_doc_count":1,"order":[{"_count":"desc"},{"_key":"asc"}]},"aggregations":{"sum":{"sum":{"field":"price"}}}}}}"#,
                "shop search {size: 0, aggregations: {kinds: {terms: {field: kind, size: ?}, aggregations: {sum: {sum: {field: price}}}}}}",
            ),
            (
                r#"{"query":{"terms":{"kind":["k0","secret"],"boost":1.0}}}"#,
                "shop search {query: {terms: {kind: [?]}}}",
            ),
            (
                r#"{"query":{"wildcard":{"user":{"wildcard":"*77*","boost":1.0}}}}"#,
                "shop search {query: {wildcard: {user: *?}}}",
            ),
            (
                r#"{"query":{"match_all":{"boost":1.0}},"_source":{"includes":["a","b.c"],"excludes":[]}}"#,
                "shop search {query: {match_all: {}}, _source: {includes: [a, b.c], excludes: []}}",
            ),
            (r#"{"query":{"bool":{"must":["#, "shop search {query: {bool: {must: […"),
            ("", "shop search"),
        ] {
            assert_eq!(shape(source).text, expected, "{source}");
        }
        let script = |factor: u32, source: &str| {
            shape(&format!(
                r#"{{"query":{{"script_score":{{"query":{{"match_all":{{}}}},"script":{{"source":"{source}","lang":"painless","params":{{"f":{factor}}}}}}}}}}}"#
            ))
        };
        assert_eq!(script(1, "secret").fingerprint(), script(2, "secret").fingerprint());
        assert_ne!(script(1, "secret").fingerprint(), script(1, "other").fingerprint());
        assert!(!script(1, "secret").text.contains("secret"));
    }

    #[test]
    fn a_shard_that_rewrote_its_bounds_asks_the_same() {
        let of =
            |from: &str| shape(&format!(r#"{{"query":{{"range":{{"at":{{"from":{from},"to":null,"boost":1.0}}}}}}}}"#));
        assert_eq!(of("null").fingerprint(), of("\"2024\"").fingerprint());
    }
}
