use dbwright_model::{
    Area, Bytes, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, NotEvaluated, Rule, Severity, Subject, Undo,
    Why,
};
use dbwright_sql::Dialect;

use crate::sections::schema::Schema;

static AGE: Limit<Count> = Limit {
    what: "transactions since it was made",
    value: Count(50_000_000),
    source: "vacuum_freeze_table_age is three times that; autovacuum cannot freeze it, and it holds the database back",
};
static SIZE: Limit<Bytes> = Limit { what: "its size", value: Bytes::mib(100), source: "less is not worth a word" };

pub(super) const RULE: Rule = Rule {
    id: "orphaned-temp-table",
    title: "A temporary table outlived its session",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Vacuum,
    harm: Harm::Waste,
    limits: &[&AGE, &SIZE],
    explains: &[],
    wrong_when: "a session took the same number again in the meantime and is using the schema right now",
    do_not: "delete its rows from pg_class: the file stays, and the catalog is damaged",
    lesson: include_str!("orphaned_temp_table.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let Some(orphans) = &case.get::<Schema>()?.orphaned else {
        return Err(NotEvaluated::new(Why::NotCollected, "temporary tables could not be read"));
    };
    let matter = orphans.iter().filter(|orphan| orphan.xid_age.0 >= AGE.value.0 || orphan.size.0 >= SIZE.value.0);
    Ok(matter
        .map(|orphan| {
            let cause = format!(
                "its session is gone, and its {} stay; nobody can vacuum it, so that at {} transactions it holds back the age of the database",
                orphan.size, orphan.xid_age
            );
            Finding::new(Severity::Warn, Subject::table(&orphan.table), cause)
                .measured("age", orphan.xid_age, "age(pg_class.relfrozenxid)")
                .catalog("size", orphan.size, "pg_class.relpages")
                .weight(orphan.xid_age.0 as f64)
                .fix(
                    Fix::sql(
                        format!("DROP TABLE {};", Dialect::Postgres.qualified(&orphan.table)),
                        Undo::Impossible("the rows belonged to a session that is gone; nobody can read them".into()),
                    )
                    .lock("ACCESS EXCLUSIVE on a table nobody uses")
                    .cost("needs its owner or a superuser"),
                )
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::ObjectName;

    use super::*;
    use crate::rules::fixtures::case_of;
    use crate::sections::schema::Orphan;

    fn found(xid_age: u64, size: Bytes) -> Vec<Finding> {
        let orphan = Orphan { table: ObjectName::new("pg_temp_7", "work"), size, xid_age: Count(xid_age) };
        check(&case_of(15).with(&Schema { orphaned: Some(vec![orphan]), ..Schema::default() })).unwrap()
    }

    #[test]
    fn fires_on_an_old_one() {
        assert_eq!(found(60_000_000, Bytes(8192))[0].fixes[0].statement, "DROP TABLE pg_temp_7.work;");
    }

    #[test]
    fn fires_on_a_large_one() {
        assert_eq!(found(10, Bytes::gib(2)).len(), 1);
    }

    #[test]
    fn silent_on_one_that_autovacuum_will_drop() {
        assert!(found(49_000_000, Bytes::mib(99)).is_empty());
    }

    #[test]
    fn silent_but_said_when_not_read() {
        assert_eq!(check(&case_of(15).with(&Schema::default())).unwrap_err().why, Why::NotCollected);
    }
}
