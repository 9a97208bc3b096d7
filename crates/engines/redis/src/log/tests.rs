use std::collections::BTreeMap;

use dbwright_model::log::{Context, Event, Said, Sink, What};
use proptest::prelude::*;

use super::*;

macro_rules! recorded {
    ($($name:literal)*) => {
        &[$(($name, include_bytes!(concat!("../../tests/logs/", $name)))),*]
    };
}

/// Recorded from servers by scripts/record-redis-logs.sh.
const RECORDED: &[(&str, &[u8])] = recorded! {
    "redis-6-monitor.txt" "redis-7-monitor.txt" "valkey-8-monitor.txt"
    "redis-6-slowlog.txt" "redis-7-slowlog.txt" "valkey-8-slowlog.txt"
    "redis-6-slowlog-raw.txt" "redis-7-slowlog-raw.txt" "valkey-8-slowlog-raw.txt"
    "redis-7-slowlog.json" "valkey-8-slowlog.json"
    "redis-6-server.log" "redis-7-server.log" "valkey-8-server.log"
};

fn recorded(name: &str) -> &'static [u8] {
    RECORDED.iter().find(|(known, _)| *known == name).unwrap().1
}

fn own(name: &str) -> &'static LogFormat {
    match name {
        _ if name.ends_with("monitor.txt") => &monitor::FORMAT,
        _ if name.ends_with("slowlog.txt") => &slowlog::PRINTED,
        _ if name.ends_with("raw.txt") => &slowlog::RAW,
        _ if name.ends_with("json") => &slowlog::JSON,
        _ => &server::FORMAT,
    }
}

#[derive(Default, PartialEq, Debug)]
struct Heard {
    told: Vec<String>,
    nanos: u64,
    lines: u64,
    missed: Vec<String>,
}

impl Heard {
    fn count(&self) -> BTreeMap<&str, usize> {
        let mut count = BTreeMap::new();
        for told in &self.told {
            *count.entry(told.split('|').nth(1).unwrap()).or_default() += 1;
        }
        count
    }
}

impl Sink for Heard {
    fn event(&mut self, event: &Event<'_>) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let what = match event.what {
            What::Statement(statement) => {
                self.nanos += statement.duration.unwrap_or_default();
                match statement.said {
                    Said::Shaped { shape, .. } => shape.to_owned(),
                    Said::Sql(sql) => text(sql),
                }
            }
            What::Happening(happening) => format!("! {} {:?}", happening.class.id, happening.measure),
            _ => return,
        };
        let at = event.at.unwrap() / 1_000_000;
        self.told.push(format!(
            "{at}|{what}|{}|{}|{}",
            text(event.client),
            text(event.application),
            text(event.database)
        ));
    }
    fn lines(&mut self, count: u64) {
        self.lines += count;
    }
    fn missed(&mut self, line: &[u8]) {
        self.missed.push(String::from_utf8_lossy(line).into_owned());
    }
}

fn read(text: &[u8], format: &LogFormat, sample: &[u8]) -> Heard {
    let mut heard = Heard::default();
    let detected = (format.detect)(sample).unwrap_or_else(|| panic!("{} not detected", format.id));
    detected.reader.read(text, &Context::default(), &mut heard);
    heard
}

#[test]
fn each_form_claims_its_own() {
    for (name, text) in RECORDED {
        let claims: Vec<&str> =
            FORMATS.iter().filter(|format| (format.detect)(text).is_some()).map(|format| format.id).collect();
        assert_eq!(claims, [own(name).id], "{name}");
        assert_eq!((own(name).detect)(text).unwrap().understood, 1.0, "{name}");
        let heard = read(text, own(name), text);
        assert_eq!(heard.missed, Vec::<String>::new(), "{name}");
        assert_eq!(
            heard.lines as usize,
            String::from_utf8_lossy(text).lines().filter(|line| !line.trim().is_empty()).count()
        );
    }
    for foreign in ["", "OK\n", "12\n13\n14\n", "[[1,2,3]]", "1) 1) (integer) 5\n", "2024-05-01 10:00:00 x\n"] {
        assert!(FORMATS.iter().all(|format| (format.detect)(foreign.as_bytes()).is_none()), "{foreign}");
    }
}

