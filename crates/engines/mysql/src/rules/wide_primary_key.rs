use dbwright_model::catalog::{Index, Table, TableKind};
use dbwright_model::{
    Area, Bytes, Case, Catalog, Checked, Engine, Finding, Fix, Grade, Harm, Limit, Rows, Rule, Severity, Subject, Undo,
};
use dbwright_sql::Dialect;

use super::width;

static WIDTH: Limit<Bytes> = Limit {
    what: "bytes of the primary key, one a character",
    value: Bytes(64),
    source: "eight times a BIGINT: from there on the copies in secondary indexes outweigh what these index",
};
static ROWS: Limit<Rows> =
    Limit { what: "rows", value: Rows(1000), source: "a smaller table fits into a few pages either way" };

pub(super) const RULE: Rule = Rule {
    id: "wide-primary-key",
    title: "A wide primary key is repeated in every other index",
    engines: &[Engine::MySql],
    versions: "MySQL 5.7–9, MariaDB 10.4–12",
    area: Area::Schema,
    harm: Harm::Waste,
    limits: &[&WIDTH, &ROWS],
    explains: &[],
    wrong_when: "the values are short in fact, or nearly all queries read by the whole key",
    do_not: "shorten the columns: that cuts values off or fails, and the key stays wide",
    lesson: include_str!("wide_primary_key.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let tables = &case.get::<Catalog>()?.tables;
    Ok(tables.iter().filter(|table| table.engine.eq_ignore_ascii_case("innodb")).filter_map(finding).collect())
}

fn finding(table: &Table) -> Option<Finding> {
    let rows = table.rows.filter(|rows| *rows >= ROWS.value)?;
    let key = table.primary_key()?;
    let width = Bytes(width::index_bytes(table, key)?);
    let others = table.indexes.iter().filter(|index| !index.primary && index.method == "btree").count();
    if width <= WIDTH.value || others == 0 {
        return None;
    }
    let plural = if others == 1 { "its other index repeats" } else { "each of its other indexes repeats" };
    let cause = format!(
        "the primary key of {} is up to {width} wide, and {plural} it in all {rows} entries ({others} in number)",
        table.name
    );
    let mut found = Finding::new(Severity::Info, Subject::table(&table.name), cause)
        .grade(Grade::Derived)
        .estimated("width of the primary key", width, "information_schema.columns.column_type, one byte a character")
        .estimated("rows", rows, "information_schema.tables.table_rows")
        .weight((width.0 * rows.0 * others as u64) as f64);
    if let Some(fix) = replace(table, key) {
        found = found.fix(fix);
    }
    Some(found)
}

/// A counter as the key, and the old key as a unique index; `None` where the statement would not run.
fn replace(table: &Table, key: &Index) -> Option<Fix> {
    let unique = format!("{}_natural_key", table.name.name);
    let taken = table.column("id").is_some()
        || table.columns.iter().any(|column| column.generated_key)
        || table.indexes.iter().any(|index| index.name == *unique.as_str())
        || table.kind == TableKind::Partitioned
        || unique.chars().count() > 64;
    if taken {
        return None;
    }
    let parts: Option<Vec<String>> = key
        .parts
        .iter()
        .map(|part| {
            let prefix = part.prefix.map(|prefix| format!("({prefix})")).unwrap_or_default();
            Some(Dialect::MySql.quote(part.column.as_ref()?) + &prefix)
        })
        .collect();
    let (parts, name, unique) =
        (parts?.join(", "), Dialect::MySql.qualified(&table.name), Dialect::MySql.quote(&unique));
    Some(
        Fix::sql(
            format!("ALTER TABLE {name} DROP PRIMARY KEY, ADD COLUMN id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY FIRST, ADD UNIQUE INDEX {unique} ({parts});"),
            Undo::Statement(format!("ALTER TABLE {name} DROP PRIMARY KEY, DROP COLUMN id, DROP INDEX {unique}, ADD PRIMARY KEY ({parts});")),
        )
        .lock("SHARED: reads go on, writes wait until the table is written anew")
        .disk(table.total_size())
        .cost("INSERT without a list of columns fails from then on, and SELECT * shows one more; reading by the old key takes one step more")
        .verify(format!("SHOW INDEX FROM {name};")),
    )
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{catalog, column, index, recent, table};
    use super::*;

    fn found(rows: u64, width: u32, secondary: bool) -> Vec<Finding> {
        let mut texts = table(rows);
        texts.columns = vec![column("label", &format!("varchar({width})")), column("changed", "datetime")];
        texts.indexes = vec![index("PRIMARY", &["label"])];
        if secondary {
            texts.indexes.push(index("by_change", &["changed"]));
        }
        check(&catalog(recent(), vec![texts])).unwrap()
    }

    #[test]
    fn fires_on_a_wide_key() {
        let fix = found(1000, 200, true)[0].fixes[0].clone();
        assert!(fix.statement.ends_with("ADD UNIQUE INDEX orders_natural_key (label);"), "{}", fix.statement);
    }

    #[test]
    fn fires_without_a_fix_where_id_is_taken() {
        let mut texts = table(5000);
        texts.columns.push(column("label", "varchar(100)"));
        texts.indexes = vec![index("PRIMARY", &["label", "id"]), index("k", &["id"])];
        assert!(check(&catalog(recent(), vec![texts])).unwrap()[0].fixes.is_empty());
    }

    #[test]
    fn silent_at_the_limit_and_on_small_tables() {
        assert!(found(1000, 64, true).is_empty());
        assert!(found(999, 200, true).is_empty());
    }

    #[test]
    fn silent_without_other_indexes() {
        assert!(found(1000, 200, false).is_empty());
    }
}
