use dbwright_model::catalog::Table;
use dbwright_model::{
    Area, Bytes, Case, Catalog, Checked, Engine, Finding, Fix, Harm, Limit, Rows, Rule, Severity, Subject, Undo,
};
use dbwright_sql::Dialect;

static ROWS: Limit<Rows> = Limit {
    what: "rows that make it a warning",
    value: Rows(1000),
    source: "a smaller table is repaired or loaded again in a moment",
};

pub(super) const RULE: Rule = Rule {
    id: "non-innodb-table",
    title: "A table without transactions",
    engines: &[Engine::MySql],
    versions: "MySQL 5.7–9, MariaDB 10.4–12",
    area: Area::Durability,
    harm: Harm::DataLoss,
    limits: &[&ROWS],
    explains: &["missing-primary-key"],
    wrong_when: "the table is written once and read ever after, or can be loaded again at any time",
    do_not: "convert a large table in working hours: writers wait until the last row is copied",
    lesson: include_str!("non_innodb_table.md"),
    check,
};

fn check(case: &Case) -> Checked {
    Ok(case.get::<Catalog>()?.tables.iter().filter_map(finding).collect())
}

fn finding(table: &Table) -> Option<Finding> {
    let loss = match table.engine.to_ascii_lowercase().as_str() {
        "myisam" => "a crash can leave it corrupt, nothing rolls back, and every write locks the whole table",
        "aria" => {
            "a crash can keep half of what belongs together, nothing rolls back, and every write locks the whole table"
        }
        "memory" => "it is empty after each restart, and a replica that restarts alone differs from then on",
        _ => return None,
    };
    let large = table.rows.is_some_and(|rows| rows >= ROWS.value) && !table.engine.eq_ignore_ascii_case("memory");
    let severity = if large { Severity::Warn } else { Severity::Info };
    let rows = table.rows.map(|rows| format!(" with {rows} rows")).unwrap_or_default();
    let mut found = Finding::new(
        severity,
        Subject::table(&table.name),
        format!("{}{rows} is in {}: {loss}", table.name, table.engine),
    )
    .catalog("engine", table.engine.clone(), "information_schema.tables.engine")
    .weight(table.rows.map_or(0.0, |rows| rows.0 as f64));
    if let Some(rows) = table.rows {
        found = found.estimated("rows", rows, "information_schema.tables.table_rows");
    }
    // InnoDB wants the counting column first in some index; MyISAM also counts within groups.
    let counter = table.columns.iter().find(|column| column.generated_key);
    let converts = counter.is_none_or(|column| {
        table
            .indexes
            .iter()
            .any(|index| index.parts.first().and_then(|part| part.column.as_ref()) == Some(&column.name))
    });
    if !converts {
        return Some(found.wrong_when(
            "it numbers rows within groups (AUTO_INCREMENT second in its key), which only MyISAM and Aria do",
        ));
    }
    let name = Dialect::MySql.qualified(&table.name);
    Some(
        found.fix(
            Fix::sql(
                format!("ALTER TABLE {name} ENGINE = InnoDB;"),
                Undo::Statement(format!("ALTER TABLE {name} ENGINE = {};", table.engine)),
            )
            .lock("SHARED: reads go on, writes wait until all rows are copied")
            // Measured on narrow tables: InnoDB takes about twice MyISAM's space.
            .disk(Bytes(table.total_size().0.saturating_mul(2)))
            .verify(format!(
                "SELECT engine FROM information_schema.tables WHERE table_schema = {} AND table_name = {};",
                Dialect::MySql.literal(&table.name.schema),
                Dialect::MySql.literal(&table.name.name)
            )),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{catalog, column, index, recent, table};
    use super::*;

    fn found(table: Table) -> Vec<Finding> {
        check(&catalog(recent(), vec![table])).unwrap()
    }

    fn of(engine: &str, rows: u64) -> Table {
        Table { engine: engine.into(), ..table(rows) }
    }

    #[test]
    fn fires_on_a_filled_table() {
        let found = found(of("MyISAM", 1000));
        assert_eq!(found[0].severity, Severity::Warn);
        assert_eq!(found[0].fixes[0].statement, "ALTER TABLE shop.orders ENGINE = InnoDB;");
    }

    #[test]
    fn fires_gently_on_small_and_on_memory_tables() {
        assert_eq!(found(of("Aria", 999))[0].severity, Severity::Info);
        assert_eq!(found(of("MEMORY", 50_000))[0].severity, Severity::Info);
    }

    #[test]
    fn fires_without_a_fix_where_innodb_cannot_count() {
        let mut counted = of("MyISAM", 5000);
        counted.columns = vec![column("grp", "int"), column("n", "int")];
        counted.columns[1].generated_key = true;
        counted.indexes = vec![index("PRIMARY", &["grp", "n"])];
        assert!(found(counted)[0].fixes.is_empty());
    }

    #[test]
    fn silent_on_innodb() {
        assert!(found(table(1_000_000)).is_empty());
    }

    #[test]
    fn silent_on_engines_chosen_on_purpose() {
        assert!(found(of("ROCKSDB", 5000)).is_empty());
        assert!(found(of("ARCHIVE", 5000)).is_empty());
    }
}
