//! Any text: PostgreSQL's recognisers say what plans are in it, and panic at nothing.
#![no_main]

use dbwright_model::artefact::{Artefact, Input};
use dbwright_model::room::Room;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let input = Input::new("-", &text);
    for recogniser in dbwright_postgres::Postgres.recognisers() {
        for piece in (recogniser.find)(&input) {
            assert!(piece.lines.start < piece.lines.end && piece.lines.end <= input.lines.len());
            if let Ok(Artefact::Plan(plan)) = piece.artefact {
                assert!(!plan.nodes.is_empty());
                assert!(plan.walk().skip(1).all(|(id, node)| node.parent.is_some_and(|parent| parent < id)));
            }
        }
    }
});
