//! What people give beside a plan of PostgreSQL: definitions, `\d`, statistics, settings, the query.

pub(crate) mod ddl;
pub(crate) mod describe;
pub(crate) mod query;
pub(crate) mod settings;
pub(crate) mod statistics;
mod units;
