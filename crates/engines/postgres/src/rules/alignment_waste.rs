use dbwright_model::catalog::Column;
use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Bytes, Case, Catalog, Checked, Engine, Finding, Fix, Grade, Harm, Limit, Rule, Severity, Share, Subject, Undo,
};
use dbwright_sql::Dialect;

use crate::sections::bloat::Bloat;

static SHARE: Limit<Share> =
    Limit { what: "part of the rows that is padding", value: Share(0.1), source: "less does not show in any scan" };
static WASTED: Limit<Bytes> =
    Limit { what: "padding that another order saves", value: Bytes::gib(1), source: "less is not worth a rewrite" };

pub(super) const RULE: Rule = Rule {
    id: "alignment-waste",
    title: "The order of columns wastes space",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Space,
    harm: Harm::Waste,
    limits: &[&SHARE, &WASTED],
    explains: &[],
    wrong_when: "programs rely on the order of columns (SELECT *, COPY without a list)",
    do_not: "rewrite a large table for this alone: take the chance of the next rewrite",
    lesson: include_str!("alignment_waste.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>()?;
    let mut findings = Vec::new();
    for table in &case.get::<Bloat>()?.tables {
        let Some(padding) = table.padding.filter(|padding| padding.0 >= WASTED.value.0) else { continue };
        let Some(share) = padding.share_of(table.ideal).filter(|share| share.0 >= SHARE.value.0) else { continue };
        let order = catalog.table(&table.name).map(|known| order(&known.columns)).unwrap_or_default();
        let cause = format!(
            "{padding} ({share} of its rows) are padding between columns, which another order of them needs less of"
        );
        findings.push(
            Finding::new(Severity::Info, Subject::table(&table.name), cause)
                .grade(Grade::Derived)
                .estimated("padding saved", padding, "pg_attribute.attalign in column order × pg_class.reltuples")
                .weight(padding.0 as f64)
                .fix(
                    Fix::of(
                        FixKind::Code,
                        format!("when the table is next made anew, create it with its columns in this order: {order}"),
                        Undo::NotNeeded("the order has no meaning to queries that name their columns".into()),
                    )
                    .disk(table.ideal.minus(padding)),
                ),
        );
    }
    Ok(findings)
}

/// Names in the order that pads least: eight-byte columns first, what varies in length last.
fn order(columns: &[Column]) -> String {
    let mut names: Vec<&Column> = columns.iter().collect();
    names.sort_by_key(|column| match column.type_name.as_str() {
        "bigint" | "double precision" | "timestamp with time zone" | "timestamp without time zone" | "interval" => 0,
        "integer" | "real" | "date" | "oid" => 1,
        "smallint" => 2,
        "boolean" | "uuid" | "\"char\"" => 3,
        _ => 4,
    });
    names.iter().map(|column| Dialect::Postgres.quote(&column.name)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::{ObjectName, Table};

    use super::*;
    use crate::rules::fixtures::{case_of, catalog};
    use crate::sections::bloat::TableEstimate;

    fn found(ideal: Bytes, padding: Option<Bytes>) -> Vec<Finding> {
        let name = ObjectName::new("public", "events");
        let column =
            |(name, kind): (&str, &str)| Column { name: name.into(), type_name: kind.into(), ..Column::default() };
        let columns = [("seen", "boolean"), ("id", "bigint"), ("what", "text")].map(column).to_vec();
        let table = TableEstimate { name: name.clone(), size: ideal, ideal, padding, ..TableEstimate::default() };
        let known = Table { name, columns, ..Table::default() };
        check(&case_of(15).with(&Bloat { tables: vec![table], indexes: vec![] }).with(&catalog(vec![known]))).unwrap()
    }

    #[test]
    fn fires_with_the_better_order() {
        let found = found(Bytes::gib(10), Some(Bytes::gib(2)));
        assert!(found[0].fixes[0].statement.ends_with("id, seen, what"), "{}", found[0].fixes[0].statement);
    }

    #[test]
    fn fires_at_a_tenth() {
        assert_eq!(found(Bytes::gib(10), Some(Bytes::gib(1))).len(), 1);
    }

    #[test]
    fn silent_on_little_padding() {
        assert!(found(Bytes::gib(100), Some(Bytes::gib(2))).is_empty());
        assert!(found(Bytes::gib(2), Some(Bytes::mib(900))).is_empty());
    }

    #[test]
    fn silent_when_unknown() {
        assert!(found(Bytes::gib(10), None).is_empty());
    }
}
