use dbwright_model::plan::{Condition, Link, Node, NodeId, Plan, Plans};
use dbwright_model::{PlanNode, Product};

use super::*;

fn scan(filter: &str) -> Node {
    let mut node = Node::new(Operator::FullScan, "Seq Scan");
    node.relation = Some(ObjectName::new("public", "orders"));
    node.alias = Some("o".into());
    node.conditions.push(Condition { kind: ConditionKind::Filter, text: filter.into(), removed: None });
    node
}

fn advice(plan: Plan, node: u32, joined: &[&str]) -> Option<String> {
    let plans = Plans { plans: vec![plan] };
    let at = At { plans: &plans, plan: &plans.plans[0], place: PlanNode { plan: 0, node: NodeId(node) } };
    index_for(&at, joined, None, Dialect::Postgres).map(|index| index.fix(Dialect::Postgres).statement)
}

fn alone(filter: &str) -> Option<String> {
    let on = "CREATE INDEX CONCURRENTLY ";
    let advice = advice(Plan::new(Product::PostgreSQL, "text", scan(filter)), 0, &[])?;
    let at = advice.find(" ON public.orders").unwrap();
    assert!(advice.contains(on));
    Some(advice[at + 17..].trim_end_matches(';').trim().to_owned())
}

#[test]
fn equality_comes_before_a_range() {
    assert_eq!(alone("((created_at > $1) AND (status = 'x'::text))").unwrap(), "(status, created_at)");
    assert_eq!(alone("((o.a = ANY ('{1,2}'::integer[])) AND (o.b = 5))").unwrap(), "(b, a)");
    assert_eq!(alone("((deleted_at IS NULL) AND (email = ?))").unwrap(), "(email) WHERE deleted_at IS NULL");
    assert_eq!(alone("(NOT done)").unwrap(), "(done) WHERE NOT done");
    assert_eq!(alone("(lower((email)::text) = 'x'::text)").unwrap(), "(lower((email)::text))");
    assert_eq!(alone("((data ->> 'k'::text) = 'v'::text)").unwrap(), "((data ->> ('k')::text))");
    assert_eq!(alone("(name ~~ 'x%'::text)").unwrap(), "(name text_pattern_ops)");
    assert_eq!(alone("(tags @> '{a}'::text[])").unwrap(), "USING gin (tags)");
    assert_eq!(alone("(name ~~ '%x%'::text)").unwrap(), "USING gin (name gin_trgm_ops)");
}

#[test]
fn nothing_is_prescribed_where_no_index_helps() {
    for filter in ["(a <> 5)", "((a = 1) OR (b = 2))", "((a)::numeric = '1'::numeric)", "((a + b) = 3)", "(x.a = 5)"] {
        assert_eq!(alone(filter), None, "{filter}");
    }
}

#[test]
fn alternatives_of_one_column_are_a_list() {
    assert_eq!(alone("((a = 1) OR (a = 2))").unwrap(), "(a)");
    assert_eq!(alone("(((a = 1) OR (a = 2)) AND (b = 3))").unwrap(), "(b, a)");
    assert_eq!(alone("((a = 1) OR (a > 2))"), None);
}

#[test]
fn a_time_is_cut_off_in_a_key_only_without_a_zone() {
    let cut =
        |zone: &str| format!("(date_trunc('hour'::text, at) = '2025-05-05 05:00:00'::timestamp {zone} time zone)");
    assert_eq!(alone(&cut("without")).unwrap(), "(date_trunc(('hour')::text, at))");
    assert_eq!(alone(&cut("with")), None);
    assert_eq!(alone("(date_trunc('hour'::text, at) = $1)"), None);
}

#[test]
fn each_alternative_has_its_index() {
    let of = |filter: &str| {
        let plans = Plans { plans: vec![Plan::new(Product::PostgreSQL, "text", scan(filter))] };
        let at = At { plans: &plans, plan: &plans.plans[0], place: PlanNode { plan: 0, node: NodeId(0) } };
        let indexes = indexes_for_alternatives(&at, &[filter], None, Dialect::Postgres)?;
        let fix = Index::fix_all(&indexes, Dialect::Postgres)?;
        Some((fix.statement, fix.undo))
    };
    let (statement, undo) = of("((a = 1) OR ((b = 2) AND (c > 3)))").unwrap();
    assert_eq!(
        statement,
        "CREATE INDEX CONCURRENTLY orders_a_idx ON public.orders (a);\n\
         CREATE INDEX CONCURRENTLY orders_b_c_idx ON public.orders (b, c);"
    );
    let drops = "DROP INDEX CONCURRENTLY public.orders_a_idx;\nDROP INDEX CONCURRENTLY public.orders_b_c_idx;";
    assert_eq!(undo, dbwright_model::Undo::Statement(drops.into()));
    assert_eq!(of("((a = 1) OR (b <> 2))"), None);
}

