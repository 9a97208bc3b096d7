//! Definitions of tables and indexes: scripts, dumps, single statements.

use dbwright_model::artefact::{Artefact, Confidence, Input, Piece, Recogniser};
use dbwright_sql::{Dialect, ddl};

pub(crate) const RECOGNISER: Recogniser = Recogniser {
    id: "mysql-ddl",
    reads: "table definitions of MySQL or MariaDB (CREATE TABLE, CREATE INDEX, a dump) beside a plan",
    find,
};

fn find(input: &Input<'_>) -> Vec<Piece> {
    let piece = |script: ddl::Script| Piece {
        lines: script.lines,
        confidence: if script.marked { Confidence::Likely } else { Confidence::Possible },
        artefact: Ok(Artefact::Catalog(Box::new(script.catalog))),
    };
    ddl::scripts(input, Dialect::MySql).into_iter().map(piece).collect()
}
