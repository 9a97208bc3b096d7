//! A statement of the collector, with the versions it is for.

use dbwright_model::room::StatementInfo;

/// One query of the collector. Its result columns are the fields of the row type it is read into.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Statement {
    /// The section it feeds.
    pub(crate) section: &'static str,
    /// First major version it is for.
    pub(crate) since: u32,
    /// First major version it is no longer for.
    pub(crate) until: u32,
    /// Its rows come as plain columns, not as JSON: cheaper where there are many.
    pub(crate) plain: bool,
    /// The text.
    pub(crate) sql: &'static str,
}

impl Statement {
    /// A statement for every supported version.
    pub(crate) const fn new(section: &'static str, sql: &'static str) -> Statement {
        Statement { section, since: 12, until: u32::MAX, plain: false, sql }
    }

    /// Only from this major version on.
    pub(crate) const fn since(mut self, major: u32) -> Statement {
        self.since = major;
        self
    }

    /// Only before this major version.
    pub(crate) const fn until(mut self, major: u32) -> Statement {
        self.until = major;
        self
    }

    /// Its rows come as plain columns: text, numbers, booleans, moments; arrays through `to_json`.
    pub(crate) const fn plain(mut self) -> Statement {
        self.plain = true;
        self
    }

    /// Whether it is for that major version.
    pub(crate) fn fits(&self, major: u32) -> bool {
        (self.since..self.until).contains(&major)
    }

    /// As `--show-statements` lists it.
    pub(crate) fn info(&self) -> StatementInfo {
        let versions = match (self.since, self.until) {
            (12, u32::MAX) => "12+",
            (13, _) => "13+",
            (14, _) => "14+",
            (15, _) => "15+",
            (16, _) => "16+",
            (17, _) => "17+",
            (18, _) => "18+",
            (_, 13) => "<13",
            (_, 14) => "<14",
            (_, 15) => "<15",
            (_, 16) => "<16",
            (_, 17) => "<17",
            _ => "<18",
        };
        StatementInfo { section: self.section, versions, text: self.sql.to_owned() }
    }
}
