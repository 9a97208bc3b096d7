//! Lessons can be read, and their labs show on a real server what they say.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod support;

use dbwright_demo::Gym;
use dbwright_lab::Product;
use dbwright_model::lesson;
use dbwright_model::room::Room;
use support::{dbwright, server};

/// Runs every lesson's lab; each query's plan must have the operator it is said to show.
async fn shows(product: Product, room: &dyn Room) {
    let Some(binaries) = server(product) else { return };
    let gym = Gym::open(product, &binaries).unwrap();
    let mut wrong = Vec::new();
    for topic in room.topics() {
        let lab = lesson::lab(topic.text);
        assert!(!lab.cases.is_empty(), "{} has no lab", topic.id);
        let mut exercise = gym.exercise(&topic.id.replace('-', "_")).await.unwrap();
        exercise.prepare(&lab).await.unwrap_or_else(|error| panic!("{}: {error}", topic.id));
        for case in lab.cases.iter().filter(|case| gym.takes(case)) {
            let plan = exercise.plan(case).await.unwrap_or_else(|error| panic!("{}: {error}", topic.id));
            if !plan.contains(case.title) {
                wrong.push(format!("{}: no `{}` on {} in\n{plan}", topic.id, case.title, gym.server()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_of_postgresql_are_shown_by_their_labs() {
    shows(Product::Postgres, &dbwright_postgres::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_of_mysql_are_shown_by_their_labs() {
    shows(Product::MySql, &dbwright_mysql::MySql).await;
}

#[test]
fn lessons_are_printed_and_found() {
    let told = |args: &[&str]| {
        let output = dbwright(args);
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (code, text, _) = told(&["teach", "plan-reading"]);
    assert!(code == Some(0) && text.contains("tree of operators"), "{text}");
    let (code, text, _) = told(&["teach"]);
    assert!(code == Some(0) && text.contains("hash-join") && text.contains("sort-spilled"), "{text}");
    let (code, _, error) = told(&["teach", "sort-spiled"]);
    assert!(code == Some(2) && error.contains("sort-spilled"), "{error}");
    let (code, _, error) = told(&["teach", "plan-reading", "--lab"]);
    assert!(code == Some(2) && error.contains("has no lab"), "{error}");
}

#[test]
fn a_lab_runs_and_shows_the_finding() {
    if server(Product::Postgres).is_none() {
        return;
    }
    let output = dbwright(&["teach", "selective-seq-scan", "--lab"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("CREATE INDEX CONCURRENTLY bookings_customer_id_idx"), "{text}");
}
