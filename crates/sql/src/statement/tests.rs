use dbwright_model::Catalog;

use super::*;

/// A statement on a few lines: relations with what is demanded of them, blocks with what they do.
fn shown(statement: &Statement) -> String {
    let mut out = Vec::new();
    for relation in &statement.relations {
        let mut line = format!("{}", relation.name);
        if let Some(alias) = &relation.alias {
            line += &format!(" {alias}");
        }
        if relation.role != Role::Read {
            line += &format!(" {:?}", relation.role).to_lowercase();
        }
        if relation.optional {
            line += " optional";
        }
        if let Some(lock) = relation.lock {
            line += &format!(" lock {lock:?}").to_lowercase();
        }
        line += ":";
        for predicate in &relation.predicates {
            let inside = if predicate.block == relation.block { "" } else { " inside" };
            line += &format!(" {}{inside};", show(statement, predicate));
        }
        if !relation.written.is_empty() {
            line += &format!(" writes {}", relation.written.join(" "));
        }
        out.push(line.trim_end_matches([':', ';']).to_owned());
    }
    for block in &statement.blocks {
        let key = |key: &Key| match (&key.column, key.relation) {
            (Some(column), Some(relation)) => format!("{relation}.{column}"),
            (_, Some(relation)) => format!("{relation}.expr"),
            _ => "?".into(),
        };
        let mut line = String::new();
        if !block.grouping.is_empty() {
            line += &format!(" group {}", block.grouping.iter().map(key).collect::<Vec<_>>().join(" "));
        }
        for sort in &block.ordering {
            let nulls = match sort.nulls_first {
                Some(true) => " nulls first",
                Some(false) => " nulls last",
                None => "",
            };
            line += &format!(" order {}{}{nulls}", key(&sort.key), if sort.descending { " desc" } else { "" });
        }
        if let Some(limit) = block.limit {
            line += &format!(" limit {limit:?}");
        }
        if let Some(offset) = block.offset {
            line += &format!(" offset {offset:?}");
        }
        if block.distinct {
            line += " distinct";
        }
        if block.correlated {
            line += &format!(" correlated {:?}", block.position);
        }
        if block.untied > 0 {
            line += &format!(" untied {}", block.untied);
        }
        for aggregate in &block.aggregates {
            line += &format!(" {}", aggregate.function);
        }
        if !line.is_empty() {
            out.push(line.trim().to_owned());
        }
    }
    if !statement.unresolved.is_empty() {
        out.push(format!("unresolved {}", statement.unresolved.join(" ")));
    }
    out.join("\n")
}

fn show(statement: &Statement, predicate: &Predicate) -> String {
    let mut out = format!("{} {:?}", predicate.columns.join(","), predicate.demand);
    match &predicate.around {
        Around::Nothing => {}
        Around::Function(name) => out += &format!(" {name}()"),
        around => out += &format!(" {around:?}"),
    }
    match &predicate.other {
        Other::Nothing => {}
        Other::Constant(_) => out += " const",
        Other::Parameter => out += " ?",
        Other::Column { relation, column } => {
            let used = &statement.relations[*relation];
            out += &format!(" {}.{column}", used.alias.as_deref().unwrap_or(used.name.name.as_str()));
        }
        Other::Expression => out += " expr",
        Other::Block(block) => out += &format!(" block {block}"),
    }
    match predicate.under {
        Under::All => {}
        Under::Any { group, branch } => out += &format!(" or{group}.{branch}"),
        Under::Not => out += " not",
    }
    out
}

/// `cases.txt`: a statement a line, with its dialect; what is understood of it, further in.
#[test]
fn cases_are_understood_as_written() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for case in include_str!("cases.txt").split("\n\n").filter(|case| !case.trim().is_empty()) {
        let (text, expected) = case.trim_end().split_once('\n').unwrap_or((case.trim_end(), ""));
        let expected: Vec<&str> = expected.lines().map(str::trim).collect();
        let (dialect, text) = text.split_once(": ").unwrap();
        let dialect = if dialect == "pg" { Dialect::Postgres } else { Dialect::MySql };
        let found = shown(&understand(text, dialect, &NoNames).unwrap_or_else(|error| panic!("{error}: {text}")));
        if found != expected.join("\n") {
            wrong.push(format!("{text}\n    {}", found.replace('\n', "\n    ")));
        }
        seen += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(seen > 40);
}

