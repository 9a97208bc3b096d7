use dbwright_model::log::{Said, What};
use proptest::prelude::*;

use super::*;

/// What is compared of an event.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    at: i64,
    session: u64,
    transaction: Option<u64>,
    engine: Option<Engine>,
    who: String,
    tags: Vec<String>,
    text: String,
    parameters: Vec<u8>,
    nanos: u64,
    failed: bool,
}

#[derive(Default)]
struct Heard {
    told: Vec<Told>,
    /// Traces whose request is told by itself.
    requests: Vec<(u64, String)>,
    lines: u64,
    missed: Vec<String>,
}

impl Sink for Heard {
    fn event(&mut self, event: &Event<'_>) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if let (What::Nothing, [("route", route)]) = (event.what, event.tags) {
            self.requests.push((event.session.unwrap(), text(route)));
        }
        let What::Statement(statement) = event.what else { return };
        self.told.push(Told {
            at: event.at.unwrap(),
            session: event.session.unwrap(),
            transaction: event.transaction,
            engine: event.engine,
            who: format!("{}@{}/{}", text(event.user), text(event.database), text(event.application)),
            tags: event.tags.iter().map(|(name, value)| format!("{name}={}", text(value))).collect(),
            text: match statement.said {
                Said::Sql(sql) => text(sql),
                Said::Shaped { shape, .. } => format!("shape {shape}"),
            },
            parameters: statement.parameters.to_vec(),
            nanos: statement.duration.unwrap(),
            failed: statement.failed,
        });
    }
    fn lines(&mut self, count: u64) {
        self.lines += count;
    }
    fn missed(&mut self, line: &[u8]) {
        self.missed.push(String::from_utf8_lossy(line).into_owned());
    }
}

fn read(bytes: &[u8]) -> Heard {
    let mut heard = Heard::default();
    Traces.read(bytes, &Context::default(), &mut heard);
    heard
}

/// A request with a query for a list, so many for its items, and one to a cache; children stand before their parent.
fn otlp(trace: u32, items: u32) -> String {
    let string = |key: &str, value: &str| format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#);
    let mut spans = Vec::new();
    let mut span = |id: u32, parent: u32, name: &str, kind: u32, attributes: &[String]| {
        let parent = if parent > 0 { format!(r#""parentSpanId":"{parent:016x}","#) } else { String::new() };
        spans.push(format!(
            r#"{{"traceId":"{trace:032x}","spanId":"{id:016x}",{parent}"name":"{name}","kind":{kind},"startTimeUnixNano":"17145576000000{id:05}","endTimeUnixNano":"17145576000012{id:05}","attributes":[{}],"status":{{}}}}"#,
            attributes.join(",")
        ));
    };
    let sql = |text: &str| {
        vec![
            string("db.system.name", "postgresql"),
            string("db.namespace", "shop"),
            string("db.query.text", text),
            string("code.filepath", "app/orders.py"),
            r#"{"key":"code.lineno","value":{"intValue":"42"}}"#.to_owned(),
        ]
    };
    span(10, 2, "SELECT", 3, &sql("select * from orders where note = 'it\\u0027s \\\"x\\\"'"));
    for item in 0..items {
        let mut attributes = sql("select * from items where id = $1");
        attributes.push(format!(r#"{{"key":"db.query.parameter.0","value":{{"intValue":"{item}"}}}}"#));
        span(20 + item, 2, "SELECT", 3, &attributes);
    }
    span(900, 2, "GET", 3, &[string("db.system", "redis"), string("db.statement", "GET user:17:cart")]);
    span(2, 1, "service", 1, &[]);
    span(1, 0, "GET /orders", 2, &[string("http.route", "/orders/{id}")]);
    format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{}]}},"scopeSpans":[{{"scope":{{"name":"x"}},"spans":[{}]}}]}}]}}"#,
        string("service.name", "web"),
        spans.join(",")
    )
}

#[test]
fn a_span_of_a_database_is_a_statement() {
    let heard = read(otlp(7, 3).as_bytes());
    assert_eq!((heard.told.len(), heard.lines, heard.missed.len()), (5, 1, 0));
    let first = &heard.told[0];
    assert_eq!(first.text, "select * from orders where note = 'it's \"x\"'");
    assert_eq!((first.at, first.nanos), (1_714_557_600_001_200, 1_200_000));
    assert_eq!((first.engine, first.who.as_str(), first.failed), (Some(Engine::Postgres), "@shop/web", false));
    assert_eq!(first.tags, ["route=/orders/{id}", "code.filepath=app/orders.py", "code.lineno=42"]);
    assert!(heard.told.iter().all(|told| told.session == first.session && told.transaction == first.transaction));
    assert_eq!((&heard.told[1].parameters[..], &heard.told[2].parameters[..]), (&b"0\0"[..], &b"1\0"[..]));
    assert_eq!((heard.told[4].engine, heard.told[4].text.as_str()), (Some(Engine::Redis), "shape GET user:{n}:cart"));
}