#[test]
fn no_value_gets_out() {
    for (name, text) in RECORDED {
        let heard = read(text, own(name), text);
        assert!(!heard.told.iter().any(|told| told.contains("planted")), "{name} {:#?}", heard.told);
    }
}

/// What the recording script asked.
fn asked(count: &BTreeMap<&str, usize>) {
    for (shape, times) in [
        ("LRANGE user:{n}:orders 0 -1", 10),
        ("HGETALL order:{n}", 30),
        ("SET session:{hex} ? EX ?", 1),
        ("SET session:{uuid} ? NX", 1),
        ("MGET user:{n}:name", 1),
        ("MSET a:{n} b:{n} ?", 1),
        ("HSET user:{n} ?", 1),
        ("ZRANGE board 0 -1 WITHSCORES", 1),
        ("KEYS session:*", 1),
        ("SCAN ? MATCH user:*:name COUNT ?", 1),
        ("XREAD COUNT ? STREAMS events:{n} ?", 1),
        ("PUBLISH news:{n} ?", 1),
        ("INCR counter:visits", 1),
        ("DEL user:{n}:name", 1),
        ("SORT user:{n}:orders BY ? GET ?", 1),
    ] {
        assert_eq!(count.get(shape), Some(&times), "{shape} of {count:#?}");
    }
}

#[test]
fn every_command_of_the_load_is_counted() {
    for name in ["redis-6", "redis-7", "valkey-8"] {
        let text = recorded(&format!("{name}-monitor.txt"));
        let heard = read(text, &monitor::FORMAT, text);
        asked(&heard.count());
        let expected =
            text.split(|byte| *byte == b'\n').filter(|line| line.first().is_some_and(u8::is_ascii_digit)).count();
        assert_eq!(heard.told.len(), expected, "{name}");
        assert!(heard.told.iter().any(|told| told.ends_with("|INCR counter:visits|127.0.0.1||3")));

        let text = recorded(&format!("{name}-slowlog.txt"));
        let heard = read(text, &slowlog::PRINTED, text);
        asked(&heard.count());
        // A dumb reader: the third line of an entry is its duration.
        let lines: Vec<&str> = std::str::from_utf8(text).unwrap().lines().collect();
        let micros = lines.iter().filter_map(|line| line.trim().strip_prefix("3) (integer) "));
        assert_eq!(heard.nanos, micros.clone().map(|micros| micros.parse::<u64>().unwrap() * 1_000).sum::<u64>());
        assert_eq!(heard.told.len(), micros.count());
        assert!(heard.told.iter().any(|told| told.contains("|HGETALL order:{n}|127.0.0.1|shop-web|")));
    }
}

#[test]
fn one_slow_log_in_every_form() {
    // Later captures hold what captured the earlier ones.
    let common = |told: &[String]| {
        told.iter().filter(|told| !told.contains("SLOWLOG") && !told.contains("HELLO")).cloned().collect::<Vec<_>>()
    };
    for name in ["redis-6", "redis-7", "valkey-8"] {
        let text = recorded(&format!("{name}-slowlog.txt"));
        let printed = common(&read(text, &slowlog::PRINTED, text).told);
        assert!(printed.len() > 60);
        let text = recorded(&format!("{name}-slowlog-raw.txt"));
        // Bare lines: values with line ends take more lines, and count no more.
        assert_eq!(common(&read(text, &slowlog::RAW, text).told), printed, "{name}");
        if name != "redis-6" {
            let text = recorded(&format!("{name}-slowlog.json"));
            assert_eq!(common(&read(text, &slowlog::JSON, text).told), printed, "{name}");
        }
    }
}

#[test]
fn what_befell_the_servers() {
    for name in ["redis-6", "redis-7", "valkey-8"] {
        let text = recorded(&format!("{name}-server.log"));
        let heard = read(text, &server::FORMAT, text);
        let count = heard.count();
        let of =
            |class: &str| count.iter().filter(|(told, _)| told.contains(class)).map(|(_, count)| count).sum::<usize>();
        let says = |words: &str| String::from_utf8_lossy(text).matches(words).count();
        assert_eq!(of("! started"), says("Ready to accept connections"), "{name}");
        assert_eq!(of("! stopped"), says("bye bye"));
        assert_eq!((of("background-save-failed"), of("! checkpoint")), (1, says("saving terminated with success")));
        assert_eq!(
            (of("startup-warning"), of("maxmemory-below-use"), of("full-resync")),
            (2, usize::from(name != "redis-6"), says("Full resync requested")),
            "{name}"
        );
        assert!(of("replication-lost") >= 1 && of("fork-copied") >= 1);
        assert_eq!(of("! warning"), 0, "{count:#?}");
    }
}

