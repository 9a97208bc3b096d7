//! The evidence only PostgreSQL has, and how each piece is collected: one section a file.

pub mod databases;
pub mod extensions;
mod password;
mod read;
pub mod replication;
pub(crate) mod sample;
pub mod security;
pub(crate) mod settings;
pub mod wal;
pub(crate) mod workload;
