//! What the tests of the rules share.

use dbwright_model::{Case, Checked, Finding, Product, Redaction, Seconds, Server, Settings, Version};

use crate::sections::replication::Channel;
use crate::sections::status::Status;

/// A case about MySQL 8.4 with those settings and counters.
pub(super) fn mysql(settings: Settings, status: Status) -> Case {
    case(Product::MySQL, Version::new(8, 4, 3), settings, status)
}

/// A case about MariaDB 10.11 with those settings and counters.
pub(super) fn mariadb(settings: Settings, status: Status) -> Case {
    case(Product::MariaDB, Version::new(10, 11, 19), settings, status)
}

fn case(product: Product, version: Version, settings: Settings, status: Status) -> Case {
    Case::new(Server::new(product, version), Redaction::Literals).with(&settings).with(&status)
}

/// Counters of a server that has been up for a week.
pub(super) fn week() -> Status {
    Status::default().with("uptime", 7.0 * 86_400.0)
}

/// A setting.
pub(super) fn set(name: &str, value: &str) -> Settings {
    Settings::default().with(name, value)
}

/// What the check finds on MySQL 8.4 that has been up for a week, with those settings and counters.
pub(super) fn on_mysql(
    check: fn(&Case) -> Checked,
    settings: &[(&str, &str)],
    counters: &[(&str, f64)],
) -> Vec<Finding> {
    check(&mysql(all(settings), counted(counters))).unwrap()
}

/// The same on MariaDB 10.11.
pub(super) fn on_mariadb(
    check: fn(&Case) -> Checked,
    settings: &[(&str, &str)],
    counters: &[(&str, f64)],
) -> Vec<Finding> {
    check(&mariadb(all(settings), counted(counters))).unwrap()
}

fn all(settings: &[(&str, &str)]) -> Settings {
    settings.iter().fold(Settings::default(), |all, (name, value)| all.with(name, value))
}

fn counted(counters: &[(&str, f64)]) -> Status {
    counters.iter().fold(week(), |all, (name, value)| all.with(name, *value))
}

/// A running connection to a source, so many seconds behind.
pub(super) fn channel(behind: f64) -> Channel {
    let running = || "Yes".to_owned();
    Channel { io_running: running(), sql_running: running(), behind: Some(Seconds(behind)), ..Channel::default() }
}
