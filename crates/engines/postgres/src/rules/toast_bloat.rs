use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Fix, Grade, Harm, Limit, Rule, Severity, Share, Subject, Undo,
};
use dbwright_sql::Dialect;

use crate::sections::bloat::Bloat;

static SHARE: Limit<Share> = Limit {
    what: "part of the TOAST table that is certainly free",
    value: Share(0.4),
    source: "as for tables; a page holds four chunks, so the true share is larger still",
};
static WASTED: Limit<Bytes> =
    Limit { what: "bytes certainly free", value: Bytes::mib(100), source: "less is not worth a lock" };

pub(super) const RULE: Rule = Rule {
    id: "toast-bloat",
    title: "The file of long values holds much more than it needs",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Space,
    harm: Harm::Waste,
    limits: &[&SHARE, &WASTED],
    explains: &[],
    wrong_when: "documents are about to be loaded again into the same table",
    do_not: "change the column's storage to EXTERNAL or PLAIN in the hope of space: existing values stay as they are, and new ones grow",
    lesson: include_str!("toast_bloat.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let mut findings = Vec::new();
    for table in &case.get::<Bloat>()?.tables {
        let (Some(size), Some(most)) = (table.toast_size, table.toast_ideal) else { continue };
        let free = size.minus(most);
        let Some(share) = free.share_of(size).filter(|share| share.0 >= SHARE.value.0) else { continue };
        if free.0 < WASTED.value.0 {
            continue;
        }
        let name = Dialect::Postgres.qualified(&table.name);
        let cause = format!("at least {free} of the {size} ({share}) kept for long values of this table hold none");
        findings.push(
            Finding::new(Severity::Info, Subject::table(&table.name), cause)
                .grade(Grade::Derived)
                .catalog("size of the TOAST table", size, "pg_class.relpages")
                .estimated("the most its chunks can need", most, "pg_class.reltuples ÷ 4 chunks a page")
                .weight(free.0 as f64)
                .fix(
                    Fix::sql(
                        format!("VACUUM (FULL, ANALYZE) {name};"),
                        Undo::NotNeeded("the rows are the same".into()),
                    )
                    .lock("ACCESS EXCLUSIVE (nobody reads or writes the table until it is done)")
                    .disk(Bytes(most.0 + table.ideal.0))
                    .cost("rewrites the table, its long values and all its indexes")
                    .verify(format!("SELECT pg_size_pretty(pg_table_size({}));", Dialect::Postgres.literal(&name))),
                ),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::ObjectName;

    use super::*;
    use crate::rules::fixtures::case_of;
    use crate::sections::bloat::TableEstimate;

    fn found(size: Option<Bytes>, most: Option<Bytes>) -> Vec<Finding> {
        let table = TableEstimate {
            name: ObjectName::new("public", "mails"),
            toast_size: size,
            toast_ideal: most,
            ..TableEstimate::default()
        };
        check(&case_of(15).with(&Bloat { tables: vec![table], indexes: vec![] })).unwrap()
    }

    #[test]
    fn fires_when_most_is_free() {
        assert_eq!(found(Some(Bytes::gib(4)), Some(Bytes::gib(1)))[0].subject.name, "public.mails");
    }

    #[test]
    fn fires_when_nothing_is_left() {
        assert_eq!(found(Some(Bytes::mib(200)), Some(Bytes(0))).len(), 1);
    }

    #[test]
    fn silent_when_it_is_in_use() {
        assert!(found(Some(Bytes::gib(4)), Some(Bytes::gib(3))).is_empty());
    }

    #[test]
    fn silent_when_small_or_not_counted() {
        assert!(found(Some(Bytes::mib(90)), Some(Bytes(0))).is_empty());
        assert!(found(Some(Bytes::gib(4)), None).is_empty());
    }
}