#[test]
fn partitions_read_alike_are_indexed_together() {
    let mut plan = Plan::new(Product::PostgreSQL, "text", Node::new(Operator::Append, "Append"));
    let part = |name: &str, alias: &str, filter: &str| Node {
        relation: Some(ObjectName::new("public", name)),
        alias: Some(alias.into()),
        link: Link::Member,
        ..scan(filter)
    };
    plan.push(NodeId::ROOT, part("r_q1", "r_1", "(r_1.device = 7)"));
    plan.push(NodeId::ROOT, part("r_q2", "r_2", "(r_2.device = 7)"));
    plan.push(NodeId::ROOT, part("other", "o", "(o.x = 7)"));
    assert_eq!(
        advice(plan, 1, &[]).unwrap(),
        "CREATE INDEX CONCURRENTLY r_q1_device_idx ON public.r_q1 (device);\n\
         CREATE INDEX CONCURRENTLY r_q2_device_idx ON public.r_q2 (device);"
    );
}

#[test]
fn the_order_asked_for_comes_behind_equality() {
    let mut plan = Plan::new(Product::PostgreSQL, "text", Node::new(Operator::Limit, "Limit"));
    let mut sort = Node::new(Operator::Sort, "Sort");
    sort.sort_keys = vec!["o.created_at DESC".into()];
    let sort = plan.push(NodeId::ROOT, sort);
    plan.push(sort, Node { link: Link::Outer, ..scan("(customer_id = 7)") });
    let advice = advice(plan, 2, &[]).unwrap();
    assert!(advice.contains("(customer_id, created_at DESC)"), "{advice}");
}

#[test]
fn a_join_condition_counts_for_the_side_it_names() {
    let plan = Plan::new(Product::PostgreSQL, "text", scan("(status = 'x'::text)"));
    let advice = advice(plan, 0, &["(c.id = o.customer_id)"]).unwrap();
    assert!(advice.contains("(status, customer_id)"), "{advice}");
}

mod existing {
    use dbwright_model::catalog::{Catalog, Column, Index as Known, IndexPart, Table, TableKind};
    use dbwright_model::{Redaction, Undo};

    use super::*;

    fn known(name: &str, columns: &[&str]) -> Known {
        let parts = columns.iter().map(|column| IndexPart::column(*column)).collect();
        Known { name: name.into(), parts, method: "btree".into(), ..Known::default() }
    }

    fn orders(indexes: Vec<Known>) -> Catalog {
        let table = Table { name: ObjectName::new("public", "orders"), indexes, ..Table::default() };
        Catalog { tables: vec![table], ..Catalog::default() }
    }

    fn index(plan: &Plan, node: u32, catalog: &Catalog, dialect: Dialect) -> Option<Index> {
        let plans = Plans { plans: vec![plan.clone()] };
        let at = At { plans: &plans, plan: &plans.plans[0], place: PlanNode { plan: 0, node: NodeId(node) } };
        index_for(&at, &[], Some(catalog), dialect)
    }

    fn on(filter: &str, catalog: &Catalog) -> Index {
        index(&Plan::new(Product::PostgreSQL, "text", scan(filter)), 0, catalog, Dialect::Postgres).unwrap()
    }

