//! Statements that neutral rules prescribe, in each engine's words, with their price.

use dbwright_model::catalog::{ForeignKey, Index, Table, TableKind};
use dbwright_model::finding::FixKind;
use dbwright_model::{Bytes, Case, Engine, Fix, Name, Product, Seconds, Undo};
use dbwright_sql::{Dialect, Remake};

/// What an index build reads and sorts a second, cautiously: 40 MB of table.
const BUILD_RATE: f64 = 40.0 * 1024.0 * 1024.0;

pub(crate) fn dialect(case: &Case) -> Dialect {
    Dialect::of(case.engine())
}

/// An index on those columns, built while the application goes on.
pub(crate) fn create_index(case: &Case, table: &Table, columns: &[&str]) -> Fix {
    let dialect = dialect(case);
    let qualified = dialect.qualified(&table.name);
    let keys: Vec<String> = columns.iter().map(|column| dialect.quote(column)).collect();
    let keys = keys.join(", ");
    let name = index_name(table, columns);
    let quoted = dialect.quote(&name);
    let size = Bytes(table.rows.map_or(0, |rows| rows.0 * (12 + 10 * columns.len() as u64)));
    let time = Seconds(table.data_size.map_or(0.0, |size| size.0 as f64 / BUILD_RATE));
    let fix = match case.engine() {
        Engine::MySql => Fix::sql(
            format!("ALTER TABLE {qualified} ADD INDEX {quoted} ({keys}), ALGORITHM=INPLACE, LOCK=NONE;"),
            Undo::Statement(format!("ALTER TABLE {qualified} DROP INDEX {quoted};")),
        )
        .lock("metadata lock for a moment at start and end (reads and writes go on between)"),
        _ if table.kind == TableKind::Partitioned => Fix::sql(
            format!("CREATE INDEX {quoted} ON {qualified} ({keys});"),
            Undo::Statement(format!("DROP INDEX {};", in_schema(dialect, table, &name))),
        )
        .lock("SHARE on every partition (writes wait)")
        .cost(
            "CONCURRENTLY is not possible on a partitioned table: to keep writes going, build it on each partition \
             CONCURRENTLY, then ON ONLY the parent, then ATTACH",
        ),
        _ => Fix::sql(
            format!("CREATE INDEX CONCURRENTLY {quoted} ON {qualified} ({keys});"),
            Undo::Statement(format!("DROP INDEX CONCURRENTLY {};", in_schema(dialect, table, &name))),
        )
        .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)"),
    };
    let fix = if time.0 >= 1.0 { fix.takes(time) } else { fix };
    if size.0 > 0 { fix.disk(size) } else { fix }
}

/// `orders_customer_id_idx`, cut to what every engine takes as a name, and numbered when the table has that one.
fn index_name(table: &Table, columns: &[&str]) -> String {
    const LONGEST: usize = 60;
    let name = |number: &str| {
        let mut name = format!("{}_{}", table.name.name, columns.join("_"));
        let mut end = name.len().min(LONGEST - 4 - number.len());
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        name.truncate(end);
        format!("{name}_idx{number}")
    };
    let taken = |name: &String| table.indexes.iter().any(|index| index.name == name.as_str());
    let numbered = (1..=table.indexes.len()).map(|number| name(&number.to_string()));
    std::iter::once(name("")).chain(numbered).find(|name| !taken(name)).unwrap_or_else(|| name(""))
}

fn in_schema(dialect: Dialect, table: &Table, index: &str) -> String {
    format!("{}.{}", dialect.quote(&table.name.schema), dialect.quote(index))
}

/// Making a foreign key again.
pub(crate) fn add_foreign_key(dialect: Dialect, table: &Table, key: &ForeignKey) -> String {
    let list = |names: &[Name]| names.iter().map(|name| dialect.quote(name)).collect::<Vec<_>>().join(", ");
    let action = match key.on_delete.as_str() {
        "" | "NO ACTION" => String::new(),
        action => format!(" ON DELETE {action}"),
    };
    format!(
        "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}){action};",
        dialect.qualified(&table.name),
        dialect.quote(&key.name),
        list(&key.columns),
        dialect.qualified(&key.references),
        list(&key.referenced_columns)
    )
}

