use super::*;
use crate::log::heard::{self, Heard};

const MARIADB: &str = include_str!("../../../tests/logs/error-mariadb-10.11.log");
const MYSQL: &str = include_str!("../../../tests/logs/error-mysql-9.log");
const JSON_LOG: &str = include_str!("../../../tests/logs/error-mysql-9.json");
const WRITTEN: &str = include_str!("../../../tests/logs/error-written.log");

fn read(text: &str) -> Heard {
    heard::all(&ErrorLog, text.as_bytes())
}

fn count(heard: &Heard, id: &str) -> usize {
    heard.happenings.iter().filter(|happening| happening.0 == id).count()
}

#[test]
fn what_happened_is_counted() {
    for (log, heard) in [(MARIADB, read(MARIADB)), (MYSQL, read(MYSQL))] {
        assert_eq!(heard.missed, Vec::<String>::new());
        assert_eq!(heard.lines, log.lines().filter(|line| !line.trim().is_empty()).count() as u64);
        for (id, words) in [
            ("deadlock", "WE ROLL BACK"),
            ("started", "ready for connections"),
            ("stopped", ": Shutdown complete"),
            ("recovering", "Starting crash recovery"),
            ("table-full", "The table 'm' is full"),
            ("authentication-failed", "Access denied for user"),
            ("replication-error", " I/O"),
        ] {
            let lines =
                log.lines().filter(|line| line.contains(words) && (words != " I/O" || line.contains("[ERROR]")));
            assert_eq!(count(&heard, id), lines.count(), "{id}");
            assert!(count(&heard, id) > 0, "{id}");
        }
        assert_eq!(count(&heard, "error"), 0, "{:?}", heard.happenings);
    }
    assert_eq!(count(&read(MARIADB), "too-many-connections"), MARIADB.matches("(Too many connections)").count());
}

#[test]
fn a_deadlock_is_one_happening_with_its_victim() {
    for (log, session, victim) in [(MARIADB, 14, 1), (MYSQL, 17, 1)] {
        let heard = read(log);
        let found = heard.events.iter().filter(|event| event.contains("\"deadlock\"")).collect::<Vec<_>>();
        assert_eq!(found.len(), 1);
        assert!(found[0].contains(&format!("session: Some({session})")), "{}", found[0]);
        let text = format!("update t set b = 'secret-in-deadlock' where id = {victim}");
        assert!(found[0].contains(&format!("{:?}", text.as_bytes())), "{}", found[0]);
        assert!(heard.happenings.contains(&("deadlock", String::new(), "`shop`.`t`".into())));
    }
}

#[test]
fn reasons_and_numbers() {
    let heard = read(MARIADB);
    let codes = |id: &str| {
        let mut codes: Vec<String> =
            heard.happenings.iter().filter(|told| told.0 == id).map(|told| told.1.clone()).collect();
        codes.sort();
        codes.dedup();
        codes
    };
    assert_eq!(codes("connection-lost"), ["read-error", "timeout"]);
    assert_eq!(codes("connection-terminated"), ["killed"]);
    assert_eq!(codes("connection-failed"), ["no-login"]);
    assert_eq!(codes("replication-error"), ["2003"]);
    let event = heard.events.iter().find(|event| event.contains(&format!("{:?}", b"timeout"))).unwrap();
    let [user, database] = [&b"app"[..], b"shop"].map(|name| format!("{name:?}"));
    assert!(event.contains(&format!("user: {user}")) && event.contains(&format!("database: {database}")), "{event}");
}

#[test]
fn json_says_what_the_text_says() {
    let heard = heard::all(&super::json::JsonReader, JSON_LOG.as_bytes());
    assert_eq!(heard.missed, Vec::<String>::new());
    assert_eq!(heard.events.len(), JSON_LOG.lines().count());
    for (id, words) in [
        ("deadlock", "WE ROLL BACK"),
        ("table-full", "The table 'm' is full"),
        ("authentication-failed", "Access denied for user"),
        ("replication-error", "\"Replica I/O for"),
        ("connection-lost", "Aborted connection "),
    ] {
        let lines = JSON_LOG.lines().filter(|line| line.contains(words)).count();
        let also = if id == "connection-lost" { 1 } else { 0 };
        assert_eq!(count(&heard, id), lines + also, "{id}");
    }
}

#[test]
fn what_no_server_here_would_say() {
    let heard = read(WRITTEN);
    assert_eq!(heard.missed, Vec::<String>::new());
    let told: Vec<(&str, &str, &str)> =
        heard.happenings.iter().map(|told| (told.0, told.1.as_str(), told.2.as_str())).collect();
    assert_eq!(
        told,
        [
            ("recovering", "", ""),
            ("out-of-memory", "", ""),
            ("redo-log-full", "", ""),
            ("long-semaphore-wait", "", ""),
            ("crash", "6", ""),
            ("crash", "11", ""),
            ("page-cleaner-slow", "", ""),
            ("corruption", "", "./shop/orders"),
            ("corruption", "MY-011906", ""),
            ("out-of-memory", "MY-012681", ""),
            ("name-not-resolved", "MY-010055", ""),
            ("long-semaphore-wait", "", ""),
            ("disk-full", "MY-010907", ""),
            ("replication-error", "1062", ""),
            ("error", "MY-012592", ""),
        ]
    );
    let measured = |part: &str| heard.events.iter().any(|event| event.contains(part));
    assert!(measured("measure: Some(241000)") && measured("measure: Some(4562)"));
}

#[test]
fn cut_anywhere_between_records_it_says_the_same() {
    for log in [MARIADB, MYSQL, WRITTEN] {
        let whole = read(log);
        for size in [64, 500, 5000] {
            assert!(heard::pieces(&ErrorLog, log.as_bytes(), size) == whole, "{size}");
        }
    }
}

#[test]
fn only_an_error_log_is_seen_as_one() {
    for log in [MARIADB, MYSQL, WRITTEN] {
        assert_eq!(detect(log.as_bytes()).unwrap().understood, 1.0);
    }
    for foreign in ["", "select 1", "2026-11-24 16:13:46.649 UTC [7] LOG:  checkpoint complete\n", "InnoDB: x\n", "{}"]
    {
        assert!(detect(foreign.as_bytes()).is_none(), "{foreign}");
    }
}
