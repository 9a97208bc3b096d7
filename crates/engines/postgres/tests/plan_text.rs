//! Plans as text, as servers of three versions printed them (`plans/record.sh`): read whole, and read the same however
//! they were framed, broken and cut.

#![allow(clippy::unwrap_used, reason = "a suite stops where something is not as it must be")]

use std::ops::Range;

use dbwright_model::artefact::{Artefact, Input, Recogniser};
use dbwright_model::plan::{Operator, Plan, Value};
use dbwright_model::room::Room;
use dbwright_postgres::Postgres;
use dbwright_reading::Reading;
use proptest::prelude::*;

const RECORDED: [&str; 3] = [include_str!("plans/12.txt"), include_str!("plans/15.txt"), include_str!("plans/18.txt")];

fn reading(text: &str) -> Reading {
    let recognisers: Vec<&'static Recogniser> = Postgres.recognisers().iter().collect();
    dbwright_reading::read(&[Input::new("-", text)], &recognisers)
}

fn plans(text: &str) -> Vec<(Range<usize>, Plan)> {
    let plan = |artefact| match artefact {
        Artefact::Plan(plan) => Some(Plan { found_at: None, ..*plan }),
        _ => None,
    };
    reading(text).found.into_iter().filter_map(|found| Some((found.lines, plan(found.artefact)?))).collect()
}

/// The recorded plans: the statement, and the lines psql printed.
fn recorded() -> Vec<(String, Vec<&'static str>)> {
    let mut all = Vec::new();
    for text in RECORDED {
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            if line.trim() == "QUERY PLAN" {
                let end =
                    lines[at..].iter().position(|line| line.ends_with(" rows)") || line.ends_with(" row)")).unwrap();
                all.push((lines[at - 1].to_owned(), lines[at + 2..at + end].to_vec()));
            }
        }
    }
    assert!(all.len() > 80);
    all
}

#[test]
fn every_recorded_plan_is_read_whole() {
    for text in RECORDED {
        let lines: Vec<&str> = text.lines().collect();
        let found = plans(text);
        assert_eq!(found.len(), text.matches("QUERY PLAN").count());
        for (range, plan) in found {
            let shown = lines[range].join("\n");
            let arrows = shown.lines().filter(|line| line.trim_start().starts_with("->")).count();
            assert_eq!(plan.nodes.len(), arrows + 1, "{shown}");
            assert!(plan.missing.is_empty(), "{:?}\n{shown}", plan.missing);
            let statement = plan.query.as_ref().map_or("", |query| query.as_str());
            assert!(shown.lines().next().unwrap().contains(statement) && statement.len() > 10, "{statement}\n{shown}");
            for node in &plan.nodes {
                assert!(node.operator != Operator::Other, "{}\n{shown}", node.name);
                // a line nobody understood is kept as a flag
                let odd = node.extra.iter().find(|(_, value)| matches!(value, Value::Bool(true)));
                assert!(odd.is_none_or(|(name, _)| matches!(name, "Inner Unique" | "Single Copy")), "{odd:?}\n{shown}");
            }
            assert_eq!(plan.execution.is_some(), shown.contains("Execution Time"), "{shown}");
            assert_eq!(plan.planning.is_some(), shown.contains("Planning Time"), "{shown}");
            assert_eq!(plan.triggers.len(), shown.matches("Trigger ").count(), "{shown}");
            assert_eq!(plan.jit.is_some(), shown.contains("JIT:"), "{shown}");
        }
    }
}

/// Breaks every line at that width, as a terminal does.
fn broken(lines: &[String], width: usize) -> String {
    let mut text = String::new();
    for line in lines {
        let chars: Vec<char> = line.chars().collect();
        for part in chars.chunks(width) {
            text.push_str(part.iter().collect::<String>().trim_end());
            text.push('\n');
        }
    }
    text
}

/// Breaks every line between words, as a mail program does.
fn filled(lines: &[String], width: usize) -> String {
    let mut text = String::new();
    for line in lines {
        let indent = line.len() - line.trim_start().len();
        let mut used = 0;
        for word in line.trim_start().split(' ') {
            if used > 0 && used + 1 + word.len() > width {
                text.push('\n');
                used = 0;
            }
            match used {
                0 if text.is_empty() || text.ends_with('\n') => {
                    let blanks = if line.trim_start().starts_with(word) { indent } else { 0 };
                    text.push_str(&" ".repeat(blanks));
                    used += blanks;
                }
                _ => {
                    text.push(' ');
                    used += 1;
                }
            }
            text.push_str(word);
            used += word.len();
        }
        text.push('\n');
    }
    text
}

