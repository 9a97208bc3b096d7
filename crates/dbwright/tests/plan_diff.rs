//! `diff` of two plans through the binary, over plans recorded before and after an index was made.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use std::path::Path;
use std::process::{Command, Output};

fn diff(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dbwright"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans");
    command
        .arg("diff")
        .args(args)
        .current_dir(folder)
        .env("TERM", "xterm")
        .env_remove("GITHUB_ACTIONS")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn faster_is_no_failure() {
    let output = diff(&["subplans.txt", "subplans-indexed.txt"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    insta::assert_snapshot!(text(&output.stdout));
}

#[test]
fn slower_fails_a_check() {
    let code = |args: &[&str]| diff(&[&["subplans-indexed.txt", "subplans.txt"], args].concat()).status.code();
    assert_eq!(code(&[]), Some(1));
    assert_eq!(code(&["--fail-on", "error"]), Some(1), "it is more than twice as slow");
    assert_eq!(code(&["--fail-on", "never"]), Some(0));
    let slightly = diff(&["join.txt", "join-indexed.txt", "--fail-on", "error"]);
    assert_eq!(slightly.status.code(), Some(0), "{}", text(&slightly.stdout));
}

#[test]
fn a_plan_is_like_itself_in_any_format() {
    for (before, after) in
        [("subplans.txt", "subplans.txt"), ("subplans.json", "subplans.txt"), ("deep.json", "deep.json")]
    {
        let output = diff(&[before, after, "--fail-on", "info"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
        assert!(text(&output.stdout).contains("the same shape"));
    }
}

#[test]
fn json_holds_both_plans_and_what_changed() {
    let output = diff(&["join.txt", "join-indexed.txt", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["schema"], "dbwright/plan-diff/1");
    let pair = &document["plans"][0];
    assert_eq!((pair["before_at"].as_str(), pair["verdict"]["speed"].as_str()), (Some("join.txt:1"), Some("slower")));
    assert_eq!(pair["before"]["nodes"].as_array().unwrap().len(), 10);
    assert!(pair["changes"].as_array().unwrap().iter().any(|change| change["kind"] == "access"));
}

#[test]
fn html_is_a_page_of_its_own() {
    let page = text(&diff(&["join.txt", "join-indexed.txt", "--format", "html"]).stdout);
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("op gained") && page.contains("op lost"));
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("src="));
}

#[test]
fn what_cannot_be_compared_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let two = folder.path().join("two.txt");
    let plan = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans/join.txt")).unwrap();
    std::fs::write(&two, format!("{plan}\n\n{plan}")).unwrap();
    let output = diff(&["join.txt", two.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("holds 2 plans"), "{}", text(&output.stderr));
    let output = diff(&["join.txt", "../house.rs"]);
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stderr));
}
