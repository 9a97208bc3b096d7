//! Logs of real servers in all wrappings: what is read must be what is read without.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use dbwright_log::detect;
use dbwright_model::log::{Context, Event, Happening, LogFormat, Reader, Said, Sink, What};
use dbwright_model::room::Room;

fn formats() -> Vec<&'static LogFormat> {
    let rooms: [&dyn Room; 2] = [&dbwright_postgres::Postgres, &dbwright_mysql::MySql];
    rooms.iter().flat_map(|room| room.log_formats()).copied().collect()
}

/// All that is heard, as text.
#[derive(Default)]
struct Heard {
    events: Vec<String>,
    missed: Vec<String>,
    lines: u64,
}

impl Sink for Heard {
    fn event(&mut self, event: &Event<'_>) {
        if !matches!(event.what, What::Nothing) {
            self.events.push(format!("{event:?}"));
        }
    }

    fn lines(&mut self, count: u64) {
        self.lines += count;
    }

    fn missed(&mut self, line: &[u8]) {
        self.missed.push(String::from_utf8_lossy(line).into_owned());
    }
}

/// Reads the log as the stream does, in chunks of about this size.
fn heard(log: &[u8], reader: &dyn Reader, size: usize) -> Heard {
    let mut heard = Heard::default();
    let mut before = Context::default();
    let (mut from, mut wanted) = (0, size);
    while from < log.len() {
        let end = log.len().min(from + wanted);
        let whole = if end == log.len() { end - from } else { reader.whole(&log[from..end]) };
        if whole == 0 {
            wanted *= 2;
            continue;
        }
        let chunk = &log[from..from + whole];
        reader.read(chunk, &before, &mut heard);
        before = reader.after(chunk, &before);
        (from, wanted) = (from + whole, size);
    }
    heard
}

/// What puts something around a line.
type Wrap = fn(usize, &str) -> String;

fn escaped(line: &str) -> String {
    serde_json::to_string(line).unwrap().trim_matches('"').to_owned()
}

fn quoted(line: &str) -> String {
    serde_json::to_string(line).unwrap()
}

const WRAPS: &[(&str, Wrap)] = &[
    ("docker (JSON)", |_, line| {
        format!(
            "{{\"log\":{},\"stream\":\"stderr\",\"time\":\"2026-11-24T12:00:00.5Z\"}}",
            quoted(&format!("{line}\n"))
        )
    }),
    ("Kubernetes (CRI)", |_, line| match line.char_indices().nth(40) {
        Some((middle, _)) => {
            let at = "2026-11-24T12:00:00.123456789Z stderr";
            format!("{at} P {}\n{at} F {}", &line[..middle], &line[middle..])
        }
        None => format!("2026-11-24T12:00:00.123456789Z stderr F {line}"),
    }),
    ("syslog", |number, line| {
        let noise = if number % 7 == 0 { "Nov 24 12:00:00 host CRON[99]: (root) CMD (true)\n" } else { "" };
        format!("{noise}Nov 24 12:00:00 host server[1]: {}", line.replace('\t', "#011"))
    }),
    ("syslog", |_, line| format!("<134>1 2026-11-24T12:00:00.123456+00:00 host server 1 - - {line}")),
    ("Google Cloud", |_, line| {
        format!("{{\"insertId\":\"a\",\"textPayload\":{},\"timestamp\":\"2026-11-24T12:00:00Z\"}}", quoted(line))
    }),
    ("Google Cloud", |_, line| format!("  {{\n    \"insertId\": \"a\",\n    \"textPayload\": {}\n  }},", quoted(line))),
    ("JSON messages", |_, line| {
        format!("{{\"eventId\":\"1\",\"message\":{},\"timestamp\":1795521600000}}", quoted(line))
    }),
    ("the journal (JSON)", |_, line| {
        format!("{{\"_PID\":\"1\",\"MESSAGE\":\"{}\",\"SYSLOG_IDENTIFIER\":\"server\"}}", escaped(line))
    }),
    ("timestamps", |_, line| format!("2026-11-24T12:00:00.123456789Z {line}")),
    ("docker compose", |_, line| format!("db-1  | {line}")),
    ("CloudWatch", |_, line| format!("2026-11-24T12:00:00.123000+00:00 server.0 {line}")),
    ("kubectl --prefix", |_, line| format!("[pod/shop-0/db] {line}")),
    ("Loki", |_, line| format!("2026-11-24T12:00:00Z {{app=\"shop\"}} {line}")),
];

