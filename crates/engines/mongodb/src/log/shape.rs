//! What a command asks, without its values: `shop.orders find {status: ?, created: {$gte: ?}} sort {created: -1}`.

use dbwright_reading::pull::{Pull, Scalar, Text};
use dbwright_reading::shape::{DEEPEST, Shape};

/// Writes the shape of a command on a namespace. `kind` is the operation as the server calls it (`update`, `getmore`).
/// What of the command cannot be read is left out.
pub(super) fn command(shape: &mut Shape, namespace: &[u8], kind: &[u8], command: &[u8]) {
    shape.clear();
    let first = first(command);
    let (name, target) = first.unwrap_or_default();
    // `shop.$cmd` names no collection; the command does.
    match namespace.strip_suffix(b".$cmd") {
        Some(database) if !target.0.is_empty() => {
            shape.push_name(database);
            shape.push(".");
            shape.push_name(target.0);
        }
        _ => shape.push_name(namespace),
    }
    shape.push(" ");
    match name.0 {
        // An update or a delete of a batch, as the server tells it.
        b"q" | b"u" | b"query" | b"updateobj" | b"multi" | b"" => {
            shape.push_name(if kind.is_empty() { b"command" } else { kind });
        }
        name => shape.push_name(name),
    }
    let mut pull = Pull::new(command);
    let _ = pull.fields(|pull, name| part(shape, pull, name));
}

/// The command's name, and the collection it is for.
fn first(command: &[u8]) -> Option<(Text<'_>, Text<'_>)> {
    let mut found = None;
    let _ = Pull::new(command).fields(|pull, name| {
        found = Some((name, pull.text().unwrap_or_default()));
        None
    });
    found
}

/// A part of a command.
fn part(shape: &mut Shape, pull: &mut Pull<'_>, name: Text<'_>) -> Option<()> {
    match name.0 {
        b"filter" | b"query" | b"q" => {
            shape.push(" ");
            filter(shape, pull, 0)
        }
        b"sort" | b"projection" | b"fields" => {
            shape.push(if name.is("fields") { " projection " } else { " " });
            shape.push(if name.is("sort") { "sort " } else { "" });
            shape.push(if name.is("projection") { "projection " } else { "" });
            expression(shape, pull, name, 0)
        }
        b"hint" => {
            shape.push(" hint ");
            key(shape, pull)
        }
        b"limit" | b"skip" => {
            shape.push(if name.is("skip") { " skip " } else { " limit " });
            shape.value(pull.raw()?);
            Some(())
        }
        b"u" | b"update" | b"updateobj" if matches!(pull.peek()?, b'{' | b'[') => {
            shape.push(" ");
            update(shape, pull)
        }
        b"updates" | b"deletes" => {
            each_of(shape, pull, |shape, pull| pull.fields(|pull, name| part(shape, pull, name)))
        }
        b"pipeline" => {
            shape.push(" ");
            pipeline(shape, pull, 0)
        }
        b"key" if pull.peek()? == b'"' => {
            shape.push(" ");
            shape.push_pattern(pull.text()?.0);
            Some(())
        }
        b"collation" => {
            shape.push(" collation");
            pull.skip()
        }
        b"multi" => {
            shape.push(if pull.scalar()?.raw() == b"true" { " multi" } else { "" });
            Some(())
        }
        b"upsert" => {
            shape.push(if pull.scalar()?.raw() == b"true" { " upsert" } else { "" });
            Some(())
        }
        b"remove" if pull.peek()? == b't' => {
            shape.push(" remove");
            pull.skip()
        }
        b"documents" => {
            // What is inserted: only whether there are several.
            let mut many = 0u32;
            pull.items(|pull| {
                many += 1;
                shape.literal(pull.raw()?);
                Some(())
            })?;
            shape.push(if many > 1 { " [?]" } else { "" });
            Some(())
        }
        _ => pull.skip(),
    }
}

