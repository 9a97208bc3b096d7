//! What people give beside a plan of MySQL or MariaDB: definitions, `SHOW …`, the query.

pub(crate) mod ddl;
pub(crate) mod query;
pub(crate) mod show;
pub(crate) mod variables;
