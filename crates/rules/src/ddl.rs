//! Statements that neutral rules prescribe, in each engine's words, with their price.

use dbwright_model::catalog::{Index, Table, TableKind};
use dbwright_model::{Bytes, Case, Engine, Fix, Product, Seconds, Undo};
use dbwright_sql::Dialect;

/// What an index build reads and sorts a second, cautiously: 40 MB of table.
const BUILD_RATE: f64 = 40.0 * 1024.0 * 1024.0;

pub(crate) fn dialect(case: &Case) -> Dialect {
    match case.engine() {
        Engine::MySql => Dialect::MySql,
        _ => Dialect::Postgres,
    }
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

/// `orders_customer_id_idx`, cut to what every engine takes as a name.
fn index_name(table: &Table, columns: &[&str]) -> String {
    let mut name = format!("{}_{}_idx", table.name.name, columns.join("_"));
    if name.len() > 60 {
        let mut end = 56;
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        name.truncate(end);
        name += "_idx";
    }
    name
}

fn in_schema(dialect: Dialect, table: &Table, index: &str) -> String {
    format!("{}.{}", dialect.quote(&table.name.schema), dialect.quote(index))
}

/// Dropping an index while the application goes on, with the statement that makes it again.
pub(crate) fn drop_index(case: &Case, table: &Table, index: &Index) -> Fix {
    let dialect = dialect(case);
    let qualified = dialect.qualified(&table.name);
    let quoted = dialect.quote(&index.name);
    let undo = match &index.definition {
        Some(definition) => Undo::Statement(format!("{};", definition.as_str().trim_end_matches(';'))),
        None => Undo::Impossible("the index's definition is not known".into()),
    };
    match case.engine() {
        Engine::MySql => {
            Fix::sql(format!("ALTER TABLE {qualified} DROP INDEX {quoted}, ALGORITHM=INPLACE, LOCK=NONE;"), undo)
                .lock("metadata lock for a moment (waits for open transactions on the table)")
        }
        _ if table.kind == TableKind::Partitioned => {
            Fix::sql(format!("DROP INDEX {};", in_schema(dialect, table, index.name.as_str())), undo)
                .lock("ACCESS EXCLUSIVE on the table and its partitions, for a moment")
                .cost("set lock_timeout = '2s' before it, so that it cannot queue everybody behind itself")
        }
        _ => Fix::sql(format!("DROP INDEX CONCURRENTLY {};", in_schema(dialect, table, index.name.as_str())), undo)
            .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)"),
    }
}

/// Hiding an index from the planner without dropping it, where the product can.
pub(crate) fn hide_index(case: &Case, table: &Table, index: &Index) -> Option<Fix> {
    let (hide, show) = match (case.server.product, case.server.version) {
        (Product::MySQL, _) => ("INVISIBLE", "VISIBLE"),
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
    let statement = match case.engine() {
        Engine::Postgres => format!("SELECT pg_terminate_backend({id});"),
        Engine::MySql => format!("KILL {id};"),
        Engine::Redis => format!("CLIENT KILL ID {id}"),
    };
    Fix::sql(
        statement,
        Undo::Impossible("its open transaction is rolled back and its client loses the connection".into()),
    )
}

/// Ending the statement a session runs, keeping the session.
pub(crate) fn cancel(case: &Case, id: &str) -> Fix {
    let statement = match case.engine() {
        Engine::Postgres => format!("SELECT pg_cancel_backend({id});"),
        Engine::MySql => format!("KILL QUERY {id};"),
        Engine::Redis => format!("CLIENT KILL ID {id}"),
    };
    Fix::sql(statement, Undo::Impossible("the statement fails with an error and can be run again".into()))
}
