use std::fmt::Write;

use dbwright_model::log::{Context, Event, Phase, Reader, Said, Sink, What};
use proptest::prelude::*;

use super::*;

const LOG: &str = include_str!("../../tests/logs/mongod.log");
const PROFILE: &str = include_str!("../../tests/logs/profile.json");
const SHELL: &str = include_str!("../../tests/logs/profile-shell.txt");

#[derive(Default)]
struct Heard {
    /// A line an event.
    told: Vec<String>,
    statements: u64,
    nanos: u64,
    lines: u64,
    missed: u64,
}

impl Sink for Heard {
    fn event(&mut self, event: &Event<'_>) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let shape = |said: Said<'_>| match said {
            Said::Shaped { shape, .. } => shape.to_owned(),
            Said::Sql(sql) => text(sql),
        };
        let mut line = format!("{} ", event.at.unwrap_or_default() % 1_000_000_000 / 1_000);
        let _ = match event.what {
            What::Statement(statement) => {
                let costs = statement.costs;
                if statement.phase == Phase::Execute {
                    self.statements += 1;
                }
                self.nanos += statement.duration.unwrap_or_default();
                write!(
                    line,
                    "{} [{:?} rows={:?} examined={:?} changed={:?} wait={:?} sent={:?} read={:?} scan={:?} id={:?} failed={}] by {}@{} {} {}",
                    shape(statement.said),
                    statement.phase,
                    costs.rows,
                    costs.examined,
                    costs.changed,
                    costs.lock_wait,
                    costs.sent,
                    costs.pages_read,
                    costs.without_index,
                    statement.query_id,
                    statement.failed,
                    text(event.user),
                    text(event.database),
                    text(event.application),
                    text(event.client)
                )
            }
            What::Happening(happening) => {
                write!(
                    line,
                    "! {} {} {} {:?} {}",
                    happening.class.id,
                    text(happening.code),
                    text(happening.object),
                    happening.measure,
                    happening.said.map(shape).unwrap_or_default()
                )
            }
            _ => return,
        };
        self.told.push(line);
    }
    fn lines(&mut self, count: u64) {
        self.lines += count;
    }
    fn missed(&mut self, _line: &[u8]) {
        self.missed += 1;
    }
}

fn read(text: &[u8], format: &LogFormat) -> Heard {
    let mut heard = Heard::default();
    if let Some(detected) = (format.detect)(text) {
        detected.reader.read(text, &Context::default(), &mut heard);
    }
    heard
}

fn reader(format: &LogFormat, sample: &str) -> Box<dyn Reader> {
    (format.detect)(sample.as_bytes()).unwrap().reader
}

#[test]
fn a_log_of_every_kind_of_line() {
    let heard = read(LOG.as_bytes(), &line::FORMAT);
    assert_eq!((heard.lines, heard.missed), (LOG.lines().count() as u64, 0));
    let find = "shop.orders find {status: ?, created: {$gte: ?}} sort {created: -1} limit ?";
    let expected = [
        "600005 ! started 4615611  None ".to_owned(),
        "600900 ! startup-warning 22120  None ".to_owned(),
        "602100 ! connected   Some(1) ".to_owned(),
        "603000 ! authentication-failed 20249  None ".to_owned(),
        format!("610310 {find} [Execute rows=Some(20) examined=Some(120000) changed=None wait=Some(1500000) sent=Some(6110) read=Some(31457280) scan=Some(true) id=Some(1812039373) failed=false] by @shop shop-web 10.0.1.9"),
        format!("611105 {find} [Execute rows=Some(20) examined=Some(20) changed=None wait=None sent=Some(6001) read=None scan=Some(false) id=Some(1812039373) failed=false] by @shop shop-web 10.0.1.9"),
        "612420 shop.orders find {user.mail: ?} [Fetch rows=Some(1000) examined=Some(54000) changed=None wait=None sent=Some(1048576) read=Some(1048576) scan=Some(true) id=None failed=false] by @shop report 10.0.1.10".to_owned(),
        "613250 shop.stock update {_id: ?} {$inc: {left: ?}, $set: {note: ?}} [Execute rows=None examined=Some(9) changed=Some(1) wait=None sent=None read=None scan=Some(false) id=None failed=false] by @shop shop-web 10.0.1.9".to_owned(),
        "613250 ! write-conflict  shop.stock Some(8) shop.stock update {_id: ?} {$inc: {left: ?}, $set: {note: ?}}".to_owned(),
        "614000 shop.stock update [Execute rows=None examined=None changed=None wait=None sent=Some(60) read=None scan=None id=None failed=false] by @shop  10.0.1.9".to_owned(),
        "620005 shop.orders aggregate [{$match: {status: {$in: [?]}}}, {$lookup: {from: users, localField: user_id, foreignField: _id, as: user}}, {$group: {_id: $country, n: {$sum: ?}}}] [Execute rows=None examined=Some(900000) changed=None wait=None sent=Some(160) read=Some(734003200) scan=Some(false) id=None failed=true] by @shop report 10.0.1.11".to_owned(),
        "620005 ! statement-timeout 50 shop.orders None shop.orders aggregate [{$match: {status: {$in: [?]}}}, {$lookup: {from: users, localField: user_id, foreignField: _id, as: user}}, {$group: {_id: $country, n: {$sum: ?}}}]".to_owned(),
        "620006 ! warning 50  None ".to_owned(),
        "630000 ! index-build 20345 status_1_created_-1 None ".to_owned(),
        "640000 ! election 4615652  None ".to_owned(),
        "640100 ! elected 21450  None ".to_owned(),
        "640101 ! replica-state 21358 PRIMARY None ".to_owned(),
        "650000 ! cancelled 20883  None ".to_owned(),
        "651000 ! disconnected   Some(3) ".to_owned(),
        "660000 ! flow-control 22225  None ".to_owned(),
        "670000 ! disk-full 22435  None ".to_owned(),
        "670100 ! crash 23089  None ".to_owned(),
        "671000 ! stopped 20565  None ".to_owned(),
    ];
    assert_eq!(heard.told, expected);
}

