//! What the rules over accounts share: how an account is written in SQL, whether it can be reached, usual remedies.

use dbwright_model::finding::SubjectKind;
use dbwright_model::{Case, Finding, Fix, Name, Product, Settings, Severity, Subject, Undo, Version};
use dbwright_sql::Dialect;

use crate::sections::accounts::{Account, Accounts};

/// Whether the server is MariaDB.
pub(super) fn maria(case: &Case) -> bool {
    case.server.product == Product::MariaDB
}

/// `'user'@'host'`, as statements take it.
pub(super) fn sql(account: &Account) -> String {
    let literal = |part: &Name| Dialect::MySql.literal(part);
    format!("{}@{}", literal(&account.user), literal(&account.host))
}

/// A finding about one account.
pub(super) fn finding(severity: Severity, account: &Account, cause: String) -> Finding {
    Finding::new(severity, Subject::new(SubjectKind::Account, account.shown()), cause)
        .weight(f64::from(u8::from(account.admin())))
}

/// Those that can log in.
pub(super) fn open(accounts: &Accounts) -> impl Iterator<Item = &Account> {
    accounts.accounts.iter().filter(|account| !account.locked)
}

/// Whether other machines reach the server, as far as its settings tell.
pub(super) fn reachable(case: &Case) -> bool {
    let Ok(settings) = case.get::<Settings>() else { return true };
    let alone = settings.is_on("skip_networking") == Some(true)
        || settings.text("bind_address").is_some_and(|address| {
            !address.is_empty() && address.split(',').all(|one| matches!(one.trim(), "127.0.0.1" | "::1" | "localhost"))
        });
    !alone
}

/// The account can no longer log in, until it is let in again.
pub(super) fn lock(account: &Account) -> Fix {
    let name = sql(account);
    Fix::sql(format!("ALTER USER {name} ACCOUNT LOCK;"), Undo::Statement(format!("ALTER USER {name} ACCOUNT UNLOCK;")))
        .cost("new connections of the account are refused; the ones it has go on")
        .verify(format!("SHOW CREATE USER {name};"))
}

/// A password nobody knows, where the server makes one; a lock where it does not.
pub(super) fn new_password(case: &Case, account: &Account) -> Fix {
    if maria(case) || case.server.version < Version::new(8, 0, 18) {
        return lock(account);
    }
    Fix::sql(
        format!("ALTER USER {} IDENTIFIED BY RANDOM PASSWORD;", sql(account)),
        Undo::Impossible("the statement shows the new password once; set another one the same way".into()),
    )
    .cost("the answer shows the new password, once: give it to the application at the same time; run it over TLS or on the server's machine")
    .verify(format!("SELECT user, host, password_last_changed FROM mysql.user WHERE user = {};", Dialect::MySql.literal(&account.user)))
}

/// The account goes for good.
pub(super) fn drop(account: &Account) -> Fix {
    Fix::sql(
        format!("DROP USER {};", sql(account)),
        Undo::Impossible("keep what SHOW CREATE USER and SHOW GRANTS say before: they make it again".into()),
    )
    .cost("views and routines it defines fail from then on; the connections it has go on")
    .verify(format!("SELECT user, host FROM mysql.user WHERE user = {};", Dialect::MySql.literal(&account.user)))
}
