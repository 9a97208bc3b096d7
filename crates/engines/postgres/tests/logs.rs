//! Logs of real servers, read in all their forms: what one form says, the others must say too.

mod logs_support;

use logs_support::{What, by_format, read, text};

/// Records of a load under many prefixes. csvlog has the truth of each.
#[test]
fn every_prefix_is_found_and_its_fields_are_true() {
    let mut wrong = Vec::new();
    for (number, prefix) in (1..).zip(text("prefixes/prefixes.txt").split_terminator('\n')) {
        let name = format!("prefixes/{number:02}");
        let stderr = text(&format!("{name}.log"));
        let mut truth = read("postgres-csv", text(&format!("{name}.csv")).as_bytes());
        let Some(detected) = by_format("postgres-stderr").and_then(|format| (format.detect)(stderr.as_bytes())) else {
            wrong.push(format!("{prefix}: not recognised"));
            continue;
        };
        let mut found = logs_support::events(detected.reader.as_ref(), stderr.as_bytes(), usize::MAX);
        let mut complain =
            |what: String| wrong.push(format!("{number:02} {prefix:?} as {:?}: {what}", detected.detail));
        if found.missed > 0 || detected.understood < 1.0 {
            complain(format!("{} missed, understood {}", found.missed, detected.understood));
        }
        if found.events.len() != truth.events.len() {
            complain(format!("{} events of {}", found.events.len(), truth.events.len()));
            continue;
        }
        let has = |letter: char| {
            let mut escapes =
                prefix.split('%').skip(1).map(|escape| escape.trim_start_matches(['-', '1', '2', '0', '6']));
            escapes.any(|escape| escape.starts_with(letter))
        };
        if has('p') || has('c') {
            // Processes may come to write in another order.
            let process = |event: &logs_support::Event| event.session.map(|session| session & 0xffff_ffff);
            found.events.sort_by_key(process);
            truth.events.sort_by_key(process);
        }
        for (found, truth) in found.events.iter().zip(&truth.events) {
            let mut unlike = |what: &str, found: &dyn std::fmt::Debug, truth: &dyn std::fmt::Debug| {
                complain(format!("{what} {found:?} for {truth:?}"));
            };
            // For %t the server asks for the time again.
            let near = |found: Option<i64>, truth: Option<i64>| {
                found.zip(truth).is_some_and(|(found, truth)| (found - (truth - truth % 1_000_000)).abs() <= 1_000_000)
            };
            if has('m') && found.at != truth.at || has('t') && !near(found.at, truth.at) {
                unlike("time", &found.at, &truth.at);
            }
            let process = |session: Option<u64>| session.map(|session| session & 0xffff_ffff);
            let whole = has('c') || has('s') && has('p');
            if whole && found.session != truth.session || has('p') && process(found.session) != process(truth.session) {
                unlike("session", &found.session, &truth.session);
            }
            let names = [
                ('u', &found.user, &truth.user),
                ('d', &found.database, &truth.database),
                ('a', &found.application, &truth.application),
                ('h', &found.client, &truth.client),
                ('r', &found.client, &truth.client),
            ];
            for (letter, found, truth) in names {
                // What is not told must not be made up.
                let told = has(letter) || matches!(letter, 'h' | 'r') && (has('h') || has('r'));
                if found != if told { truth } else { "" } {
                    unlike(&format!("%{letter}"), found, truth);
                }
            }
            if has('v') && found.transaction != truth.transaction {
                unlike("transaction", &found.transaction, &truth.transaction);
            }
            let (mut found, mut truth) = (found.what.clone(), truth.what.clone());
            if !has('Q') {
                found.forget_query_id();
                truth.forget_query_id();
            }
            if !has('e') {
                found.forget_code();
                truth.forget_code();
            }
            if found != truth {
                unlike("event", &found, &truth);
            }
        }
    }
    wrong.dedup_by_key(|line| line[..2].to_owned());
    assert!(wrong.is_empty(), "{} prefixes:\n{}", wrong.len(), wrong.join("\n"));
}

