//! Whatever is pasted as a plan of MySQL or MariaDB: a sound tree comes of it, whose times add up, or nothing. The text is
//! read as it is (table, JSON), and as the cell of a client (tree, JSON). Seeds: `crates/engines/mysql/tests/plan_cuts`.
#![no_main]

use dbwright_model::artefact::{Artefact, Input};
use dbwright_model::plan::Plan;
use dbwright_model::room::Room;
use dbwright_mysql::MySql;

libfuzzer_sys::fuzz_target!(|text: &str| {
    for text in [text.to_owned(), format!("*** 1. row ***\nEXPLAIN: {text}"), format!("-> {text}")] {
        for recogniser in MySql.recognisers() {
            for piece in (recogniser.find)(&Input::new("-", &text)) {
                let Ok(Artefact::Plan(mut plan)) = piece.artefact else { continue };
                dbwright_plan::account(&mut plan);
                let stored = serde_json::to_string(&plan).unwrap();
                serde_json::from_str::<Plan>(&stored).unwrap();
            }
        }
    }
});
