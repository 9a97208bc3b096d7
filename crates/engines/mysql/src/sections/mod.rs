//! The evidence MySQL and MariaDB have, and how each piece is collected: one section a file.

pub mod accounts;
pub(crate) mod activity;
pub(crate) mod catalog;
pub mod innodb;
pub mod replication;
pub(crate) mod sample;
pub(crate) mod server;
pub(crate) mod settings;
pub mod status;
pub(crate) mod table_locks;
pub(crate) mod workload;