/// Dropping an index while the application goes on, with what makes it again.
pub(crate) fn drop_index(case: &Case, table: &Table, index: &Index) -> Fix {
    let dialect = dialect(case);
    let qualified = dialect.qualified(&table.name);
    let quoted = dialect.quote(&index.name);
    let unknown = || Remake { first: None, undo: Undo::Impossible("the index's definition is not known".into()) };
    let again = Remake::of(dialect, table, index).unwrap_or_else(unknown);
    let drop = |statement: String| Fix::sql(again.before(statement), again.undo.clone());
    match case.engine() {
        Engine::MySql => drop(format!("ALTER TABLE {qualified} DROP INDEX {quoted}, ALGORITHM=INPLACE, LOCK=NONE;"))
            .lock("metadata lock for a moment (waits for open transactions on the table)"),
        _ if table.kind == TableKind::Partitioned => {
            drop(format!("DROP INDEX {};", in_schema(dialect, table, index.name.as_str())))
                .lock("ACCESS EXCLUSIVE on the table and its partitions, for a moment")
                .cost("set lock_timeout = '2s' before it, so that it cannot queue everybody behind itself")
        }
        _ => drop(format!("DROP INDEX CONCURRENTLY {};", in_schema(dialect, table, index.name.as_str())))
            .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)"),
    }
}

/// Hiding an index from the planner without dropping it, where the product can.
pub(crate) fn hide_index(case: &Case, table: &Table, index: &Index) -> Option<Fix> {
    let (hide, show) = match (case.server.product, case.server.version) {
        (Product::MySQL, version) if version.at_least(8, 0) => ("INVISIBLE", "VISIBLE"),
        (Product::MariaDB, version) if version.at_least(10, 6) => ("IGNORED", "NOT IGNORED"),
        _ => return None,
    };
    let statement = |word: &str| {
        format!(
            "ALTER TABLE {} ALTER INDEX {} {word};",
            Dialect::MySql.qualified(&table.name),
            Dialect::MySql.quote(&index.name)
        )
    };
    Some(
        Fix::sql(statement(hide), Undo::Statement(statement(show)))
            .lock("metadata lock for a moment")
            .cost("a safe trial: the index is kept up to date but not used; drop it when nothing has become slower"),
    )
}

/// Ending a session.
pub(crate) fn kill(case: &Case, id: &str) -> Fix {
    let undo = Undo::Impossible("its open transaction is rolled back and its client loses the connection".into());
    match case.engine() {
        Engine::Postgres => Fix::sql(format!("SELECT pg_terminate_backend({id});"), undo),
        Engine::MySql if on_rds(case) => Fix::sql(format!("CALL mysql.rds_kill({id});"), undo),
        Engine::MySql => Fix::sql(format!("KILL {id};"), undo),
        Engine::Redis => Fix::of(FixKind::Command, format!("CLIENT KILL ID {id}"), undo),
        Engine::MongoDb => Fix::of(FixKind::Command, format!("db.killOp({id})"), undo),
        Engine::Elastic => Fix::of(FixKind::Command, format!("POST _tasks/{id}/_cancel"), undo),
        Engine::Cassandra => Fix::of(FixKind::Code, format!("Close session {id} in the application"), undo),
    }
}

/// Ending the statement a session runs, keeping the session.
pub(crate) fn cancel(case: &Case, id: &str) -> Fix {
    let undo = Undo::Impossible("the statement fails with an error and can be run again".into());
    match case.engine() {
        Engine::Postgres => Fix::sql(format!("SELECT pg_cancel_backend({id});"), undo),
        Engine::MySql if on_rds(case) => Fix::sql(format!("CALL mysql.rds_kill_query({id});"), undo),
        Engine::MySql => Fix::sql(format!("KILL QUERY {id};"), undo),
        Engine::Redis | Engine::MongoDb | Engine::Elastic | Engine::Cassandra => kill(case, id),
    }
}

/// Amazon's services let no user end another's session but by their own procedures.
fn on_rds(case: &Case) -> bool {
    case.server.managed.as_deref().is_some_and(|service| service.contains("RDS") || service.contains("Aurora"))
}

