//! Logs of real servers in all wrappings: what is read must be what is read without.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use dbwright_log::detect;
use dbwright_model::log::{Context, Event, Happening, LogFormat, Reader, Said, Sink, What};
use dbwright_model::room::Room;

fn formats() -> Vec<&'static LogFormat> {
    let rooms: [&dyn Room; 6] = [
        &dbwright_postgres::Postgres,
        &dbwright_mysql::MySql,
        &dbwright_redis::Redis,
        &dbwright_mongodb::MongoDb,
        &dbwright_elastic::Elastic,
        &dbwright_cassandra::Cassandra,
    ];
    let traces = &dbwright_log::TRACES;
    rooms.iter().flat_map(|room| room.log_formats()).copied().chain([traces]).collect()
}

/// All that is heard, as text; with times and sessions, which a wrapping may add.
#[derive(Default)]
struct Heard {
    events: Vec<(Option<i64>, Option<u64>, String)>,
    missed: Vec<String>,
    lines: u64,
}

impl Sink for Heard {
    fn event(&mut self, event: &Event<'_>) {
        if !matches!(event.what, What::Nothing) {
            let bare = Event { at: None, session: None, ..*event };
            self.events.push((event.at, event.session, format!("{bare:?}")));
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
        format!("{{\"_PID\":\"1\",\"MESSAGE\":{},\"SYSLOG_IDENTIFIER\":\"server\"}}", quoted(line))
    }),
    ("timestamps", |_, line| format!("2026-11-24T12:00:00.123456789Z {line}")),
    ("docker compose", |_, line| format!("db-1  | {line}")),
    ("CloudWatch", |_, line| format!("2026-11-24T12:00:00.123000+00:00 server.0 {line}")),
    ("kubectl --prefix", |_, line| format!("[pod/shop-0/db] {line}")),
    ("Loki", |_, line| format!("2026-11-24T12:00:00Z {{app=\"shop\"}} {line}")),
];

/// Wraps a log in all ways and compares what is heard; tells what is unlike.
fn unlike_in_wrappings(name: &str, log: &str) -> Vec<String> {
    let formats = formats();
    let Some((format, bare)) = detect(log.as_bytes(), &formats) else { return vec![format!("{name}: not recognised")] };
    if bare.detail.contains(", in ") || bare.detail.starts_with("in ") {
        return vec![format!("{name}: taken for {} {}", format.id, bare.detail)];
    }
    let expected = heard(log.as_bytes(), bare.reader.as_ref(), usize::MAX / 4);
    // Some forms tell less where a chunk starts.
    let cut = heard(log.as_bytes(), bare.reader.as_ref(), 10_000).events == expected.events;
    let sizes = match cut && format.id != "mysql-error" {
        true => &[usize::MAX / 4, 10_000][..],
        false => &[usize::MAX / 4],
    };
    let mut unlike = Vec::new();
    for (title, wrap) in WRAPS {
        let mut complain = |what: String| unlike.push(format!("{name} ({}) in {title}: {what}", format.id));
        let lines = log.split_terminator('\n').enumerate();
        let wrapped: String = lines.map(|(number, line)| wrap(number, line) + "\n").collect();
        let Some((found, detected)) = detect(wrapped.as_bytes(), &formats) else {
            complain("not recognised".to_owned());
            continue;
        };
        if found.id != format.id || !detected.detail.ends_with(title) {
            complain(format!("taken for {} {}", found.id, detected.detail));
            continue;
        }
        for &size in sizes {
            let heard = heard(wrapped.as_bytes(), detected.reader.as_ref(), size);
            if heard.missed != expected.missed {
                complain(format!("missed by {size}: {:?} for {:?}", heard.missed, expected.missed));
            }
            let pairs = heard.events.iter().zip(&expected.events);
            let unlike = |found: &(Option<i64>, Option<u64>, String), expected: &(Option<i64>, Option<u64>, String)| {
                found.2 != expected.2
                    || expected.0.is_some() && found.0 != expected.0
                    || expected.1.is_some() && found.1 != expected.1
            };
            if let Some((found, expected)) = pairs.into_iter().find(|(found, expected)| unlike(found, expected)) {
                complain(format!("by {size}: {found:?}\nfor {expected:?}"));
            } else if heard.events.len() != expected.events.len() {
                complain(format!("by {size}: {} events of {}", heard.events.len(), expected.events.len()));
            }
        }
    }
    unlike
}

fn same_in_all_wrappings(name: &str, log: &str) {
    let unlike = unlike_in_wrappings(name, log);
    assert!(unlike.is_empty(), "{}", unlike.join("\n"));
}

/// The logs recorded beside the rooms, up to so many bytes in whole lines.
fn recorded(most: usize) -> Vec<(String, String)> {
    let engines = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../engines");
    let mut folders: Vec<_> =
        std::fs::read_dir(engines).unwrap().map(|room| room.unwrap().path().join("tests/logs")).collect();
    folders.push(folders.iter().find(|folder| folder.to_string_lossy().contains("postgres")).unwrap().join("prefixes"));
    let files = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).filter(|path| path.is_file()).collect();
    paths.sort();
    let start = |path: &std::path::PathBuf| {
        let mut text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        if text.len() > most {
            let cut = text.as_bytes()[..most].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            text.truncate(cut);
        }
        (path.file_name().unwrap().to_string_lossy().into_owned(), text)
    };
    paths.iter().map(start).collect()
}

#[test]
fn no_log_of_a_server_is_taken_for_a_wrapped_one() {
    let wrong: Vec<String> = recorded(100_000)
        .into_iter()
        .filter_map(|(name, log)| {
            let (format, detected) = detect(log.as_bytes(), &formats())?;
            let wrapped = detected.detail.contains(", in ") || detected.detail.starts_with("in ");
            wrapped.then(|| format!("{name}: {} {}", format.id, detected.detail))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn logs_of_every_room_say_the_same_in_wrappings() {
    // What people copy from a client, and forms of one document, are never wrapped line by line.
    let lines = |name: &str| name.ends_with(".log") || name.ends_with(".json") && name.contains("server");
    let logs = recorded(12_000).into_iter().filter(|(name, _)| lines(name));
    // Of the prefixes of PostgreSQL every fifth.
    let some = logs.filter(|(name, _)| name.len() != 6 || name.as_bytes()[1] % 5 == 0);
    let unlike: Vec<String> = some.flat_map(|(name, log)| unlike_in_wrappings(&name, &log)).collect();
    assert!(unlike.is_empty(), "{}", unlike.join("\n"));
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