fn fails(text: &str, dialect: Dialect) -> NotUnderstood {
    understand(text, dialect, &NoNames).unwrap_err()
}

#[test]
fn what_is_not_understood_is_named_with_its_place() {
    let pg = |text| fails(text, Dialect::Postgres);
    assert_eq!(pg(" -- nothing\n;"), NotUnderstood::Empty);
    assert_eq!(pg("select 1; select 2"), NotUnderstood::Several { at: 9 });
    assert!(matches!(pg("select é,\n a frm t where b = 1"), NotUnderstood::Grammar { at: 18, .. }));
    assert!(matches!(pg("selct 1"), NotUnderstood::Grammar { at: 0, .. }));
    for cut in
        ["select * from t where", "select * from t where a in (1, 2", "select * from t where a = 'x", "select a,"]
    {
        assert!(matches!(pg(cut), NotUnderstood::CutOff { .. }), "{cut}: {:?}", pg(cut));
    }
    let cut = "SELECT * FROM `t` WHERE `a` IN (...) AND `b` ...";
    assert_eq!(fails(cut, Dialect::MySql), NotUnderstood::CutOff { at: 45 });
}

#[test]
fn errors_repeat_no_literal() {
    for text in [
        "select 1 'secret' 'secret'",
        "select * from t where a = 1 2 'secret'",
        "select * from t limit 'secret' 'secret'",
        "select * from t where 'secret' secret 'secret'",
        "select x'secret'",
        "select U&'\\secret' UESCAPE 'secret'",
        "insert into t values ('secret' 12345678)",
        "select 12345678 87654321",
    ] {
        for dialect in [Dialect::Postgres, Dialect::MySql] {
            if let Err(error) = understand(text, dialect, &NoNames) {
                let said = error.to_string();
                assert!(!said.contains("'secret") && !said.contains("345678"), "{text}: {said}");
            }
        }
    }
}

#[test]
fn other_statements_are_known_by_their_verb() {
    for (text, verb) in [("begin", "BEGIN"), ("/* x */ vacuum t", "VACUUM"), ("SET a = 1", "SET")] {
        let found = understand(text, Dialect::Postgres, &NoNames).unwrap();
        assert_eq!(found.kind, Kind::Other(verb.into()));
    }
}

#[test]
fn a_catalog_tells_whose_a_column_is() {
    let ddl = ["create table s.a (id int, x int)", "create table s.b (id int, y int)", "create table o.a (z int)"];
    let catalog = Catalog::joined(ddl.into_iter().filter_map(|text| crate::ddl::definition(text, Dialect::Postgres)));
    let names = CatalogNames::new(&catalog, Dialect::Postgres, Some("s"));
    let found =
        understand("select * from a, b where x = 1 and y = 2 and nowhere = 3", Dialect::Postgres, &names).unwrap();
    assert_eq!(shown(&found), "s.a: x Equal const\ns.b: y Equal const\nuntied 1\nunresolved nowhere");
    let found = understand("select * from o.a natural join s.b where z = 1", Dialect::Postgres, &names).unwrap();
    assert_eq!(shown(&found), "o.a: z Equal const\ns.b");
    let found = understand("insert into a select * from b", Dialect::Postgres, &names).unwrap();
    assert_eq!(shown(&found), "s.b\ns.a insert: writes id x");
}

#[test]
fn views_are_looked_through() {
    struct Views;
    impl Names for Views {
        fn relation(&self, _: &ObjectName) -> Option<ObjectName> {
            None
        }
        fn columns(&self, _: &ObjectName) -> Option<Vec<String>> {
            None
        }
        fn view(&self, relation: &ObjectName) -> Option<String> {
            match relation.name.as_str() {
                "open_orders" => Some("select id, customer_id as customer from orders where state = 'open'".into()),
                "endless" => Some("select * from endless".into()),
                _ => None,
            }
        }
    }
    let found = understand("select * from open_orders v where v.customer = 7", Dialect::Postgres, &Views).unwrap();
    assert_eq!(shown(&found), "orders: state Equal const; customer_id Equal const inside");
    assert!(understand("select * from endless", Dialect::Postgres, &Views).is_ok());
}