/// Wraps a log in all ways and compares what is heard.
fn same_in_all_wrappings(name: &str, log: &str) {
    let formats = formats();
    let (format, bare) = detect(log.as_bytes(), &formats).unwrap_or_else(|| panic!("{name} is not recognised"));
    assert!(!bare.detail.contains(", in ") && !bare.detail.starts_with("in "), "{name}: {}", bare.detail);
    let expected = heard(log.as_bytes(), bare.reader.as_ref(), usize::MAX / 4);
    assert!(expected.events.len() > 2, "{name}: {} events", expected.events.len());
    for (title, wrap) in WRAPS {
        let lines = log.split_terminator('\n').enumerate();
        let wrapped: String = lines.map(|(number, line)| wrap(number, line) + "\n").collect();
        let (found, detected) = detect(wrapped.as_bytes(), &formats).unwrap_or_else(|| {
            panic!("{name} in {title} is not recognised:\n{}", wrapped.get(..800).unwrap_or(&wrapped))
        });
        assert_eq!(found.id, format.id, "{name} in {title}: {}", detected.detail);
        assert!(detected.detail.ends_with(title), "{name} in {title}: {}", detected.detail);
        for size in [usize::MAX / 4, 10_000] {
            let heard = heard(wrapped.as_bytes(), detected.reader.as_ref(), size);
            assert_eq!(heard.missed, expected.missed, "{name} in {title}");
            for (found, expected) in heard.events.iter().zip(&expected.events) {
                assert_eq!(found, expected, "{name} in {title}");
            }
            assert_eq!(heard.events.len(), expected.events.len(), "{name} in {title} by {size}");
        }
    }
}

fn fixture(path: &str) -> String {
    let path = format!("{}/../engines/{path}", env!("CARGO_MANIFEST_DIR"));
    String::from_utf8_lossy(&std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))).into_owned()
}

#[test]
fn slow_logs_of_mysql() {
    for name in ["slow-mariadb-10.11.log", "slow-percona-written.log", "slow-mysql-5.6-written.log"] {
        same_in_all_wrappings(name, &fixture(&format!("mysql/tests/logs/{name}")));
    }
}

/// A load as PostgreSQL logs it to stderr, with this before each message.
fn postgres(prefix: impl Fn(usize) -> String) -> String {
    let record = |number: usize| {
        let prefix = prefix(number);
        match number % 5 {
            0 => format!(
                "{prefix}ERROR:  duplicate key value violates unique constraint \"t_pkey\"\n{prefix}DETAIL:  Key (id)=(1) already exists.\n{prefix}STATEMENT:  insert into t values (1)\n"
            ),
            1 => format!(
                "{prefix}LOG:  duration: {number}.123 ms  statement: select a,\n\tb\n\tfrom t where c = 'it''s \"{number}\"'\n"
            ),
            2 => format!(
                "{prefix}LOG:  duration: 0.5 ms  execute S_1: select * from orders where id = $1\n{prefix}DETAIL:  parameters: $1 = '{number}'\n"
            ),
            3 => format!("{prefix}LOG:  checkpoint starting: time\n"),
            _ => format!("{prefix}LOG:  duration: 10.000 ms  statement: update t set a = {number}\n"),
        }
    };
    (0..300).map(record).collect()
}

#[test]
fn stderr_of_postgresql() {
    let plain = postgres(|number| format!("2026-11-24 12:00:{:02}.123 UTC [{}] ", number / 10 % 60, 100 + number % 3));
    same_in_all_wrappings("postgres", &plain);
    let named =
        postgres(|number| format!("2026-11-24 12:00:{:02} UTC [{}] app@shop ", number / 10 % 60, 100 + number % 3));
    same_in_all_wrappings("postgres with names", &named);
}

