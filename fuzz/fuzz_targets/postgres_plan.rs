//! Plans of PostgreSQL in any text: every recogniser ends without a panic, and what it reads can be written.
#![no_main]

use dbwright_model::artefact::{Artefact, Input, Recogniser};
use dbwright_model::plan::Value;
use dbwright_model::room::Room;
use dbwright_postgres::{Postgres, plan};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let recognisers: Vec<&'static Recogniser> = Postgres.recognisers().iter().collect();
    let input = Input::new("-", text);
    let lines = input.lines.len();
    for found in dbwright_reading::read(&[input], &recognisers).found {
        assert!(found.lines.end <= lines);
        let Artefact::Plan(read) = found.artefact else { continue };
        for major in [9, 12, 15, 18] {
            plan::as_text(&read, major);
        }
        dbwright_reading::json::dismantle(Value::Group(plan::describe(&read)));
    }
});
