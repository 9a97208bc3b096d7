use proptest::prelude::*;

use super::*;

/// Recorded from Cassandra 5.0.5 by `scripts/record-cassandra-traces.sh`.
const RECORDED: &[(&str, &str)] = &[
    ("point-read", include_str!("../../recorded/point-read.txt")),
    ("many-sstables", include_str!("../../recorded/many-sstables.txt")),
    ("lightweight-transaction", include_str!("../../recorded/lightweight-transaction.txt")),
    ("system-traces", include_str!("../../recorded/system-traces.txt")),
];

/// What a coordinator and a replica say (Cassandra 3.11's words).
const TWO: &str = "\
Tracing session: 11111111-e805-11f1-9371-a51645b44beb

 activity                                            | timestamp                  | source    | source_elapsed
-----------------------------------------------------+----------------------------+-----------+----------------
                                  Execute CQL3 query | 2024-01-01 10:00:00.000000 | 127.0.0.1 |              0
 Parsing SELECT * FROM a.b WHERE k = 7; [Native-1]    | 2024-01-01 10:00:00.000100 | 127.0.0.1 |            100
 Sending READ message to /127.0.0.2 [Messaging-1]     | 2024-01-01 10:00:00.000300 | 127.0.0.1 |            300
 READ message received from /127.0.0.1 [Messaging-2]  | 2024-01-01 10:00:00.001000 | 127.0.0.2 |             20
 Executing single-partition query on b [ReadStage-1]  | 2024-01-01 10:00:00.002000 | 127.0.0.2 |           1020
 Read 1 live rows and 0 tombstone cells [ReadStage-1] | 2024-01-01 10:00:00.003000 | 127.0.0.2 |           2000
 Processing response from /127.0.0.2 [Native-1]       | 2024-01-01 10:00:00.009000 | 127.0.0.1 |           9000
                                    Request complete | 2024-01-01 10:00:00.009500 | 127.0.0.1 |           9500
";

fn plans(text: &str) -> Vec<Plan> {
    let pieces = find(&Input::new("t", text));
    pieces
        .into_iter()
        .filter_map(|piece| match piece.artefact {
            Ok(Artefact::Plan(plan)) => Some(*plan),
            _ => None,
        })
        .collect()
}

fn recorded(name: &str) -> Vec<Plan> {
    plans(RECORDED.iter().find(|(known, _)| *known == name).unwrap().1)
}

#[test]
fn a_recorded_trace_is_read_whole() {
    let found = recorded("many-sstables");
    let plan = &found[0];
    assert_eq!(found.len(), 1);
    assert_eq!(plan.execution.unwrap().0, 0.204322);
    assert_eq!(plan.query.as_ref().unwrap(), &"SELECT count(*) FROM lesson.events WHERE device = 3;");
    assert_eq!(plan.nodes.len(), 2 + 15);
    let merged = plan.nodes.iter().find(|node| node.extra.number("sstables").is_some()).unwrap();
    assert_eq!(merged.extra.number("sstables"), Some(6.0));
    let query = plan.nodes.iter().find(|node| node.name.starts_with("Executing single")).unwrap();
    assert_eq!(query.relation.as_ref().unwrap().to_string(), "lesson.events");
    assert!(plan.missing.is_empty());
    // The gaps add up to the request.
    let gaps: f64 = plan.children(NodeId(1)).filter_map(|(_, node)| node.actual?.total).map(|time| time.0).sum();
    assert!((gaps - 0.204322).abs() < 1e-9, "{gaps}");
}

#[test]
fn a_separator_inside_an_activity_is_part_of_it() {
    let plan = recorded("lightweight-transaction").remove(0);
    assert!(plan.nodes.iter().any(|node| &*node.name == "Accepting proposal"));
    assert_eq!(plan[NodeId(1)].children.len(), 29);
    let text = format!("{:?}", plan.nodes);
    assert!(!text.contains("9001"), "no key of a proposal is kept");
}

#[test]
fn rows_of_the_trace_tables_are_sessions() {
    let found = recorded("system-traces");
    assert!(found.len() >= 3, "{}", found.len());
    assert!(found[1].root().actual.unwrap().total.unwrap().0 > 0.0);
}

#[test]
fn replicas_have_their_own_clock() {
    let plan = plans(TWO).remove(0);
    let names: Vec<(&str, &str)> =
        plan.children(NodeId::ROOT).map(|(_, node)| (&*node.name, node.label.as_deref().unwrap())).collect();
    assert_eq!(names, [("coordinator", "127.0.0.1"), ("replica", "127.0.0.2")]);
    let waiting = plan.nodes.iter().find(|node| node.name.starts_with("Sending")).unwrap();
    assert_eq!(waiting.actual.unwrap().total.unwrap().0, 0.0087);
    let replica = plan.nodes.iter().find(|node| &*node.name == "replica").unwrap();
    assert_eq!(replica.actual.unwrap().total.unwrap().0, 0.00198);
}

#[test]
fn no_literal_survives_redaction() {
    for (_, text) in RECORDED {
        let text = text
            .replace("key=9001", "key=zebra1")
            .replace("town=t0", "town=zebra2")
            .replace("VALUES (9001, 't0')", "VALUES (73141, $$zebra3$$)");
        for mut plan in plans(&text) {
            dbwright_plan::redact(&mut plan, dbwright_sql::Dialect::MySql, dbwright_model::Redaction::Literals);
            let shown = format!("{plan:?}");
            assert!(!shown.contains("zebra") && !shown.contains("7314"), "{shown}");
        }
    }
}

#[test]
fn a_cut_trace_says_so() {
    let plan = plans(&TWO[..TWO.find(" Processing").unwrap()]).remove(0);
    assert!(plan.missing[0].contains("Request complete"));
    assert!(plans("activity | nothing").is_empty());
}

proptest! {
    #[test]
    fn any_cut_and_any_byte_is_survived(which in 0..RECORDED.len(), cut in 0.0..1.0f64, at in 0.0..1.0f64, byte in 0u8..128) {
        let mut bytes = RECORDED[which].1.as_bytes().to_vec();
        let (cut, at) = ((cut * bytes.len() as f64) as usize, (at * bytes.len() as f64) as usize);
        bytes[at] = byte;
        bytes.truncate(cut);
        for plan in plans(&String::from_utf8_lossy(&bytes)) {
            prop_assert!(plan.nodes.len() > 1);
        }
    }
}
