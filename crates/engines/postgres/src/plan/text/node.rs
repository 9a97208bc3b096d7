//! The line of a node: `Parallel Index Scan Backward using i on s.t a  (cost=…) (actual …)`.

use dbwright_model::plan::Fields;

use super::figures;

/// What a node is called in text and in JSON, and what its `on` names there.
struct Kind {
    text: &'static str,
    json: &'static str,
    on: On,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum On {
    /// Names nothing.
    Nothing,
    /// A table, under this name in JSON.
    Object(&'static str),
    /// An index.
    Index,
    /// The name the query gives it, only.
    Alias,
}

const fn plain(name: &'static str) -> Kind {
    Kind { text: name, json: name, on: On::Nothing }
}
const fn scan(name: &'static str) -> Kind {
    Kind { text: name, json: name, on: On::Object("Relation Name") }
}
const fn of(name: &'static str, object: &'static str) -> Kind {
    Kind { text: name, json: name, on: On::Object(object) }
}
const fn modify(name: &'static str) -> Kind {
    Kind { text: name, json: "ModifyTable", on: On::Object("Relation Name") }
}
const fn foreign(name: &'static str) -> Kind {
    Kind { text: name, json: "Foreign Scan", on: On::Object("Relation Name") }
}
const fn called(text: &'static str, json: &'static str) -> Kind {
    Kind { text, json, on: On::Nothing }
}

/// Longer names before those they start with.
const KINDS: &[Kind] = &[
    scan("Seq Scan"),
    scan("Index Only Scan"),
    scan("Index Scan"),
    Kind { text: "Bitmap Index Scan", json: "Bitmap Index Scan", on: On::Index },
    scan("Bitmap Heap Scan"),
    plain("Nested Loop"),
    called("Hash Join", "Hash Join"),
    called("Merge Join", "Merge Join"),
    plain("Merge Append"),
    called("HashAggregate", "Aggregate"),
    called("HashSetOp", "SetOp"),
    plain("Hash"),
    plain("Sort"),
    plain("Limit"),
    plain("Aggregate"),
    called("GroupAggregate", "Aggregate"),
    called("MixedAggregate", "Aggregate"),
    plain("Materialize"),
    plain("Memoize"),
    plain("Result Cache"),
    plain("Result"),
    plain("Append"),
    Kind { text: "Subquery Scan", json: "Subquery Scan", on: On::Alias },
    of("Function Scan", "Function Name"),
    of("Table Function Scan", "Table Function Name"),
    Kind { text: "Values Scan", json: "Values Scan", on: On::Alias },
    of("CTE Scan", "CTE Name"),
    of("WorkTable Scan", "CTE Name"),
    of("Named Tuplestore Scan", "Tuplestore Name"),
    plain("Incremental Sort"),
    plain("Gather Merge"),
    plain("Gather"),
    plain("WindowAgg"),
    plain("Unique"),
    plain("Group"),
    plain("BitmapAnd"),
    plain("BitmapOr"),
    plain("SetOp"),
    plain("LockRows"),
    plain("ProjectSet"),
    plain("Recursive Union"),
    modify("Insert"),
    modify("Update"),
    modify("Delete"),
    modify("Merge"),
    scan("Foreign Scan"),
    foreign("Foreign Insert"),
    foreign("Foreign Update"),
    foreign("Foreign Delete"),
    scan("Custom Scan"),
    scan("Sample Scan"),
    scan("Tid Scan"),
    scan("Tid Range Scan"),
];

/// `Left Join` and its like, behind `Hash`, `Merge`, `Nested Loop`.
const JOINS: &[&str] = &["Left", "Right Semi", "Right Anti", "Right", "Full", "Semi", "Anti", "Unique Outer", "IN"];

/// What stands in front of the figures, taken apart.
pub(super) struct Named<'a> {
    kind: Option<&'static Kind>,
    parallel: bool,
    asynchronous: bool,
    partial: &'static str,
    join: Option<&'static str>,
    /// What follows the name.
    rest: &'a str,
    whole: &'a str,
}

impl<'a> Named<'a> {
    /// Takes the text in front of the figures apart.
    pub(super) fn new(whole: &'a str) -> Named<'a> {
        let mut named = Named {
            kind: None,
            parallel: false,
            asynchronous: false,
            partial: "Simple",
            join: None,
            rest: whole,
            whole,
        };
        if let Some(rest) = named.rest.strip_prefix("Parallel ") {
            (named.parallel, named.rest) = (true, rest);
        }
        if let Some(rest) = named.rest.strip_prefix("Async ") {
            (named.asynchronous, named.rest) = (true, rest);
        }
        for partial in ["Partial", "Finalize"] {
            if let Some(rest) = named.rest.strip_prefix(partial).and_then(|rest| rest.strip_prefix(' ')) {
                (named.partial, named.rest) = (partial, rest);
            }
        }
        named.find();
        named
    }

    fn find(&mut self) {
        for (method, json) in [("Hash ", "Hash Join"), ("Merge ", "Merge Join"), ("Nested Loop ", "Nested Loop")] {
            if let Some(rest) = self.rest.strip_prefix(method)
                && let Some((join, rest)) = JOINS.iter().find_map(|join| {
                    let rest = rest.strip_prefix(join)?.strip_prefix(" Join")?;
                    Some((*join, rest))
                })
            {
                self.kind = KINDS.iter().find(|kind| kind.json == json);
                (self.join, self.rest) = (Some(join), rest);
                return;
            }
        }
        let found = KINDS.iter().find(|kind| {
            self.rest.strip_prefix(kind.text).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ',']))
        });
        if let Some(kind) = found {
            self.kind = Some(kind);
            self.rest = &self.rest[kind.text.len()..];
        }
    }

    /// Whether PostgreSQL has a node of that name, and nothing stands there that would not follow it.
    pub(super) fn is_known(&self) -> bool {
        let Some(kind) = self.kind else { return false };
        let rest = self.rest.trim();
        match kind.on {
            _ if kind.json == "SetOp" => true,
            _ if kind.text == "Custom Scan" => rest.starts_with('('),
            On::Nothing => rest.is_empty(),
            // a word of the language too: `Update on t`, but not `Update`
            _ if kind.json == "ModifyTable" => rest.starts_with("on ") && words(rest) <= 3,
            On::Object(_) | On::Alias | On::Index => {
                rest.is_empty()
                    || ((rest.starts_with("on ") || rest.starts_with("using ") || rest.starts_with("Backward "))
                        && words(rest) <= 7)
            }
        }
    }

    /// Puts down what the name says, under the names of the JSON form.
    pub(super) fn read(&self, fields: &mut Fields) {
        let Some(kind) = self.kind else { return self.unknown(fields) };
        let mut rest = self.rest.trim_start();
        fields.set("Node Type", kind.json);
        match kind.text {
            "Aggregate" => fields.set("Strategy", "Plain"),
            "HashAggregate" | "HashSetOp" => fields.set("Strategy", "Hashed"),
            "GroupAggregate" | "SetOp" => fields.set("Strategy", "Sorted"),
            "MixedAggregate" => fields.set("Strategy", "Mixed"),
            "Insert" | "Update" | "Delete" | "Merge" => fields.set("Operation", kind.text),
            "Foreign Insert" | "Foreign Update" | "Foreign Delete" => fields.set("Operation", &kind.text[8..]),
            "Foreign Scan" => fields.set("Operation", "Select"),
            _ => {}
        }
        if kind.json == "Aggregate" && self.partial != "Simple" {
            fields.set("Partial Mode", self.partial);
        }
        if kind.text == "Custom Scan"
            && let Some(inner) = rest.strip_prefix('(')
        {
            let end = inner.find(')').unwrap_or(inner.len());
            fields.set("Custom Plan Provider", &inner[..end]);
            rest = inner.get(end + 1..).unwrap_or("").trim_start();
        }
        if self.parallel {
            fields.set("Parallel Aware", true);
        }
        if self.asynchronous {
            fields.set("Async Capable", true);
        }
        if matches!(kind.text, "Index Scan" | "Index Only Scan") {
            let backward = rest.strip_prefix("Backward");
            if backward.is_some() {
                fields.set("Scan Direction", "Backward");
            }
            rest = backward.unwrap_or(rest).trim_start();
        }
        if let Some(name) = rest.strip_prefix("using ") {
            let (index, after) = identifier(name);
            fields.set("Index Name", &*index);
            rest = after.trim_start();
        }
        let on = rest.strip_prefix("on ").unwrap_or(rest);
        match kind.on {
            On::Nothing => {}
            On::Index => {
                if !on.is_empty() {
                    fields.set("Index Name", &*identifier(on).0);
                }
            }
            On::Alias => {
                if !on.is_empty() {
                    fields.set("Alias", &*identifier(on).0);
                }
            }
            On::Object(name) => target(on, name, fields),
        }
        if kind.json.ends_with("Join") || kind.json == "Nested Loop" {
            fields.set("Join Type", self.join.unwrap_or("Inner"));
        }
        if kind.json == "SetOp" {
            fields.set("Command", rest);
        }
    }

    /// A node PostgreSQL itself does not have: of an extension, of a relative.
    fn unknown(&self, fields: &mut Fields) {
        let text = self.whole;
        let name_ends = [" using ", " on "].iter().filter_map(|word| text.find(word)).min().unwrap_or(text.len());
        fields.set("Node Type", text[..name_ends].trim());
        let mut rest = text[name_ends..].trim_start();
        if let Some(name) = rest.strip_prefix("using ") {
            let (index, after) = identifier(name);
            fields.set("Index Name", &*index);
            rest = after.trim_start();
        }
        if let Some(on) = rest.strip_prefix("on ") {
            target(on, "Relation Name", fields);
        }
    }
}

