//! Traces for the tests of rules: recorded from Cassandra 5.0.5 by `scripts/record-cassandra-traces.sh` (one machine), or
//! written in the words of its source for what takes several machines.

use dbwright_model::artefact::{Artefact, Input};
use dbwright_model::plan::Plans;
use dbwright_model::{Case, Finding, Product, Redaction, Rule, Server, Version};
use dbwright_sql::Dialect;

pub(super) const BATCH: &str = include_str!("../../recorded/batch.txt");
pub(super) const FILTERING: &str = include_str!("../../recorded/filtering.txt");
pub(super) const LIGHTWEIGHT: &str = include_str!("../../recorded/lightweight-transaction.txt");
pub(super) const MANY_SSTABLES: &str = include_str!("../../recorded/many-sstables.txt");
pub(super) const POINT_READ: &str = include_str!("../../recorded/point-read.txt");
pub(super) const SECONDARY_INDEX: &str = include_str!("../../recorded/secondary-index.txt");
pub(super) const TOMBSTONES: &str = include_str!("../../recorded/tombstones.txt");
pub(super) const WRITE: &str = include_str!("../../recorded/write.txt");

/// What the rule says of the traces in a text.
pub(super) fn check(rule: &Rule, text: &str) -> Vec<Finding> {
    let mut plans = Plans::default();
    for piece in crate::plan::RECOGNISERS.iter().flat_map(|recogniser| (recogniser.find)(&Input::new("test", text))) {
        if let Ok(Artefact::Plan(mut plan)) = piece.artefact {
            dbwright_plan::account(&mut plan);
            dbwright_plan::redact(&mut plan, Dialect::MySql, Redaction::Literals);
            plans.plans.push(*plan);
        }
    }
    assert!(!plans.plans.is_empty(), "no trace in {text}");
    let server = Server::new(Product::Cassandra, Version::new(5, 0, 5));
    (rule.check)(&Case::new(server, Redaction::Literals).with(&plans)).unwrap()
}

/// A trace of such events: activity, machine, microseconds.
pub(super) fn trace(events: &[(&str, u8, u32)]) -> String {
    let mut text = " activity | timestamp | source | source_elapsed | client\n---+---+---+---+---\n".to_owned();
    text.push_str(" Execute CQL3 query | t | 127.0.0.1 | 0 | 127.0.0.1\n");
    text.push_str(" Parsing SELECT * FROM shop.orders WHERE id = 7; [Native-1] | t | 127.0.0.1 | 90 | 127.0.0.1\n");
    for (activity, machine, elapsed) in events {
        text.push_str(&format!(" {activity} [Stage-1] | t | 127.0.0.{machine} | {elapsed} | 127.0.0.1\n"));
    }
    let last = events.iter().filter(|(_, machine, _)| *machine == 1).map(|(_, _, elapsed)| *elapsed).max().unwrap_or(0);
    text.push_str(&format!(" Request complete | t | 127.0.0.1 | {} | 127.0.0.1\n", last + 200));
    text
}
