use dbwright_model::access::{Action, Find, HintKind, TableAccess};
use dbwright_model::{Name, Rows, Seconds, SqlText};
use dbwright_sql::ddl::definition;

use super::*;

fn query(fingerprint: &str, text: &str, calls: u64, time: f64) -> Query {
    Query {
        fingerprint: fingerprint.into(),
        text: SqlText::from(text),
        calls: Count(calls),
        total_time: Seconds(time),
        rows: Some(Rows(calls)),
        ..Query::default()
    }
}

fn workload(queries: Vec<Query>) -> Workload {
    Workload {
        source: "pg_stat_statements".into(),
        total_calls: queries.iter().map(|query| query.calls).sum(),
        total_time: queries.iter().map(|query| query.total_time).sum(),
        queries,
        ..Workload::default()
    }
}

fn catalog() -> Catalog {
    let ddl = [
        "create table public.customers (id bigint primary key, email text, name text, country text)",
        "create table public.orders (id bigint primary key, customer_id bigint, state text, total numeric, created_at timestamptz)",
        "create table public.lines (order_id bigint, product_id bigint, quantity int, price numeric)",
        "create table public.jobs (id bigint primary key, state text, payload jsonb)",
    ];
    let mut catalog = Catalog::joined(ddl.into_iter().filter_map(|text| definition(text, Dialect::Postgres)));
    for table in &mut catalog.tables {
        table.rows = Some(Rows(1_000));
    }
    catalog
}

fn shop() -> Workload {
    workload(vec![
        query(
            "1",
            "SELECT * FROM orders WHERE customer_id = $1 AND state = $2 ORDER BY created_at DESC LIMIT $3",
            1000,
            50.0,
        ),
        query(
            "2",
            "SELECT o.id, name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.created_at > now() - interval $1",
            10,
            40.0,
        ),
        query(
            "3",
            "SELECT country, count(*), sum(total) FROM customers JOIN orders ON customer_id = customers.id GROUP BY country",
            2,
            30.0,
        ),
        query("4", "SELECT id FROM jobs WHERE state = $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED", 500, 20.0),
        query("5", "SELECT id FROM customers WHERE lower(email) = $1", 300, 10.0),
        query("6", "UPDATE orders SET state = $1, total = total + $2 WHERE id = $3", 200, 9.0),
        query("7", "INSERT INTO lines (order_id, product_id, quantity, price) VALUES ($1, $2, $3, $4)", 900, 8.0),
        query("8", "SELECT frm nothing whatever", 5, 7.0),
        query("9", "BEGIN ISOLATION LEVEL SERIALIZABLE", 40, 0.5),
        query("10", "DELETE FROM jobs WHERE id = $1", 500, 0.4),
        query(
            "11",
            "SELECT * FROM orders WHERE state = $2 AND customer_id = $1 ORDER BY created_at DESC LIMIT $3",
            1,
            0.3,
        ),
        query(
            "12",
            "SELECT id FROM customers c WHERE EXISTS (SELECT $1 FROM orders WHERE customer_id = c.id AND state = $2)",
            1,
            0.2,
        ),
        query("13", "SELECT nowhere FROM orders, customers WHERE nowhere = $1", 1, 0.1),
    ])
}

fn orders(found: &AccessPatterns) -> &TableAccess {
    found.table(&ObjectName::new("public", "orders")).unwrap()
}

