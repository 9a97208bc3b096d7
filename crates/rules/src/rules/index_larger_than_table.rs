use dbwright_model::catalog::TableKind;
use dbwright_model::{
    Area, Bytes, Case, Catalog, Checked, Engine, Finding, Fix, Grade, Harm, Limit, Ratio, Rule, Severity, Subject, Undo,
};

use crate::ddl;

static SIZE: Limit<Bytes> =
    Limit { what: "size of all indexes", value: Bytes::gib(1), source: "below it the disk costs nothing to speak of" };
static RATIO: Limit<Ratio> = Limit {
    what: "indexes together, compared with the rows",
    value: Ratio(2.0),
    source: "postgres-checkup, PMM: more than the table itself is worth a look, twice is unusual",
};

pub(super) const RULE: Rule = Rule {
    id: "index-larger-than-table",
    title: "The indexes of a table are much bigger than its rows",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; InnoDB keeps the rows in the primary key, which counts as rows",
    area: Area::Space,
    harm: Harm::Waste,
    limits: &[&SIZE, &RATIO],
    explains: &[],
    wrong_when: "the table is narrow (a link table of two keys) and each index has its queries, or full text or vectors are indexed",
    do_not: "drop the biggest index first: size says nothing about use",
    lesson: include_str!("index_larger_than_table.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>()?;
    let mut findings = Vec::new();
    for table in catalog.tables.iter().filter(|table| table.kind != TableKind::Partitioned) {
        let (Some(rows), Some(indexes)) = (table.data_size, table.index_size) else { continue };
        let rows = rows + table.overflow_size.unwrap_or_default();
        if indexes < SIZE.value || rows.0 == 0 || (indexes.0 as f64) < rows.0 as f64 * RATIO.value.0 {
            continue;
        }
        // One index may well be that big; several are a habit.
        let several = table.indexes.iter().filter(|index| !index.primary).count() >= 2;
        if !several {
            continue;
        }
        let ratio = Ratio(indexes.0 as f64 / rows.0 as f64);
        let biggest =
            table.indexes.iter().filter(|index| !index.primary).max_by_key(|index| index.size.map(|size| size.0));
        let cause = format!(
            "the {} indexes of {} take {indexes}, {ratio} its rows ({rows}): every write maintains them and they compete for the cache",
            table.indexes.len(),
            table.name
        );
        let mut finding = Finding::new(Severity::Info, Subject::table(&table.name), cause)
            .grade(Grade::Derived)
            .measured("size of the indexes", indexes, "catalog: index sizes")
            .measured("size of the rows", rows, "catalog: table size")
            .weight(indexes.minus(rows).0 as f64)
            .fix(sizes(case, table));
        if let Some((name, size)) = biggest.and_then(|index| Some((&index.name, index.size?))) {
            finding = finding.catalog("biggest", name.as_str(), "catalog: index sizes").measured(
                "its size",
                size,
                "catalog: index sizes",
            );
        }
        findings.push(finding);
    }
    Ok(findings)
}

/// The sizes and uses of the table's indexes, to decide on.
fn sizes(case: &Case, table: &dbwright_model::catalog::Table) -> Fix {
    let dialect = ddl::dialect(case);
    let (schema, name) = (dialect.literal(&table.name.schema), dialect.literal(&table.name.name));
    let statement = match case.engine() {
        Engine::MySql => format!(
            "SELECT index_name, stat_value * @@innodb_page_size AS bytes FROM mysql.innodb_index_stats \
             WHERE database_name = {schema} AND table_name = {name} AND stat_name = 'size' ORDER BY 2 DESC;"
        ),
        _ => format!(
            "SELECT indexrelname, pg_size_pretty(pg_relation_size(indexrelid)) AS size, idx_scan FROM pg_stat_user_indexes \
             WHERE schemaname = {schema} AND relname = {name} ORDER BY pg_relation_size(indexrelid) DESC;"
        ),
    };
    Fix::sql(statement, Undo::NotNeeded("it only looks".into()))
        .cost("then rebuild what is bloated, and drop what is duplicate, redundant or unused; see the findings of those names")
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::Table;

    use super::*;
    use crate::example::{catalog, index, mysql, postgres, primary, table};

    fn heavy() -> Table {
        let mut t = table("links", &["a", "b"]);
        t.data_size = Some(Bytes::gib(1));
        t.index_size = Some(Bytes::gib(3));
        t.indexes = vec![index("links_a", &["a"]), index("links_b", &["b"]), primary("links_pkey", &["a", "b"])];
        t
    }

    #[test]
    fn fires_on_three_times_the_rows() {
        let found = check(&postgres(&catalog(vec![heavy()]))).unwrap();
        assert!(found[0].cause.contains("the 3 indexes of public.links take 3 GB, 3× its rows"), "{}", found[0].cause);
    }

    #[test]
    fn fires_on_mysql_with_its_own_statistics() {
        let found = check(&mysql(&catalog(vec![heavy()]))).unwrap();
        assert!(found[0].fixes[0].statement.contains("innodb_index_stats"));
    }

    #[test]
    fn silent_when_small_or_in_proportion() {
        let small = Table { data_size: Some(Bytes::mib(10)), index_size: Some(Bytes::mib(900)), ..heavy() };
        let proportionate = Table { data_size: Some(Bytes::gib(2)), ..heavy() };
        assert!(check(&postgres(&catalog(vec![small, proportionate]))).unwrap().is_empty());
    }

    #[test]
    fn silent_when_values_are_stored_aside_or_one_index_is_all() {
        let aside = Table { overflow_size: Some(Bytes::gib(5)), ..heavy() };
        let single = Table { indexes: vec![index("links_a", &["a"])], ..heavy() };
        assert!(check(&postgres(&catalog(vec![aside, single]))).unwrap().is_empty());
    }
}
