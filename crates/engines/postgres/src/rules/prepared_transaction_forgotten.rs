use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rule, Seconds, Severity, Subject, Undo,
    finding::SubjectKind,
};
use dbwright_sql::Dialect;

use crate::sections::activity::PreparedTransactions;

static INFO: Limit<Seconds> = Limit {
    what: "prepared so long ago (worth knowing)",
    value: Seconds(2.0),
    source: "ours: a transaction manager ends it within milliseconds",
};
static WARN: Limit<Seconds> = Limit {
    what: "prepared so long ago (warn)",
    value: Seconds::minutes(5.0),
    source: "check_postgres prepared_txns; postgresqltuner",
};
static ERROR: Limit<Seconds> =
    Limit { what: "prepared so long ago (error)", value: Seconds::hours(1.0), source: "nobody comes back to it" };

pub(super) const RULE: Rule = Rule {
    id: "prepared-transaction-forgotten",
    title: "A prepared transaction was never ended",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Locks,
    harm: Harm::Outage,
    limits: &[&INFO, &WARN, &ERROR],
    explains: &["xmin-horizon-held", "dead-rows-not-vacuumed", "blocked-session"],
    wrong_when: "a transaction manager is recovering and will end it by its own log",
    do_not: "restart the server to be rid of it: prepared transactions survive restarts with all their locks",
    lesson: include_str!("prepared_transaction_forgotten.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let prepared = case.get::<PreparedTransactions>()?;
    let mut findings = Vec::new();
    for transaction in &prepared.transactions {
        let severity = match transaction.age.0 {
            age if age >= ERROR.value.0 => Severity::Error,
            age if age >= WARN.value.0 => Severity::Warn,
            age if age >= INFO.value.0 => Severity::Info,
            _ => continue,
        };
        let gid = Dialect::Postgres.literal(&transaction.gid);
        let cause = format!(
            "transaction {} of {} was prepared {} ago and neither committed nor rolled back: its locks stay, over restarts too",
            transaction.gid, transaction.owner, transaction.age
        );
        findings.push(
            Finding::new(severity, Subject::new(SubjectKind::Session, &transaction.gid), cause)
                .measured("prepared", transaction.age, "pg_prepared_xacts.prepared")
                .measured("transactions begun since", transaction.xid_age, "pg_prepared_xacts.transaction")
                .catalog("database", transaction.database.as_str(), "pg_prepared_xacts.database")
                .fix(
                    Fix::sql(
                        format!("ROLLBACK PREPARED {gid};"),
                        Undo::Impossible(
                            "its changes are gone; ask the transaction manager which way the others went".into(),
                        ),
                    )
                    .cost(format!(
                        "must be run in database {}; COMMIT PREPARED {gid}; if the other participants committed",
                        transaction.database
                    )),
                )
                .weight(transaction.age.0),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use dbwright_model::Count;

    use super::super::bench::pg;
    use super::*;
    use crate::sections::activity::PreparedTransaction;

    fn found(age: f64) -> Vec<Finding> {
        let transaction = PreparedTransaction {
            gid: "it's".into(),
            database: "shop".into(),
            owner: "app".into(),
            age: Seconds(age),
            xid_age: Count(9),
        };
        check(&pg(15).with(&PreparedTransactions { transactions: vec![transaction] })).unwrap()
    }

    #[test]
    fn fires_after_an_hour_with_the_identifier_quoted() {
        let found = found(4000.0);
        assert_eq!((found[0].severity, found[0].subject.name.as_str()), (Severity::Error, "it's"));
        assert_eq!(found[0].fixes[0].statement, "ROLLBACK PREPARED 'it''s';");
    }

    #[test]
    fn fires_softly_after_seconds() {
        assert_eq!(found(10.0)[0].severity, Severity::Info);
    }

    #[test]
    fn silent_while_it_is_being_committed() {
        assert!(found(0.4).is_empty());
    }

    #[test]
    fn silent_when_there_is_none() {
        assert!(check(&pg(15).with(&PreparedTransactions::default())).unwrap().is_empty());
    }
}
