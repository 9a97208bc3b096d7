//! Logs of real servers, read in all their forms: what one form says, the others must say too.

mod logs_support;

use logs_support::{by_format, read, text};

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