/// Statements of each session in order, with how long they took, and what happened to them.
fn told(log: &[u8], form: &str) -> Vec<String> {
    #[derive(Default)]
    struct Told(Vec<(u64, String)>, Vec<String>);
    impl Sink for Told {
        fn event(&mut self, event: &Event<'_>) {
            let text = |said: Said<'_>| match said {
                // rsyslog writes a tab as it writes these four letters.
                Said::Sql(text) => String::from_utf8_lossy(text).replace("#011", "\t"),
                Said::Shaped { shape, .. } => shape.to_owned(),
            };
            let what = match event.what {
                What::Statement(it) => format!("{:?} {}", it.duration, text(it.said)),
                // What is said of the server's start before the collector runs is in no csvlog.
                What::Happening(Happening { said: None, .. }) => return,
                What::Happening(it) => format!("{} {:?} {:?}", it.class.id, it.measure, it.said.map(text)),
                _ => return,
            };
            // Of a session only the process: the prefix does not tell its start.
            self.0.push((event.session.unwrap_or_default() & 0xffff_ffff, what));
        }

        fn lines(&mut self, _count: u64) {}

        fn missed(&mut self, line: &[u8]) {
            self.1.push(String::from_utf8_lossy(line).into_owned());
        }
    }
    let (format, detected) = detect(log, &formats()).expect("recognised");
    assert_eq!(format.id, form, "{}", detected.detail);
    let mut told = Told::default();
    detected.reader.read(log, &Context::default(), &mut told);
    assert_eq!(told.1, Vec::<String>::new());
    told.0.sort_by_key(|(session, _)| *session);
    told.0.into_iter().map(|(session, what)| format!("{session} {what}")).collect()
}

/// Recorded by `scripts/record-syslog.sh`: four clients at once, lines in between each other and cut for their length.
#[test]
fn syslog_of_postgresql_says_what_csvlog_says() {
    let read = |name: &str| {
        let path = format!("{}/tests/logs/syslog/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let truth = told(&read("truth.csv"), "postgres-csv");
    assert!(truth.len() > 60, "{}", truth.len());
    for name in ["traditional.log", "iso.log", "5424.log"] {
        let told = told(&read(name), "postgres-stderr");
        assert!(told == truth, "{name}: {told:#?}");
    }
}

/// The fields of csvlog's records.
fn records(csv: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = csv.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' if quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            other => field.push(other),
        }
    }
    records
}

/// As its operator prints the records of csvlog, in a container's log.
#[test]
fn cloudnativepg_says_what_csvlog_says() {
    const NAMES: [&str; 26] = [
        "log_time",
        "user_name",
        "database_name",
        "process_id",
        "connection_from",
        "session_id",
        "session_line_num",
        "command_tag",
        "session_start_time",
        "virtual_transaction_id",
        "transaction_id",
        "error_severity",
        "sql_state_code",
        "message",
        "detail",
        "hint",
        "internal_query",
        "internal_query_pos",
        "context",
        "query",
        "query_pos",
        "location",
        "application_name",
        "backend_type",
        "leader_pid",
        "query_id",
    ];
    let path = format!("{}/tests/logs/syslog/truth.csv", env!("CARGO_MANIFEST_DIR"));
    let csv = std::fs::read_to_string(path).unwrap();
    let mut plain = String::new();
    for record in records(&csv) {
        let fields: serde_json::Map<String, serde_json::Value> =
            NAMES.iter().zip(record).map(|(name, value)| ((*name).to_owned(), value.into())).collect();
        let fields = serde_json::Value::Object(fields);
        plain +=
            "{\"level\":\"info\",\"ts\":\"2026-11-24T12:00:00Z\",\"logger\":\"instance-manager\",\"msg\":\"alive\"}\n";
        plain += &format!(
            "{{\"level\":\"info\",\"ts\":\"2026-11-24T12:00:00Z\",\"logger\":\"postgres\",\"msg\":\"record\",\"logging_pod\":\"shop-1\",\"record\":{fields}}}\n"
        );
    }
    let truth = told(csv.as_bytes(), "postgres-csv");
    assert!(told(plain.as_bytes(), "postgres-json") == truth);
    let at = "2026-11-24T12:00:00.123456789Z stdout F ";
    let contained: String = plain.lines().map(|line| format!("{at}{line}\n")).collect();
    assert!(told(contained.as_bytes(), "postgres-json") == truth);
}