#[test]
fn tables_are_told_by_what_is_done_to_them() {
    let found = patterns(&shop(), Some(&catalog()), Dialect::Postgres);
    let order: Vec<&str> = found.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(order, ["orders", "customers", "jobs", "lines"]);
    let table = orders(&found);
    assert_eq!((table.rows, table.total.calls), (Some(Rows(1_000)), Count(1215)));
    assert_eq!((table.reads.calls, table.updates.calls), (Count(1015), Count(200)));
    assert!((table.read_share().unwrap().0 - 0.835).abs() < 0.001);
    let first = &table.patterns[0];
    assert_eq!((first.action, first.find), (Action::Read, Find::Lookup));
    assert_eq!(first.equal, [Name::from("customer_id"), "state".into()]);
    assert_eq!((&first.sort, &first.descending), (&vec![Name::from("created_at")], &vec![Name::from("created_at")]));
    assert!(first.limit && first.columns.is_empty());
    // conditions in another order are the same pattern
    assert_eq!((first.load.calls, &*first.queries), (Count(1001), &["1".to_owned(), "11".to_owned()][..]));
    let second = &table.patterns[1];
    assert_eq!(
        (second.find, &second.range, &second.joined),
        (Find::Range, &vec!["created_at".into()], &vec!["customer_id".into()])
    );
    let update = table.patterns.iter().find(|pattern| pattern.action == Action::Update).unwrap();
    assert_eq!(
        (update.find, &update.equal, &update.written),
        (Find::Lookup, &vec!["id".into()], &vec!["state".into(), "total".into()])
    );
    assert_eq!(table.hints[0].kind, HintKind::Increment);
    let join = &table.joins[0];
    assert_eq!(
        (join.name.as_str(), &join.columns, &join.theirs),
        ("customers", &vec!["customer_id".into()], &vec!["id".into()])
    );
}

#[test]
fn columns_are_counted_by_use() {
    let found = patterns(&shop(), Some(&catalog()), Dialect::Postgres);
    let column = |name: &str| orders(&found).columns.iter().find(|column| column.name == *name).unwrap();
    assert_eq!(column("customer_id").equal, Count(1001));
    assert_eq!(column("customer_id").join, Count(13));
    assert_eq!((column("created_at").sort, column("created_at").range), (Count(1001), Count(10)));
    assert_eq!((column("state").updated, column("total").aggregate), (Count(200), Count(2)));
    let customers = found.table(&ObjectName::new("public", "customers")).unwrap();
    let shown: Vec<_> = customers.patterns.iter().map(|pattern| (pattern.find, pattern.equal.clone())).collect();
    assert!(shown.contains(&(Find::Lookup, vec!["lower(email)".into()])), "{shown:?}");
    // a query inside that depends on its row is no way to find it
    assert!(shown.contains(&(Find::Scan, vec![])), "{shown:?}");
    let grouped = customers.patterns.iter().find(|pattern| !pattern.group.is_empty()).unwrap();
    assert_eq!(
        (&grouped.group, &grouped.aggregates),
        (&vec!["country".into()], &vec!["count".to_owned(), "sum".into()])
    );
}

#[test]
fn a_statement_counts_once_for_a_table() {
    let text = "SELECT a.id FROM orders a, orders b, orders c WHERE a.id = $1 AND b.id = $2 AND c.id = $3 FOR UPDATE";
    let found = patterns(&workload(vec![query("1", text, 7, 1.0)]), Some(&catalog()), Dialect::Postgres);
    let table = orders(&found);
    assert_eq!((table.total.calls, table.reads.calls, table.patterns.len()), (Count(7), Count(7), 1));
    assert_eq!(
        (table.patterns[0].load.calls, table.hints[0].load.calls, table.columns[0].equal),
        (Count(7), Count(7), Count(7))
    );
}

#[test]
fn queues_and_isolation_leave_hints() {
    let found = patterns(&shop(), Some(&catalog()), Dialect::Postgres);
    let jobs = found.table(&ObjectName::new("public", "jobs")).unwrap();
    let kinds: Vec<HintKind> = jobs.hints.iter().map(|hint| hint.kind).collect();
    assert_eq!(kinds, [HintKind::ForUpdate, HintKind::SkipLocked]);
    assert_eq!(jobs.patterns[1].action, Action::Delete);
    assert_eq!((found.isolation[0].level.as_str(), found.isolation[0].calls), ("serializable", Count(40)));
}

#[test]
fn what_is_not_understood_is_counted_and_named() {
    let found = patterns(&shop(), Some(&catalog()), Dialect::Postgres);
    assert_eq!(found.not_understood.queries, Count(1));
    assert_eq!((found.not_understood.load.calls, found.not_understood.load.time), (Count(5), Seconds(7.0)));
    let first = &found.not_understood.first[0];
    assert_eq!(first.fingerprint, "8");
    assert!(!first.why.contains("whatever"), "{}", first.why);
    assert!(first.why.contains("at byte"), "{}", first.why);
    assert!((found.share_not_understood().unwrap().0 - 7.0 / 175.5).abs() < 1e-9);
    assert_eq!((found.unattributed.queries, found.unattributed.first[0].fingerprint.as_str()), (Count(1), "13"));
    assert_eq!(found.unattributed.first[0].columns, [Name::from("nowhere")]);
    // without a catalog more is unattributed, and nothing fails
    let blind = patterns(&shop(), None, Dialect::Postgres);
    assert!(blind.unattributed.queries > Count(1));
    assert_eq!(blind.not_understood, found.not_understood);
}

