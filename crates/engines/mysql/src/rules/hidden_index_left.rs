use dbwright_model::{Area, Case, Catalog, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, Undo};
use dbwright_sql::Dialect;

use super::account;

pub(super) const RULE: Rule = Rule {
    id: "hidden-index-left",
    title: "An index that no query may use is still kept up to date",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0–9, MariaDB 10.6–12",
    area: Area::Indexes,
    harm: Harm::Waste,
    limits: &[],
    explains: &["unused-index"],
    wrong_when: "it was hidden lately to see whether anything misses it: wait until the month's last job has run",
    do_not: "leave it hidden as a reserve: every write pays for it, and building it again takes minutes, not days",
    lesson: include_str!("hidden_index_left.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let word = if account::maria(case) { "ignored" } else { "invisible" };
    let mut findings = Vec::new();
    for table in &case.get::<Catalog>()?.tables {
        for index in table.indexes.iter().filter(|index| index.invalid && !index.primary) {
            let name = Dialect::MySql.quote(&index.name);
            let on = Dialect::MySql.qualified(&table.name);
            let duty = if index.unique { "; it still keeps its values unique" } else { "" };
            let cause = format!(
                "index {} of {} is {word}: no query may use it, and every write still maintains it{duty}",
                index.name, table.name
            );
            let mut found = Finding::new(Severity::Info, Subject::index(&table.name, &index.name), cause)
                .catalog(word, "YES", "information_schema.statistics")
                .weight(index.size.map_or(0.0, |size| size.0 as f64));
            if let Some(size) = index.size {
                found = found.estimated("size", size, "information_schema.tables.index_length, an even share");
            }
            // Dropping a unique index would let doubles in: that is not for us to propose.
            if let Some(definition) = index.definition.as_ref().filter(|_| !index.unique) {
                found = found.fix(
                    Fix::sql(
                        format!("ALTER TABLE {on} DROP INDEX {name};"),
                        Undo::Statement(format!("{};", definition.as_str())),
                    )
                    .lock("exclusive for a moment, behind open transactions on the table; no copy")
                    .verify(format!("SHOW INDEX FROM {on};")),
                );
            }
            findings.push(found);
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::Index;

    use super::super::fixtures::{catalog, index, mariadb, recent, table};
    use super::*;

    fn found(case: Case, index: Index) -> Vec<Finding> {
        let mut orders = table(1000);
        orders.indexes.push(index);
        check(&catalog(case, vec![orders])).unwrap()
    }

    fn hidden() -> Index {
        let definition = Some("ALTER TABLE shop.orders ADD INDEX by_state (state)".into());
        Index { invalid: true, definition, ..index("by_state", &["state"]) }
    }

    #[test]
    fn fires_on_mysql() {
        let found = found(recent(), hidden());
        assert_eq!(found[0].subject.name, "shop.by_state");
        assert_eq!(found[0].fixes[0].statement, "ALTER TABLE shop.orders DROP INDEX by_state;");
        assert!(found[0].cause.contains("invisible"));
    }

    #[test]
    fn fires_on_a_unique_one_without_dropping_it() {
        let found = found(mariadb(), Index { unique: true, ..hidden() });
        assert!(found[0].cause.contains("ignored") && found[0].fixes.is_empty());
    }

    #[test]
    fn silent_on_a_visible_one() {
        assert!(found(recent(), Index { invalid: false, ..hidden() }).is_empty());
    }

    #[test]
    fn silent_without_indexes() {
        assert!(check(&catalog(recent(), vec![])).unwrap().is_empty());
    }
}
