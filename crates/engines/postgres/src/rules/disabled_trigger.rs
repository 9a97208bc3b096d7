use dbwright_model::catalog::ObjectName;
use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, Undo};
use dbwright_sql::Dialect;
use std::collections::BTreeMap;

use crate::sections::schema::{DisabledTrigger, Schema};

pub(super) const RULE: Rule = Rule {
    id: "disabled-trigger",
    title: "A trigger is switched off",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Schema,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &[],
    wrong_when: "a load is running that switches it on again at its end, or the trigger is kept for reference and replaced by another",
    do_not: "drop it because nobody missed it: what it kept true may be broken by now, and nobody has looked",
    lesson: include_str!("disabled_trigger.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let mut tables: BTreeMap<&ObjectName, Vec<&DisabledTrigger>> = BTreeMap::new();
    for trigger in &case.get::<Schema>()?.disabled_triggers {
        tables.entry(&trigger.table).or_default().push(trigger);
    }
    Ok(tables.into_iter().map(|(table, triggers)| finding(table, &triggers)).collect())
}

fn finding(table: &ObjectName, triggers: &[&DisabledTrigger]) -> Finding {
    let mut keys: Vec<&str> =
        triggers.iter().filter_map(|trigger| Some(trigger.foreign_key.as_ref()?.as_str())).collect();
    keys.sort_unstable();
    keys.dedup();
    let own: Vec<&str> =
        triggers.iter().filter(|trigger| trigger.foreign_key.is_none()).map(|trigger| trigger.name.as_str()).collect();
    let (severity, cause) = match keys.is_empty() {
        false => (
            Severity::Error,
            format!(
                "the triggers of foreign key {} are off: rows that reference nothing get in unnoticed",
                keys.join(", ")
            ),
        ),
        true => (Severity::Warn, format!("{} does not fire: what it kept true is not kept any more", own.join(", "))),
    };
    let name = Dialect::Postgres.qualified(table);
    let each = |action: &str| -> String {
        let words =
            triggers.iter().map(|trigger| format!("{action} TRIGGER {}", Dialect::Postgres.quote(&trigger.name)));
        format!("ALTER TABLE {name} {};", words.collect::<Vec<_>>().join(", "))
    };
    let mut fix = Fix::sql(each("ENABLE"), Undo::Statement(each("DISABLE")))
        .lock("SHARE ROW EXCLUSIVE (writers wait a moment)")
        .cost("rows written meanwhile are not checked afterwards; look for them")
        .verify(format!(
            "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = {}::regclass;",
            Dialect::Postgres.literal(&name)
        ));
    if !keys.is_empty() {
        fix = fix.cost("needs a superuser; rows written meanwhile are not checked: drop the key and add it again to have them checked");
    }
    let found = triggers.iter().fold(Finding::new(severity, Subject::table(table), cause), |found, trigger| {
        found.catalog("disabled trigger", trigger.name.as_str(), "pg_trigger.tgenabled = 'D'")
    });
    found.weight(triggers.len() as f64).fix(fix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::case_of;

    fn found(triggers: &[(&str, Option<&str>)]) -> Vec<Finding> {
        let trigger = |(name, key): &(&str, Option<&str>)| DisabledTrigger {
            table: ObjectName::new("shop", "orders"),
            name: (*name).into(),
            foreign_key: key.map(Into::into),
        };
        check(
            &case_of(15)
                .with(&Schema { disabled_triggers: triggers.iter().map(trigger).collect(), ..Schema::default() }),
        )
        .unwrap()
    }

    #[test]
    fn fires_on_a_trigger_of_the_schema() {
        let found = found(&[("stamp", None)]);
        assert_eq!((found[0].severity, found[0].subject.name.as_str()), (Severity::Warn, "shop.orders"));
        assert_eq!(found[0].fixes[0].statement, "ALTER TABLE shop.orders ENABLE TRIGGER stamp;");
    }

    #[test]
    fn fires_as_an_error_once_for_a_foreign_key() {
        let key = Some("orders_customer_fkey");
        let found = found(&[("RI_ConstraintTrigger_c_1", key), ("RI_ConstraintTrigger_c_2", key), ("stamp", None)]);
        assert_eq!((found.len(), found[0].severity), (1, Severity::Error));
        assert!(found[0].fixes[0].statement.contains("ENABLE TRIGGER \"RI_ConstraintTrigger_c_2\""));
    }

    #[test]
    fn silent_when_all_fire() {
        assert!(found(&[]).is_empty());
    }

    #[test]
    fn silent_but_said_without_evidence() {
        assert!(check(&case_of(15)).is_err());
    }
}
