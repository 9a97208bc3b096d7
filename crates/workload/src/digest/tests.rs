use dbwright_log::Listener;
use dbwright_model::log::{Class, Costs, Event, Happening, Phase, Said, Statement, What};
use dbwright_sql::Dialect;
use proptest::prelude::*;

use super::*;

static LOCK_WAIT: Class = Class { id: "lock-wait", title: "waited for a lock", alias: Some("L71"), unit: "ms" };

/// A record of a made log.
#[derive(Debug, Clone)]
enum Record {
    Statement { table: u8, literal: u8, duration: Option<u64>, phase: Phase, rows: Option<u64> },
    Ended(u64),
    Waited(u64),
    Planned { seq: bool, duration: u64 },
}

#[derive(Debug, Clone)]
struct Line {
    second: i64,
    session: u64,
    user: u8,
    record: Record,
}

fn hear(lines: &[Line]) -> Part {
    let digesting = Digesting { dialect: Dialect::Postgres };
    let mut part = digesting.part();
    for line in lines {
        let user = format!("user{}", line.user);
        let at = Some(line.second * 1_000_000 + 5);
        let mut event = Event { at, session: Some(line.session), user: user.as_bytes(), ..Event::default() };
        let sql = |table: u8, literal: u8| format!("SELECT * FROM t{table} WHERE a = {literal}");
        match &line.record {
            Record::Statement { table, literal, duration, phase, rows } => {
                let text = sql(*table, *literal);
                let costs = Costs { rows: *rows, ..Costs::default() };
                let said = Said::Sql(text.as_bytes());
                let (duration, phase) = (*duration, *phase);
                event.what = What::Statement(Statement { said, duration, phase, costs, ..Statement::default() });
                digesting.hear(&mut part, &event);
            }
            Record::Ended(time) => {
                event.what = What::Ended(*time);
                digesting.hear(&mut part, &event);
            }
            Record::Waited(time) => {
                let text = sql(1, 1);
                let said = Some(Said::Sql(text.as_bytes()));
                let (class, measure) = (&LOCK_WAIT, Some(*time));
                event.what =
                    What::Happening(Happening { failed: false, class, code: b"", object: b"t1", measure, said });
                digesting.hear(&mut part, &event);
            }
            Record::Planned { seq, duration } => {
                let text = sql(1, 1);
                let plan: &[u8] = match seq {
                    true => b"Seq Scan on t1  (cost=0..1 rows=1 width=4)",
                    false => b"Index Scan using i on t1  (cost=0..1 rows=1 width=4)",
                };
                let said = Said::Sql(text.as_bytes());
                event.what = What::Plan { text: plan, said, duration: Some(*duration) };
                digesting.hear(&mut part, &event);
            }
        }
    }
    part
}

fn digest(lines: &[Line]) -> Digest {
    let mut digest = Digest::default();
    digest.absorb(hear(lines));
    digest
}

fn line() -> impl Strategy<Value = Line> {
    let phase = prop_oneof![4 => Just(Phase::Execute), 1 => Just(Phase::Bind)];
    let statement =
        (0..4u8, any::<u8>(), proptest::option::of(0..5_000_000_000u64), phase, proptest::option::of(0..9u64))
            .prop_map(|(table, literal, duration, phase, rows)| {
                let duration = if phase == Phase::Execute { duration } else { duration.or(Some(7)) };
                Record::Statement { table, literal, duration, phase, rows }
            });
    let record = prop_oneof![
        6 => statement,
        3 => (0..1_000_000u64).prop_map(Record::Ended),
        1 => (0..5_000u64).prop_map(Record::Waited),
        1 => (any::<bool>(), 0..9_000u64).prop_map(|(seq, duration)| Record::Planned { seq, duration }),
    ];
    (0..5_000_000i64, 0..3u64, 0..3u8, record).prop_map(|(second, session, user, record)| Line {
        second,
        session,
        user,
        record,
    })
}