/// How long what stands in front of a node's name is, when it is no part of it: `INFO:  Seq Scan on t`, `QUERY PLAN Limit`,
/// `ERROR: plan was "Result  (cost=…)`.
pub(super) fn prefix(text: &str) -> usize {
    let end = figures::start(text).unwrap_or(text.len());
    let name = &text[..end];
    if name.len() > 400 || Named::new(name.trim()).is_known() {
        return 0;
    }
    let starts = name.match_indices([':', '"', 'N', ']', '>']).map(|(at, mark)| at + mark.len());
    for at in starts {
        // words alone may be the name of somebody's node
        let ends_word = !name[..at].ends_with('N') || name[..at].ends_with("QUERY PLAN");
        if ends_word && Named::new(name[at..].trim()).is_known() && !name[at..].trim().is_empty() {
            return at + name[at..].len() - name[at..].trim_start().len();
        }
    }
    0
}

fn words(text: &str) -> usize {
    // blanks in quotes are part of a name
    text.split('"').step_by(2).map(|outside| outside.split_whitespace().count()).sum()
}

/// The tables a node writes, each in a line of its own below it: `Update on s.t a`, `Foreign Delete on t`.
pub(super) fn written(text: &str) -> Option<Fields> {
    let text = text.strip_prefix("Foreign ").unwrap_or(text);
    let rest =
        ["Insert on ", "Update on ", "Delete on ", "Merge on "].iter().find_map(|word| text.strip_prefix(word))?;
    if rest.contains(": ") || words(rest) > 2 {
        return None;
    }
    let mut fields = Fields::default();
    target(rest, "Relation Name", &mut fields);
    Some(fields)
}