/// Recorded by scripts/record-traces.mjs.
const NODE: &str = include_str!("../../tests/logs/otlp-node.jsonl");

#[test]
fn traces_of_a_real_program() {
    let heard = read(NODE.as_bytes());
    assert_eq!((heard.lines, heard.missed.len()), (NODE.lines().count() as u64, 0));
    // What the script said it asked: three times a list and five items, once something wrong.
    assert_eq!(heard.told.len(), 19);
    let count = |text: &str| heard.told.iter().filter(|told| told.text == text).count();
    assert_eq!(count("select sku from items where order_id = $1"), 15);
    assert_eq!(count("select id from orders where note = 'planted secret' order by id"), 3);
    assert_eq!(heard.told.iter().filter(|told| told.failed).count(), 1);
    // Nanoseconds as a dumb reader adds them.
    let mut nanos = 0;
    let number = |value: &serde_json::Value| value.as_str().unwrap().parse::<u64>().unwrap();
    for line in NODE.lines() {
        let document: serde_json::Value = serde_json::from_str(line).unwrap();
        for scope in document["resourceSpans"][0]["scopeSpans"].as_array().unwrap() {
            if scope["scope"]["name"].as_str().unwrap().contains("instrumentation") {
                let spans = scope["spans"].as_array().unwrap();
                let asked = |span: &&serde_json::Value| {
                    span.to_string().contains("db.query.text") || span.to_string().contains("db.statement")
                };
                nanos += spans
                    .iter()
                    .filter(asked)
                    .map(|span| number(&span["endTimeUnixNano"]) - number(&span["startTimeUnixNano"]))
                    .sum::<u64>();
            }
        }
    }
    assert_eq!(heard.told.iter().map(|told| told.nanos).sum::<u64>(), nanos);
    // Every statement's request is known: in its document, or told by itself.
    let requests: Vec<&str> = heard.requests.iter().map(|(_, route)| route.as_str()).collect();
    assert_eq!(requests, ["/orders", "/orders", "/orders/:id"]);
    assert!(heard.told.iter().all(|told| heard.requests.iter().any(|(trace, _)| *trace == told.session)));
    assert!(heard.told.iter().any(|told| told.tags.iter().any(|tag| tag == "route=/orders")));
}

#[test]
fn every_way_documents_are_put_into_a_file() {
    let documents: Vec<String> = (1..4).map(|trace| otlp(trace, 2)).collect();
    let pretty = |text: &String| {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        serde_json::to_string_pretty(&value).unwrap()
    };
    let lines = read(documents.join("\n").as_bytes());
    assert_eq!(lines.told.len(), 12);
    for text in [
        format!("[{}]", documents.join(",")),
        format!("[\n{}\n]\n", documents.join(",\n")),
        documents.iter().map(pretty).collect::<Vec<_>>().join("\n"),
        pretty(&format!("[{}]", documents.join(","))),
        documents.join("\r\n"),
    ] {
        let heard = read(text.as_bytes());
        let known = |told: &Told| Told { parameters: Vec::new(), ..told.clone() };
        assert_eq!(
            heard.told.iter().map(known).collect::<Vec<_>>(),
            lines.told.iter().map(known).collect::<Vec<_>>(),
            "{text}"
        );
        assert!(heard.missed.is_empty());
        assert_eq!(heard.lines as usize, text.lines().count());
        let detected = detect(text.as_bytes()).unwrap();
        assert_eq!((detected.understood, detected.detail.as_str()), (1.0, "OTLP as JSON"));
    }
}