#[test]
fn frames_change_nothing() {
    let mut wrong: Vec<String> = Vec::new();
    let mut counts = std::collections::BTreeMap::<&str, (usize, usize)>::new();
    for (_, lines) in recorded() {
        let expected = plans(&lines.join("\n")).remove(0).1;
        let own: Vec<String> = lines.iter().map(|line| line.to_string()).collect();
        let each =
            |frame: &dyn Fn(&str) -> String| lines.iter().map(|line| frame(line)).collect::<Vec<_>>().join("\n") + "\n";
        let bare: Vec<String> = lines.iter().map(|line| line[1..].to_owned()).collect();
        let versions = [
            ("bordered", each(&|line| format!("|{line:<200}|"))),
            ("unicode", each(&|line| format!("│{line:<200}│"))),
            ("quoted", each(&|line| format!("\"{}\"", line[1..].replace('"', "\"\"")))),
            ("quoted once", each(&|line| format!("\"{}\"", &line[1..]))),
            ("single quotes", each(&|line| format!("'{}'", line[1..].replace('\'', "''")))),
            ("continued", each(&|line| format!("{line:<200}+"))),
            ("mail", each(&|line| format!("> {line}"))),
            ("html", each(&|line| line.replace('<', "&lt;").replace('>', "&gt;"))),
            ("grid", format!("QUERY PLAN |\n-----------+\n{}", each(&|line| format!("{:<200}|", &line[1..])))),
            ("expanded", each(&|line| format!("-[ RECORD ]---\nQUERY PLAN | {}", &line[1..]))),
            ("windows", each(&|line| format!("{line}\r"))),
            ("double", each(&|line| format!("{line}\n"))),
            ("lead", own.join("\n").trim_start().to_owned()),
            ("tabs", each(&|line| format!("\t{line}"))),
            ("terminal 60", broken(&own, 60)),
            ("terminal 72", broken(&own, 72)),
            ("terminal 80", broken(&bare, 80)),
            ("terminal 100", broken(&own, 100)),
            ("terminal 120", broken(&own, 120)),
            ("mail 72", filled(&bare, 72)),
            ("mail 80", filled(&own, 80)),
            ("mail 100", filled(&own, 100)),
        ];
        for (what, text) in versions {
            let found = plans(&text);
            let count = counts.entry(what).or_default();
            count.0 += 1;
            let plain = |plan: &Plan| serde_json::to_string_pretty(plan).unwrap();
            if found.len() == 1 && found[0].1 == expected {
                continue;
            }
            count.1 += 1;
            let difference = found.first().and_then(|(_, plan)| {
                let (a, b) = (plain(plan), plain(&expected));
                a.lines().zip(b.lines()).find(|(a, b)| a != b).map(|(a, b)| format!("{a}\n{b}"))
            });
            wrong.push(format!("{what}: {} plans, {difference:?}\n{text}", found.len()));
        }
    }
    assert!(wrong.is_empty(), "{}\n{counts:?}", wrong.iter().take(12).cloned().collect::<Vec<_>>().join("\n"));
}

/// What a plan says in figures.
fn figures(plan: &Plan) -> Vec<[Option<f64>; 4]> {
    let of = |node: &dbwright_model::plan::Node| {
        let estimate = node.estimate.unwrap_or_default();
        [
            estimate.total_cost,
            estimate.rows,
            node.actual.and_then(|actual| actual.rows),
            node.actual.map(|actual| actual.loops),
        ]
    };
    plan.nodes.iter().map(of).collect()
}

#[test]
fn a_cut_gives_a_part_and_invents_nothing() {
    for (statement, lines) in recorded() {
        let text = lines.join("\n") + "\n";
        let whole = figures(&plans(&text).remove(0).1);
        for at in (0..text.len()).step_by(7) {
            for (_, plan) in plans(&text[..at]) {
                for (some, all) in figures(&plan).iter().zip(&whole) {
                    for (some, all) in some.iter().zip(all) {
                        assert!(some.is_none() || some == all, "{statement}\n{}", &text[..at]);
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_makes_it_panic(
        pick in 0_usize..90,
        from in 0_usize..4000,
        flips in prop::collection::vec((0_usize..6000, any::<u8>()), 0..12),
        tail in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let (statement, lines) = recorded().swap_remove(pick % 80);
        let mut bytes = format!("{statement}\n QUERY PLAN \n-----\n{}\n", lines.join("\n")).into_bytes();
        for (at, byte) in flips {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        bytes.extend(tail);
        let from = from % bytes.len();
        for part in [&bytes[from..], &bytes[..from], &bytes[..]] {
            reading(&String::from_utf8_lossy(part));
        }
    }

    #[test]
    fn neither_does_noise(text in "(->|  |cost=|\\(|\\)|\"|'|\\||\\.|\n|Seq Scan on t|Filter: |duration: 1 ms  plan:|[a-z:&\\PC]){0,80}") {
        reading(&text);
    }
}