/// `schema.name alias`.
fn target(text: &str, object: &str, fields: &mut Fields) {
    if text.is_empty() {
        return;
    }
    let (mut name, mut rest) = identifier(text);
    let mut schema = None;
    if let Some(after) = rest.strip_prefix('.') {
        schema = Some(std::mem::take(&mut name));
        (name, rest) = identifier(after);
    }
    let alias = rest.trim_start();
    let alias = if alias.is_empty() { name.clone() } else { identifier(alias).0 };
    fields.set(object, name);
    if let Some(schema) = schema {
        fields.set("Schema", schema);
    }
    fields.set("Alias", alias);
}

/// The identifier at the start of the text, without its quotes, and what follows.
fn identifier(text: &str) -> (String, &str) {
    let Some(inner) = text.strip_prefix('"') else {
        let end = text.find([' ', '.']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut end = 0;
    loop {
        let Some(at) = inner[end..].find('"') else {
            return (inner.to_owned(), "");
        };
        end += at + 1;
        match inner[end..].strip_prefix('"') {
            Some(_) => end += 1,
            None => return (inner[..end - 1].replace("\"\"", "\""), &inner[end..]),
        }
    }
}

/// Reads the line of a node without its arrow. Says whether its figures were whole.
pub(super) fn read(text: &str, fields: &mut Fields) -> bool {
    let at = figures::start(text);
    let (name, numbers) = text.split_at(at.unwrap_or(text.len()));
    Named::new(name.trim()).read(fields);
    numbers.is_empty() || figures::read(numbers, fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(line: &str) -> String {
        let mut fields = Fields::default();
        read(line, &mut fields);
        serde_json::to_string(&fields).unwrap().replace(['"', '{', '}'], "")
    }

    #[test]
    fn names() {
        for (line, expected) in [
            ("Seq Scan on t", "Node Type:Seq Scan,Relation Name:t,Alias:t"),
            (
                "Parallel Index Only Scan Backward using i on s.t t_1",
                "Node Type:Index Only Scan,Parallel Aware:true,Scan Direction:Backward,Index Name:i,Relation Name:t,Schema:s,Alias:t_1",
            ),
            ("Bitmap Index Scan on \"I x\"", "Node Type:Bitmap Index Scan,Index Name:I x"),
            ("Hash Right Anti Join", "Node Type:Hash Join,Join Type:Right Anti"),
            ("Nested Loop Left Join", "Node Type:Nested Loop,Join Type:Left"),
            ("Nested Loop", "Node Type:Nested Loop,Join Type:Inner"),
            ("Parallel Hash Join", "Node Type:Hash Join,Parallel Aware:true,Join Type:Inner"),
            ("Parallel Hash", "Node Type:Hash,Parallel Aware:true"),
            ("Partial HashAggregate", "Node Type:Aggregate,Strategy:Hashed,Partial Mode:Partial"),
            ("HashSetOp Except All", "Node Type:SetOp,Strategy:Hashed,Command:Except All"),
            ("Insert on s.t a", "Node Type:ModifyTable,Operation:Insert,Relation Name:t,Schema:s,Alias:a"),
            ("Foreign Update on t", "Node Type:Foreign Scan,Operation:Update,Relation Name:t,Alias:t"),
            (
                "Custom Scan (ChunkAppend) on t",
                "Node Type:Custom Scan,Custom Plan Provider:ChunkAppend,Relation Name:t,Alias:t",
            ),
            ("Custom Scan (Citus Adaptive)", "Node Type:Custom Scan,Custom Plan Provider:Citus Adaptive"),
            ("Subquery Scan on \"Odd \"\" Name\"", "Node Type:Subquery Scan,Alias:Odd \\ Name"),
            ("Values Scan on \"*VALUES*\"", "Node Type:Values Scan,Alias:*VALUES*"),
            (
                "Async Foreign Scan on t",
                "Node Type:Foreign Scan,Operation:Select,Async Capable:true,Relation Name:t,Alias:t",
            ),
            ("CTE Scan on x y", "Node Type:CTE Scan,CTE Name:x,Alias:y"),
            ("Task", "Node Type:Task"),
            ("Tid Range Scan on t", "Node Type:Tid Range Scan,Relation Name:t,Alias:t"),
        ] {
            assert_eq!(json(line), expected, "{line}");
        }
    }

    #[test]
    fn prose_is_no_node() {
        for text in ["Sort the rows first", "Update the table", "Limit is 3", "Seq Scan is bad here", "Hash", "Update"]
        {
            assert_eq!(Named::new(text).is_known(), text == "Hash", "{text}");
        }
        for text in ["Seq Scan on t", "Update on \"a b\" c", "Index Scan Backward using \"x y\" on s.t u"] {
            assert!(Named::new(text).is_known(), "{text}");
        }
    }
}