/// Writes the items of a list, those that look like the one before left out.
fn each_of<'a>(
    shape: &mut Shape,
    pull: &mut Pull<'a>,
    mut each: impl FnMut(&mut Shape, &mut Pull<'a>) -> Option<()>,
) -> Option<()> {
    let mut before = 0..0;
    pull.items(|pull| {
        let from = shape.text.len();
        each(shape, pull)?;
        let now = from..shape.text.len();
        match !before.is_empty() && shape.text.get(before.clone()) == shape.text.get(now.clone()) {
            true => shape.text.truncate(from),
            false => before = now,
        }
        Some(())
    })
}

/// A name of an index or its key.
fn key(shape: &mut Shape, pull: &mut Pull<'_>) -> Option<()> {
    match pull.peek()? {
        b'{' => shape.object(pull, |shape, pull, _| {
            shape.push_name(pull.scalar()?.raw());
            Some(())
        }),
        b'"' => {
            shape.push_name(pull.text()?.0);
            Some(())
        }
        _ => pull.skip(),
    }
}

/// The first name of the object that comes next.
fn leads<'a>(pull: &Pull<'a>) -> Option<Text<'a>> {
    let mut ahead = *pull;
    let mut found = None;
    let _ = ahead.fields(|_, name| {
        found = Some(name);
        None
    });
    found
}

/// A value that extended JSON writes as an object.
fn extended(name: Text<'_>) -> bool {
    matches!(
        name.0,
        b"$oid"
            | b"$date"
            | b"$numberLong"
            | b"$numberInt"
            | b"$numberDouble"
            | b"$numberDecimal"
            | b"$uuid"
            | b"$binary"
            | b"$timestamp"
            | b"$symbol"
            | b"$code"
            | b"$dbPointer"
            | b"$minKey"
            | b"$maxKey"
            | b"$undefined"
            | b"$ref"
    )
}

/// A regular expression comes next, in either notation and nothing else.
fn pattern(pull: &Pull<'_>) -> bool {
    let mut only = true;
    let mut ahead = *pull;
    let _ = ahead.fields(|pull, name| {
        only &= matches!(name.0, b"$regex" | b"$options" | b"$regularExpression");
        if only { pull.skip() } else { None }
    });
    only
}

/// A filter: fields and what is asked of them.
fn filter(shape: &mut Shape, pull: &mut Pull<'_>, depth: usize) -> Option<()> {
    if pull.peek()? != b'{' || depth > DEEPEST {
        return value(shape, pull);
    }
    shape.object(pull, |shape, pull, name| match name.0 {
        b"$and" | b"$or" | b"$nor" if pull.peek()? == b'[' => {
            shape.list(pull, |shape, pull| filter(shape, pull, depth + 1))
        }
        b"$expr" => expression(shape, pull, name, depth + 1),
        name if name.starts_with(b"$") => value(shape, pull),
        _ => asked(shape, pull, depth + 1),
    })
}

/// What is asked of a field: a value, or operators.
fn asked(shape: &mut Shape, pull: &mut Pull<'_>, depth: usize) -> Option<()> {
    let operators = match pull.peek()? {
        b'{' => leads(pull).filter(|name| name.0.starts_with(b"$") && !extended(*name)),
        _ => None,
    };
    if operators.is_none() || depth > DEEPEST {
        return value(shape, pull);
    }
    if pattern(pull) {
        shape.push("{$regex: ?}");
        shape.literal(pull.raw()?);
        return Some(());
    }
    shape.object(pull, |shape, pull, name| match name.0 {
        b"$in" | b"$nin" | b"$all" if pull.peek()? == b'[' => {
            shape.push("[?]");
            shape.literal(pull.raw()?);
            Some(())
        }
        b"$elemMatch" => match leads(pull) {
            Some(name) if name.0.starts_with(b"$") && !matches!(name.0, b"$and" | b"$or" | b"$nor") => {
                asked(shape, pull, depth + 1)
            }
            _ => filter(shape, pull, depth + 1),
        },
        b"$not" => asked(shape, pull, depth + 1),
        b"$exists" => {
            shape.push_name(pull.scalar()?.raw());
            Some(())
        }
        _ => value(shape, pull),
    })
}

