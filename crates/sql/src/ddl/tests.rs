use dbwright_model::artefact::Input;
use dbwright_model::catalog::TableKind;

use super::*;

fn read(text: &str, dialect: Dialect) -> Catalog {
    let input = Input::new("-", text);
    Catalog::joined(scripts(&input, dialect).into_iter().map(|script| script.catalog))
}

fn postgres(text: &str) -> Catalog {
    read(text, Dialect::Postgres)
}

fn mysql(text: &str) -> Catalog {
    read(text, Dialect::MySql)
}

/// `name: keys` of every index.
fn indexes(table: &Table) -> Vec<String> {
    let part = |part: &dbwright_model::catalog::IndexPart| {
        let key = part.column.as_ref().map(|name| name.to_string());
        let key = key.or(part.expression.as_ref().map(|text| format!("({text})"))).unwrap_or_default();
        let prefix = part.prefix.map_or(String::new(), |prefix| format!("({prefix})"));
        let options = if part.options.is_empty() { String::new() } else { format!(" {}", part.options) };
        format!("{key}{prefix}{options}{}", if part.descending { " desc" } else { "" })
    };
    let show = |index: &Index| {
        let parts: Vec<String> = index.parts.iter().map(part).collect();
        let unique = if index.primary {
            " primary"
        } else if index.unique {
            " unique"
        } else {
            ""
        };
        format!("{}{unique}: {} {}", index.name, index.method, parts.join(", "))
    };
    table.indexes.iter().map(show).collect()
}

#[test]
fn a_table_of_postgres() {
    let catalog = postgres(
        "create table app.orders (\n  id bigserial primary key,\n  customer_id int not null references customers (id) on delete cascade,\n  \
         note varchar(40) default 'a, b)' collate \"C\",\n  \"Total\" numeric(10,2),\n  created timestamptz default now() not null,\n  \
         unique (customer_id, created),\n  constraint positive check (\"Total\" > 0),\n  foreign key (note) references notes\n);",
    );
    let [table] = catalog.tables.as_slice() else { panic!("{catalog:?}") };
    assert_eq!(table.name, ObjectName::new("app", "orders"));
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!("{} {}{}", column.name, column.type_name, if column.nullable { "?" } else { "" }))
        .collect();
    assert_eq!(
        columns,
        [
            "id bigint",
            "customer_id integer",
            "note character varying(40)?",
            "Total numeric(10,2)?",
            "created timestamp with time zone"
        ]
    );
    assert!(table.columns[0].generated_key);
    assert_eq!(table.columns[2].collation.as_deref(), Some("C"));
    assert_eq!(
        indexes(table),
        ["orders_customer_id_created_key unique: btree customer_id, created", "orders_pkey primary: btree id"]
    );
    let keys: Vec<(&str, &str)> =
        table.foreign_keys.iter().map(|key| (key.name.as_str(), key.on_delete.as_str())).collect();
    assert_eq!(keys, [("orders_customer_id_fkey", "CASCADE"), ("orders_note_fkey", "")]);
}

#[test]
fn indexes_of_postgres_whatever_stands_first() {
    let catalog = postgres(
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS a ON public.t USING btree (lower((email)::text) text_pattern_ops, created DESC NULLS LAST) \
         INCLUDE (total) WITH (fillfactor='70') WHERE (NOT done);\n\nCREATE INDEX ON t USING gin (tags);\nCREATE TABLE public.t (email text, tags text[]);\n\
         ALTER TABLE ONLY public.t\n    ADD CONSTRAINT t_pkey PRIMARY KEY (email);\n",
    );
    let [table] = catalog.tables.as_slice() else { panic!("{catalog:?}") };
    assert_eq!(
        indexes(table),
        [
            "a unique: btree (lower((email)::text)) text_pattern_ops, created NULLS LAST desc",
            "t_pkey primary: btree email",
            "t_tags_idx: gin tags"
        ]
    );
    assert_eq!(table.indexes[0].predicate.as_ref().unwrap().as_str(), "NOT done");
    assert_eq!(table.indexes[0].include, ["total"]);
    assert!(!table.columns[0].nullable);
}

