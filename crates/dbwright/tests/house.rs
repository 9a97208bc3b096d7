//! The laws of the house, read from the manifests and the sources. ARCHITECTURE.md says why each holds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// Crate name → folder, for every crate of ours.
fn crates() -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    for folder in ["crates", "crates/engines"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if let Ok(manifest) = fs::read_to_string(path.join("Cargo.toml")) {
                let manifest: toml::Table = manifest.parse().unwrap();
                found.insert(manifest["package"]["name"].as_str().unwrap().to_owned(), path);
            }
        }
    }
    found
}

fn dependencies(folder: &Path, kind: &str) -> Vec<String> {
    let manifest: toml::Table = fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
    manifest
        .get(kind)
        .and_then(|table| table.as_table())
        .map(|table| table.keys().cloned().collect())
        .unwrap_or_default()
}

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// Who may depend on whom among our crates. A crate that is not here is a new room: give it a line.
const FLOORS: &[(&str, &[&str])] = &[
    ("dbwright-model", &[]),
    ("dbwright-lab", &[]),
    ("dbwright-log", &["dbwright-model", "dbwright-reading"]),
    ("dbwright-workload", &["dbwright-log", "dbwright-model", "dbwright-reading", "dbwright-sql"]),
    ("dbwright-sql", &["dbwright-model"]),
    ("dbwright-reading", &["dbwright-model"]),
    ("dbwright-plan", &["dbwright-model", "dbwright-sql"]),
    ("dbwright-postgres", &["dbwright-model", "dbwright-plan", "dbwright-reading", "dbwright-sql"]),
    ("dbwright-mysql", &["dbwright-model", "dbwright-plan", "dbwright-reading", "dbwright-sql"]),
    ("dbwright-redis", &["dbwright-model", "dbwright-reading"]),
    ("dbwright-mongodb", &["dbwright-model", "dbwright-plan", "dbwright-reading"]),
    ("dbwright-elastic", &["dbwright-model", "dbwright-plan", "dbwright-reading"]),
    ("dbwright-cassandra", &["dbwright-model", "dbwright-plan", "dbwright-reading"]),
    ("dbwright-rules", &["dbwright-model", "dbwright-sql", "dbwright-workload"]),
    ("dbwright-report", &["dbwright-model", "dbwright-plan", "dbwright-workload"]),
    ("dbwright-demo", &["dbwright-lab", "dbwright-model"]),
    (
        "dbwright",
        &[
            "dbwright-cassandra",
            "dbwright-demo",
            "dbwright-elastic",
            "dbwright-log",
            "dbwright-model",
            "dbwright-mongodb",
            "dbwright-mysql",
            "dbwright-plan",
            "dbwright-postgres",
            "dbwright-reading",
            "dbwright-redis",
            "dbwright-report",
            "dbwright-rules",
            "dbwright-sql",
            "dbwright-workload",
        ],
    ),
];

#[test]
fn dependencies_point_down_and_engine_rooms_are_apart() {
    let crates = crates();
    for (name, folder) in &crates {
        let (_, allowed) =
            FLOORS.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("{name} has no floor"));
        for dependency in dependencies(folder, "dependencies").iter().filter(|name| crates.contains_key(*name)) {
            assert!(allowed.contains(&dependency.as_str()), "{name} may not depend on {dependency}");
        }
    }
}

#[test]
fn what_is_pure_does_no_io() {
    const DRIVERS: &[&str] = &["tokio", "tokio-postgres", "mysql_async", "redis", "rustls", "reqwest", "tempfile"];
    const IO: &[&str] = &[
        "std::fs",
        "std::net",
        "std::env::var",
        "std::process",
        "File::open",
        "SystemTime::now",
        "Timestamp::now",
        "Instant::now",
        "println!",
        "eprintln!",
        "thread_rng",
        " rand::",
    ];
    let crates = crates();
    for name in [
        "dbwright-model",
        "dbwright-sql",
        "dbwright-plan",
        "dbwright-reading",
        "dbwright-rules",
        "dbwright-report",
        "dbwright-workload",
    ] {
        let folder = &crates[name];
        for dependency in dependencies(folder, "dependencies") {
            assert!(!DRIVERS.contains(&dependency.as_str()), "{name} depends on {dependency}");
        }
        let tests = |path: &Path| path.file_name().is_some_and(|name| name == "tests.rs");
        for (path, text) in sources(&folder.join("src")).into_iter().filter(|(path, _)| !tests(path)) {
            for word in IO {
                // Tests at the end of a file may do as they like.
                let code = text.split("#[cfg(test)]").next().unwrap();
                assert!(!code.contains(word), "{} uses {word}", path.display());
            }
        }
    }
}

#[test]
fn a_rule_sees_only_the_case() {
    const BEYOND: &[&str] = &[
        "crate::session",
        "crate::connect",
        "crate::collect",
        "crate::statement",
        "tokio",
        "std::fs",
        "TcpStream",
        "UdpSocket",
        "std::env::",
        "Instant",
        "SystemTime",
        "Timestamp::now",
    ];
    for (path, text) in rule_files() {
        for word in BEYOND {
            assert!(!text.contains(word), "{} sees {word}", path.display());
        }
    }
}

#[test]
fn every_rule_has_its_lesson_its_registration_and_its_tests() {
    let files = rule_files();
    assert!(files.len() >= 100, "only {} rules found", files.len());
    for (path, text) in files {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        assert!(path.with_extension("md").is_file(), "{} has no lesson", path.display());
        let id = format!("id: \"{}\"", stem.replace('_', "-"));
        assert!(text.contains(&id), "{} does not declare {id}", path.display());
        let registry = fs::read_to_string(path.with_file_name("mod.rs")).unwrap();
        assert!(registry.contains(&format!("{stem}::RULE")), "{} is not registered", path.display());
        // Rules over plans are tested with the plans their lesson's lab gave on real servers.
        let recorded = fs::read_to_string(path.with_extension("plans")).unwrap_or_default();
        let tests = |prefix: &str| {
            text.matches(&format!("fn {prefix}_")).count() + recorded.matches(&format!("==== {prefix} | ")).count()
        };
        assert!(tests("fires") >= 2, "{} has {} positive cases", path.display(), tests("fires"));
        assert!(tests("silent") >= 2, "{} has {} near-miss negative cases", path.display(), tests("silent"));
    }
}

/// The files in `rules/` folders that hold a rule.
fn rule_files() -> Vec<(PathBuf, String)> {
    let folders = crates().into_values().map(|folder| folder.join("src/rules"));
    folders.flat_map(|folder| sources(&folder)).filter(|(_, text)| text.contains("const RULE: Rule")).collect()
}