#[test]
fn messages_without_a_recording() {
    let told = |message: &str, level: &str| {
        let text = format!("1:M 05 Jan 2026 10:00:00.250 {level} {message}\n");
        read(text.as_bytes(), &server::FORMAT, text.as_bytes()).told.join("")
    };
    for (level, message, expected) in [
        (
            "#",
            "Slow script detected: still in execution after 5003 milliseconds. You can try killing the script",
            "1767607200|! slow-script Some(5003)|||",
        ),
        (
            "*",
            "Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer",
            "1767607200|! aof-fsync-slow None|||",
        ),
        ("#", "Error writing to the AOF file: No space left on device", "1767607200|! disk-full None|||"),
        (
            "*",
            "Fork CoW for RDB: current 12 MB, peak 13 MB, average 10 MB",
            "1767607200|! fork-copied Some(12582912)|||",
        ),
        ("#", "Something new that nobody knows", "1767607200|! warning None|||"),
        ("*", "10 changes in 300 seconds. Saving...", ""),
        ("-", "Accepted 127.0.0.1:4711", "1767607200|! connected None|||"),
    ] {
        assert_eq!(told(message, level), expected);
    }
    let iso = "7:S 2026-01-05T11:00:00.250+01:00 * Ready to accept connections\n";
    assert_eq!(read(iso.as_bytes(), &server::FORMAT, iso.as_bytes()).told, ["1767607200|! started None|||"]);
}

#[test]
fn what_was_typed_before_is_no_foreign_line() {
    let text = "127.0.0.1:6379> SLOWLOG GET 2\n1) 1) (integer) 14\n   2) (integer) 1309448221\n   3) (integer) 15\n   4) 1) \"ping\"\n127.0.0.1:6379> slowlog get\n";
    let heard = read(text.as_bytes(), &slowlog::PRINTED, text.as_bytes());
    assert_eq!((heard.told.join(""), heard.nanos, heard.missed.len()), ("1309448221|PING|||".into(), 15_000, 0));
}

#[test]
fn a_damaged_entry_costs_itself() {
    for (name, text) in RECORDED.iter().filter(|(name, _)| !name.contains("raw")) {
        let format = own(name);
        let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
        let whole = read(text, format, text);
        let mut damaged = lines.clone();
        let at = lines.len() / 2;
        damaged[at] = b"\xff\xfe damaged";
        let heard = read(&damaged.join(&b'\n'), format, text);
        if !name.ends_with("json") {
            assert!(heard.told.len() + 1 >= whole.told.len(), "{name}");
        }
        assert!(!heard.missed.is_empty(), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), byte in any::<u8>(), lines in "([0-9]{1,10}\n|[0-9 )]{1,9}\\(integer\\) 1400000000\n|\"\\\\PC\"\n| 4\\) 1\\) \"get\"\n){0,20}") {
        for (name, text) in RECORDED {
            let format = own(name);
            read(&bytes, format, text);
            read(lines.as_bytes(), format, text);
            let mut text = text.to_vec();
            let at = at.index(text.len());
            text[at] = byte;
            read(&text, format, recorded(name));
            (format.detect)(&text[..at]);
            (format.detect)(lines.as_bytes());
        }
    }

    #[test]
    fn cuts_between_records_change_nothing(at in any::<prop::sample::Index>()) {
        for (name, text) in RECORDED {
            let format = own(name);
            let reader = (format.detect)(text).unwrap().reader;
            let (head, tail) = text.split_at(reader.whole(&text[..at.index(text.len())]));
            let mut heard = Heard::default();
            for part in [head, tail] {
                reader.read(part, &Context::default(), &mut heard);
            }
            prop_assert_eq!(heard, read(text, format, text), "{}", name);
        }
    }
}
