use std::collections::BTreeMap;

use dbwright_model::catalog::ObjectName;
use dbwright_model::{
    Area, Bytes, Case, Catalog, Checked, Engine, Finding, Fix, Grade, Harm, Limit, Rule, Section, Severity, Share,
    Subject, Undo,
};
use dbwright_sql::Dialect;

use super::width;
use crate::sections::innodb::InnoDb;

static SHARE: Limit<Share> = Limit {
    what: "part of the file that writing it anew frees",
    value: Share(0.4),
    source: "fresh tables show 0–5 %, tables filled in random order up to 15 % (measured, MariaDB 10.11 and MySQL 9)",
};
static FREED: Limit<Bytes> =
    Limit { what: "bytes freed", value: Bytes::mib(10), source: "less is not worth copying a table" };
static MUCH: Limit<Bytes> = Limit {
    what: "bytes freed that make it a warning",
    value: Bytes::gib(5),
    source: "free pages cost disk and the time of physical backups, not memory: gentler than bloat elsewhere",
};

/// Pages that a freshly written tree takes per leaf: inner pages and what InnoDB keeps in reserve
/// (measured 1.16–1.19 after OPTIMIZE TABLE, MariaDB 10.11 and MySQL 9).
const PAGES_PER_LEAF: f64 = 1.2;
/// Space of a row in a full tree against its own width: pages are filled to 15/16, and some lead to others.
const ROOM: f64 = 1.15;
/// Free extents that a growing file holds ahead of need (measured up to 5 MiB).
const AHEAD: Bytes = Bytes::mib(8);

