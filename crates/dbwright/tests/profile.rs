//! `profile`, `merge`, `orm` and `diff` of logs through the binary, over logs recorded from real servers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn recorded(engine: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../engines").join(engine).join("tests/logs").join(name)
}

fn slow_log() -> PathBuf {
    recorded("mysql", "slow-mariadb-10.11.log")
}

fn dbwright(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dbwright"));
    command.args(args).env("TERM", "xterm").env_remove("GITHUB_ACTIONS").stdin(Stdio::null());
    command.output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The digest in a bundle.
fn digest(bundle: &Path) -> Value {
    let text = fs::read_to_string(bundle).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let found = lines.into_iter().find(|line| line["section"] == "digest" || line["id"] == "digest");
    found.unwrap_or_else(|| panic!("no digest in {}", &text[..text.len().min(400)]))["data"].clone()
}

#[test]
fn the_same_bytes_for_any_number_of_threads() {
    let log = slow_log();
    let log = log.to_str().unwrap();
    for format in ["text", "json", "html"] {
        let pages: Vec<String> = ["1", "2", "5"]
            .iter()
            .map(|threads| out(&dbwright(&["profile", log, "--threads", threads, "--format", format])))
            .collect();
        assert!(pages[0].len() > 500 && pages.iter().all(|page| *page == pages[0]), "{format}");
    }
}

/// Counts the records of a slow log as one would by hand.
fn by_hand(text: &str) -> (u64, u64) {
    let records = text.lines().filter_map(|line| line.strip_prefix("# Query_time: "));
    let micros = records.map(|line| {
        let (seconds, parts) = line.split_whitespace().next().unwrap().split_once('.').unwrap();
        seconds.parse::<u64>().unwrap() * 1_000_000_000 + format!("{parts:0<9}").parse::<u64>().unwrap()
    });
    micros.fold((0, 0), |(count, time), micros| (count + 1, time + micros))
}

#[test]
fn counts_and_time_are_those_of_the_log_and_halves_add_up() {
    let text = fs::read_to_string(slow_log()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let cut = text[..text.len() / 2]
        .rfind("\n# Time: ")
        .unwrap_or_else(|| text[..text.len() / 2].rfind("\n# User@Host").unwrap())
        + 1;
    fs::write(file("a.log"), &text[..cut]).unwrap();
    fs::write(file("b.log"), &text[cut..]).unwrap();
    fs::write(file("all.log"), &text).unwrap();
    for name in ["a", "b", "all"] {
        let output = dbwright(&["profile", &file(&format!("{name}.log")), "--bundle", &file(&format!("{name}.dbw"))]);
        assert!(output.status.code().is_some_and(|code| code <= 1), "{}", errors(&output));
    }
    let merged = dbwright(&["merge", &file("a.dbw"), &file("b.dbw"), "-o", &file("merged.dbw")]);
    assert_eq!(merged.status.code(), Some(0), "{}", errors(&merged));
    let (whole, merged) = (digest(Path::new(&file("all.dbw"))), digest(Path::new(&file("merged.dbw"))));
    assert_eq!((whole["all"]["calls"].as_u64(), whole["all"]["time"].as_u64()), {
        let (calls, time) = by_hand(&text);
        (Some(calls), Some(time))
    });
    assert_eq!(merged["all"], whole["all"]);
    assert_eq!(merged["shapes"].as_array().unwrap().len(), whole["shapes"].as_array().unwrap().len());
    // A bundle is shown as the log itself.
    let page = out(&dbwright(&["profile", &file("merged.dbw")]));
    assert!(page.contains("statements"), "{page}");
}

#[test]
fn what_is_no_log_is_said_with_its_first_lines() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    fs::write(&file, "buy milk\nand bread\n").unwrap();
    let output = dbwright(&["profile", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(4));
    assert!(errors(&output).contains("buy milk") && errors(&output).contains("expected"), "{}", errors(&output));
    assert!(out(&output).is_empty(), "never a report of nothing");
    fs::write(&file, "").unwrap();
    assert_eq!(
        dbwright(&["profile", file.to_str().unwrap()]).status.code(),
        Some(4),
        "an empty file is no empty report"
    );
    assert_eq!(dbwright(&["profile", "/nowhere/at/all.log"]).status.code(), Some(3));
}

#[test]
fn lines_that_are_not_understood_are_said_loudly() {
    let text = fs::read_to_string(slow_log()).unwrap();
    let mut damaged = String::new();
    for (at, line) in text.lines().enumerate() {
        match at % 20 {
            7 => writeln!(damaged, "# Query_time: {at} what is this").unwrap(),
            _ => writeln!(damaged, "{line}").unwrap(),
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("damaged.log");
    fs::write(&file, damaged).unwrap();
    let output = dbwright(&["profile", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(4), "{}", errors(&output));
    assert!(errors(&output).contains("understood"), "{}", errors(&output));
    assert!(out(&output).contains("statements"), "what was understood is shown");
}

/// A slow log of requests that load an order's items one by one.
fn chatty(milliseconds: u64) -> String {
    let mut log = String::new();
    let mut micros = 0;
    let mut say = |log: &mut String, text: &str, rows: u64| {
        micros += 2_000;
        let (seconds, rest) = (micros / 1_000_000, micros % 1_000_000);
        write!(
            log,
            "# Time: 2026-11-24T10:{:02}:{:02}.{rest:06}Z\n# User@Host: app[app] @ localhost []  Id:     7\n\
             # Query_time: 0.{milliseconds:03}000  Lock_time: 0.000000 Rows_sent: {rows}  Rows_examined: {rows}\n{text};\n",
            seconds / 60,
            seconds % 60
        )
        .unwrap();
    };
    log.push_str("/usr/sbin/mysqld, Version: 8.4.0 (MySQL Community Server - GPL). started with:\nTcp port: 3306  Unix socket: /tmp/mysql.sock\nTime                 Id Command    Argument\n");
    for request in 0..30 {
        say(&mut log, &format!("select id, total from orders where customer_id = {request}"), 12);
        for item in 0..12 {
            say(
                &mut log,
                &format!("select * from items where order_id = {} /* planted-secret */", request * 12 + item),
                3,
            );
        }
        say(&mut log, "commit", 0);
    }
    log
}

#[test]
fn an_n_plus_one_is_found_and_told_with_the_statement_that_helps() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("slow.log");
    fs::write(&file, chatty(1)).unwrap();
    let output = dbwright(&["orm", file.to_str().unwrap(), "--all"]);
    let page = out(&output);
    assert_eq!(output.status.code(), Some(1), "{page}{}", errors(&output));
    assert!(page.contains("n-plus-one") && page.contains("12 look-ups") && page.contains("30 times"), "{page}");
    assert!(page.contains("order_id IN (?, ?, …)"), "{page}");
    assert!(!page.contains("planted-secret"), "{page}");
}

#[test]
fn a_slower_query_is_found_between_two_logs() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (before, after) = (file("a.log", chatty(2)), file("b.log", chatty(6)));
    let output = dbwright(&["diff", &before, &after]);
    let page = out(&output);
    assert_eq!(output.status.code(), Some(1), "{page}{}", errors(&output));
    assert!(page.contains("slower") && page.contains("× 2.99"), "{page}");
    let same = dbwright(&["diff", &before, &before]);
    assert_eq!(same.status.code(), Some(0), "{}", out(&same));
}

#[test]
fn how_tables_are_used_can_be_written_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let (log, access) = (folder.path().join("slow.log"), folder.path().join("access.toml"));
    fs::write(&log, chatty(1)).unwrap();
    dbwright(&["profile", log.to_str().unwrap(), "--access", access.to_str().unwrap()]);
    let text = fs::read_to_string(&access).unwrap();
    let patterns = dbwright_workload::access::from_toml(&text).unwrap();
    let items = patterns.tables.iter().find(|table| table.name == "items").unwrap();
    assert_eq!(items.total.calls.0, 360);
    assert_eq!(items.patterns[0].equal, [dbwright_model::Name::from("order_id")]);
}

#[test]
fn only_what_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("slow.log");
    fs::write(&file, chatty(1)).unwrap();
    let file = file.to_str().unwrap();
    let count = |more: &[&str]| {
        let output = dbwright(&[&["profile", file, "--format", "text", "--fail-on", "never"], more].concat());
        let page = out(&output);
        let line =
            page.lines().find(|line| line.split(" · ").any(|fact| fact.ends_with(" statements"))).map(str::to_owned);
        line.unwrap_or_else(|| panic!("{page}{}", errors(&output)))
    };
    assert!(count(&[]).contains("420 statements"), "{}", count(&[]));
    assert!(count(&["--user", "app"]).contains("420 statements"));
    assert!(count(&["--user", "somebody"]).contains("0 statements"));
    let late = count(&["--from", "2026-11-24T10:00:00.400Z"]);
    assert!(!late.contains("420 statements") && !late.starts_with("0 "), "{late}");
    assert_eq!(dbwright(&["profile", file, "--from", "lately"]).status.code(), Some(2));
}

/// What servers print, with a secret wherever a value or free text can stand.
const SECRETS: &[(&str, &str)] = &[
    (
        "postgres.log",
        "2026-11-24 10:00:00.001 UTC [11] app@shop LOG:  duration: 1.500 ms  statement: SELECT * FROM users WHERE email = 's3cret1' AND pin = 424242 -- s3cret2\n\
         2026-11-24 10:00:00.002 UTC [11] app@shop LOG:  duration: 1.500 ms  execute <unnamed>: SELECT * FROM users WHERE email = $1 /* s3cret3 */\n\
         2026-11-24 10:00:00.002 UTC [11] app@shop DETAIL:  parameters: $1 = 's3cret4'\n\
         2026-11-24 10:00:00.003 UTC [12] app@shop ERROR:  invalid input syntax for type integer: \"s3cret5\" at character 8\n\
         2026-11-24 10:00:00.003 UTC [12] app@shop STATEMENT:  SELECT 's3cret6'::int, $tag$s3cret7$tag$, E'x\\'s3cret8\n\
         2026-11-24 10:00:00.004 UTC [12] app@shop ERROR:  duplicate key value violates unique constraint \"users_email_key\"\n\
         2026-11-24 10:00:00.004 UTC [12] app@shop DETAIL:  Key (email)=(s3cret9) already exists.\n\
         2026-11-24 10:00:00.004 UTC [12] app@shop STATEMENT:  INSERT INTO users (email) VALUES ('s3cret10')\n\
         2026-11-24 10:00:00.005 UTC [11] app@shop LOG:  duration: 2.000 ms  statement: ALTER ROLE app PASSWORD 's3cret11'\n\
         2026-11-24 10:00:00.006 UTC [11] other@shop LOG:  duration: 9.000 ms  plan:\n\
         \tQuery Text: SELECT * FROM users WHERE email = 's3cret12'\n\
         \tSeq Scan on users  (cost=0.00..1.00 rows=1 width=4)\n\
         \t  Filter: (email = 's3cret13'::text)\n",
    ),
    (
        "slow.log",
        "# Time: 2026-11-24T10:00:00.000001Z\n# User@Host: app[app] @ localhost []  Id:     7\n\
         # Query_time: 0.001000  Lock_time: 0.000000 Rows_sent: 1  Rows_examined: 1\n\
         select * from users where email = \"s3cret14\" and pin = 424242; # s3cret15\n\
         # Time: 2026-11-24T10:00:01.000001Z\n# User@Host: app[app] @ localhost []  Id:     7\n\
         # Query_time: 0.001000  Lock_time: 0.000000 Rows_sent: 1  Rows_examined: 1\n\
         set password for app = 's3cret16'\n",
    ),
];

#[test]
fn no_secret_of_a_log_is_shown_or_stored() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in SECRETS {
        let (log, bundle) = (folder.path().join(name), folder.path().join("case.dbw"));
        fs::write(&log, text.repeat(20)).unwrap();
        let log = log.to_str().unwrap();
        let mut shown = String::new();
        for format in ["text", "json", "jsonl", "markdown", "html", "sarif"] {
            for verb in [&["profile", "--bundle", bundle.to_str().unwrap()][..], &["orm"]] {
                let output = dbwright(&[verb, &["--all", "--fail-on", "never", "--format", format, log]].concat());
                assert!(out(&output).len() > 100, "{name} {format}: {}", errors(&output));
                shown.push_str(&out(&output));
                shown.push_str(&errors(&output));
            }
        }
        shown.push_str(&fs::read_to_string(&bundle).unwrap());
        for secret in ["s3cret", "424242"] {
            let at = shown.find(secret).map(|at| shown[at.saturating_sub(80)..].chars().take(160).collect::<String>());
            assert_eq!(at, None, "{name}");
        }
    }
}

#[test]
fn names_are_hashed_on_demand() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("postgres.log");
    fs::write(&log, SECRETS[0].1.repeat(20)).unwrap();
    let (log, bundle) = (log.to_str().unwrap(), folder.path().join("case.dbw"));
    let bundle = bundle.to_str().unwrap();
    dbwright(&["profile", log, "--redact", "names", "--fail-on", "never", "--bundle", bundle]);
    let text = fs::read_to_string(bundle).unwrap();
    assert!(!text.contains("app@") && !text.contains("\"app\"") && !text.contains("users_email_key"), "{text}");
}
