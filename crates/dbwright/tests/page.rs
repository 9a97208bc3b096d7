//! The page in a real browser, where one is found: its script runs under its own policy, filters and sorting are there.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod support;

use std::path::Path;
use std::process::{Command, Stdio};

use support::dbwright;

/// A browser that can print the page's elements after its script ran.
fn browser() -> Option<&'static str> {
    let known = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let runs = |name: &&str| {
        let version = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        version.is_ok_and(|status| status.success())
    };
    let found = known.into_iter().find(runs);
    if found.is_none() {
        eprintln!("skipped: no browser is installed");
    }
    found
}

/// The page's elements once its script has run.
fn elements(browser: &str, page: &Path, filters: &str) -> String {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--timeout=30000"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg("--dump-dom")
        .arg(format!("file://{}#{filters}", page.display()))
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_script_of_the_page_runs_in_a_browser() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    for engine in ["postgres", "mysql", "redis"] {
        let page = folder.path().join(format!("{engine}.html"));
        let wanted = ["demo", "--engine", engine, "--recorded", "--format", "html", "-o", page.to_str().unwrap()];
        let written = dbwright(&wanted);
        assert!(page.exists(), "{}", String::from_utf8_lossy(&written.stderr));
        let source = std::fs::read_to_string(&page).unwrap();
        let cards = source.matches("<article class=\"card").count();
        let all = elements(browser, &page, "");
        assert!(all.contains(&format!("{cards} of {cards} cards, ")), "{engine}: the filters did not start");
        let sortable = source.contains("<table class=\"sortable");
        assert!(!sortable || all.contains("<th class=\"num\"><button>"), "{engine}: tables cannot be sorted");
        let warned = elements(browser, &page, "severity=warn");
        let kept = warned.matches("<article class=\"card warn\"").count();
        let hidden = warned.matches("hidden=\"\"").count();
        assert!(warned.contains(&format!("{kept} of {cards} cards, ")), "{engine}: {kept} of {cards}");
        assert!(hidden >= cards - kept, "{engine}: {hidden} hidden of {cards}, {kept} kept");
    }
}
