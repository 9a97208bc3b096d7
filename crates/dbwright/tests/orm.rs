//! N+1 in what real ORMs said to a real PostgreSQL, and in what only looks like it (`orm/`, recorded by
//! `scripts/record-orm-loads.sh`; `labels.json` says how many there are in each log).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dbwright_log::{detect, stream};
use dbwright_model::room::Room;
use dbwright_sql::Dialect;
use dbwright_workload::Chatter;
use dbwright_workload::chatter::{Following, Framework, Kind, Limits, Steps};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/orm")
}

/// What is heard in a recorded log.
fn heard(name: &str) -> Chatter {
    let log = fs::read(folder().join(format!("{name}.log"))).unwrap();
    let (_, detected) = detect(&log, dbwright_postgres::Postgres.log_formats()).unwrap();
    let mut steps = Steps::new(Limits::default());
    let following = Following { dialect: Dialect::Postgres };
    let merge = |part| {
        steps.absorb(part);
        true
    };
    stream(Vec::new(), &mut log.as_slice(), detected.reader.as_ref(), 1, &following, merge).unwrap();
    steps.finish()
}

/// How often a kind occurs.
fn occurrences(chatter: &Chatter, kind: Kind) -> u64 {
    chatter.patterns.iter().filter(|pattern| pattern.kind == kind).map(|pattern| pattern.occurrences).sum()
}

#[test]
fn recall_and_precision_from_logs_alone() {
    let labels = fs::read_to_string(folder().join("labels.json")).unwrap();
    let labels: BTreeMap<String, u64> = serde_json::from_str(&labels).unwrap();
    let (mut truth, mut found, mut right) = (0, 0, 0);
    for (name, label) in &labels {
        let seen = occurrences(&heard(name), Kind::NPlusOne);
        println!("{name:<32} labelled {label}, found {seen}");
        truth += label;
        found += seen;
        right += seen.min(*label);
    }
    let (recall, precision) = (right as f64 / truth as f64, right as f64 / found as f64);
    println!("recall {recall:.3}, precision {precision:.3} over {truth} N+1 in {} logs", labels.len());
    assert!(labels.len() >= 25 && truth >= 30);
    assert!(recall >= 0.95 && precision >= 0.95, "recall {recall}, precision {precision}");
}

#[test]
fn parent_turns_and_who_wrote_them() {
    for (name, parent, turn, framework) in [
        ("sqlalchemy-lazy-to-many", "orders", "items", Framework::SqlAlchemy),
        ("sqlalchemy-lazy-to-one", "orders", "customers", Framework::SqlAlchemy),
        ("django-lazy-to-many", "orders", "items", Framework::Django),
        ("django-lazy-to-one", "orders", "customers", Framework::Django),
    ] {
        let chatter = heard(name);
        let pattern = chatter.patterns.iter().find(|pattern| pattern.kind == Kind::NPlusOne).unwrap();
        let text = pattern.parent.as_ref().unwrap().text.to_string();
        assert!(text.contains(&format!("from {parent}")), "{name}: {text}");
        assert!(pattern.turns[0].text.as_str().contains(&format!("from {turn}")), "{name}: {}", pattern.turns[0].text);
        assert_eq!(pattern.framework, Some(framework), "{name}");
    }
}

#[test]
fn other_chatter_is_told_as_what_it_is() {
    for (name, kind) in [
        ("sqlalchemy-row-by-row", Kind::RowByRow),
        ("sqlalchemy-batch-job", Kind::RowByRow),
        ("django-save-loop", Kind::RowByRow),
        ("sqlalchemy-find-or-create", Kind::SelectThenInsert),
        ("sqlalchemy-repeated-read", Kind::Repeated),
        ("django-held-open", Kind::OpenOverSilence),
    ] {
        assert!(occurrences(&heard(name), kind) >= 1, "{name}");
    }
    for name in ["sqlalchemy-selectin", "sqlalchemy-joined", "django-prefetch", "django-bulk-create", "driver-poll"] {
        assert!(heard(name).patterns.is_empty(), "{name}: {:?}", heard(name).patterns);
    }
}