#[test]
fn counts_and_times_are_those_of_a_dumb_reader() {
    let mut expected = (0, 0);
    for line in LOG.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        if value["msg"] == "Slow query" {
            expected.0 += u64::from(value["attr"]["originatingCommand"].is_null());
            expected.1 += value["attr"]["durationMillis"].as_u64().unwrap() * 1_000_000;
        }
    }
    let heard = read(LOG.as_bytes(), &line::FORMAT);
    assert_eq!((heard.statements, heard.nanos), expected);
}

#[test]
fn documents_of_the_profiler_in_every_notation() {
    let heard = read(PROFILE.as_bytes(), &profile::FORMAT);
    assert_eq!((heard.lines, heard.missed), (2, 0));
    assert_eq!(
        heard.told,
        [
            "600041 shop.orders find {status: ?} [Execute rows=Some(12) examined=Some(50000) changed=None wait=Some(250000) sent=Some(1200) read=Some(4096) scan=Some(true) id=Some(2882339107) failed=false] by web@shop shop-web 10.0.1.9",
            "601500 shop.stock update {_id: ?} {$set: {left: ?}} [Execute rows=None examined=Some(1) changed=Some(1) wait=None sent=None read=None scan=Some(false) id=None failed=false] by @shop  10.0.1.9",
        ]
    );
    let list = format!("[{}]\n", PROFILE.trim_end().replace('\n', ",\n"));
    let pretty = PROFILE
        .lines()
        .map(|line| serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(line).unwrap()).unwrap())
        .collect::<Vec<_>>()
        .join("\n");
    for text in [list, pretty] {
        let other = read(text.as_bytes(), &profile::FORMAT);
        assert_eq!((&other.told.len(), other.missed), (&2, 0), "{text}");
        assert!(other.nanos == heard.nanos);
    }
    let shell = read(SHELL.as_bytes(), &profile::FORMAT);
    assert_eq!((shell.lines, shell.missed), (SHELL.lines().count() as u64, 0));
    assert_eq!(
        shell.told,
        [
            "600041 shop.orders find {status: ?, user: ?} sort {created: -1} [Execute rows=Some(12) examined=Some(50000) changed=None wait=None sent=Some(1200) read=None scan=Some(true) id=None failed=false] by @shop  10.0.1.9",
            "601000 shop.orders find {kind: {$regex: ?}} [Fetch rows=Some(101) examined=Some(900) changed=None wait=None sent=None read=None scan=Some(true) id=None failed=false] by @shop  10.0.1.9",
        ]
    );
}

#[test]
fn no_value_gets_out() {
    for (text, format) in [(LOG, &line::FORMAT), (PROFILE, &profile::FORMAT), (SHELL, &profile::FORMAT)] {
        assert!(text.contains("secret"));
        let heard = read(text.as_bytes(), format);
        assert!(!heard.told.iter().any(|told| told.contains("secret")), "{:#?}", heard.told);
    }
}

#[test]
fn each_form_claims_its_own() {
    for (text, own) in [
        (LOG, Some("mongodb-json")),
        (PROFILE, Some("mongodb-profile")),
        (SHELL, Some("mongodb-profile")),
        ("", None),
        ("{}\n[]\nx", None),
    ] {
        let claims: Vec<&str> = FORMATS
            .iter()
            .filter(|format| (format.detect)(text.as_bytes()).is_some())
            .map(|format| format.id)
            .collect();
        assert_eq!(claims, own.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_damaged_line_costs_itself() {
    let lines: Vec<&str> = LOG.lines().collect();
    let whole = read(LOG.as_bytes(), &line::FORMAT);
    let damaged = lines.iter().enumerate().map(|(at, line)| if at == 9 { &line[..500] } else { line });
    let text = damaged.collect::<Vec<_>>().join("\n");
    let heard = read(text.as_bytes(), &line::FORMAT);
    assert_eq!((heard.told.len() + 1, heard.missed), (whole.told.len(), 1));
}

proptest! {
    #[test]
    fn any_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        for (text, format) in [(LOG, &line::FORMAT), (PROFILE, &profile::FORMAT), (SHELL, &profile::FORMAT)] {
            let reader = reader(format, text);
            reader.read(&bytes, &Context::default(), &mut Heard::default());
            let mut text = text.as_bytes().to_vec();
            let at = at.index(text.len());
            text[at] = byte;
            reader.read(&text, &Context::default(), &mut Heard::default());
            (format.detect)(&text[..at]);
            prop_assert!(reader.whole(&text) <= text.len());
        }
    }

    #[test]
    fn cuts_between_records_change_nothing(at in any::<prop::sample::Index>()) {
        for (text, format) in [(LOG, &line::FORMAT), (PROFILE, &profile::FORMAT)] {
            let reader = reader(format, text);
            let text = text.as_bytes();
            let (head, tail) = text.split_at(reader.whole(&text[..at.index(text.len())]));
            let mut told = Vec::new();
            for part in [head, tail] {
                let mut heard = Heard::default();
                reader.read(part, &Context::default(), &mut heard);
                told.extend(heard.told);
            }
            prop_assert_eq!(told, read(text, format).told);
        }
    }
}
