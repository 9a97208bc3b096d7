use dbwright_model::catalog::ObjectName;
use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Fix, Grade, Harm, Limit, Rule, Severity, Share, Subject, Undo,
};
use dbwright_sql::Dialect;

use crate::sections::bloat::Bloat;

static SHARE: Limit<Share> = Limit {
    what: "part of the index that building it anew frees",
    value: Share(0.45),
    source: "keys arriving at random leave pages 65–75 % full, which is 20–30 % less than built anew, and soon so again (measured, 12–18)",
};
static WASTED: Limit<Bytes> =
    Limit { what: "bytes that building anew frees", value: Bytes::mib(4), source: "less is not worth the work" };
static MUCH: Limit<Bytes> = Limit {
    what: "bytes that make it a warning",
    value: Bytes::mib(256),
    source: "twice the default shared_buffers: index pages should stay in the cache",
};

pub(super) const RULE: Rule = Rule {
    id: "index-bloat",
    title: "An index holds much more space than its entries need",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Space,
    harm: Harm::Waste,
    limits: &[&SHARE, &WASTED, &MUCH],
    explains: &[],
    wrong_when: "the index shrinks and grows in a rhythm, and is at its lowest now",
    do_not: "drop and create the index instead: queries have none meanwhile, and a constraint may forbid it",
    lesson: include_str!("index_bloat.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let mut findings = Vec::new();
    for index in &case.get::<Bloat>()?.indexes {
        let (Some(wasted), Some(ideal)) = (index.wasted(), index.ideal) else { continue };
        let Some(share) = wasted.share_of(index.size).filter(|share| share.0 >= SHARE.value.0) else { continue };
        if wasted.0 < WASTED.value.0 {
            continue;
        }
        let severity = if wasted.0 >= MUCH.value.0 { Severity::Warn } else { Severity::Info };
        let name =
            Dialect::Postgres.qualified(&ObjectName { schema: index.table.schema.clone(), name: index.name.clone() });
        let cause = format!(
            "{wasted} of {} ({share}) would go if the index were built anew: lookups touch more pages than needed",
            index.size
        );
        findings.push(
            Finding::new(severity, Subject::index(&index.table, index.name.as_str()), cause)
                .grade(Grade::Derived)
                .catalog("size", index.size, "pg_class.relpages")
                .estimated(
                    "size built anew",
                    ideal,
                    "pg_class.reltuples × key width from pg_stats, duplicates stored once where the server does",
                )
                .weight(wasted.0 as f64)
                .fix(
                    Fix::sql(
                        format!("REINDEX INDEX CONCURRENTLY {name};"),
                        Undo::NotNeeded("the entries are the same".into()),
                    )
                    .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on); waits for transactions older than itself")
                    .disk(ideal)
                    .cost("reads the table twice; if it fails it leaves an invalid index with the suffix _ccnew")
                    .verify(format!("SELECT pg_size_pretty(pg_relation_size({}));", Dialect::Postgres.literal(&name))),
                ),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::case_of;
    use crate::sections::bloat::IndexEstimate;

    fn found(size: Bytes, ideal: Option<Bytes>) -> Vec<Finding> {
        let index = IndexEstimate {
            table: ObjectName::new("shop", "orders"),
            name: "orders_pkey".into(),
            size,
            ideal,
            ..IndexEstimate::default()
        };
        check(&case_of(15).with(&Bloat { tables: vec![], indexes: vec![index] })).unwrap()
    }

    #[test]
    fn fires_on_an_index_full_of_nothing() {
        let found = found(Bytes::gib(1), Some(Bytes::mib(200)));
        assert_eq!(found[0].subject.name, "shop.orders_pkey");
        assert_eq!(found[0].fixes[0].statement, "REINDEX INDEX CONCURRENTLY shop.orders_pkey;");
        assert_eq!(found[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_gently_on_a_small_one() {
        assert_eq!(found(Bytes::mib(6), Some(Bytes(700_000)))[0].severity, Severity::Info);
    }

    #[test]
    fn silent_at_what_random_keys_leave() {
        assert!(found(Bytes::gib(1), Some(Bytes::mib(680))).is_empty());
    }

    #[test]
    fn silent_when_little_or_unknown() {
        assert!(found(Bytes::mib(3), Some(Bytes(8192))).is_empty());
        assert!(found(Bytes::gib(1), None).is_empty());
    }
}
