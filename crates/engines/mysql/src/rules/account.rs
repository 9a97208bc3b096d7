//! What the rules about accounts share: how an account is named, and how it is shut.

use dbwright_model::{Case, Fix, Product, Subject, SubjectKind, Undo};
use dbwright_sql::Dialect;

use crate::sections::accounts::Account;

/// The account as a subject.
pub(super) fn subject(account: &Account) -> Subject {
    Subject::new(SubjectKind::Account, account.shown())
}

/// A part of an account's name as a literal.
pub(super) fn quoted(part: impl AsRef<str>) -> String {
    Dialect::MySql.literal(part)
}

/// `'user'@'host'`, as statements take it.
pub(super) fn literal(account: &Account) -> String {
    format!("{}@{}", quoted(&account.user), quoted(&account.host))
}

/// Whether it may come from everywhere.
pub(super) fn any_host(account: &Account) -> bool {
    matches!(account.host.as_str(), "%" | "")
}

/// Whether its password is stored in a way that its product has left behind.
pub(super) fn weak(case: &Case, account: &Account) -> bool {
    match account.plugin.as_str() {
        "mysql_old_password" => true,
        "mysql_native_password" => case.server.product == Product::MySQL,
        _ => false,
    }
}

/// A password that nobody knows. MySQL makes one up; MariaDB cannot, there the account is locked until it has one.
pub(super) fn shut(case: &Case, account: &Account) -> Fix {
    let name = literal(account);
    match case.server.product {
        // A locked administrator could lock everybody out.
        Product::MariaDB if account.admin() && account.host == "localhost" => Fix::sql(
            format!("ALTER USER {name} IDENTIFIED VIA unix_socket;"),
            Undo::Impossible("the old password is gone; set another with SET PASSWORD".into()),
        )
        .cost("only the system user of that name gets in, on the machine itself, without a password"),
        Product::MariaDB => Fix::sql(
            format!("ALTER USER {name} ACCOUNT LOCK;"),
            Undo::Statement(format!("ALTER USER {name} ACCOUNT UNLOCK;")),
        )
        .cost("it cannot log in until SET PASSWORD and ACCOUNT UNLOCK; sessions that are logged in stay"),
        _ => Fix::sql(
            format!("ALTER USER {name} IDENTIFIED BY RANDOM PASSWORD;"),
            Undo::Impossible("the old password is gone".into()),
        )
        .cost("the new password is printed once: put it where the application reads its secrets"),
    }
}

/// A new password, stored by the plugin of today.
pub(super) fn modern(case: &Case, account: &Account) -> Fix {
    match case.server.product {
        Product::MariaDB => shut(case, account),
        _ => Fix::sql(
            format!("ALTER USER {} IDENTIFIED WITH caching_sha2_password BY RANDOM PASSWORD;", literal(account)),
            Undo::Impossible("the old password is gone".into()),
        )
        .cost("the new password is printed once; the driver must know the plugin"),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use dbwright_model::{Checked, Finding, Redaction, Server, Version};

    use super::*;
    use crate::sections::accounts::Accounts;

    /// An account in good order, changed.
    pub(crate) fn made(user: &str, host: &str, change: impl Fn(&mut Account)) -> Account {
        let mut account = Account {
            user: user.into(),
            host: host.into(),
            plugin: "caching_sha2_password".into(),
            guessable: Some(false),
            ..Account::default()
        };
        change(&mut account);
        account
    }

    /// What a rule says about it on MySQL 8.4.
    pub(crate) fn look(check: fn(&Case) -> Checked, account: Account) -> Vec<Finding> {
        let server = Server::new(Product::MySQL, Version::new(8, 4, 3));
        let accounts = Accounts { accounts: vec![account], test_databases: vec![] };
        check(&Case::new(server, Redaction::Literals).with(&accounts)).unwrap()
    }

    #[test]
    fn mariadb_locks_accounts_but_not_its_administrator_out() {
        let server = Server::new(Product::MariaDB, Version::new(10, 11, 19));
        let case = Case::new(server, Redaction::Literals);
        assert_eq!(shut(&case, &made("app", "%", |_| ())).statement, "ALTER USER 'app'@'%' ACCOUNT LOCK;");
        let root = made("root", "localhost", |account| account.super_user = true);
        assert_eq!(shut(&case, &root).statement, "ALTER USER 'root'@'localhost' IDENTIFIED VIA unix_socket;");
    }

    #[test]
    fn quotes_in_names_cannot_end_the_literal() {
        assert_eq!(literal(&made("o'brien", "%", |_| ())), "'o''brien'@'%'");
    }
}
