//! The evidence only Redis and Valkey have, and how each piece is collected: one section a file.

pub mod clients;
pub mod cluster;
pub mod commands;
pub mod info;
pub mod keyspace;
pub mod latency;
pub mod pattern;
pub(crate) mod sample;
pub(crate) mod scan;
pub mod security;
pub(crate) mod settings;
pub mod slowlog;
