//! The evidence only PostgreSQL has, and how each piece is collected: one section a file.

pub(crate) mod settings;
