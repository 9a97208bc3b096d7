use dbwright_model::Engine;
use dbwright_model::log::{Context, Detected, Event, LogFormat, Reader, Said, Sink, Statement, What};
use proptest::prelude::*;

/// Lines `[12] LOG:  text`, each with further lines that start with a tab, like a server that logs to stderr.
struct Inner;

static INNER: LogFormat = LogFormat { engine: Engine::Postgres, id: "inner", reads: "an inner log", detect };

fn head(line: &[u8]) -> Option<(Option<u64>, &[u8])> {
    let line = line.strip_prefix(b" sql_error_code = 00000 ").unwrap_or(line);
    let (session, rest) = match line.strip_prefix(b"[") {
        Some(rest) => {
            let end = memchr::memchr(b']', rest)?;
            let session = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
            (Some(session), rest.get(end + 2..)?)
        }
        None => (None, line),
    };
    Some((session, rest.strip_prefix(b"LOG:  ")?))
}

fn detect(sample: &[u8]) -> Option<Detected> {
    let lines: Vec<&[u8]> = super::reader::lines(sample).collect();
    let good = lines.iter().filter(|line| line.starts_with(b"\t") || head(line).is_some()).count();
    let understood = good as f64 / lines.len() as f64;
    (good > 0).then(|| Detected { reader: Box::new(Inner), understood, detail: "inner".into() })
}

impl Reader for Inner {
    fn whole(&self, bytes: &[u8]) -> usize {
        let mut end = memchr::memrchr(b'\n', bytes).map_or(0, |end| end + 1);
        while end > 0 {
            let start = memchr::memrchr(b'\n', &bytes[..end - 1]).map_or(0, |line| line + 1);
            if !bytes[start..end].starts_with(b"\t") {
                return start;
            }
            end = start;
        }
        0
    }

    fn read(&self, chunk: &[u8], _before: &Context, sink: &mut dyn Sink) {
        let mut record: Option<(Option<u64>, Vec<u8>)> = None;
        let tell = |record: Option<(Option<u64>, Vec<u8>)>, sink: &mut dyn Sink| {
            if let Some((session, text)) = record {
                let statement = Statement { said: Said::Sql(&text), ..Statement::default() };
                sink.event(&Event { session, what: What::Statement(statement), ..Event::default() });
            }
        };
        for line in super::reader::lines(chunk) {
            sink.lines(1);
            if let Some((session, text)) = head(line) {
                tell(record.replace((session, text.to_vec())), sink);
            } else if let (true, Some((_, text))) = (line.starts_with(b"\t"), &mut record) {
                text.extend_from_slice(b"\n");
                text.extend_from_slice(&line[1..]);
            } else {
                sink.missed(line);
            }
        }
        tell(record, sink);
    }
}

/// Hears all.
#[derive(Default, Debug, PartialEq)]
struct Heard {
    texts: Vec<String>,
    at: Vec<Option<i64>>,
    sessions: Vec<Option<u64>>,
    lines: u64,
    foreign: u64,
    missed: Vec<String>,
}

impl Sink for Heard {
    fn event(&mut self, event: &Event<'_>) {
        if let What::Statement(Statement { said: Said::Sql(text), .. }) = event.what {
            self.texts.push(String::from_utf8_lossy(text).into_owned());
            self.at.push(event.at);
            self.sessions.push(event.session);
        }
    }

    fn lines(&mut self, count: u64) {
        self.lines += count;
    }

    fn missed(&mut self, line: &[u8]) {
        self.missed.push(String::from_utf8_lossy(line).into_owned());
    }

    fn foreign(&mut self, count: u64) {
        self.foreign += count;
    }
}

fn detected(log: &[u8]) -> Detected {
    let noon = jiff::Timestamp::from_second(1_795_521_600).unwrap();
    let bare = detect(log).map_or(0.0, |bare| bare.understood);
    super::detect(log, &[&INNER], super::Year::of(noon), bare).expect("recognised").1
}