#[test]
fn jaeger_and_zipkin_say_the_same() {
    let jaeger = r#"{"data":[{"traceID":"7","spans":[
        {"traceID":"7","spanID":"a","operationName":"GET /x","references":[],"startTime":1714557600000000,"duration":9000,"tags":[{"key":"span.kind","type":"string","value":"server"}],"processID":"p1"},
        {"traceID":"7","spanID":"b","operationName":"q","references":[{"refType":"CHILD_OF","traceID":"7","spanID":"a"}],"startTime":1714557600000100,"duration":1500,"tags":[{"key":"db.system","type":"string","value":"mysql"},{"key":"db.statement","type":"string","value":"select 1"},{"key":"error","type":"bool","value":true}],"processID":"p1"}
        ],"processes":{"p1":{"serviceName":"web","tags":[]}}}],"total":0}"#;
    let zipkin = r#"[{"traceId":"7","id":"a","kind":"SERVER","name":"GET /x","timestamp":1714557600000000,"duration":9000,"localEndpoint":{"serviceName":"web"}},
        {"traceId":"7","parentId":"a","id":"b","kind":"CLIENT","name":"q","timestamp":1714557600000100,"duration":1500,"localEndpoint":{"serviceName":"web"},"tags":{"db.system":"mysql","db.statement":"select 1","error":"true"}}]"#;
    let (jaeger, zipkin) = (read(jaeger.as_bytes()), read(zipkin.as_bytes()));
    assert_eq!(jaeger.told, zipkin.told);
    let [told] = &jaeger.told[..] else { panic!("{:?}", jaeger.told) };
    assert_eq!((told.at, told.nanos, told.failed), (1_714_557_600_001_600, 1_500_000, true));
    assert_eq!((told.engine, told.who.as_str()), (Some(Engine::MySql), "@/web"));
    assert_eq!(told.tags, ["route=GET /x"]);
}

#[test]
fn asked_once_by_an_orm_and_its_driver() {
    let text = r#"[{"traceId":"1","id":"a","name":"orm","timestamp":1,"duration":2,"tags":{"db.system":"postgresql","db.statement":"select 1"}},
        {"traceId":"1","id":"b","parentId":"a","name":"driver","timestamp":1,"duration":2,"tags":{"db.system":"postgresql","db.statement":"select 1"}},
        {"traceId":"1","id":"c","parentId":"a","name":"connect","timestamp":1,"duration":2,"tags":{"db.system":"postgresql"}}]"#;
    assert_eq!(read(text.as_bytes()).told.len(), 1);
}

#[test]
fn values_stay_within_statements_without_sql() {
    let span = |system: &str, text: &str| {
        let tags = serde_json::json!({"db.system": system, "db.statement": text, "db.mongodb.collection": "orders"});
        let span = serde_json::json!([{"traceId": "1", "id": "a", "name": "q", "timestamp": 1, "tags": tags}]);
        read(span.to_string().as_bytes()).told.iter().map(|told| told.text.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        span("mongodb", r#"{"find":"orders","filter":{"mail":"secret"}}"#),
        ["shape orders {find: ?, filter: {mail: ?}}"]
    );
    assert_eq!(
        span("mongodb", r#"{"find":"orders","filter":{"mail":"sec"#),
        ["shape orders {find: ?, filter: {mail: …"]
    );
    assert_eq!(span("redis", "SET token:4711 secret"), ["shape orders SET token:{n}"]);
    assert_eq!(span("redis", "\"secret text\" x"), Vec::<String>::new());
}

#[test]
fn what_is_no_trace_is_not_claimed() {
    for text in
        ["", "x", "{}", "{\"a\":1}\n{\"a\":2}", "[1,2]", "{\"data\":5}", "{\"resourceMetrics\":[]}", "[]", "[{}]"]
    {
        assert!(detect(text.as_bytes()).is_none(), "{text}");
    }
    let big = otlp(1, 500);
    assert_eq!(detect(&big.as_bytes()[..20_000]).unwrap().understood, 1.0);
}

#[test]
fn a_damaged_document_costs_itself() {
    let good = otlp(1, 1);
    let cut = &good[..good.len() / 2];
    let heard = read(format!("{good}\n{cut}\n{good}\nplain words\n").as_bytes());
    // Words behind a document belong to its record: without a bracket in front nothing tells them apart.
    assert_eq!((heard.told.len(), heard.lines, heard.missed.len()), (6, 4, 1));
}

proptest! {
    #[test]
    fn any_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0usize..3000, byte in any::<u8>()) {
        read(&bytes);
        let mut text = format!("{}\n{}\n", otlp(1, 3), otlp(2, 3)).into_bytes();
        let at = at % text.len();
        text[at] = byte;
        let heard = read(&text);
        prop_assert!(heard.told.len() >= 5);
        detect(&text[..at]);
    }

    #[test]
    fn cuts_between_records_change_nothing(sizes in prop::collection::vec(0u32..4, 1..6), at in 1usize..9000) {
        let text = sizes.iter().enumerate().map(|(trace, items)| otlp(trace as u32, *items) + "\n").collect::<String>();
        let text = text.as_bytes();
        let whole = Traces.whole(&text[..at.min(text.len())]);
        let (head, tail) = text.split_at(whole);
        let mut told = read(head).told;
        told.extend(read(tail).told);
        prop_assert_eq!(told, read(text).told);
    }
}
