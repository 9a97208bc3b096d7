use dbwright_model::catalog::ObjectName;
use dbwright_model::{
    Area, Bytes, Case, Catalog, Checked, Engine, Finding, Fix, Grade, Harm, Limit, Rows, Rule, Severity, Share,
    Subject, Undo,
};
use dbwright_sql::Dialect;

use crate::sections::bloat::Bloat;

static NULLS: Limit<Share> = Limit {
    what: "rows whose indexed column is null",
    value: Share(0.5),
    source: "the half that a partial index leaves out",
};
static ROWS: Limit<Rows> =
    Limit { what: "rows of the table", value: Rows(100_000), source: "smaller indexes cost nothing worth a word" };
static SIZE: Limit<Bytes> =
    Limit { what: "size of the index", value: Bytes::mib(10), source: "smaller indexes cost nothing worth a word" };

pub(super) const RULE: Rule = Rule {
    id: "index-on-mostly-null",
    title: "An index holds mostly nulls",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Indexes,
    harm: Harm::Waste,
    limits: &[&NULLS, &ROWS, &SIZE],
    explains: &[],
    wrong_when: "queries search for IS NULL through this index, or sort by the column with nulls",
    do_not: "drop it without the partial one in place: the searches for values need it",
    lesson: include_str!("index_on_mostly_null.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>()?;
    let mut findings = Vec::new();
    for estimate in &case.get::<Bloat>()?.indexes {
        let Some(nulls) = estimate.leading_nulls.filter(|nulls| nulls.0 >= NULLS.value.0) else { continue };
        if estimate.rows.0 < ROWS.value.0 || estimate.size.0 < SIZE.value.0 {
            continue;
        }
        let known = catalog
            .table(&estimate.table)
            .and_then(|table| table.indexes.iter().find(|index| index.name == estimate.name));
        let Some(index) = known.filter(|index| {
            index.parts.len() == 1
                && index.include.is_empty()
                && index.predicate.is_none()
                && !index.unique
                && index.constraint.is_none()
        }) else {
            continue;
        };
        let Some(column) = index.parts.first().and_then(|part| part.column.as_ref()) else { continue };
        let (table, quoted) = (Dialect::Postgres.qualified(&estimate.table), Dialect::Postgres.quote(column));
        let old = Dialect::Postgres
            .qualified(&ObjectName { schema: estimate.table.schema.clone(), name: index.name.clone() });
        let new: String = index.name.as_str().chars().take(50).chain("_not_null".chars()).collect();
        let new_name = Dialect::Postgres.quote(&new);
        let new_qualified = Dialect::Postgres
            .qualified(&ObjectName { schema: estimate.table.schema.clone(), name: new.as_str().into() });
        let cause = format!(
            "{nulls} of its entries are null: every insert writes one, and only a search for IS NULL reads them"
        );
        findings.push(
            Finding::new(Severity::Info, Subject::index(&estimate.table, index.name.as_str()), cause)
                .grade(Grade::Derived)
                .estimated("null", nulls, "pg_stats.null_frac")
                .catalog("size", estimate.size, "pg_class.relpages")
                .weight(estimate.size.0 as f64 * nulls.0)
                .fix(
                    Fix::sql(
                        format!(
                            "CREATE INDEX CONCURRENTLY {new_name} ON {table} ({quoted}) WHERE {quoted} IS NOT NULL;"
                        ),
                        Undo::Statement(format!("DROP INDEX CONCURRENTLY {new_qualified};")),
                    )
                    .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
                    .disk(Bytes((estimate.size.0 as f64 * (1.0 - nulls.0)) as u64))
                    .cost(format!("when plans use it, drop the old one: DROP INDEX CONCURRENTLY {old};"))
                    .verify(format!(
                        "SELECT pg_size_pretty(pg_relation_size({}));",
                        Dialect::Postgres.literal(&new_qualified)
                    )),
                ),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{case_of, catalog, indexed};
    use crate::sections::bloat::IndexEstimate;

    fn found(nulls: f64, change: impl FnOnce(&mut dbwright_model::catalog::Index)) -> Vec<Finding> {
        let mut table = indexed("orders", &["refunded"]);
        change(&mut table.indexes[0]);
        let estimate = IndexEstimate {
            table: table.name.clone(),
            name: table.indexes[0].name.clone(),
            size: Bytes::mib(200),
            rows: Rows(10_000_000),
            leading_nulls: Some(Share(nulls)),
            ..IndexEstimate::default()
        };
        check(&case_of(15).with(&Bloat { tables: vec![], indexes: vec![estimate] }).with(&catalog(vec![table])))
            .unwrap()
    }

    #[test]
    fn fires_when_most_are_null() {
        assert_eq!(
            found(0.95, |_| ())[0].fixes[0].statement,
            "CREATE INDEX CONCURRENTLY orders_refunded_idx_not_null ON public.orders (refunded) WHERE refunded IS NOT NULL;"
        );
    }

    #[test]
    fn fires_at_half() {
        assert_eq!(found(0.5, |_| ()).len(), 1);
    }

    #[test]
    fn silent_when_few_are_null() {
        assert!(found(0.4, |_| ()).is_empty());
    }

    #[test]
    fn silent_on_partial_and_unique_indexes() {
        assert!(found(0.95, |index| index.predicate = Some("refunded IS NOT NULL".into())).is_empty());
        assert!(found(0.95, |index| index.unique = true).is_empty());
    }
}