proptest! {
    #[test]
    fn the_whole_is_the_sum_of_its_parts(
        lines in proptest::collection::vec(line(), 0..60), cuts in proptest::collection::vec(0..60usize, 0..5)
    ) {
        let whole = digest(&lines);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(lines.len())).collect();
        cuts.extend([0, lines.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[Line]> = cuts.windows(2).map(|pair| &lines[pair[0]..pair[1]]).collect();
        let mut absorbed = Digest::default();
        pieces.iter().for_each(|piece| absorbed.absorb(hear(piece)));
        prop_assert_eq!(&absorbed, &whole, "chunk by chunk");
        let mut merged = Digest::default();
        pieces.iter().for_each(|piece| merged.merge(digest(piece)));
        prop_assert_eq!(&merged, &whole, "digest by digest");
        let mut right = Digest::default();
        for piece in pieces.iter().rev() {
            let mut left = digest(piece);
            left.merge(right);
            right = left;
        }
        prop_assert_eq!(&right, &whole, "from the right");
        let stored = serde_json::to_string(&whole).unwrap();
        prop_assert_eq!(serde_json::from_str::<Digest>(&stored).unwrap(), whole, "stored");
    }

    #[test]
    fn counts_and_time_are_those_of_the_lines(lines in proptest::collection::vec(line(), 0..60)) {
        let digest = digest(&lines);
        let (mut calls, mut time) = (0, 0);
        for line in &lines {
            match line.record {
                Record::Statement { duration, phase, .. } => {
                    calls += u64::from(phase == Phase::Execute);
                    time += duration.unwrap_or(0);
                }
                Record::Ended(duration) => time += duration,
                _ => {}
            }
        }
        let early: u64 = digest.halves.values().filter_map(|halves| Some(halves.early?.0)).sum();
        prop_assert_eq!(digest.all.time + early, time);
        prop_assert_eq!(digest.all.calls - digest.unnamed.calls, calls);
        let shapes: u64 = digest.shapes.values().map(|shape| shape.tally.time).sum();
        prop_assert_eq!(shapes + digest.unnamed.time, digest.all.time);
        let series: u64 = digest.series.intervals.iter().map(|interval| interval.time).sum();
        prop_assert_eq!(series, digest.all.time);
        prop_assert_eq!(digest.week.iter().map(|(_, time)| time).sum::<u64>(), digest.all.time);
        let contexts: u64 = digest.contexts.values().map(|context| context.tally.time).sum();
        prop_assert_eq!(contexts + digest.unnamed.time, digest.all.time);
    }
}

#[test]
fn a_duration_finds_its_statement_across_a_cut() {
    let statement = Record::Statement { table: 1, literal: 1, duration: None, phase: Phase::Execute, rows: None };
    let line = |record| Line { second: 1, session: 7, user: 0, record };
    let mut first = digest(&[line(statement)]);
    first.merge(digest(&[line(Record::Ended(5_000))]));
    assert_eq!(first.all, Tally { calls: 1, timed: 1, time: 5_000, errors: 0 });
    assert_eq!(first.shapes.values().next().unwrap().quantile(0.5), Some(5_000));
    assert_eq!(first.unnamed, Tally::default());
}

#[test]
fn a_plan_is_no_call_and_shows_that_it_changed() {
    let planned = |seq, second| Line { second, session: 7, user: 0, record: Record::Planned { seq, duration: 9 } };
    let digest = digest(&[planned(false, 1), planned(true, 2), planned(true, 3)]);
    assert_eq!(digest.all.calls, 0);
    let shape = digest.shapes.values().next().unwrap();
    let mut outlines: Vec<(&str, u64)> =
        shape.plans.values().map(|plan| (plan.outline.as_str(), plan.tally.calls)).collect();
    outlines.sort_unstable();
    assert_eq!(outlines, [("Index Scan using i on t1", 1), ("Seq Scan on t1", 2)]);
}

#[test]
fn a_million_shapes_are_bounded_and_the_sum_stays() {
    let mut digest = Digest::default();
    let digesting = Digesting { dialect: Dialect::Postgres };
    for chunk in 0..60u64 {
        let mut part = digesting.part();
        for n in 0..5_000u64 {
            let text = format!("SELECT * FROM t{}", chunk * 5_000 + n);
            let statement = Statement { said: Said::Sql(text.as_bytes()), duration: Some(n), ..Statement::default() };
            digesting.hear(&mut part, &Event { what: What::Statement(statement), ..Event::default() });
        }
        digest.absorb(part);
    }
    assert!(digest.shapes.len() <= MOST_SHAPES);
    assert_eq!(digest.distinct(), 300_000);
    let listed: u64 = digest.shapes.values().map(|shape| shape.tally.calls).sum();
    assert_eq!(listed + digest.rare.tally.calls, 300_000);
}