/// Reads the log in pieces of about that size.
fn read_by(log: &[u8], reader: &dyn Reader, size: usize) -> Heard {
    let mut heard = Heard::default();
    let (mut from, mut wanted) = (0, size);
    while from < log.len() {
        let end = (from + wanted).min(log.len());
        let whole = if end == log.len() { end - from } else { reader.whole(&log[from..end]) };
        assert!(whole <= end - from);
        if whole == 0 {
            wanted *= 2;
            continue;
        }
        reader.read(&log[from..from + whole], &Context::default(), &mut heard);
        (from, wanted) = (from + whole, size);
    }
    heard
}

const NOON: i64 = 1_795_521_600_000_000;

/// What each of these says is the same: two records of two processes, the first with a further line.
const SAID: [&str; 2] = ["duration: 1.5 ms  statement: select \"a\"\nfrom t", "second"];

/// A wrapping's title, the log, and whether it tells the processes that the lines do not tell themselves.
fn logs() -> Vec<(&'static str, String)> {
    let first = r#"[7] LOG:  duration: 1.5 ms  statement: select "a""#;
    let bare = r#"LOG:  duration: 1.5 ms  statement: select "a""#;
    let json = r#"[7] LOG:  duration: 1.5 ms  statement: select \"a\""#;
    let line = |head: &str, text: &str| format!("{head}{text}\n");
    vec![
        (
            "syslog",
            format!("Nov 24 12:00:00 host systemd[1]: Started PostgreSQL.\nNov 24 12:00:00 host postgres[7]: [5-1] {bare}\nNov 24 12:00:00 host sshd[9]: bye\nNov 24 12:00:00 host postgres[7]: [5-2] #011from t\nNov 24 12:00:00 host postgres[8]: [3-1] LOG:  second\n"),
        ),
        (
            "syslog",
            format!("<134>1 2026-11-24T12:00:00.000000+00:00 host postgres 7 - - {bare}\n<134>1 2026-11-24T12:00:00+00:00 host postgres 8 - [a b=\"]\"] \u{feff}LOG:  second\n<134>1 2026-11-24T12:00:00+00:00 host postgres 7 - - \tfrom t\n"),
        ),
        (
            "syslog",
            format!("-- Logs begin --\nNov 24 12:00:00 host postgres[7]: {bare}\n                                 from t\nNov 24 12:00:00 host postgres[8]: LOG:  second\n"),
        ),
        (
            "syslog",
            format!("2026-11-24T12:00:00+00:00 app[postgres.7]: [DATABASE] [5-1]  sql_error_code = 00000 {bare}\n2026-11-24T12:00:00+00:00 app[postgres.7]: [DATABASE] [5-2] #011from t\n2026-11-24T12:00:00+00:00 app[web.1]: hello\n2026-11-24T12:00:00+00:00 app[postgres.7]: [DATABASE] [6-1]  sql_error_code = 00000 LOG:  second\n"),
        ),
        (
            "the journal (JSON)",
            format!("{{\"MESSAGE\":\"{0}\",\"SYSLOG_IDENTIFIER\":\"postgres\",\"_PID\":\"7\",\"__REALTIME_TIMESTAMP\":\"{NOON}\"}}\n{{\"_PID\":\"1\",\"MESSAGE\":\"LOG\",\"SYSLOG_IDENTIFIER\":\"cron\"}}\n{{\"SYSLOG_IDENTIFIER\":\"postgres\",\"_PID\":\"8\",\"__REALTIME_TIMESTAMP\":\"{NOON}\",\"MESSAGE\":\"LOG:  second\"}}\n",
                r#"LOG:  duration: 1.5 ms  statement: select \"a\"\n\tfrom t"#),
        ),
        (
            "Kubernetes (CRI)",
            line("2026-11-24T12:00:00.123456789Z stderr P ", &first[..20])
                + &line("2026-11-24T12:00:00.123456789Z stderr F ", &first[20..])
                + &line("2026-11-24T12:00:00.123456789Z stderr F ", "\tfrom t")
                + &line("2026-11-24T12:00:00.123456789Z stdout F ", "[8] LOG:  second"),
        ),
        (
            "docker (JSON)",
            [json, r"\tfrom t", "[8] LOG:  second"].map(|text| format!("{{\"log\":\"{text}\\n\",\"stream\":\"stderr\",\"time\":\"2026-11-24T12:00:00Z\"}}\n")).concat(),
        ),
        (
            "docker (JSON)",
            ["[7] LOG:  duration: 1.5 ms", r#"  statement: select \"a\"\n"#, r"\tfrom t\n", r"[8] LOG:  second\n"].map(|text| format!("{{\"log\":\"{text}\",\"stream\":\"stderr\"}}\n")).concat(),
        ),
        (
            "Google Cloud",
            format!("[\n  {{\n    \"insertId\": \"x\",\n    \"textPayload\": \"{json}\\n\\tfrom t\",\n    \"timestamp\": \"2026-11-24T12:00:00Z\"\n  }},\n  {{\n    \"textPayload\": \"[8] LOG:  second\"\n  }}\n]\n"),
        ),
        (
            "Google Cloud",
            format!("[{{\"textPayload\":\"{json}\\n\\tfrom t\"}},{{\"textPayload\":\"[8] LOG:  second\"}}]\n"),
        ),
        (
            "JSON messages",
            format!("{{\"category\":\"PostgreSQLLogs\",\"properties\":{{\"errorLevel\":\"LOG\",\"message\":\"{json}\\n\\tfrom t\"}}}}\n{{\"category\":\"PostgreSQLLogs\",\"properties\":{{\"message\":\"[8] LOG:  second\"}}}}\n"),
        ),
        (
            "RDS portions",
            format!("{{\n    \"LogFileData\": \"{json}\\n\\tfrom t\\n[8] LOG:  sec\",\n    \"Marker\": \"1\"\n}}\n{{\n    \"LogFileData\": \"ond\\n\"\n}}\n"),
        ),
        (
            "CloudWatch",
            line("2026-11-24T12:00:00.000000+00:00 postgresql.0 ", first)
                + &line("2026-11-24T12:00:00.000000+00:00 postgresql.0 ", "\tfrom t")
                + &line("2026-11-24T12:00:00.000000+00:00 postgresql.0 ", "[8] LOG:  second"),
        ),
        (
            "timestamps, in docker compose",
            [first, "\tfrom t", "[8] LOG:  second"].map(|text| format!("db-1   | 2026-11-24T12:00:00.123456789Z {text}\n")).concat() + "web-1  | GET /\n",
        ),
        ("Loki", [first, "\tfrom t", "[8] LOG:  second"].map(|text| format!("2026-11-24T12:00:00Z {{app=\"shop\", pod=\"a\"}} {text}\n")).concat()),
        (
            "Loki (JSON)",
            [json, r"\tfrom t", "[8] LOG:  second"].map(|text| format!("{{\"labels\":{{\"app\":\"shop\"}},\"line\":\"{text}\",\"timestamp\":\"2026-11-24T12:00:00Z\"}}\n")).concat(),
        ),
        (
            "kubectl --prefix",
            [first, "\tfrom t", "[8] LOG:  second"].map(|text| format!("[pod/shop-0/postgres] {text}\n")).concat(),
        ),
    ]
}

#[test]
fn every_wrapping_says_the_same() {
    for (title, log) in logs() {
        let detected = detected(log.as_bytes());
        assert_eq!(detected.detail, format!("inner, in {title}"), "{log}");
        let heard = read_by(log.as_bytes(), detected.reader.as_ref(), log.len());
        assert_eq!(heard.texts, SAID, "{title}:\n{log}");
        assert_eq!(heard.missed, Vec::<String>::new(), "{title}");
        // An entry that holds several lines counts as so many.
        let lines = super::reader::lines(log.as_bytes()).count() as u64;
        match log.contains("\\n\\t") {
            true => assert!(heard.lines + heard.foreign > lines, "{title}"),
            false => assert_eq!(heard.lines + heard.foreign, lines, "{title}"),
        }
    }
}

#[test]
fn what_only_the_wrapping_tells_is_told() {
    let logs = logs();
    let of = |number: usize| {
        let log = logs[number].1.as_bytes();
        read_by(log, detected(log).reader.as_ref(), log.len())
    };
    for (number, foreign) in [(0, 2), (1, 0), (4, 1)] {
        let heard = of(number);
        assert_eq!(heard.at, [Some(NOON); 2]);
        assert_eq!(heard.sessions, [Some(7), Some(8)]);
        assert_eq!(heard.foreign, foreign);
    }
    assert_eq!(of(13).foreign, 1, "the other container");
    // Told inside: nothing is put in its place.
    assert_eq!(of(5).sessions, [Some(7), Some(8)]);
    assert_eq!(of(5).at, [Some(NOON + 123_456); 2]);
}

#[test]
fn lines_cut_for_their_length_are_whole_again() {
    let words = "word ".repeat(300);
    let letters = "é".repeat(1000);
    let head = |part: u32| format!("Nov 24 12:00:00 host postgres[7]: [5-{part}] ");
    let log = [
        &words[..894],
        &words[894..1494],
        "LOG:  a line of its own",
        &letters[..894],
        &letters[894..1794],
        &letters[1794..],
    ];
    let mut text: String = (1..)
        .zip(log)
        .map(|(part, text)| {
            let start = if part == 1 || part == 4 { "LOG:  " } else { "" };
            format!("{}{start}{text}\n", head(part))
        })
        .collect();
    text.push_str("Nov 24 12:00:00 host postgres[7]: [6-1] LOG:  next\n");
    let heard = read_by(text.as_bytes(), detected(text.as_bytes()).reader.as_ref(), text.len());
    assert_eq!(heard.texts, [&words[..1494], "a line of its own", &letters, "next"]);
}

#[test]
fn a_line_of_nothing_known_is_missed_and_nothing_else() {
    let log = "2026-11-24T12:00:00Z stderr F [7] LOG:  a\n".repeat(20)
        + "2026-11-24T12:00:00Z std\n2026-11-24T12:00:00Z stderr F what\n2026-11-24T12:00:00Z stderr F [8] LOG:  b\n";
    let heard = read_by(log.as_bytes(), detected(log.as_bytes()).reader.as_ref(), log.len());
    assert_eq!(heard.missed, ["2026-11-24T12:00:00Z std", "what"]);
    assert_eq!((heard.texts.len(), heard.lines), (21, 23));
}

/// Messages of many processes whose pieces come in between each other, with a moment of silence after every 50.
fn mixed(messages: usize) -> (String, usize) {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for message in 0..messages {
        for piece in 0..(message * 7 % 5 + 1) {
            let text = if piece == 0 { format!("LOG:  m{message}") } else { format!("#011p{piece}") };
            let line = format!("Nov 24 12:00:00 host postgres[{}]: [{message}-{}] {text}\n", message % 13, piece + 1);
            lines.push((message + piece * 3 + message / 50 * 20, line));
        }
    }
    lines.sort_by_key(|(at, _)| *at);
    (lines.into_iter().map(|(_, line)| line).collect(), messages)
}

#[test]
fn messages_that_come_in_between_each_other_are_told_apart() {
    let (log, messages) = mixed(5000);
    let reader = detected(log.as_bytes()).reader;
    let heard = read_by(log.as_bytes(), reader.as_ref(), 100_000);
    assert_eq!(heard.texts.len(), messages);
    for (number, text) in heard.texts.iter().enumerate() {
        let pieces = (1..number * 7 % 5 + 1).map(|piece| format!("\np{piece}")).collect::<String>();
        assert_eq!(*text, format!("m{number}{pieces}"));
    }
}

#[test]
fn any_cut_between_records_gives_the_same() {
    for (title, log) in logs() {
        if log.contains("LogFileData") || log.starts_with("[{") {
            continue;
        }
        let log = log.repeat(2000);
        let reader = detected(log.as_bytes()).reader;
        let whole = read_by(log.as_bytes(), reader.as_ref(), log.len());
        for size in [333, 5000, 300_000] {
            assert!(read_by(log.as_bytes(), reader.as_ref(), size) == whole, "{title} by {size}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_bytes_are_read(which in 0..17_usize, at in 0..3000_usize, junk in proptest::collection::vec(any::<u8>(), 0..40), size in 1..4000_usize) {
        let log = logs().swap_remove(which).1.repeat(5);
        let reader = detected(log.as_bytes()).reader;
        let mut bytes = log.into_bytes();
        let at = at.min(bytes.len());
        let end = (at + junk.len()).min(bytes.len());
        bytes.splice(at..end, junk);
        let heard = read_by(&bytes, reader.as_ref(), size);
        prop_assert!(heard.missed.len() as u64 <= heard.lines);
    }

    #[test]
    fn no_bytes_make_detection_fail(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = crate::detect(&bytes, &[&INNER]);
    }
}
