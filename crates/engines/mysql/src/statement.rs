//! A statement of the collector, with the products it is for.

use dbwright_model::Product;
use dbwright_model::room::StatementInfo;

/// Which of the two products a statement is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    /// Both.
    Both,
    /// MySQL (and Percona Server).
    MySql,
    /// MariaDB.
    MariaDb,
}

/// One query of the collector. Its result columns are the fields of the row type it is read into.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Statement {
    /// The section it feeds.
    pub(crate) section: &'static str,
    /// Whose it is.
    pub(crate) product: For,
    /// The text.
    pub(crate) sql: &'static str,
}

impl Statement {
    pub(crate) const fn new(section: &'static str, sql: &'static str) -> Statement {
        Statement { section, product: For::Both, sql }
    }

    pub(crate) const fn mysql(mut self) -> Statement {
        self.product = For::MySql;
        self
    }

    pub(crate) const fn mariadb(mut self) -> Statement {
        self.product = For::MariaDb;
        self
    }

    /// Whether it is for that product.
    pub(crate) fn fits(&self, product: Product) -> bool {
        match self.product {
            For::Both => true,
            For::MySql => product == Product::MySQL,
            For::MariaDb => product == Product::MariaDB,
        }
    }

    /// As `--show-statements` lists it.
    pub(crate) fn info(&self) -> StatementInfo {
        let versions = match self.product {
            For::Both => "MySQL 8.0+, MariaDB 10.5+",
            For::MySql => "MySQL 8.0+",
            For::MariaDb => "MariaDB 10.5+",
        };
        StatementInfo { section: self.section, versions, text: self.sql.to_owned() }
    }
}