#[test]
fn digests_of_mysql_are_read_in_their_database() {
    let mut queries = vec![
        query(
            "a",
            "SELECT `o` . `id` , COUNT ( * ) FROM `orders` `o` WHERE `o` . `state` IN (...) GROUP BY `o` . `id` LIMIT ?",
            10,
            3.0,
        ),
        query(
            "b",
            "INSERT INTO `orders` ( `id` , `n` ) VALUES (...) /* , ... */ ON DUPLICATE KEY UPDATE `n` = `n` + ?",
            5,
            2.0,
        ),
        query("c", "SELECT * FROM `orders` WHERE `id` = ? AND ...", 1, 1.0),
    ];
    queries.iter_mut().for_each(|query| query.database = Some("shop".into()));
    let found = patterns(&workload(queries), None, Dialect::MySql);
    assert_eq!(found.tables.len(), 1);
    let table = &found.tables[0];
    assert_eq!((table.schema.as_str(), table.inserts.calls), ("shop", Count(5)));
    assert_eq!(table.patterns[0].equal, [Name::from("state")]);
    assert_eq!(table.hints.iter().map(|hint| hint.kind).collect::<Vec<_>>(), [HintKind::Upsert, HintKind::Increment]);
    assert!(found.not_understood.first[0].why.contains("cut off"));
}

#[test]
fn the_file_comes_back_as_it_was() {
    let found = patterns(&shop(), Some(&catalog()), Dialect::Postgres);
    let file = to_toml(&found).unwrap();
    assert!(file.starts_with("# How tables are used"));
    assert_eq!(from_toml(&file).unwrap(), found);
    assert_eq!(to_toml(&from_toml(&file).unwrap()).unwrap(), file);
    assert_eq!(to_toml(&patterns(&shop(), Some(&catalog()), Dialect::Postgres)).unwrap(), file);
}

#[test]
fn a_file_may_be_edited_and_mistakes_are_named_by_line() {
    let small = "source = \"plan\"\n[total]\ncalls = 10\ntime = 1.5\n\n[[table]]\nname = \"orders\"\ntotal = { calls = 10, time = 1.5 }\n\n[[table.pattern]]\naction = \"read\"\nfind = \"lookup\"\nequal = [\"id\"]\nload = { calls = 10, time = 1.5 }\n";
    let read = from_toml(small).unwrap();
    assert_eq!(read.tables[0].patterns[0].equal, [Name::from("id")]);
    for (right, wrong, line, says) in [
        ("find = \"lookup\"", "find = \"lokup\"", 12, "unknown variant"),
        ("equal = ", "eqal = ", 13, "`eqal` is not known in a pattern"),
        ("calls = 10\n", "calls = -1\n", 3, "invalid value"),
        ("[[table.pattern]]", "[[table.patern]]", 10, "`patern` is not known"),
        ("[[table]]", "[[table]", 6, ""),
        ("name = \"orders\"\n", "", 6, "missing field `name`"),
    ] {
        let error = from_toml(&small.replacen(right, wrong, 1)).unwrap_err();
        assert_eq!(error.line, Some(line), "{wrong}: {error}");
        assert!(error.why.contains(says), "{error}");
    }
}

