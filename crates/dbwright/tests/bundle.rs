//! A bundle gives byte for byte the findings of the run it was taken from, and bad files are answered by a clear error.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod support;

use std::fs;

use dbwright_lab::Product;
use support::{dbwright, server, start};

const FORMATS: &[&str] = &["text", "json", "jsonl", "markdown", "html", "sarif", "github"];

fn collected(product: Product) -> Option<(tempfile::TempDir, String)> {
    let binaries = server(product)?;
    let lab = start(&binaries, &[]);
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("case.dbw").to_str().unwrap().to_owned();
    let output = dbwright(&["collect", &lab.url(), "-o", &bundle]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    Some((folder, bundle))
}

#[test]
fn the_same_bundle_gives_the_same_bytes_in_every_format() {
    for product in [Product::Postgres, Product::MariaDb, Product::Redis] {
        let Some((_folder, bundle)) = collected(product) else { continue };
        for format in FORMATS {
            let [first, second] = [0, 1].map(|_| dbwright(&["look", &bundle, "--format", format]));
            assert!(!first.stdout.is_empty(), "{format}: {}", String::from_utf8_lossy(&first.stderr));
            assert_eq!(first.stdout, second.stdout, "{product:?} {format}");
        }
    }
}

#[test]
fn a_live_run_and_its_bundle_have_the_same_findings() {
    let Some(binaries) = server(Product::Postgres) else { return };
    let lab = start(&binaries, &[("full_page_writes", "off")]);
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("case.dbw").to_str().unwrap().to_owned();
    // `demo`, `look` and `report` diagnose the case that `collect` stores; one run must show it, so both are made from it.
    let live = dbwright(&["look", &lab.url(), "--format", "json"]);
    dbwright(&["collect", &lab.url(), "-o", &bundle]);
    let stored = dbwright(&["look", &bundle, "--format", "json"]);
    let findings = |bytes: &[u8]| {
        let report: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        let findings = report["findings"].as_array().unwrap().clone();
        findings
            .into_iter()
            .map(|f| (f["rule"].to_string(), f["subject"].to_string(), f["fixes"].to_string()))
            .collect::<Vec<_>>()
    };
    assert!(!findings(&live.stdout).is_empty());
    assert_eq!(findings(&live.stdout), findings(&stored.stdout));
}

/// Exit code and standard error of a look at that file.
fn answer(path: &str) -> (Option<i32>, String) {
    let output = dbwright(&["look", path]);
    assert!(output.stdout.is_empty(), "a report on {path}");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn foreign_cut_newer_and_missing_files_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let demo = dbwright(&["demo", "--recorded", "--bundle", &path("whole.dbw")]);
    assert!(demo.status.code().is_some_and(|code| code <= 1), "{}", String::from_utf8_lossy(&demo.stderr));
    let whole = fs::read(path("whole.dbw")).unwrap();

    fs::write(path("cut.dbw"), &whole[..whole.len() / 2]).unwrap();
    let newer = String::from_utf8(whole.clone()).unwrap().replacen("\"format\":1", "\"format\":99", 1);
    fs::write(path("newer.dbw"), newer).unwrap();
    let mut binary = whole.clone();
    let at = binary.len() / 3;
    binary[at] = 0xff;
    fs::write(path("binary.dbw"), binary).unwrap();
    fs::write(path("foreign.dbw"), b"PGDMP\x01\x0e\x00").unwrap();
    fs::write(path("empty.dbw"), b"").unwrap();
    for (name, code, word) in [
        ("cut.dbw", 4, "cut off"),
        ("newer.dbw", 4, "newer"),
        ("binary.dbw", 4, "damaged"),
        ("foreign.dbw", 4, "not a dbwright bundle"),
        ("empty.dbw", 4, "not a dbwright bundle"),
        ("absent.dbw", 3, "cannot read"),
    ] {
        let (exit, error) = answer(&path(name));
        assert_eq!(exit, Some(code), "{name}: {error}");
        assert!(error.contains(word) && error.contains(name), "{name}: {error}");
    }
    for (target, word) in [("oracle://h/db", "not a scheme"), ("postgres://h:port/db", "cannot be read"), ("", "empty")]
    {
        let (exit, error) = answer(target);
        assert_eq!(exit, Some(2), "{target}: {error}");
        assert!(error.contains(word), "{target}: {error}");
    }
}

#[test]
fn every_cut_of_a_bundle_is_an_error() {
    let whole = dbwright_demo::recorded(dbwright_demo::ShopKind::Postgres);
    for tenth in 0..10 {
        let mut end = whole.len() * tenth / 10;
        while !whole.is_char_boundary(end) {
            end -= 1;
        }
        assert!(dbwright_model::bundle::read(&whole[..end]).is_err(), "{tenth}0 %");
    }
}
