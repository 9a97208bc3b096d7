//! A query by itself, or above its plan.

use dbwright_model::artefact::{Artefact, Confidence, Input, Piece, Recogniser};
use dbwright_sql::{Dialect, ddl};

pub(crate) const RECOGNISER: Recogniser = Recogniser { id: "postgres-query", reads: "a query beside its plan", find };

fn find(input: &Input<'_>) -> Vec<Piece> {
    let piece = |(lines, query): (_, &str)| Piece {
        lines,
        confidence: Confidence::Possible,
        artefact: Ok(Artefact::Query(query.into())),
    };
    ddl::queries(input, Dialect::Postgres).into_iter().map(piece).collect()
}