fn value(shape: &mut Shape, pull: &mut Pull<'_>) -> Option<()> {
    match pull.peek()? {
        b'{' | b'[' => shape.value(pull.raw()?),
        _ => shape.scalar(pull.scalar()?),
    }
    Some(())
}

/// An update: operators with fields, a pipeline, or a whole document.
fn update(shape: &mut Shape, pull: &mut Pull<'_>) -> Option<()> {
    match pull.peek()? {
        b'[' => return pipeline(shape, pull, 0),
        b'{' if leads(pull).is_some_and(|name| name.0.starts_with(b"$")) => {}
        _ => {
            shape.push("replace");
            shape.literal(pull.raw()?);
            return Some(());
        }
    }
    shape.object(pull, |shape, pull, _| match pull.peek()? {
        b'{' => shape.object(pull, |shape, pull, _| value(shape, pull)),
        _ => value(shape, pull),
    })
}

fn pipeline(shape: &mut Shape, pull: &mut Pull<'_>, depth: usize) -> Option<()> {
    if pull.peek()? != b'[' || depth > DEEPEST {
        return value(shape, pull);
    }
    shape.list(pull, |shape, pull| {
        if pull.peek()? != b'{' {
            return value(shape, pull);
        }
        shape.object(pull, |shape, pull, name| match name.0 {
            b"$match" => filter(shape, pull, depth + 1),
            _ => expression(shape, pull, name, depth + 1),
        })
    })
}

/// Stages and expressions: names, paths and operators stay; `within` is the name they stand under.
fn expression(shape: &mut Shape, pull: &mut Pull<'_>, within: Text<'_>, depth: usize) -> Option<()> {
    match pull.peek()? {
        _ if depth > DEEPEST || matches!(within.0, b"$literal" | b"$search" | b"$vectorSearch" | b"$geoNear") => {
            match pull.peek()? {
                b'{' if depth <= DEEPEST && !within.is("$literal") => shape.document(pull, depth),
                _ => value(shape, pull),
            }
        }
        b'{' if leads(pull).is_some_and(extended) => value(shape, pull),
        b'{' => shape.object(pull, |shape, pull, name| match name.0 {
            b"pipeline" => pipeline(shape, pull, depth + 1),
            b"filter" | b"$match" | b"query" | b"restrictSearchWithMatch" => filter(shape, pull, depth + 1),
            _ => expression(shape, pull, name, depth + 1),
        }),
        b'[' => shape.list(pull, |shape, pull| expression(shape, pull, within, depth + 1)),
        b'"' => {
            let text = pull.text()?;
            match text.0.starts_with(b"$") || names(within.0) {
                true => shape.push_pattern(text.0),
                false => shape.value(text.0),
            }
            Some(())
        }
        _ => {
            match pull.scalar()? {
                // Directions and choices of fields are part of what is asked.
                Scalar::Word(word @ (b"0" | b"1" | b"-1" | b"true" | b"false" | b"1.0" | b"-1.0"))
                    if !within.0.starts_with(b"$") =>
                {
                    shape.push_name(word.strip_suffix(b".0").unwrap_or(word));
                }
                scalar => shape.scalar(scalar),
            }
            Some(())
        }
    }
}

