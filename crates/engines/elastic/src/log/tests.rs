use std::collections::BTreeMap;

use dbwright_model::log::{Context, Event, Phase, Said, Sink, What};
use proptest::prelude::*;

use super::*;

macro_rules! recorded {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../tests/logs/", $name)))),*]
    };
}

/// Those of OpenSearch were recorded by scripts/record-search-logs.sh; those of Elasticsearch are after its documentation.
const RECORDED: &[(&str, &str)] = recorded! {
    "opensearch-2-search_slowlog.json" "opensearch-2-search_slowlog.log"
    "opensearch-2-indexing_slowlog.json" "opensearch-2-indexing_slowlog.log"
    "opensearch-2-server.json" "opensearch-2-server.log"
    "elasticsearch-8.json" "elasticsearch-6.log"
};

fn recorded(name: &str) -> &'static str {
    RECORDED.iter().find(|(known, _)| *known == name).unwrap().1
}

fn own(name: &str) -> &'static LogFormat {
    if name.ends_with("json") { &json::FORMAT } else { &text::FORMAT }
}

#[derive(Default, Debug, PartialEq)]
struct Heard {
    told: Vec<String>,
    nanos: u64,
    lines: u64,
    missed: Vec<String>,
}

impl Sink for Heard {
    fn event(&mut self, event: &Event<'_>) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let what = match event.what {
            What::Statement(statement) => {
                self.nanos += statement.duration.unwrap();
                let Said::Shaped { shape, .. } = statement.said else { panic!() };
                let fetch = if statement.phase == Phase::Fetch { " fetch" } else { "" };
                format!("{shape}{fetch} hits={:?}", statement.costs.examined)
            }
            What::Happening(happening) => {
                format!(
                    "! {} {} {} {:?}",
                    happening.class.id,
                    text(happening.code),
                    text(happening.object),
                    happening.measure
                )
            }
            _ => return,
        };
        let at = event.at.unwrap() / 1_000_000 % 100_000;
        self.told.push(format!("{at}|{what}|{}|{}", text(event.user), text(event.application)));
    }
    fn lines(&mut self, count: u64) {
        self.lines += count;
    }
    fn missed(&mut self, line: &[u8]) {
        self.missed.push(String::from_utf8_lossy(line).into_owned());
    }
}

fn read(text: &[u8], format: &LogFormat) -> Heard {
    let mut heard = Heard::default();
    if let Some(detected) = (format.detect)(text) {
        detected.reader.read(text, &Context::default(), &mut heard);
    }
    heard
}

#[test]
fn each_form_claims_its_own_and_understands_all() {
    for (name, text) in RECORDED {
        let claims: Vec<&str> = FORMATS
            .iter()
            .filter(|format| (format.detect)(text.as_bytes()).is_some())
            .map(|format| format.id)
            .collect();
        assert_eq!(claims, [own(name).id], "{name}");
        assert_eq!((own(name).detect)(text.as_bytes()).unwrap().understood, 1.0, "{name}");
        let heard = read(text.as_bytes(), own(name));
        let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
        assert_eq!((heard.lines as usize, heard.missed), (lines, Vec::new()), "{name}");
        assert!(!heard.told.iter().any(|told| told.contains("planted")), "{name}: {:#?}", heard.told);
    }
    for foreign in ["", "{}", "[2024-05-01] x", "{\"timestamp\":\"2024-05-01T10:00:00Z\",\"level\":\"INFO\"}", "[1,2]"]
    {
        assert!(FORMATS.iter().all(|format| (format.detect)(foreign.as_bytes()).is_none()), "{foreign}");
    }
}

#[test]
fn both_layouts_say_the_same() {
    for kind in ["search_slowlog", "indexing_slowlog", "server"] {
        let (json, text) = (format!("opensearch-2-{kind}.json"), format!("opensearch-2-{kind}.log"));
        let (json, text) = (read(recorded(&json).as_bytes(), own(&json)), read(recorded(&text).as_bytes(), own(&text)));
        assert_eq!((json.told, json.nanos), (text.told, text.nanos), "{kind}");
    }
}

