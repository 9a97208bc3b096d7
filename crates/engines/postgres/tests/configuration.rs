//! Configuration files, and settings of roles and databases, on real servers: what is wrong is found, and what is
//! prescribed runs as printed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a suite stops where something is not as it must be")]

mod connect_support;

use std::io::Write;
use std::process::Command;

use connect_support::{gather, lab, options, owner};
use dbwright_lab::{Options, POSTGRES_MAJORS};
use dbwright_model::case::Host;
use dbwright_model::finding::FixKind;
use dbwright_model::room::{GatherOptions, Room};
use dbwright_model::{Bytes, Case, Finding, Redaction, Settings, Severity, Undo, Why};
use dbwright_postgres::Postgres;
use dbwright_postgres::sections::configuration::Configuration;
use tokio_postgres::Client;

fn found(case: &Case, rule: &str) -> Vec<Finding> {
    let rule = Postgres.rules().iter().find(|known| known.id == rule).unwrap();
    (rule.check)(case).unwrap_or_else(|reason| panic!("{}: {reason:?}", rule.id))
}

async fn run(client: &Client, statements: &str) {
    for statement in statements.split("; ") {
        client.simple_query(statement).await.unwrap_or_else(|error| panic!("{error}: {statement}"));
    }
}

fn shell(command: &str) {
    assert!(Command::new("sh").args(["-c", command]).status().unwrap().success(), "{command}");
}

#[tokio::test]
async fn lines_that_the_server_does_not_take_are_found_and_taken_out() {
    for major in POSTGRES_MAJORS {
        let Some(mut lab) = lab(major, Options::new()) else { continue };
        let client = owner(&lab).await;
        run(&client, "CREATE ROLE guest LOGIN PASSWORD 'Xk29-long'; ALTER SYSTEM SET max_connections = 77").await;
        run(&client, "SELECT pg_reload_conf(); SELECT pg_sleep(0.3)").await;
        let files = async || gather(&lab.url(), &options(), &()).await.unwrap();
        assert!(found(&files().await, "configuration-file-error").is_empty(), "{major}: a restart is pending, no more");

        let path = client.query_one("SHOW config_file", &[]).await.unwrap().get::<_, String>(0);
        let sound = std::fs::read_to_string(&path).unwrap() + "\nmax_wal_senders = 17\n";
        std::fs::write(&path, &sound).unwrap();
        assert!(found(&files().await, "configuration-file-error").is_empty(), "{major}: valid, not read yet");
        for (line, says) in [
            ("wrok_mem = 'zqSecret'", "wrok_mem: unrecognized"),
            ("work_mem = 'zqSecret'", "work_mem: setting could not be applied"),
            ("this is = no 'zqSecret line", "syntax error"),
            ("include 'zqSecret.conf'", "could not open file"),
            ("max_wal_senders = 'zqSecret'", "max_wal_senders: setting could not be applied"),
        ] {
            writeln!(std::fs::OpenOptions::new().append(true).open(&path).unwrap(), "{line}").unwrap();
            let case = files().await;
            assert!(!serde_json::to_string(case.get::<Configuration>().unwrap()).unwrap().contains("zqSecret"));
            let errors = found(&case, "configuration-file-error");
            let [error] = errors.as_slice() else { panic!("{major} {line}: {errors:#?}") };
            assert_eq!(error.severity, Severity::Error, "{major} {line}: {error:#?}");
            assert!(error.cause.contains(says) && error.subject.name.contains(&path), "{major} {line}: {error:#?}");
            let fix = error.fixes.iter().find(|fix| fix.kind == FixKind::Shell).unwrap();
            shell(&fix.statement);
            assert!(found(&files().await, "configuration-file-error").is_empty(), "{major} {line}: {}", fix.statement);
            let Undo::Statement(undo) = &fix.undo else { panic!("{fix:#?}") };
            shell(undo);
            assert_eq!(found(&files().await, "configuration-file-error").len(), 1, "{major}: {undo}");
            std::fs::write(&path, &sound).unwrap();
        }

        // Whoever may not look is told what would help, and it does.
        let guest = format!("postgres://guest:Xk29-long@127.0.0.1:{}/postgres", lab.port());
        let case = gather(&guest, &options(), &()).await.unwrap();
        let gap = case.gaps.iter().find(|gap| gap.section == "postgres.configuration").unwrap();
        assert_eq!(gap.why, Why::Privilege);
        run(&client, gap.allow.as_deref().unwrap()).await;
        assert!(gather(&guest, &options(), &()).await.unwrap().get::<Configuration>().unwrap().files.is_some());

        // What is promised: such a file stops the next start.
        writeln!(std::fs::OpenOptions::new().append(true).open(&path).unwrap(), "work_mem = 'lots'").unwrap();
        assert!(lab.restart().is_err(), "{major} starts with an invalid line");
    }
}

