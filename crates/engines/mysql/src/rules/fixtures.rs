//! What the tests of rules over schema and accounts share.

use dbwright_model::catalog::{Column, Index, IndexPart, ObjectName, Table};
use dbwright_model::{Bytes, Case, Catalog, Product, Redaction, Rows, Server, Settings, Version};

use crate::sections::accounts::{Account, Accounts};

pub(super) fn mysql(version: Version) -> Case {
    Case::new(Server::new(Product::MySQL, version), Redaction::default())
}

pub(super) fn mariadb() -> Case {
    Case::new(Server::new(Product::MariaDB, Version::new(10, 11, 6)), Redaction::default())
}

/// MySQL 8.4 that other machines reach.
pub(super) fn recent() -> Case {
    mysql(Version::new(8, 4, 2)).with(&Settings::default().with("bind_address", "*"))
}

/// MySQL 8.4 that only its own machine reaches.
pub(super) fn loopback() -> Case {
    mysql(Version::new(8, 4, 2)).with(&Settings::default().with("bind_address", "127.0.0.1"))
}

/// An ordinary account.
pub(super) fn account(user: &str, host: &str) -> Account {
    let plugin = "caching_sha2_password".into();
    Account { user: user.into(), host: host.into(), plugin, guessable: Some(false), ..Account::default() }
}

/// An account that administrates.
pub(super) fn admin(user: &str, host: &str) -> Account {
    Account { super_user: true, grants: true, file: true, everything: true, ..account(user, host) }
}

pub(super) fn accounts(case: Case, accounts: Vec<Account>) -> Case {
    case.with(&Accounts { accounts, test_databases: vec![] })
}

/// `shop.orders` in InnoDB with that many rows and a numeric key.
pub(super) fn table(rows: u64) -> Table {
    Table {
        name: ObjectName::new("shop", "orders"),
        engine: "InnoDB".into(),
        rows: Some(Rows(rows)),
        data_size: Some(Bytes(rows * 100)),
        index_size: Some(Bytes(rows * 20)),
        columns: vec![column("id", "bigint")],
        indexes: vec![index("PRIMARY", &["id"])],
        ..Table::default()
    }
}

/// A column, with a character set and its general collation when it is text.
pub(super) fn column(name: &str, type_name: &str) -> Column {
    let text = ["char", "text", "enum"].iter().any(|word| type_name.contains(word));
    Column {
        name: name.into(),
        type_name: type_name.into(),
        charset: text.then(|| "utf8mb4".into()),
        collation: text.then(|| "utf8mb4_general_ci".into()),
        ..Column::default()
    }
}

/// An index; the one named `PRIMARY` is the primary key.
pub(super) fn index(name: &str, columns: &[&str]) -> Index {
    let primary = name == "PRIMARY";
    let parts = columns.iter().map(|column| IndexPart::column(*column)).collect();
    Index { name: name.into(), parts, primary, unique: primary, method: "btree".into(), ..Index::default() }
}

pub(super) fn catalog(case: Case, mut tables: Vec<Table>) -> Case {
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    case.with(&Catalog { tables, ..Catalog::default() })
}