pub(super) const RULE: Rule = Rule {
    id: "table-fragmented",
    title: "A table's file is much larger than what it holds",
    engines: &[Engine::MySql],
    versions: "MySQL 5.7–9, MariaDB 10.4–12",
    area: Area::Space,
    harm: Harm::Waste,
    limits: &[&SHARE, &FREED, &MUCH],
    explains: &[],
    wrong_when: "the table grows back soon: it fills the free pages first",
    do_not: "run OPTIMIZE TABLE every night as a habit: it copies the table each time and gains nothing that lasts",
    lesson: include_str!("table_fragmented.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let innodb = case.get::<InnoDb>()?;
    let catalog = case.get::<Catalog>()?;
    // Pages and leaves of all trees of a table, its partitions included.
    let mut trees: BTreeMap<ObjectName, (u64, u64)> = BTreeMap::new();
    for index in &innodb.indexes {
        let name = index.table.name.as_str();
        let at = name.to_ascii_lowercase().find("#p#").unwrap_or(name.len());
        let table = ObjectName::new(index.table.schema.clone(), name.get(..at).unwrap_or(name));
        let tree = trees.entry(table).or_default();
        tree.0 += index.pages.0;
        tree.1 += index.leaves.0;
    }
    let mut findings = Vec::new();
    for table in &innodb.tables {
        let (mut pages, mut leaves) = trees.get(&table.table).copied().unwrap_or_default();
        // Pages of values kept apart count as pages but not as leaves.
        let apart =
            catalog.table(&table.table).is_none_or(|known| known.columns.iter().any(|column| long(&column.type_name)));
        let whole = Bytes(pages * innodb.page.0 + table.free.minus(AHEAD).0);
        if apart {
            (pages, leaves) = (0, 0);
        }
        let hollow = (pages as f64 - leaves as f64 * PAGES_PER_LEAF).max(0.0) as u64 * innodb.page.0;
        // Leaves that were counted before purge came by are full of deleted rows: what the rows can need at most tells.
        let sparse = catalog.table(&table.table).filter(|_| !apart).and_then(|known| {
            let need = (width::row_bytes(known)? * known.rows?.0) as f64 * ROOM;
            Some(known.data_size?.0.saturating_sub(need as u64))
        });
        let freed = Bytes(hollow.max(sparse.unwrap_or(0)) + table.free.minus(AHEAD).0);
        let Some(share) = freed.share_of(whole).filter(|share| share.0 >= SHARE.value.0) else { continue };
        if freed < FREED.value {
            continue;
        }
        let severity = if freed >= MUCH.value { Severity::Warn } else { Severity::Info };
        let cause = format!(
            "{freed} of {whole} ({share}) in the file of {} hold nothing: the disk and every physical backup carry them along",
            table.table
        );
        let name = Dialect::MySql.qualified(&table.table);
        let mut found = Finding::new(severity, Subject::table(&table.table), cause).grade(Grade::Derived).catalog(
            "free extents",
            table.free,
            "information_schema.tables.data_free",
        );
        if !apart {
            found = found
                .catalog("pages allocated", dbwright_model::Count(pages), "mysql.innodb_index_stats: size")
                .catalog("pages with entries", dbwright_model::Count(leaves), "mysql.innodb_index_stats: n_leaf_pages")
                .estimated("rows", table.rows, "information_schema.tables.table_rows")
                .estimated(
                    "bytes a row takes in the file",
                    table.row_length,
                    "information_schema.tables.avg_row_length",
                );
        }
        findings.push(
            found.weight(freed.0 as f64).fix(
                Fix::sql(format!("OPTIMIZE TABLE {name};"), Undo::NotNeeded("the rows are the same".into()))
                    .lock("none for most of it (the table is written anew online), exclusive for a moment at begin and end; waits behind open transactions on the table, and others wait behind it")
                    .disk(whole.minus(freed))
                    .cost("copies the table and all its indexes; replicas do the same after it, and lag meanwhile")
                    .verify(format!(
                        "SELECT data_length, data_free FROM information_schema.tables WHERE table_schema = {} AND table_name = {};",
                        Dialect::MySql.literal(&table.table.schema),
                        Dialect::MySql.literal(&table.table.name)
                    )),
            ),
        );
    }
    // Without the pages of the trees, finding nothing means little.
    let blind = case.gaps.iter().find(|gap| gap.section == InnoDb::ID && innodb.indexes.is_empty());
    match blind {
        Some(gap) if findings.is_empty() => Err(gap.into()),
        _ => Ok(findings),
    }
}

/// Whether values of the type may lie on pages of their own.
fn long(type_name: &str) -> bool {
    let name = type_name.to_ascii_lowercase();
    let length = || name.split(['(', ')']).nth(1).and_then(|length| length.parse::<u32>().ok());
    ["text", "blob", "json", "geometry", "point", "polygon", "linestring", "vector"]
        .iter()
        .any(|word| name.contains(word))
        || ((name.starts_with("varchar") || name.starts_with("varbinary"))
            && length().is_none_or(|length| length > 2000))
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::Table;
    use dbwright_model::{Count, Rows};

    use super::super::fixtures::{catalog, column, recent, table};
    use super::*;
    use crate::sections::innodb::{IndexPages, TablePages};

    fn found(file: &str, type_name: &str, pages: u64, leaves: u64, free: Bytes) -> Vec<Finding> {
        let mut orders = table(1000);
        orders.columns.push(column("data", type_name));
        let name = orders.name.clone();
        let index = IndexPages {
            table: ObjectName::new("shop", file),
            index: "PRIMARY".into(),
            pages: Count(pages),
            leaves: Count(leaves),
            updated: None,
        };
        let pages = TablePages { table: name, free, rows: Rows(1000), ..TablePages::default() };
        let innodb = InnoDb { indexes: vec![index], tables: vec![pages], page: Bytes::kib(16) };
        check(&catalog(recent(), vec![orders]).with(&innodb)).unwrap()
    }

    // The figures are those of real tables: 100 000 rows of 240 bytes.

    #[test]
    fn fires_after_four_fifths_were_deleted() {
        let found = found("orders", "varchar(250)", 1800, 358, Bytes::mib(4));
        assert_eq!(found[0].severity, Severity::Info);
        assert_eq!(found[0].fixes[0].statement, "OPTIMIZE TABLE shop.orders;");
    }

    #[test]
    fn fires_on_free_extents_and_on_partitions() {
        assert_eq!(found("orders", "longtext", 1, 1, Bytes::mib(32)).len(), 1);
        assert_eq!(found("orders#P#p0", "varchar(250)", 1800, 358, Bytes::mib(4)).len(), 1);
        assert_eq!(found("orders", "int", 1, 1, Bytes::gib(6))[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_before_purge_came_by() {
        let mut sessions = table(18_138);
        sessions.columns.push(column("data", "varchar(250)"));
        sessions.data_size = Some(Bytes(29_949_952));
        let index = IndexPages {
            table: sessions.name.clone(),
            index: "PRIMARY".into(),
            pages: Count(1828),
            leaves: Count(1787),
            updated: None,
        };
        let pages = TablePages {
            table: sessions.name.clone(),
            rows: Rows(18_138),
            free: Bytes::mib(4),
            ..TablePages::default()
        };
        let innodb = InnoDb { indexes: vec![index], tables: vec![pages], page: Bytes::kib(16) };
        let case =
            |rows: u64| catalog(recent(), vec![Table { rows: Some(Rows(rows)), ..sessions.clone() }]).with(&innodb);
        assert_eq!(check(&case(18_138)).unwrap().len(), 1);
        // A row may well be that wide.
        assert!(check(&case(30_000)).unwrap().is_empty());
    }

    #[test]
    fn silent_on_fresh_and_growing_tables() {
        assert!(found("orders", "varchar(250)", 1828, 1787, Bytes::mib(4)).is_empty());
        assert!(found("orders", "varchar(250)", 3313, 2834, Bytes::mib(5)).is_empty());
        assert!(found("orders", "varchar(250)", 97, 54, Bytes::mib(4)).is_empty());
    }

    #[test]
    fn silent_on_values_kept_apart() {
        assert!(found("orders", "longtext", 2890, 1, Bytes::mib(1)).is_empty());
    }

    #[test]
    fn silent_on_little() {
        assert!(found("orders", "varchar(250)", 800, 150, Bytes::mib(4)).is_empty());
    }
}
