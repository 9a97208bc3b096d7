//! What the tests of the rules share.

use dbwright_model::{Case, Product, Redaction, Server, Version};

/// An empty case about a PostgreSQL of that major version.
pub(super) fn pg(major: u32) -> Case {
    Case::new(Server::new(Product::PostgreSQL, Version::new(major, 4, 0)), Redaction::Literals)
}
