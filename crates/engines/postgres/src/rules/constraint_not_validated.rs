use dbwright_model::finding::SubjectKind;
use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, Undo};
use dbwright_sql::Dialect;

use crate::sections::schema::Schema;

pub(super) const RULE: Rule = Rule {
    id: "constraint-not-validated",
    title: "A constraint was never checked against existing rows",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Schema,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "it was added a moment ago and will be validated by the next step of the migration, or old rows are excused on purpose",
    do_not: "drop and add it again without NOT VALID: that checks all rows while writers wait",
    lesson: include_str!("constraint_not_validated.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let open = &case.get::<Schema>()?.not_validated;
    Ok(open
        .iter()
        .map(|constraint| {
            let table = Dialect::Postgres.qualified(&constraint.table);
            let name = Dialect::Postgres.quote(&constraint.name);
            let cause = format!(
                "this {} constraint is NOT VALID: rows from before it may break it, and the planner does not rely on it",
                constraint.kind
            );
            let lock = match constraint.kind.as_str() {
                "FOREIGN KEY" => "SHARE UPDATE EXCLUSIVE, and ROW SHARE on the table referenced (reads and writes go on)",
                _ => "SHARE UPDATE EXCLUSIVE (reads and writes go on)",
            };
            Finding::new(
                Severity::Info,
                Subject::part(SubjectKind::Constraint, &constraint.table, constraint.name.as_str()),
                cause,
            )
            .catalog("convalidated", "false", "pg_constraint.convalidated")
            .fix(
                Fix::sql(
                    format!("ALTER TABLE {table} VALIDATE CONSTRAINT {name};"),
                    Undo::NotNeeded("the constraint holds for new rows already".into()),
                )
                .lock(lock)
                .cost("reads the whole table; fails, without harm, at the first row that breaks it")
                .verify(format!("SELECT convalidated FROM pg_constraint WHERE conname = {};", Dialect::Postgres.literal(&constraint.name))),
            )
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::ObjectName;

    use super::*;
    use crate::rules::fixtures::case_of;
    use crate::sections::schema::NotValidated;

    fn found(kinds: &[&str]) -> Vec<Finding> {
        let constraint = |kind: &&str| NotValidated {
            table: ObjectName::new("shop", "orders"),
            name: "Positive".into(),
            kind: (*kind).to_owned(),
        };
        check(&case_of(15).with(&Schema { not_validated: kinds.iter().map(constraint).collect(), ..Schema::default() }))
            .unwrap()
    }

    #[test]
    fn fires_on_a_check() {
        let found = found(&["CHECK"]);
        assert_eq!(found[0].subject.name, "shop.orders.Positive");
        assert_eq!(found[0].fixes[0].statement, "ALTER TABLE shop.orders VALIDATE CONSTRAINT \"Positive\";");
    }

    #[test]
    fn fires_on_a_foreign_key_with_its_locks() {
        assert!(found(&["FOREIGN KEY"])[0].fixes[0].risk.lock.contains("ROW SHARE"));
    }

    #[test]
    fn silent_when_all_are_valid() {
        assert!(found(&[]).is_empty());
    }

    #[test]
    fn silent_but_said_without_evidence() {
        assert!(check(&case_of(15)).is_err());
    }
}
