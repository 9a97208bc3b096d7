use dbwright_model::catalog::ObjectName;
use dbwright_model::{
    Area, Bytes, Case, Catalog, Checked, Engine, Finding, Fix, Grade, Harm, Limit, Rows, Rule, Severity, Share, Subject,
};
use dbwright_sql::{Dialect, Remake};

use crate::sections::bloat::Bloat;

static VALUES: Limit<Rows> = Limit {
    what: "different values of the column",
    value: Rows(2),
    source: "each stands for a large part of the table",
};
static RAREST: Limit<Share> = Limit {
    what: "part of the rows that have the rarest value",
    value: Share(0.2),
    source: "above it a scan of the table is cheaper by the planner's own prices (random_page_cost 1.1–4)",
};
static ROWS: Limit<Rows> =
    Limit { what: "rows of the table", value: Rows(100_000), source: "smaller indexes cost nothing worth a word" };

pub(super) const RULE: Rule = Rule {
    id: "index-low-cardinality",
    title: "An index cannot narrow a search down",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Indexes,
    harm: Harm::Waste,
    limits: &[&VALUES, &RAREST, &ROWS],
    explains: &[],
    wrong_when: "queries only count, or read nothing but this column: an index-only scan is then the smaller scan",
    do_not: "add more columns behind it in the hope that it helps; put the selective column first, in an index of its own",
    lesson: include_str!("index_low_cardinality.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>()?;
    let mut findings = Vec::new();
    for estimate in &case.get::<Bloat>()?.indexes {
        let (Some(values), Some(rarest)) = (estimate.leading_distinct, estimate.leading_rarest) else { continue };
        let nulls = estimate.leading_nulls.unwrap_or_default();
        // Many nulls or a rare value: then the index finds the few.
        if values.0 == 0
            || values.0 > VALUES.value.0
            || rarest.0 < RAREST.value.0
            || nulls.0 > 0.5
            || estimate.rows.0 < ROWS.value.0
        {
            continue;
        }
        let Some(table) = catalog.table(&estimate.table) else { continue };
        let Some(index) = table.indexes.iter().find(|index| index.name == estimate.name) else { continue };
        let column = match index.parts.as_slice() {
            [part] => part.column.as_ref(),
            _ => None,
        };
        let Some(column) = column else { continue };
        let serves_key = table.foreign_keys.iter().any(|key| key.columns.first() == Some(column));
        if index.unique
            || index.constraint.is_some()
            || index.predicate.is_some()
            || !index.include.is_empty()
            || serves_key
        {
            continue;
        }
        let name = Dialect::Postgres
            .qualified(&ObjectName { schema: estimate.table.schema.clone(), name: index.name.clone() });
        let Some(again) = Remake::of(Dialect::Postgres, table, index) else { continue };
        let what = if values.0 == 1 {
            "one value".to_owned()
        } else {
            format!("{} values, the rarest in {rarest} of the rows", values.0)
        };
        let cause = format!(
            "{} has {what}: a search by it reads a large part of the table, which a scan does cheaper",
            column.as_str()
        );
        findings.push(
            Finding::new(Severity::Info, Subject::index(&estimate.table, index.name.as_str()), cause)
                .grade(Grade::Derived)
                .estimated("different values", values, "pg_stats.n_distinct")
                .estimated("rarest value", rarest, "pg_stats.most_common_freqs")
                .catalog("size", estimate.size, "pg_class.relpages")
                .weight(estimate.size.0 as f64)
                .fix(
                    Fix::sql(again.before(format!("DROP INDEX CONCURRENTLY {name};")), again.undo)
                        .lock(
                            "SHARE UPDATE EXCLUSIVE (reads and writes go on); waits for transactions older than itself",
                        )
                        .cost("look at pg_stat_user_indexes.idx_scan first: index-only scans may still count with it")
                        .disk(Bytes(0)),
                ),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::Table;

    use super::*;
    use crate::rules::fixtures::{case_of, catalog, indexed};
    use crate::sections::bloat::IndexEstimate;
    use dbwright_model::Undo;

    fn found(values: u64, rarest: f64, change: impl FnOnce(&mut Table)) -> Vec<Finding> {
        let mut table = indexed("orders", &["paid"]);
        change(&mut table);
        let estimate = IndexEstimate {
            table: table.name.clone(),
            name: table.indexes[0].name.clone(),
            size: Bytes::mib(20),
            rows: Rows(1_000_000),
            leading_nulls: Some(Share(0.0)),
            leading_distinct: Some(Rows(values)),
            leading_rarest: Some(Share(rarest)),
            ..IndexEstimate::default()
        };
        check(&case_of(15).with(&Bloat { tables: vec![], indexes: vec![estimate] }).with(&catalog(vec![table])))
            .unwrap()
    }

    #[test]
    fn fires_on_two_even_values() {
        let found = found(2, 0.45, |_| ());
        assert_eq!(found[0].fixes[0].statement, "DROP INDEX CONCURRENTLY public.orders_paid_idx;");
        assert!(matches!(&found[0].fixes[0].undo, Undo::Statement(s) if s.starts_with("CREATE INDEX CONCURRENTLY")));
    }

    #[test]
    fn fires_on_a_constant() {
        assert_eq!(found(1, 1.0, |_| ()).len(), 1);
    }

    #[test]
    fn silent_when_one_value_is_rare() {
        assert!(found(2, 0.01, |_| ()).is_empty());
    }

    #[test]
    fn silent_on_more_values_and_on_partial_indexes() {
        assert!(found(3, 0.3, |_| ()).is_empty());
        assert!(found(2, 0.45, |table| table.indexes[0].predicate = Some("paid".into())).is_empty());
    }
}
