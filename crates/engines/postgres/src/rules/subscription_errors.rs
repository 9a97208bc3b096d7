use dbwright_model::finding::SubjectKind;
use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Fix, Harm, NotEvaluated, Rule, Severity, Subject, Undo, Why,
};
use dbwright_sql::Dialect;

use super::missing;
use crate::sections::replication::{Replication, Subscription};

pub(super) const RULE: Rule = Rule {
    id: "subscription-errors",
    title: "A subscription fails to apply changes",
    engines: &[Engine::Postgres],
    versions: "15–19",
    area: Area::Replication,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &["subscription-disabled"],
    wrong_when: "the errors were repaired and only the counter remembers them; pg_stat_reset_subscription_stats() starts it anew",
    do_not: "skip transactions until the errors stop: each one skipped is data that the two sides no longer agree on",
    lesson: include_str!("subscription_errors.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let replication = case.get::<Replication>()?;
    missing::unless_read(case, "postgres.replication", "subscriptions")?;
    if replication.subscriptions.is_empty() {
        return Ok(vec![]);
    }
    if case.server.version.major < 15 {
        return Err(NotEvaluated::new(Why::Version, "errors of subscriptions are counted from PostgreSQL 15 on"));
    }
    Ok(replication.subscriptions.iter().filter_map(finding).collect())
}

fn finding(subscription: &Subscription) -> Option<Finding> {
    let (apply, sync) = (subscription.apply_errors.unwrap_or_default(), subscription.sync_errors.unwrap_or_default());
    if apply.0 + sync.0 == 0 {
        return None;
    }
    // One that runs got over its errors; one that is switched off or dead did not.
    let stuck = !subscription.enabled || subscription.running == Some(false);
    let (severity, end) = match stuck {
        true => (Severity::Error, "and no worker runs: the data here stands still while the publisher keeps its log"),
        false => (Severity::Warn, "each time the worker starts over from the last confirmed position"),
    };
    let name = Dialect::Postgres.quote(&subscription.name);
    Some(
        Finding::new(
            severity,
            Subject::new(SubjectKind::Replication, &subscription.name),
            format!("subscription {} failed {apply} times to apply a change and {sync} times to copy a table, {end}", subscription.name),
        )
        .measured("errors while applying", apply, "pg_stat_subscription_stats.apply_error_count")
        .measured("errors while copying", sync, "pg_stat_subscription_stats.sync_error_count")
        .fix(
            Fix::sql(
                format!("ALTER SUBSCRIPTION {name} ENABLE;"),
                Undo::Statement(format!("ALTER SUBSCRIPTION {name} DISABLE;")),
            )
            .cost("after the conflicting row or the missing column was repaired here; the server's log names it with its LSN. To leave the transaction out instead: ALTER SUBSCRIPTION … SKIP (lsn = …)")
            .verify("SELECT subname, apply_error_count, sync_error_count FROM pg_stat_subscription_stats;"),
        )
        .weight((apply.0 + sync.0) as f64),
    )
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;
    use dbwright_model::Count;

    fn found(major: u32, apply: u64, sync: u64, enabled: bool, running: bool) -> Checked {
        let subscription = Subscription {
            name: "orders".into(),
            enabled,
            running: Some(running),
            apply_errors: Some(Count(apply)),
            sync_errors: Some(Count(sync)),
            ..Subscription::default()
        };
        check(&pg(major).with(&Replication { subscriptions: vec![subscription], ..Replication::default() }))
    }

    #[test]
    fn fires_as_error_when_it_stands_still() {
        assert_eq!(found(15, 30, 0, true, false).unwrap()[0].severity, Severity::Error);
    }

    #[test]
    fn fires_as_warning_when_it_runs() {
        assert_eq!(found(18, 0, 2, true, true).unwrap()[0].severity, Severity::Warn);
    }

    #[test]
    fn silent_without_errors() {
        assert!(found(15, 0, 0, true, true).unwrap().is_empty());
    }

    #[test]
    fn silent_before_15() {
        assert_eq!(found(14, 0, 0, true, false).unwrap_err().why, Why::Version);
    }
}