#[test]
fn a_table_of_mysql() {
    let catalog = mysql(
        "CREATE TABLE `orders` (\n  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT COMMENT 'the, id',\n  `state` enum('a','b;') CHARACTER SET ascii DEFAULT NULL,\n  \
         `body` text,\n  `customer` int NOT NULL,\n  PRIMARY KEY (`id`),\n  UNIQUE KEY `u` (`state`,`id` DESC) USING BTREE,\n  \
         KEY `b` (`body`(20)),\n  FULLTEXT KEY `f` (`body`),\n  KEY `l` ((lower(`body`))),\n  KEY `hidden` (`id`) /*!80000 INVISIBLE */,\n  \
         CONSTRAINT `fk` FOREIGN KEY (`customer`) REFERENCES `shop`.`customers` (`id`) ON DELETE SET NULL\n) \
         ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4\n/*!50100 PARTITION BY HASH (`id`)\nPARTITIONS 4 */;\n",
    );
    let [table] = catalog.tables.as_slice() else { panic!("{catalog:?}") };
    assert_eq!(
        indexes(table),
        [
            "PRIMARY primary: btree id",
            "b: btree body(20)",
            "f: fulltext body",
            "fk: btree customer",
            "hidden: btree id",
            "l: btree (lower(`body`))",
            "u unique: btree state, id desc"
        ]
    );
    assert!(table.indexes[4].invalid && !table.indexes[0].invalid);
    let types: Vec<&str> = table.columns.iter().map(|column| column.type_name.as_str()).collect();
    assert_eq!(types, ["bigint(20) unsigned", "enum(?,?)", "text", "int"]);
    assert_eq!(table.columns[1].charset.as_deref(), Some("ascii"));
    assert_eq!((table.engine.as_str(), table.kind), ("InnoDB", TableKind::Partitioned));
    assert_eq!(table.foreign_keys[0].references, ObjectName::new("shop", "customers"));
    assert_eq!(table.foreign_keys[0].on_delete, "SET NULL");
}

#[test]
fn additions_and_partitions() {
    let catalog = mysql("ALTER TABLE `t`\n  ADD PRIMARY KEY (`id`),\n  ADD KEY `k` (`a`,`b`);\n");
    assert_eq!(indexes(&catalog.tables[0]), ["PRIMARY primary: btree id", "k: btree a, b"]);
    let catalog = postgres(
        "CREATE TABLE p (id int, at date) PARTITION BY RANGE (at);\nCREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');\n\
         ALTER TABLE ONLY p ATTACH PARTITION p2 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');\n",
    );
    let kinds: Vec<(&str, TableKind)> =
        catalog.tables.iter().map(|table| (table.name.name.as_str(), table.kind)).collect();
    assert_eq!(kinds, [("p", TableKind::Partitioned), ("p1", TableKind::Partition), ("p2", TableKind::Partition)]);
}

#[test]
fn a_dump_is_one_piece_and_prose_is_none() {
    let dump = "--\n-- PostgreSQL database dump\n--\n\nSET statement_timeout = 0;\nSELECT pg_catalog.set_config('search_path', '', false);\n\n\
        CREATE FUNCTION public.f() RETURNS int\n    LANGUAGE sql\n    AS $$ SELECT 1; $$;\n\nCREATE TABLE public.t (\n    id bigint NOT NULL\n);\n\n\
        ALTER TABLE public.t OWNER TO app;\n\nCOPY public.t (id) FROM stdin;\n1\nCREATE TABLE no (id int);\n\\.\n\n\
        CREATE INDEX i ON public.t USING btree (id);\n\n--\n-- PostgreSQL database dump complete\n--\n";
    let input = Input::new("-", dump);
    let found = scripts(&input, Dialect::Postgres);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].lines, 0..input.lines.len() - 1);
    assert_eq!((found[0].catalog.tables.len(), found[0].marked), (1, false));
    for prose in [
        "Create table is slow (very slow",
        "CREATE TABLE",
        "alter table orders was run\nyesterday",
        "CREATE INDEX took 3 s",
    ] {
        assert!(scripts(&Input::new("-", prose), Dialect::Postgres).is_empty(), "{prose}");
    }
}