    #[test]
    fn an_index_that_has_the_keys_is_named() {
        let both = "((a = 1) AND (b = 2))";
        for columns in [&["a", "b"][..], &["b", "a"], &["a", "b", "c"]] {
            assert_eq!(on(both, &orders(vec![known("have", columns)])).exists.as_deref(), Some("have"), "{columns:?}");
        }
        for columns in [&["a"][..], &["a", "c", "b"], &["c", "a", "b"]] {
            assert_eq!(on(both, &orders(vec![known("have", columns)])).exists, None, "{columns:?}");
        }
        assert_eq!(on("((a = 1) AND (b > 2))", &orders(vec![known("have", &["b", "a"])])).exists, None);
        let partial = Known { predicate: Some("(deleted IS NULL)".into()), ..known("have", &["a", "b"]) };
        assert_eq!(on(both, &orders(vec![partial.clone()])).exists, None);
        let asked = on("((a = 1) AND (b = 2) AND (deleted IS NULL))", &orders(vec![partial]));
        assert_eq!(asked.exists.as_deref(), Some("have"));
        assert_eq!(on(both, &orders(vec![Known { invalid: true, ..known("have", &["a", "b"]) }])).exists, None);
    }

    #[test]
    fn an_index_that_it_goes_on_from_is_replaced_unless_it_keeps_a_promise() {
        let both = "((a = 1) AND (b > 2))";
        let advice = on(both, &orders(vec![known("orders_a", &["a"])]));
        assert_eq!(advice.replaces.as_deref(), Some("orders_a"));
        let cost = advice.fix(Dialect::Postgres).risk.cost.unwrap();
        assert!(cost.contains("DROP INDEX CONCURRENTLY public.orders_a;"), "{cost}");
        for keeps in [
            Known { unique: true, ..known("k", &["a"]) },
            Known { constraint: Some("k".into()), ..known("k", &["a"]) },
            Known { replica_identity: true, ..known("k", &["a"]) },
            Known { include: vec!["z".into()], ..known("k", &["a"]) },
        ] {
            assert_eq!(on(both, &orders(vec![keeps])).replaces, None);
        }
    }

    #[test]
    fn names_are_fresh_short_and_quoted() {
        let taken = orders(vec![known("orders_a_idx", &["z"]), known("orders_a_idx1", &["y"])]);
        assert_eq!(on("(a = 1)", &taken).name(), "orders_a_idx2");
        let long = "ü".repeat(50);
        let advice = on(&format!("(\"{long}\" = 1)"), &orders(Vec::new()));
        assert!(advice.name().len() <= 63 && advice.name().ends_with("_idx"));
        let fix = on("(\"Order Date\" = 1)", &orders(Vec::new())).fix(Dialect::Postgres);
        assert_eq!(
            fix.statement,
            "CREATE INDEX CONCURRENTLY \"orders_Order Date_idx\" ON public.orders (\"Order Date\");"
        );
        assert_eq!(fix.undo, Undo::Statement("DROP INDEX CONCURRENTLY public.\"orders_Order Date_idx\";".into()));
    }

    #[test]
    fn partitions_are_built_one_by_one() {
        let mut catalog = orders(Vec::new());
        let parent = ObjectName::new("public", "all_orders");
        catalog.tables[0].kind = TableKind::Partition;
        catalog.tables[0].parent = Some(parent.clone());
        catalog.tables.insert(0, Table { name: parent, kind: TableKind::Partitioned, ..Table::default() });
        let statement = on("(a = 1)", &catalog).fix(Dialect::Postgres).statement;
        let expected = "CREATE INDEX all_orders_a_idx ON ONLY public.all_orders (a);\n\
            CREATE INDEX CONCURRENTLY orders_a_idx ON public.orders (a);\n\
            ALTER INDEX public.all_orders_a_idx ATTACH PARTITION public.orders_a_idx;";
        assert_eq!(statement, expected);
    }

    #[test]
    fn types_decide_where_they_are_known() {
        let mut catalog = orders(Vec::new());
        let column = |name: &str, kind: &str| Column { name: name.into(), type_name: kind.into(), ..Column::default() };
        catalog.tables[0].columns = vec![
            column("during", "tstzrange"),
            column("zoned", "timestamp with time zone"),
            column("plain", "timestamp without time zone"),
        ];
        let columns = |filter: &str| {
            let plan = Plan::new(Product::PostgreSQL, "text", scan(filter));
            index(&plan, 0, &catalog, Dialect::Postgres).map(|index| index.definition())
        };
        assert_eq!(columns("(during @> now())").unwrap(), " USING gist (during)");
        assert_eq!(columns("(date_trunc('day'::text, plain) = $1)").unwrap(), " (date_trunc(('day')::text, plain))");
        assert_eq!(columns("(date_trunc('day'::text, zoned) = $1)"), None);
        assert_eq!(columns("(my_function(a) = 5)"), None);
        assert_eq!(columns("(to_tsvector(body) @@ '''x'''::tsquery)"), None);
        assert_eq!(
            columns("(to_tsvector('english'::regconfig, body) @@ '''x'''::tsquery)").unwrap(),
            " USING gin (to_tsvector(('english')::regconfig, body))"
        );
    }

