use dbwright_model::finding::{FixKind, SubjectKind};
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Share, Subject, Undo,
};
use dbwright_sql::Dialect;

use crate::sections::tables::Tables;
use crate::sections::vacuum::{DatabaseAge, Vacuum};

static WARN: Limit<Share> = Limit {
    what: "age of the oldest id, as a part of the 2³¹ there are",
    value: Share(0.5),
    source: "five times the default autovacuum_freeze_max_age: forced vacuums have been failing for long",
};
static ERROR: Limit<Share> = Limit {
    what: "age of the oldest id, as a part of the 2³¹ there are",
    value: Share(0.8),
    source: "the failsafe starts at 1.6 billion, 75 % (vacuum_failsafe_age, 14+); writes stop 3 million before the end",
};

pub(super) const RULE: Rule = Rule {
    id: "wraparound-near",
    title: "Transaction ids run out",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Vacuum,
    harm: Harm::Outage,
    limits: &[&WARN, &ERROR],
    explains: &["freeze-debt"],
    wrong_when: "the template database that takes no connections was just made from an old one; check whether its age falls by itself",
    do_not: "cancel the vacuum that says (to prevent wraparound), or stop the server and vacuum in single-user mode: it works while the server is up, and faster",
    lesson: include_str!("wraparound_near.md"),
    check,
};

/// Ids that can be told apart as older and younger.
const IDS: f64 = 2_147_483_648.0;

fn check(case: &Case) -> Checked {
    let vacuum = case.get::<Vacuum>()?;
    let worst = case
        .get::<Tables>()
        .ok()
        .and_then(|tables| tables.tables.iter().max_by_key(|table| table.xid_age.map(|age| age.0)));
    let mut findings = Vec::new();
    for database in &vacuum.databases {
        for (what, age, column) in [
            ("transaction", database.xid_age, "pg_database.datfrozenxid"),
            ("multixact", database.mxid_age, "pg_database.datminmxid"),
        ] {
            let Some(share) = Share::of(age.0 as f64, IDS).filter(|share| share.0 >= WARN.value.0) else { continue };
            let severity = if share.0 >= ERROR.value.0 { Severity::Error } else { Severity::Warn };
            let left = Count((IDS - 3e6 - age.0 as f64).max(0.0) as u64);
            let cause =
                format!("{share} of all {what} ids are used up: writes in every database stop after {left} more");
            let mut found = Finding::new(severity, Subject::new(SubjectKind::Database, database.name.as_str()), cause)
                .measured(&format!("{what} age"), age, column)
                .weight(share.0);
            if let Some(table) = worst.filter(|_| database.current && what == "transaction") {
                let name = Dialect::Postgres.qualified(&table.name);
                found = found.fix(
                    Fix::sql(
                        format!("VACUUM (FREEZE, VERBOSE) {name};"),
                        Undo::NotNeeded("frozen rows read like any others".into()),
                    )
                    .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
                    .cost("reads the whole table; it is the oldest one here, repeat for the next oldest")
                    .verify("SELECT datname, age(datfrozenxid), mxid_age(datminmxid) FROM pg_database;"),
                );
            }
            findings.push(found.fix(whole(database)));
        }
    }
    Ok(findings)
}

fn whole(database: &DatabaseAge) -> Fix {
    let name = database.name.as_str().replace('\'', "'\\''");
    let allow = if database.connectable {
        ""
    } else {
        "# connections must be allowed first: ALTER DATABASE … ALLOW_CONNECTIONS true\n"
    };
    Fix::of(
        FixKind::Shell,
        format!("{allow}vacuumdb --dbname='{name}' --freeze --jobs=2"),
        Undo::NotNeeded("frozen rows read like any others".into()),
    )
    .lock("SHARE UPDATE EXCLUSIVE on one table after the other (reads and writes go on)")
    .cost("reads every table that is not frozen yet")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{case_of, table};

    fn found(xid_age: u64, mxid_age: u64) -> Vec<Finding> {
        let database = DatabaseAge {
            name: "shop".into(),
            xid_age: Count(xid_age),
            mxid_age: Count(mxid_age),
            connectable: true,
            current: true,
        };
        let tables = Tables { tables: vec![table("old", 10)] };
        check(&case_of(15).with(&Vacuum { databases: vec![database], ..Vacuum::default() }).with(&tables)).unwrap()
    }

    #[test]
    fn fires_as_an_error_near_the_end() {
        let found = found(1_800_000_000, 0);
        assert_eq!(found[0].severity, Severity::Error);
        assert_eq!(found[0].fixes[0].statement, "VACUUM (FREEZE, VERBOSE) public.old;");
    }

    #[test]
    fn fires_for_multixacts_alone() {
        let found = found(100_000_000, 1_100_000_000);
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warn));
    }

    #[test]
    fn silent_at_the_age_autovacuum_works_at() {
        assert!(found(200_000_000, 400_000_000).is_empty());
    }

    #[test]
    fn silent_just_below_half() {
        assert!(found(1_073_000_000, 1_073_000_000).is_empty());
    }
}