#[cfg(test)]
mod tests {
    use dbwright_model::{Activity, Version};

    use super::*;
    use crate::example::{case, index, mysql, postgres, table};

    #[test]
    fn sessions_are_ended_in_each_products_words() {
        assert_eq!(kill(&postgres(&Activity::default()), "7").statement, "SELECT pg_terminate_backend(7);");
        assert_eq!(cancel(&mysql(&Activity::default()), "7").statement, "KILL QUERY 7;");
        let mut rds = mysql(&Activity::default());
        rds.server.managed = Some("Amazon RDS".into());
        assert_eq!(kill(&rds, "7").statement, "CALL mysql.rds_kill(7);");
        let redis = case(Product::Redis, Version::new(7, 2, 0), &Activity::default());
        assert_eq!(
            (kill(&redis, "7").kind, cancel(&redis, "7").statement.as_str()),
            (FixKind::Command, "CLIENT KILL ID 7")
        );
    }

    #[test]
    fn an_index_on_a_partitioned_table_comes_and_goes_without_concurrently() {
        let mut parts = table("parts", &["a"]);
        parts.kind = TableKind::Partitioned;
        let server = postgres(&Activity::default());
        assert_eq!(create_index(&server, &parts, &["a"]).statement, "CREATE INDEX parts_a_idx ON public.parts (a);");
        let mut only = index("parts_a", &["a"]);
        only.definition = Some("CREATE INDEX parts_a ON ONLY public.parts USING btree (a)".into());
        let drop = drop_index(&server, &parts, &only);
        assert_eq!(drop.statement, "DROP INDEX public.parts_a;");
        assert_eq!(drop.undo, Undo::Statement("CREATE INDEX parts_a ON public.parts USING btree (a);".into()));
    }

    #[test]
    fn dropping_a_partial_index_whose_literals_are_gone_saves_its_definition_first() {
        let server = postgres(&Activity::default());
        let mut partial = index("t_a", &["a"]);
        partial.definition = Some("CREATE INDEX t_a ON public.t USING btree (a) WHERE (state = ?)".into());
        let drop = drop_index(&server, &table("t", &["a"]), &partial);
        assert_eq!(
            drop.statement,
            "SELECT pg_get_indexdef('public.t_a'::regclass); DROP INDEX CONCURRENTLY public.t_a;"
        );
        assert!(!format!("{:?}", drop.undo).contains('?'), "{:?}", drop.undo);
        partial.definition = Some("CREATE INDEX t_a ON public.t USING btree (a) WHERE (a IS NOT NULL)".into());
        assert_eq!(drop_index(&server, &table("t", &["a"]), &partial).statement, "DROP INDEX CONCURRENTLY public.t_a;");
    }

    #[test]
    fn names_that_must_be_are_quoted_and_long_ones_cut() {
        let mut odd = table("Order Lines", &["a"]);
        let server = postgres(&Activity::default());
        let statement = create_index(&server, &odd, &["User"]).statement;
        assert_eq!(
            statement,
            "CREATE INDEX CONCURRENTLY \"Order Lines_User_idx\" ON public.\"Order Lines\" (\"User\");"
        );
        odd.name.name = "é".repeat(60).into();
        assert!(index_name(&odd, &["a"]).len() <= 60);
    }

    #[test]
    fn indexes_are_hidden_only_where_the_product_can() {
        let hide = |product, major, minor| {
            let server = case(product, Version::new(major, minor, 0), &Activity::default());
            hide_index(&server, &table("t", &["a"]), &index("t_a", &["a"])).map(|fix| fix.statement)
        };
        assert_eq!(hide(Product::MySQL, 8, 4).unwrap(), "ALTER TABLE public.t ALTER INDEX t_a INVISIBLE;");
        assert_eq!(hide(Product::MariaDB, 10, 6).unwrap(), "ALTER TABLE public.t ALTER INDEX t_a IGNORED;");
        assert_eq!(hide(Product::MariaDB, 10, 5), None);
        assert_eq!(hide(Product::MySQL, 5, 7), None);
        assert_eq!(hide(Product::PostgreSQL, 18, 0), None);
    }
}