    #[test]
    fn mysql_has_its_own_ways() {
        let mut node = scan("((`o`.`status` = 'x') and (`o`.`deleted_at` is null))");
        node.relation = Some(ObjectName::new("public", "orders"));
        let mut catalog = orders(Vec::new());
        catalog.tables[0].columns.push(Column { name: "status".into(), type_name: "text".into(), ..Column::default() });
        let plan = Plan::new(Product::MySQL, "json", node);
        let advice = index(&plan, 0, &catalog, Dialect::MySql).unwrap();
        assert_eq!(
            advice.fix(Dialect::MySql).statement,
            "ALTER TABLE public.orders ADD INDEX orders_deleted_at_status_idx (deleted_at, status(191)), ALGORITHM=INPLACE, LOCK=NONE;"
        );
        let lower = |product| Plan::new(product, "json", scan("(lower(`o`.`mail`) = 'x')"));
        let columns =
            |product| index(&lower(product), 0, &orders(Vec::new()), Dialect::MySql).map(|index| index.columns());
        assert_eq!(columns(Product::MySQL).unwrap(), "(lower(mail))");
        assert_eq!(columns(Product::MariaDB), None);
    }

    #[test]
    fn an_index_may_carry_the_few_columns_that_are_read() {
        let mut node = scan("(o.a = 1)");
        node.output = vec!["o.a".into(), "o.total".into()];
        let plans = Plans { plans: vec![Plan::new(Product::PostgreSQL, "text", node)] };
        let at = At { plans: &plans, plan: &plans.plans[0], place: PlanNode { plan: 0, node: NodeId(0) } };
        let index = index_for(&at, &[], None, Dialect::Postgres).unwrap().covering(&at).unwrap();
        assert_eq!(
            index.fix(Dialect::Postgres).statement,
            "CREATE INDEX CONCURRENTLY orders_a_idx ON public.orders (a) INCLUDE (total);"
        );
    }

    #[test]
    fn without_literals_the_advice_is_the_same() {
        for filter in [
            "((a = 5) AND (b > 7))",
            "((status)::text = 'open'::text)",
            "(name ~~ 'x%'::text)",
            "(name ~~ '%x%'::text)",
            "(a = ANY ('{1,2}'::integer[]))",
            "(tags @> '{a,b}'::text[])",
            "((deleted_at IS NULL) AND (email = 'a@b'::text))",
        ] {
            let plan = Plan::new(Product::PostgreSQL, "text", scan(filter));
            let mut hidden = plan.clone();
            crate::redact(&mut hidden, Dialect::Postgres, Redaction::Literals);
            let statement = |plan: Plan| advice(plan, 0, &[]);
            assert_eq!(statement(hidden), statement(plan), "{filter}");
        }
        // what stands in the index itself must be known
        let mut plan = Plan::new(Product::PostgreSQL, "text", scan("((data ->> 'k'::text) = 'v'::text)"));
        crate::redact(&mut plan, Dialect::Postgres, Redaction::Literals);
        assert_eq!(advice(plan, 0, &[]), None);
    }
}

#[test]
fn what_cannot_be_indexed_is_left_alone() {
    let with = |change: &dyn Fn(&mut Node)| {
        let mut node = scan("(a = 5)");
        change(&mut node);
        advice(Plan::new(Product::PostgreSQL, "text", node), 0, &[])
    };
    assert!(with(&|_| {}).is_some());
    assert_eq!(with(&|node| node.operator = Operator::ForeignScan), None);
    assert_eq!(with(&|node| node.relation = Some(ObjectName::new("pg_catalog", "pg_class"))), None);
    assert_eq!(alone("(a = b)"), None);
    assert_eq!(alone("((a > $1) AND (c = 5) AND (d = ANY ($2)))").unwrap(), "(c, d, a)");
}