#[tokio::test]
async fn settings_of_roles_and_databases_are_found_and_reset() {
    for major in POSTGRES_MAJORS {
        let options_of_lab =
            Options::new().setting("statement_timeout", "30s").setting("idle_in_transaction_session_timeout", "0");
        let Some(lab) = lab(major, options_of_lab) else { continue };
        let client = owner(&lab).await;
        for sql in [
            "CREATE ROLE app; CREATE ROLE \"Odd Role\"; CREATE ROLE fine; CREATE ROLE report; CREATE DATABASE zqshop",
            "ALTER ROLE app SET statement_timeout = 0; ALTER ROLE app SET app.key = 'zqSecret'",
            "ALTER ROLE \"Odd Role\" IN DATABASE zqshop SET row_security = 'false'",
            "ALTER ROLE ALL SET synchronous_commit = 'no'; ALTER DATABASE zqshop SET work_mem = '2GB'",
            "ALTER ROLE report SET work_mem = '64MB'; ALTER ROLE report SET search_path = app, \"Odd\", public",
            "ALTER ROLE fine SET DateStyle = 'iso, mdy'; ALTER ROLE fine SET work_mem = '4MB'",
            "ALTER ROLE fine SET statement_timeout = '30000'",
        ] {
            run(&client, sql).await;
        }
        let case = gather(&lab.url(), &options(), &()).await.unwrap();
        assert!(!serde_json::to_string(case.get::<Configuration>().unwrap()).unwrap().contains("zqSecret"));
        let findings = found(&case, "setting-overridden");
        let seen: Vec<(&str, Severity)> = findings.iter().map(|f| (f.subject.name.as_str(), f.severity)).collect();
        let warn = Severity::Warn;
        let expected = [
            ("server", warn),
            ("app", warn),
            ("report", Severity::Info),
            ("zqshop", warn),
            ("Odd Role in zqshop", warn),
        ];
        assert_eq!(seen, expected, "{major}: {findings:#?}");
        assert!(findings[1].cause.contains("statement_timeout = 0 (server: 30 s)"), "{major}: {findings:#?}");
        // The same is seen where names are hashed, and no name is stored.
        let hidden = GatherOptions { redaction: Redaction::Names, ..options() };
        let hidden = gather(&lab.url(), &hidden, &()).await.unwrap();
        assert_eq!(found(&hidden, "setting-overridden").len(), seen.len(), "{major}");
        let stored = serde_json::to_string(hidden.get::<Configuration>().unwrap()).unwrap();
        assert!(!stored.contains("zqshop") && !stored.contains("Odd") && !stored.contains("report"), "{stored}");

        for fix in findings.iter().flat_map(|finding| &finding.fixes) {
            run(&client, fix.statement.trim_end_matches(';')).await;
        }
        let left = gather(&lab.url(), &options(), &()).await.unwrap();
        assert!(found(&left, "setting-overridden").is_empty(), "{major}");
        for fix in findings.iter().flat_map(|finding| &finding.fixes) {
            let Undo::Statement(undo) = &fix.undo else { panic!("{fix:#?}") };
            run(&client, undo.trim_end_matches(';')).await;
        }
        let again = found(&gather(&lab.url(), &options(), &()).await.unwrap(), "setting-overridden");
        assert_eq!(again, findings, "{major}: the undo restores what was there");
    }
}

#[tokio::test]
async fn memory_and_checkpoints_are_judged_by_what_was_set() {
    for major in POSTGRES_MAJORS {
        let set = [
            ("work_mem", "256MB"),
            ("maintenance_work_mem", "1GB"),
            ("checkpoint_completion_target", "0.3"),
            ("TimeZone", "UTC"),
            ("log_destination", "stderr"),
        ];
        let rules = ["work-mem-excessive", "autovacuum-work-mem-inherits", "checkpoint-completion-target-low"];
        let ram = |ram| GatherOptions {
            host: Host { memory: Some(ram), source: "stated with --ram".into(), ..Host::default() },
            ..options()
        };
        let with = set.iter().fold(Options::new(), |options, (name, value)| options.setting(*name, *value));
        let Some(server) = lab(major, with) else { continue };
        let mut sessions = Vec::new();
        for _ in 0..12 {
            sessions.push(owner(&server).await);
        }
        let case = gather(&server.url(), &ram(Bytes::gib(4)), &()).await.unwrap();
        for rule in rules {
            let findings = found(&case, rule);
            assert_eq!(findings.len(), 1, "{major}: {rule}");
            for fix in &findings[0].fixes {
                run(&sessions[0], fix.statement.trim_end_matches(';')).await;
            }
        }
        let settings = case.get::<Settings>().unwrap();
        assert_eq!((settings.text("timezone"), settings.text("log_destination")), (Some("UTC"), Some("stderr")));
        assert_eq!(settings.text("search_path"), Some("\"$user\", public"), "{major}");
        // The lab sets it on the command line, which stands above the file; a server with defaults is silent.
        let Some(plain) = lab(major, Options::new()) else { continue };
        let case = gather(&plain.url(), &ram(Bytes::gib(1)), &()).await.unwrap();
        assert!(rules.iter().all(|rule| found(&case, rule).is_empty()), "{major}");
    }
}