/// Every key that is written may be read.
#[test]
fn all_keys_are_known() {
    use dbwright_model::access::{ColumnAccess, Growth, Hint, JoinAccess, Pattern};
    let (name, names) = (Name::from("a"), vec![Name::from("a")]);
    let load = Load { calls: Count(1), time: Seconds(1.0), rows: Some(Rows(1)) };
    let at = "2026-01-01T00:00:00Z".parse().ok();
    let pattern = Pattern {
        action: Action::Read,
        find: Find::Scan,
        equal: names.clone(),
        joined: names.clone(),
        range: names.clone(),
        prefix: names.clone(),
        search: names.clone(),
        filter: names.clone(),
        sort: names.clone(),
        descending: names.clone(),
        group: names.clone(),
        aggregates: vec!["sum".into()],
        written: names.clone(),
        columns: names.clone(),
        limit: true,
        offset: true,
        load,
        queries: vec!["1".into()],
    };
    let one = Count(1);
    let column = ColumnAccess {
        name: name.clone(),
        load,
        equal: one,
        range: one,
        search: one,
        filter: one,
        join: one,
        sort: one,
        group: one,
        aggregate: one,
        inserted: one,
        updated: one,
    };
    let growth = Growth { since: at, inserted: Some(Rows(1)), updated: Some(Rows(1)), deleted: Some(Rows(1)) };
    let table = TableAccess {
        schema: name.clone(),
        name: name.clone(),
        rows: Some(Rows(1)),
        size: Some(dbwright_model::Bytes(1)),
        total: load,
        reads: load,
        inserts: load,
        updates: load,
        deletes: load,
        errors: Some(one),
        growth: Some(growth),
        patterns: vec![pattern],
        joins: vec![JoinAccess { schema: name.clone(), name, columns: names.clone(), theirs: names.clone(), load }],
        columns: vec![column],
        hints: vec![Hint { kind: HintKind::NoWait, load }],
    };
    let query = UnclearQuery {
        fingerprint: "1".into(),
        why: "x".into(),
        columns: names.clone(),
        text: SqlText::from("x"),
        load,
    };
    let unclear = Unclear { queries: one, load, first: vec![query] };
    let all = AccessPatterns {
        source: "x".into(),
        since: at,
        total: load,
        other: load,
        not_understood: unclear.clone(),
        unattributed: unclear,
        isolation: vec![Isolation { level: "serializable".into(), calls: one }],
        tables: vec![table],
    };
    assert_eq!(from_toml(&to_toml(&all).unwrap()).unwrap(), all);
    for text in ["a\n[total]\nb", "a\n[total]\n'''\n\"\"\"\n[load]", "'''\n[load]\n"] {
        let mut odd = all.clone();
        odd.not_understood.first[0].text = SqlText::from(text);
        assert_eq!(from_toml(&to_toml(&odd).unwrap()).unwrap(), odd);
    }
}

proptest::proptest! {
    #[test]
    fn no_file_makes_it_panic(text in "\\PC*", lines in proptest::collection::vec("[a-z_]{0,8}( = )?[0-9\"\\[\\]{}a-z.-]{0,9}", 0..8)) {
        let _ = from_toml(&text);
        let _ = from_toml(&lines.join("\n"));
    }
}

#[test]
fn no_name_is_left_where_names_are_to_go() {
    let found = patterns(&shop(), Some(&catalog()), Dialect::Postgres);
    let stored = dbwright_model::privacy::with_redaction(dbwright_model::Redaction::Names, || to_toml(&found)).unwrap();
    let stored = stored.split("\n\n").skip(1).collect::<String>();
    for name in ["orders", "customer", "email", "nowhere", "whatever", "country", "payload"] {
        assert!(!stored.contains(name), "{name} in {stored}");
    }
}

/// The workloads of the recorded demo: what real servers keep is understood, and its tables are those of the catalog.
#[test]
fn the_demo_is_understood() {
    let recorded = [
        (include_str!("../../../demo/recorded/postgres.dbw"), Dialect::Postgres),
        (include_str!("../../../demo/recorded/mysql.dbw"), Dialect::MySql),
    ];
    for (bundle, dialect) in recorded {
        let case = dbwright_model::bundle::read(bundle).unwrap();
        let (workload, catalog) = (case.get::<Workload>().unwrap(), case.get::<Catalog>().unwrap());
        let found = patterns(workload, Some(catalog), dialect);
        assert_eq!(from_toml(&to_toml(&found).unwrap()).unwrap(), found);
        for table in &found.tables {
            let known = table.rows.is_some() || table.name.as_str().ends_with("_seq") || table.name == "digits";
            assert!(known, "{} is not in the catalog", table.object_name());
            let parts = table.patterns.iter().map(|pattern| pattern.load.calls);
            assert!(parts.clone().all(|calls| calls <= table.total.calls), "{}", table.object_name());
            assert!(table.columns.iter().all(|column| column.load.calls <= table.total.calls));
        }
    }
}