/// Servers whose trouble was recorded in several forms at once.
const VERSIONS: [&str; 5] = ["12", "13", "14", "15", "18"];

fn forms(version: &str) -> Vec<(&'static str, Vec<u8>)> {
    let forms = [("postgres-stderr", "log"), ("postgres-csv", "csv"), ("postgres-json", "json")];
    let forms = forms.into_iter().filter(|(form, _)| *form != "postgres-json" || version.parse::<u32>().unwrap() >= 15);
    forms.map(|(form, ending)| (form, text(&format!("messages/{version}.{ending}")).into_bytes())).collect()
}

/// By session: processes may come to write in another order.
fn in_order(mut read: logs_support::Read) -> Vec<logs_support::Event> {
    read.events.sort_by_key(|event| event.session);
    read.events
}

#[test]
fn all_forms_of_a_log_tell_the_same() {
    for version in VERSIONS {
        let mut first: Option<Vec<logs_support::Event>> = None;
        for (form, text) in forms(version) {
            let read = read(form, &text);
            assert_eq!(read.missed, 0, "{version} {form}: {:?}", read.missed_lines);
            let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count();
            assert_eq!(read.lines, lines as u64, "{version} {form}");
            let events = in_order(read);
            let Some(first) = &first else {
                first = Some(events);
                continue;
            };
            for (one, other) in first.iter().zip(&events) {
                assert_eq!(one, other, "{version} {form}");
            }
            assert_eq!(first.len(), events.len(), "{version} {form}");
        }
    }
}

/// What was expected stands in the application's name.
#[test]
fn messages_are_taken_for_what_they_are() {
    let mut wrong = Vec::new();
    let mut right: std::collections::BTreeMap<String, u32> = std::collections::BTreeMap::new();
    for version in VERSIONS {
        for (form, text) in forms(version) {
            for event in read(form, &text).events {
                let (Some(expected), What::Happening { class, code, .. }) =
                    (event.application.strip_prefix("expect:"), &event.what)
                else {
                    continue;
                };
                if expected.split('/').any(|expected| expected == *class) {
                    *right.entry((*class).to_owned()).or_default() += 1;
                } else if !expected.is_empty() {
                    wrong.push(format!("{version} {form}: {class} for {expected} {code} {:?}", event.what));
                }
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), right.values().sum::<u32>(), wrong.join("\n"));
    println!("{right:#?}");
    assert!(right.len() >= 50, "{} kinds: {right:?}", right.len());
}

#[test]
fn pgbouncer_tells_of_connections_and_its_own_errors() {
    let log = text("pgbouncer.log");
    let read = read("pgbouncer", log.as_bytes());
    assert_eq!((read.lines, read.missed), (log.lines().count() as u64, 0));
    let count = |wanted: &str| {
        read.events.iter().filter(|event| matches!(event.what, What::Happening { class, .. } if class == wanted)).count()
    };
    let lines = |text: &str| log.matches(text).count();
    assert_eq!(count("connected"), lines("login attempt: "));
    assert_eq!(count("server-connected"), lines("new connection to server"));
    assert_eq!(count("pool-exhausted"), lines("pooler error: query_wait_timeout"));
    assert_eq!(count("too-many-connections"), lines("pooler error: no more connections allowed"));
    assert_eq!(count("authentication-failed"), lines("pooler error: password authentication failed"));
    assert_eq!(count("no-such-database"), lines("pooler error: no such database"));
    assert_eq!(count("statement-timeout"), lines("pooler error: query timeout"));
    assert_eq!(count("connection-lost"), lines("client unexpected eof"));
    assert_eq!(count("error") + count("warning"), 0);
    let closed = lines(" LOG C-") - lines("login attempt: ") - lines("login failed: ") - lines("no such user: ");
    assert_eq!(count("disconnected") + count("connection-lost"), closed);
    let first = read.events.iter().find(|event| event.session.is_some()).unwrap();
    assert_eq!((first.user.as_str(), first.database.as_str(), first.client.as_str()), ("app", "shop", "127.0.0.1"));
}
