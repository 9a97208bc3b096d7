use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Fix, Grade, Harm, Limit, Rule, Severity, Share, Subject, Undo,
};
use dbwright_sql::Dialect;

use crate::sections::bloat::Bloat;

static SHARE: Limit<Share> = Limit {
    what: "part of the table that rewriting frees",
    value: Share(0.4),
    source: "a table under steady updates levels off at 20–30 % with default settings; the estimate is within 5 points (measured, 12–18)",
};
static WASTED: Limit<Bytes> =
    Limit { what: "bytes that rewriting frees", value: Bytes::mib(10), source: "less is not worth a lock" };
static MUCH: Limit<Bytes> = Limit {
    what: "bytes that make it a warning",
    value: Bytes::mib(512),
    source: "four times the default shared_buffers: as much cache is spent on nothing",
};

pub(super) const RULE: Rule = Rule {
    id: "table-bloat",
    title: "A table holds much more space than its rows need",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Space,
    harm: Harm::Waste,
    limits: &[&SHARE, &WASTED, &MUCH],
    explains: &[],
    wrong_when: "the table grows back soon (a queue, a table loaded every night): then the space is in use, only not now",
    do_not: "run VACUUM FULL in working hours: it locks out every reader and writer until it is done",
    lesson: include_str!("table_bloat.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let mut findings = Vec::new();
    for table in &case.get::<Bloat>()?.tables {
        let wasted = table.wasted();
        let Some(share) = wasted.share_of(table.size).filter(|share| share.0 >= SHARE.value.0) else { continue };
        if wasted.0 < WASTED.value.0 {
            continue;
        }
        let severity = if wasted.0 >= MUCH.value.0 { Severity::Warn } else { Severity::Info };
        let cause = format!("{wasted} of {} ({share}) hold no rows: scans and the cache carry them along", table.size);
        let name = Dialect::Postgres.qualified(&table.name);
        let literal = Dialect::Postgres.literal(&name);
        let verify = format!("SELECT pg_size_pretty(pg_relation_size({literal}));");
        let mut found = Finding::new(severity, Subject::table(&table.name), cause)
            .grade(Grade::Derived)
            .catalog("size", table.size, "pg_class.relpages")
            .estimated(
                "size of the same rows written anew",
                table.ideal,
                "pg_class.reltuples × row width from pg_stats and pg_attribute",
            )
            .weight(wasted.0 as f64);
        if case.server.version.major >= 19 {
            found = found.fix(
                Fix::sql(format!("REPACK (CONCURRENTLY) {name};"), Undo::NotNeeded("the rows are the same".into()))
                    .lock("SHARE UPDATE EXCLUSIVE, and ACCESS EXCLUSIVE for a moment at the end")
                    .disk(table.ideal)
                    .verify(verify.clone()),
            );
        }
        findings.push(found.fix(
            Fix::sql(format!("VACUUM (FULL, ANALYZE) {name};"), Undo::NotNeeded("the rows are the same".into()))
                .lock("ACCESS EXCLUSIVE (nobody reads or writes the table until it is done)")
                .disk(table.ideal)
                .cost("rewrites the table and all its indexes; where it may not be locked, the extension pg_repack does the same without")
                .verify(verify),
        ));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::ObjectName;

    use super::*;
    use crate::rules::fixtures::case_of;
    use crate::sections::bloat::TableEstimate;

    fn found(major: u32, size: Bytes, ideal: Bytes) -> Vec<Finding> {
        let table =
            TableEstimate { name: ObjectName::new("public", "Tickets"), size, ideal, ..TableEstimate::default() };
        check(&case_of(major).with(&Bloat { tables: vec![table], indexes: vec![] })).unwrap()
    }

    #[test]
    fn fires_on_a_table_full_of_nothing() {
        let found = found(15, Bytes::gib(10), Bytes::gib(2));
        assert_eq!(found[0].severity, Severity::Warn);
        assert_eq!(found[0].fixes[0].statement, "VACUUM (FULL, ANALYZE) public.\"Tickets\";");
    }

    #[test]
    fn fires_gently_on_a_small_one_and_knows_version_19() {
        assert_eq!(found(15, Bytes::mib(24), Bytes::mib(5))[0].severity, Severity::Info);
        assert!(found(19, Bytes::mib(24), Bytes::mib(5))[0].fixes[0].statement.starts_with("REPACK"));
    }

    #[test]
    fn silent_at_the_usual_share() {
        assert!(found(15, Bytes::gib(10), Bytes::gib(7)).is_empty());
    }

    #[test]
    fn silent_when_it_is_little() {
        assert!(found(15, Bytes::mib(9), Bytes(8192)).is_empty());
    }
}
