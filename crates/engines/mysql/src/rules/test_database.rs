use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, SubjectKind, Undo};

use crate::sections::accounts::Accounts;

pub(super) const RULE: Rule = Rule {
    id: "test-database",
    title: "The test database of the installation is still there",
    engines: &[Engine::MySql],
    versions: "all; MariaDB's installations make it and let everybody write to it, from 10.11 on by grants to PUBLIC",
    area: Area::Security,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "it is your own and merely called so",
    do_not: "drop the database without a look at what is in it: somebody may have moved in",
    lesson: include_str!("test_database.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let databases = &case.get::<Accounts>()?.test_databases;
    Ok(databases
        .iter()
        .map(|name| {
            let cause =
                format!("the database {name} is open to every account where the installation's grants still stand");
            let fix = Fix::sql(
                "DELETE FROM mysql.db WHERE user IN ('', 'PUBLIC') AND db IN ('test', 'test\\\\_%'); FLUSH PRIVILEGES;",
                Undo::Impossible("grant what an application still needs to its own account".into()),
            )
            .cost("accounts without grants of their own lose access to it; drop it when it is empty")
            .verify("SELECT user, host, db FROM mysql.db WHERE user IN ('', 'PUBLIC');");
            Finding::new(Severity::Info, Subject::new(SubjectKind::Database, name), cause)
                .catalog("database", name.as_str(), "information_schema.schemata")
                .fix(fix)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use dbwright_model::{Product, Redaction, Server, Version};

    use super::*;

    fn look(databases: &[&str]) -> Vec<String> {
        let accounts =
            Accounts { test_databases: databases.iter().map(|name| (*name).into()).collect(), accounts: vec![] };
        let case =
            Case::new(Server::new(Product::MariaDB, Version::new(10, 11, 0)), Redaction::Literals).with(&accounts);
        check(&case).unwrap().into_iter().map(|finding| finding.subject.name).collect()
    }

    #[test]
    fn fires_on_the_installations_own() {
        assert_eq!(look(&["test"]), ["test"]);
    }

    #[test]
    fn fires_on_each() {
        assert_eq!(look(&["test", "test_old"]).len(), 2);
    }

    #[test]
    fn silent_without_any() {
        assert!(look(&[]).is_empty());
    }

    #[test]
    fn silent_but_said_when_accounts_are_unknown() {
        let case = Case::new(Server::new(Product::MySQL, Version::new(8, 4, 0)), Redaction::Literals);
        assert!(check(&case).is_err());
    }
}
