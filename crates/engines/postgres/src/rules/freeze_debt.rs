use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Ratio, Rule, Settings, Severity, Subject, Undo,
};
use dbwright_sql::Dialect;

use crate::autovacuum::{Policy, on_primary};
use crate::sections::tables::Tables;
use crate::sections::vacuum::Vacuum;

static WARN: Limit<Ratio> = Limit {
    what: "age in terms of the table's autovacuum_freeze_max_age",
    value: Ratio(1.2),
    source: "at once the age a vacuum starts; a fifth later it has not come or not finished",
};
static ERROR: Limit<Ratio> = Limit {
    what: "age in terms of the table's autovacuum_freeze_max_age",
    value: Ratio(2.0),
    source: "a forced vacuum has failed for as many transactions as it normally waits",
};

pub(super) const RULE: Rule = Rule {
    id: "freeze-debt",
    title: "A table is older than the age at which vacuum is forced",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Vacuum,
    harm: Harm::Outage,
    limits: &[&WARN, &ERROR],
    explains: &[],
    wrong_when: "a vacuum is at work on it and advances",
    do_not: "cancel the vacuum that says (to prevent wraparound): the next one starts from the beginning",
    lesson: include_str!("freeze_debt.md"),
    check,
};

fn check(case: &Case) -> Checked {
    on_primary(case)?;
    let settings = case.get::<Settings>()?;
    let running = case.get::<Vacuum>().map(|vacuum| vacuum.running.as_slice()).unwrap_or_default();
    let mut findings = Vec::new();
    for table in &case.get::<Tables>()?.tables {
        let Some(policy) = Policy::of(settings, table) else { continue };
        let toast = table.toast.as_ref().and_then(|toast| toast.xid_age);
        let Some(age) = table.xid_age.into_iter().chain(toast).map(|age| age.0).max() else { continue };
        let times = Ratio(age as f64 / policy.freeze_max_age.max(1.0));
        if times.0 < WARN.value.0 {
            continue;
        }
        let severity = if times.0 >= ERROR.value.0 { Severity::Error } else { Severity::Warn };
        let at_work = running.iter().find(|vacuum| vacuum.table.as_ref() == Some(&table.name));
        let state = match at_work.and_then(|vacuum| vacuum.scanned) {
            Some(scanned) => format!("a vacuum is at work and has scanned {scanned}"),
            None if at_work.is_some() => "a vacuum is at work".to_owned(),
            None => "no vacuum is at work on it".to_owned(),
        };
        let cause = format!(
            "its oldest rows are {} transactions old, {times} the age at which vacuum is forced, and {state}",
            Count(age)
        );
        let name = Dialect::Postgres.qualified(&table.name);
        let mut found = Finding::new(severity, Subject::table(&table.name), cause)
            .measured("age", Count(age), "age(pg_class.relfrozenxid), its TOAST table included")
            .catalog("forced at", Count(policy.freeze_max_age as u64), "autovacuum_freeze_max_age")
            .weight(age as f64);
        if at_work.is_none() {
            found = found.fix(
                Fix::sql(
                    format!("VACUUM (FREEZE, VERBOSE) {name};"),
                    Undo::NotNeeded("frozen rows read like any others".into()),
                )
                .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)")
                .cost("reads the whole table and writes what it freezes to the log")
                .verify(format!(
                    "SELECT age(relfrozenxid) FROM pg_class WHERE oid = {}::regclass;",
                    Dialect::Postgres.literal(&name)
                )),
            );
        }
        findings.push(found);
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{case, table};
    use crate::sections::tables::{TableFacts, ToastFacts};

    fn aged(age: u64) -> TableFacts {
        TableFacts { xid_age: Some(Count(age)), ..table("old", 1_000_000) }
    }

    #[test]
    fn fires_a_fifth_beyond_the_limit() {
        assert_eq!(check(&case(vec![aged(240_000_001)])).unwrap()[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_as_an_error_at_twice_the_limit() {
        assert_eq!(check(&case(vec![aged(400_000_000)])).unwrap()[0].severity, Severity::Error);
    }

    #[test]
    fn fires_for_long_values_alone() {
        let toast = ToastFacts { xid_age: Some(Count(300_000_000)), ..ToastFacts::default() };
        assert_eq!(check(&case(vec![TableFacts { toast: Some(toast), ..aged(5) }])).unwrap().len(), 1);
    }

    #[test]
    fn silent_when_a_vacuum_is_just_due() {
        assert!(check(&case(vec![aged(210_000_000)])).unwrap().is_empty());
    }

    #[test]
    fn silent_on_young_tables() {
        assert!(check(&case(vec![aged(150_000_000)])).unwrap().is_empty());
    }
}