/// Parts of stages that hold names, not values.
fn names(within: &[u8]) -> bool {
    matches!(
        within,
        b"from"
            | b"localField"
            | b"foreignField"
            | b"as"
            | b"into"
            | b"coll"
            | b"db"
            | b"path"
            | b"connectFromField"
            | b"connectToField"
            | b"includeArrayIndex"
            | b"on"
            | b"whenMatched"
            | b"whenNotMatched"
            | b"$count"
            | b"$out"
            | b"$unionWith"
            | b"$unset"
            | b"$meta"
            | b"unit"
            | b"index"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(kind: &str, text: &str) -> Shape {
        let mut shape = Shape::default();
        command(&mut shape, b"shop.orders", kind.as_bytes(), text.as_bytes());
        shape
    }

    #[test]
    fn commands_without_values() {
        for (kind, text, expected) in [
            (
                "command",
                r#"{"find":"orders","filter":{"status":"paid","created":{"$gte":{"$date":"2024-05-01T00:00:00Z"}}},"sort":{"created":-1},"limit":20,"skip":40,"lsid":{"id":{"$uuid":"x"}},"$db":"shop"}"#,
                "shop.orders find {status: ?, created: {$gte: ?}} sort {created: -1} limit ? skip ?",
            ),
            (
                "command",
                r#"{"find":"orders","filter":{"_id":{"$oid":"65f"},"items.0.sku":{"$in":["a","b"]},"$or":[{"a":1},{"a":2},{"b":{"$exists":true}}],"m":{"$elemMatch":{"k":1,"v":{"$gt":2}}},"e":{"mail":"x@y.z"},"r":{"$regularExpression":{"pattern":"^a","options":"i"}},"n":null},"projection":{"_id":0,"a":1}}"#,
                "shop.orders find {_id: ?, items.{n}.sku: {$in: [?]}, $or: [{a: ?}, {b: {$exists: true}}], m: {$elemMatch: {k: ?, v: {$gt: ?}}}, e: ?, r: {$regex: ?}, n: null} projection {_id: 0, a: 1}",
            ),
            (
                "command",
                r#"{"aggregate":"orders","pipeline":[{"$match":{"at":{"$lt":5}}},{"$lookup":{"from":"users","localField":"uid","foreignField":"_id","as":"u"}},{"$group":{"_id":"$status","n":{"$sum":1},"t":{"$sum":"$total"},"x":{"$push":{"$cond":[{"$eq":["$k","secret"]},"$v","secret"]}}}},{"$sort":{"n":-1}},{"$limit":10}],"cursor":{}}"#,
                "shop.orders aggregate [{$match: {at: {$lt: ?}}}, {$lookup: {from: users, localField: uid, foreignField: _id, as: u}}, {$group: {_id: $status, n: {$sum: ?}, t: {$sum: $total}, x: {$push: {$cond: [{$eq: [$k, ?]}, $v, ?]}}}}, {$sort: {n: -1}}, {$limit: ?}]",
            ),
            (
                "update",
                r#"{"q":{"_id":7},"u":{"$set":{"status":"x"},"$inc":{"n":1}},"multi":false,"upsert":true}"#,
                "shop.orders update {_id: ?} {$set: {status: ?}, $inc: {n: ?}} upsert",
            ),
            (
                "command",
                r#"{"update":"orders","updates":[{"q":{"_id":7},"u":{"a":1}},{"q":{"_id":8},"u":{"a":2}}]}"#,
                "shop.orders update {_id: ?} replace",
            ),
            ("remove", r#"{"q":{"_id":7},"limit":1}"#, "shop.orders remove {_id: ?} limit ?"),
            ("command", r#"{"insert":"orders","documents":[{"a":1},{"b":2}]}"#, "shop.orders insert [?]"),
            ("command", r#"{"distinct":"orders","key":"kind","query":{}}"#, "shop.orders distinct kind {}"),
            ("command", r#"{"count":"orders","query":{"a":"x"}}"#, "shop.orders count {a: ?}"),
            ("command", "", "shop.orders command"),
            ("command", r#"{"find":"orders","filter":{"a":"#, "shop.orders find {a: "),
        ] {
            assert_eq!(shape(kind, text).text, expected, "{text}");
        }
    }

    #[test]
    fn the_command_names_the_collection_where_the_namespace_does_not() {
        let mut found = Shape::default();
        command(&mut found, b"shop.$cmd", b"command", br#"{"insert":"orders","ordered":true}"#);
        assert_eq!(found.text, "shop.orders insert");
    }

    #[test]
    fn values_are_hashed_and_lists_are_one_shape() {
        let of = |list: &str| shape("command", &format!(r#"{{"find":"orders","filter":{{"a":{{"$in":{list}}}}}}}"#));
        assert_eq!(of("[1]").fingerprint(), of("[1,2,3]").fingerprint());
        assert_ne!(of("[1]").literals(), of("[2]").literals());
        assert_eq!(of("[1]").literals(), of("[1]").literals());
    }
}