#[test]
fn a_definition_ends_where_something_else_begins() {
    let text = "Hello,\n\nCREATE TABLE t (a int)\nSeq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n\nCREATE INDEX i ON t (a)\n\n\
        CREATE TABLE cut (\n  a int,\n  b int\n\nthe rest of the mail";
    let found = scripts(&Input::new("-", text), Dialect::Postgres);
    let lines: Vec<_> = found.iter().map(|script| script.lines.clone()).collect();
    assert_eq!(lines, [2..3, 5..10]);
    assert_eq!(found[1].catalog.tables[0].columns.len(), 2);
}

#[test]
fn each_dialect_leaves_the_other_its_own() {
    let neutral = "create table t (id int primary key);";
    let of_mysql = "CREATE TABLE `t` (`id` int) ENGINE=InnoDB;";
    let of_postgres = "CREATE TABLE t (id jsonb, at timestamptz);";
    let found = |text: &str, dialect| scripts(&Input::new("-", text), dialect).first().map(|script| script.marked);
    assert_eq!((found(neutral, Dialect::Postgres), found(neutral, Dialect::MySql)), (Some(false), Some(false)));
    assert_eq!((found(of_mysql, Dialect::Postgres), found(of_mysql, Dialect::MySql)), (None, Some(true)));
    assert_eq!((found(of_postgres, Dialect::Postgres), found(of_postgres, Dialect::MySql)), (Some(true), None));
}

#[test]
fn queries_by_themselves() {
    let found = |text: &str| -> Vec<String> {
        let input = Input::new("-", text);
        queries(&input, Dialect::Postgres).into_iter().map(|(_, query)| query.to_owned()).collect()
    };
    assert_eq!(
        found("EXPLAIN (ANALYZE, BUFFERS)\nselect * from t\nwhere a = ';';\n\n QUERY PLAN"),
        ["select * from t\nwhere a = ';'"]
    );
    assert_eq!(
        found("shop=# explain analyze select a, b from t\nSeq Scan on t  (cost=0.00..1"),
        ["select a, b from t"]
    );
    assert_eq!(found("with x as (select 1)\nselect * from x"), ["with x as (select 1)\nselect * from x"]);
    for prose in
        ["Select the plan from below", "With this index it is fast", "Update: it is fixed", "Explain analyze gives"]
    {
        assert_eq!(found(prose), Vec::<String>::new(), "{prose}");
    }
}

proptest::proptest! {
    #[test]
    fn nothing_panics(
        noise in "\\PC{0,60}",
        parts in proptest::collection::vec(
            "CREATE |TABLE |INDEX |ALTER |ADD |KEY |PRIMARY |UNIQUE |t |ON |USING |\\(|\\)|,|;|'|\"|`|\n|\n\n|\\$\\$|/\\*!|\\*/|REFERENCES |WHERE |é|FOREIGN |CONSTRAINT |PARTITION BY |SELECT |FROM ",
            0..40,
        ),
    ) {
        for text in [format!("CREATE TABLE {noise}"), format!("CREATE {}", parts.concat()), parts.concat()] {
            let input = Input::new("-", &text);
            for dialect in [Dialect::Postgres, Dialect::MySql] {
                for script in scripts(&input, dialect) {
                    proptest::prop_assert!(script.lines.end <= input.lines.len() && !script.lines.is_empty());
                }
                for (lines, _) in queries(&input, dialect) {
                    proptest::prop_assert!(lines.end <= input.lines.len() && !lines.is_empty());
                }
                let _ = definition(&text, dialect);
                let _ = index_tail("i", &text, dialect);
            }
        }
    }
}