#[test]
fn every_search_of_the_load_is_counted() {
    let text = recorded("opensearch-2-search_slowlog.json");
    let heard = read(text.as_bytes(), &json::FORMAT);
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for told in &heard.told {
        let shape = told.split('|').nth(1).unwrap().split(" hits=").next().unwrap();
        *count.entry(shape.to_owned()).or_default() += 1;
    }
    // What a dumb reader counts.
    let (mut queries, mut fetches) = (0, 0);
    for line in text.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        queries += usize::from(value["component"] == "i.s.s.query");
        fetches += usize::from(value["component"] == "i.s.s.fetch");
    }
    let all: usize = count.values().sum();
    let fetched: usize = count.iter().filter(|(shape, _)| shape.ends_with(" fetch")).map(|(_, count)| count).sum();
    assert_eq!((all - fetched, fetched), (queries, fetches));
    // Three values, two shards each; the load is in the script.
    let filtered = "shop search {size: ?, query: {bool: {filter: [{term: {kind: ?}}, {range: {at: ?}}]}}, sort: [{at: {order: desc}}]}";
    assert_eq!(count[filtered], 6, "{count:#?}");
    for (start, times) in [
        ("shop search {from: ?, size: ?, query: {match: {title: ?}}}", 2),
        (
            "shop search {size: 0, aggregations: {kinds: {terms: {field: kind, size: ?}, aggregations: {sum: {sum: {field: price}}}}}}",
            2,
        ),
        ("shop search {query: {terms: {kind: [?]}}}", 2),
    ] {
        assert_eq!(count.get(start), Some(&times), "{start} of {count:#?}");
    }
    assert!(heard.told.iter().any(|told| told.ends_with("||shop-web")));
    let indexed = read(recorded("opensearch-2-indexing_slowlog.log").as_bytes(), &text::FORMAT);
    assert_eq!(indexed.told.iter().filter(|told| told.contains("|shop index hits=None||")).count(), 8);
}

#[test]
fn what_befell_the_server() {
    let heard = read(recorded("opensearch-2-server.log").as_bytes(), &text::FORMAT);
    let count = |class: &str| heard.told.iter().filter(|told| told.contains(class)).count();
    let says = |words: &str| recorded("opensearch-2-server.log").matches(words).count();
    assert_eq!(count("! started"), says("] started\n"));
    assert_eq!((count("! circuit-breaker"), says("breaking\n")), (2, 2));
    assert_eq!(count("! disk-high"), says("high disk watermark ["));
    assert_eq!(count("! elected"), says("elected-as-"));
}

#[test]
fn elasticsearch_as_its_documentation_has_it() {
    let heard = read(recorded("elasticsearch-8.json").as_bytes(), &json::FORMAT);
    let told: Vec<&str> = heard.told.iter().map(|told| told.split_once('|').unwrap().1).collect();
    assert_eq!(
        told,
        [
            "shop search {query: {match: {title: ?}}} hits=Some(10000)|elastic|shop-web",
            "! gc-pause org.elasticsearch.monitor.jvm.JvmGcMonitorService  Some(812)||",
            "! gc-overhead org.elasticsearch.monitor.jvm.JvmGcMonitorService  Some(3100)||",
            "! rejected rest.suppressed  None||",
            "! master-lost org.elasticsearch.cluster.coordination.ClusterFormationFailureHelper  None||",
        ]
    );
    assert_eq!(heard.nanos, 1_234_000_000);
    let heard = read(recorded("elasticsearch-6.log").as_bytes(), &text::FORMAT);
    let told: Vec<&str> = heard.told.iter().map(|told| told.split_once('|').unwrap().1).collect();
    assert_eq!(
        told,
        [
            "shop search {query: {match_all: {}}} hits=Some(0)||web",
            "shop search {query: {term: {note: ?}}} fetch hits=None||",
            "! circuit-breaker o.e.a.s.TransportSearchAction shop None||",
            "! cluster-red o.e.c.r.a.AllocationService  None||",
        ]
    );
    assert_eq!(heard.nanos, 291_000 + 2_104_000_000);
}

#[test]
fn a_damaged_record_costs_itself() {
    for (name, text) in RECORDED {
        let whole = read(text.as_bytes(), own(name));
        let mut lines: Vec<&str> = text.lines().collect();
        lines[0] =
            if name.ends_with("json") { &lines[0][..lines[0].len() - 9] } else { "[2024-13-01T00:00:00,000][X][y] z" };
        let heard = read(lines.join("\n").as_bytes(), own(name));
        assert_eq!(heard.missed.len(), 1, "{name}");
        assert!(heard.told.len() + 1 >= whole.told.len(), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        for (name, text) in RECORDED {
            let reader = (own(name).detect)(text.as_bytes()).unwrap().reader;
            reader.read(&bytes, &Context::default(), &mut Heard::default());
            let mut text = text.as_bytes().to_vec();
            let at = at.index(text.len());
            text[at] = byte;
            reader.read(&text, &Context::default(), &mut Heard::default());
            (own(name).detect)(&text[..at]);
        }
    }

    #[test]
    fn cuts_between_records_change_nothing(at in any::<prop::sample::Index>()) {
        for (name, text) in RECORDED {
            let reader = (own(name).detect)(text.as_bytes()).unwrap().reader;
            let bytes = text.as_bytes();
            let (head, tail) = bytes.split_at(reader.whole(&bytes[..at.index(bytes.len())]));
            let mut heard = Heard::default();
            for part in [head, tail] {
                reader.read(part, &Context::default(), &mut heard);
            }
            prop_assert_eq!(heard, read(bytes, own(name)), "{}", name);
        }
    }
}
