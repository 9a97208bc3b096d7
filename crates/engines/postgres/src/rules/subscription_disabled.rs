use dbwright_model::finding::SubjectKind;
use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, Undo};
use dbwright_sql::Dialect;

use super::missing;
use crate::sections::replication::{Replication, Subscription};

pub(super) const RULE: Rule = Rule {
    id: "subscription-disabled",
    title: "A subscription is switched off",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Replication,
    harm: Harm::Outage,
    limits: &[],
    explains: &[],
    wrong_when: "it is switched off for a moment during maintenance, or was created without a slot (slot_name = NONE)",
    do_not: "leave it switched off for later: the publisher pays for it with its disk",
    lesson: include_str!("subscription_disabled.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let replication = case.get::<Replication>()?;
    missing::unless_read(case, "postgres.replication", "subscriptions")?;
    Ok(replication.subscriptions.iter().filter(|subscription| !subscription.enabled).map(finding).collect())
}

fn finding(subscription: &Subscription) -> Finding {
    let name = Dialect::Postgres.quote(&subscription.name);
    let why = match subscription.disable_on_error {
        true => " (disable_on_error is set: an error may have done it)",
        false => "",
    };
    Finding::new(
        Severity::Warn,
        Subject::new(SubjectKind::Replication, &subscription.name),
        format!("subscription {} is switched off{why}: data here stands still, and its slot makes the publisher keep the log until its disk is full", subscription.name),
    )
    .catalog("enabled", "false", "pg_subscription.subenabled")
    .fix(
        Fix::sql(format!("ALTER SUBSCRIPTION {name} ENABLE;"), Undo::Statement(format!("ALTER SUBSCRIPTION {name} DISABLE;")))
            .verify("SELECT subname, pid, latest_end_time FROM pg_stat_subscription;"),
    )
    .fix(
        Fix::sql(format!("DROP SUBSCRIPTION {name};"), Undo::Impossible("the position is gone; the tables have to be copied anew".into()))
            .lock("ACCESS EXCLUSIVE on the subscription")
            .cost("if it is no longer wanted: also drops the slot on the publisher"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn found(enabled: bool, disable_on_error: bool) -> Vec<Finding> {
        let subscription = Subscription { name: "Orders".into(), enabled, disable_on_error, ..Subscription::default() };
        check(&pg(15).with(&Replication { subscriptions: vec![subscription], ..Replication::default() })).unwrap()
    }

    #[test]
    fn fires_with_a_quoted_name() {
        assert_eq!(found(false, false)[0].fixes[0].statement, "ALTER SUBSCRIPTION \"Orders\" ENABLE;");
    }

    #[test]
    fn fires_and_tells_of_errors() {
        assert!(found(false, true)[0].cause.contains("disable_on_error"));
    }

    #[test]
    fn silent_when_enabled() {
        assert!(found(true, true).is_empty());
    }

    #[test]
    fn silent_without_subscriptions() {
        assert!(check(&pg(15).with(&Replication::default())).unwrap().is_empty());
    }
}
