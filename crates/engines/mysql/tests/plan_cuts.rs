//! Plans that were cut or damaged on their way: what is there is read, and nothing panics.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a suite stops where something is not as it must be")]

use dbwright_model::artefact::{Artefact, Input};
use dbwright_model::plan::Plan;
use dbwright_model::room::Room;
use dbwright_mysql::MySql;

/// Recorded from real servers.
const TEXTS: [(&str, &str); 7] = [
    ("mariadb_json", include_str!("plan_cuts/mariadb_json.txt")),
    ("mariadb_table", include_str!("plan_cuts/mariadb_table.txt")),
    ("mysql_batch", include_str!("plan_cuts/mysql_batch.txt")),
    ("mysql_json1", include_str!("plan_cuts/mysql_json1.txt")),
    ("mysql_json2", include_str!("plan_cuts/mysql_json2.txt")),
    ("mysql_table", include_str!("plan_cuts/mysql_table.txt")),
    ("mysql_tree", include_str!("plan_cuts/mysql_tree.txt")),
];

fn plans(text: &str) -> Vec<Plan> {
    let recognisers: Vec<_> = MySql.recognisers().iter().collect();
    let reading = dbwright_reading::read(&[Input::new("-", text)], &recognisers);
    let plan = |found: dbwright_reading::Found| match found.artefact {
        Artefact::Plan(plan) => Some(*plan),
        _ => None,
    };
    reading.found.into_iter().filter_map(plan).collect()
}

#[test]
fn a_plan_cut_anywhere_gives_what_is_there() {
    for (name, text) in TEXTS {
        let whole = plans(text).remove(0).nodes.len();
        let (mut before, mut partial) = (0, 0);
        for end in (0..text.len()).step_by(7).filter(|end| text.is_char_boundary(*end)) {
            let nodes = plans(&text[..end]).first().map_or(0, |plan| plan.nodes.len());
            partial += usize::from(nodes > 0 && nodes < whole);
            // a line that is cut may hold a node that its end takes away again, but never many
            assert!(nodes + 2 >= before, "{name} at {end}: {nodes} after {before}");
            before = before.max(nodes);
        }
        assert!(partial > 0 || name == "mariadb_json", "{name}");
        // half of it is more than nothing
        let half = (text.len() * 6 / 10..).find(|at| text.is_char_boundary(*at)).unwrap();
        assert!(!plans(&text[..half]).is_empty(), "{name}: nothing in {}", &text[..half]);
    }
}

#[test]
fn damage_never_panics() {
    // a small generator: the same bytes are damaged in every run
    let mut state = 7u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for (_, text) in TEXTS {
        for _ in 0..300 {
            let mut bytes = text.as_bytes().to_vec();
            for _ in 0..=random(6) {
                let at = random(bytes.len());
                match random(4) {
                    0 => bytes[at] = random(256) as u8,
                    1 => bytes.truncate(at + 1),
                    2 => drop(bytes.remove(at)),
                    _ => bytes.insert(at, b"{}[]\"|+-*\n\t\\>( ;,"[random(17)]),
                }
                if bytes.len() < 2 {
                    bytes = text.as_bytes().to_vec();
                }
            }
            for mut plan in plans(&String::from_utf8_lossy(&bytes)) {
                dbwright_plan::account(&mut plan);
                let stored = serde_json::to_string(&plan).unwrap();
                assert!(serde_json::from_str::<Plan>(&stored).is_ok(), "{stored}");
            }
        }
    }
}

#[test]
fn a_deep_tree_is_read_without_depth() {
    let mut text = String::new();
    for level in 0..10_000 {
        text +=
            &format!("{}-> Filter: (a > {level})  (actual time=1..2 rows=1 loops=1)\n", "    ".repeat(level.min(400)));
    }
    let plan = plans(&text).remove(0);
    assert!(plan.nodes.len() == 10_000);
    let deep = format!("{{\"query_block\": {}", "{\"ordering_operation\": ".repeat(100_000));
    assert!(plans(&deep).len() <= 1);
}