#[test]
fn nothing_makes_it_stop_or_overflow() {
    for n in [140, 2_900, 20_000] {
        for text in long(n) {
            for dialect in [Dialect::Postgres, Dialect::MySql] {
                let _ = understand(&text, dialect, &NoNames);
            }
        }
    }
}

/// Texts that grow a tree in every direction.
fn long(n: usize) -> Vec<String> {
    vec![
        format!("select {}", "(".repeat(n)),
        format!("select * from {}", "(".repeat(n)),
        format!("select * from t where {} a", "not ".repeat(n)),
        format!("select {} 1", "- ".repeat(n)),
        format!("select 1 {}", "+ 1".repeat(n)),
        format!("select * from t where a = 1 {}", "and a = 1 ".repeat(n)),
        format!("select * from t where a = 1 {}", "or b = 1 ".repeat(n)),
        format!("select 1 {}", "union all select 1 ".repeat(n)),
        format!("select * from t {}", "join t on true ".repeat(n)),
        format!("select {} 1", "case when a then ".repeat(n)),
        format!("select a{}", "::text".repeat(n)),
        format!("select a{}", "[1]".repeat(n)),
        format!("select a{}", ".b".repeat(n)),
        format!("select {}", "(select ".repeat(n)),
        format!("select * from {}", "(select * from ".repeat(n)),
        format!("with a as {}", "(with a as ".repeat(n)),
        format!("select * from t where a in {}", "(select a from t where a in ".repeat(n)),
        format!("select f{}", "(f".repeat(n)),
        format!("select a between {}", "1 and a between ".repeat(n)),
        format!("select * from t where a like {} 'x'", "b like ".repeat(n)),
        format!("select interval {} '1' day", "interval ".repeat(n)),
        format!("select {}", "array[".repeat(n)),
        format!("select 1 {}", ", 1".repeat(n)),
        format!("select 1 from t where a in (1{})", ", 1".repeat(n)),
        format!("insert into t values (1){}", ", (1)".repeat(n)),
        format!("select a {}", "is null ".repeat(n)),
        format!("select a {}", "collate x ".repeat(n)),
        format!("select a {}", "at time zone 'x' ".repeat(n)),
    ]
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC*", words in proptest::collection::vec(0..VOCABULARY.len(), 0..40)) {
        let soup = words.iter().map(|word| VOCABULARY[*word]).collect::<Vec<_>>().join(" ");
        for text in [text, soup.clone(), format!("select {soup}"), format!("select a from {soup}")] {
            for dialect in [Dialect::Postgres, Dialect::MySql] {
                match understand(&text, dialect, &NoNames) {
                    Err(NotUnderstood::Grammar { at, .. } | NotUnderstood::CutOff { at }) => {
                        proptest::prop_assert!(at <= text.len());
                    }
                    Ok(found) => {
                        let _ = found.facts();
                        for predicate in found.relations.iter().flat_map(|relation| &relation.predicates) {
                            proptest::prop_assert!(!predicate.columns.is_empty() && predicate.block < found.blocks.len());
                        }
                    }
                    Err(_) => {}
                }
            }
        }
    }
}

const VOCABULARY: &[&str] = &[
    "select",
    "from",
    "where",
    "a",
    "b.c",
    "t",
    "(",
    ")",
    ",",
    "=",
    "<",
    "and",
    "or",
    "not",
    "in",
    "between",
    "like",
    "'x'",
    "1",
    "?",
    "$1",
    "...",
    "join",
    "left",
    "on",
    "using",
    "group",
    "order",
    "by",
    "limit",
    "offset",
    "for",
    "update",
    "set",
    "insert",
    "into",
    "values",
    "delete",
    "with",
    "as",
    "union",
    "all",
    "case",
    "when",
    "then",
    "end",
    "interval",
    "day",
    "match",
    "against",
    "mod",
    "[",
    "]",
    "::",
    "int",
    "*",
    ".",
    "null",
    "is",
    "exists",
    "lateral",
    "over",
    "partition",
    "desc",
    "conflict",
    "do",
    "duplicate",
    "key",
    "merge",
    "matched",
    "returning",
    "é",
    "\"q\"",
    "`q`",
    "table",
    "search",
    "depth",
    "first",
    "cycle",
    "{",
    "}",
    "@v",
    ":=",
    "rows",
    "examined",
    "exclude",
    "ties",
];
