//! What a session does and does not do to a server, and what a case still holds when the server hangs, dies or hides.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a suite stops where something is not as it must be")]

mod connect_support;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use connect_support::{gather, lab, options, owner};
use dbwright_lab::{Lab, Options, POSTGRES_MAJORS};
use dbwright_model::room::{GatherOptions, Progress};
use dbwright_model::{Activity, Case, Catalog, Settings, Why};

/// Does something to the server when a step begins.
struct When<F>(&'static str, Mutex<F>);

impl<F: FnMut() + Send> Progress for When<F> {
    fn step(&self, what: &str, _: usize, _: usize) {
        if what == self.0 {
            (self.1.lock().unwrap())();
        }
    }
}

fn gaps(case: &Case, why: Why) -> usize {
    case.gaps.iter().filter(|gap| gap.why == why).count()
}

async fn as_role(lab: &Lab, role: &str) -> Case {
    gather(&format!("postgres://{role}:Xk29-long@127.0.0.1:{}/postgres", lab.port()), &options(), &()).await.unwrap()
}

#[tokio::test]
async fn every_statement_only_reads_within_limits_and_the_end_is_orderly() {
    for major in POSTGRES_MAJORS {
        let Some(lab) = lab(major, Options::new().log_all().setting("log_line_prefix", "app=%a ")) else { continue };
        let case = gather(&lab.url(), &options(), &()).await.unwrap();
        assert_eq!(gaps(&case, Why::Connection) + gaps(&case, Why::Timeout), 0, "{:#?}", case.gaps);
        let log = lab.statement_log();
        let ours = log.lines().filter(|line| line.contains("app=dbwright"));
        let statements: Vec<&str> = ours.filter_map(|line| Some(line.split_once("statement: ")?.1)).collect();
        assert!(statements.len() > 20, "{major}: {}", statements.len());
        for statement in statements.iter().filter(|statement| **statement != "ROLLBACK") {
            let begin = "BEGIN READ ONLY; SET LOCAL statement_timeout = 5000; SET LOCAL lock_timeout = 100; \
                         SET LOCAL idle_in_transaction_session_timeout = 10000; ";
            assert!(statement.starts_with(begin), "{major}: {statement}");
            let first = statement.contains("server_version_num");
            assert_eq!(statement.contains("transaction_timeout = 10000; SET"), major >= 17 && !first, "{statement}");
            assert!(statement.contains("SET LOCAL jit = off"), "{statement}");
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        let client = owner(&lab).await;
        let left = client
            .query_one("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dbwright'", &[])
            .await
            .unwrap();
        assert_eq!(left.get::<_, i64>(0), 0);
        assert!(!lab.log().contains("unexpected EOF") && !lab.log().contains("reset by peer"), "{}", lab.log());
    }
}

#[tokio::test]
async fn roles_see_what_they_may_and_are_told_what_would_help() {
    for major in POSTGRES_MAJORS {
        let Some(lab) = lab(major, Options::new()) else { continue };
        let client = owner(&lab).await;
        for sql in [
            "CREATE ROLE nothing LOGIN PASSWORD 'Xk29-long'",
            "CREATE ROLE monitor LOGIN PASSWORD 'Xk29-long'",
            "GRANT pg_monitor TO monitor",
        ] {
            client.batch_execute(sql).await.unwrap();
        }
        let case = as_role(&lab, "nothing").await;
        assert!(case.get::<Settings>().is_ok() && case.get::<Activity>().is_ok());
        let helps = |case: &Case| {
            case.gaps
                .iter()
                .filter(|gap| gap.allow.as_deref().is_some_and(|allow| allow.starts_with("GRANT pg_monitor")))
                .count()
        };
        assert!(helps(&case) > 0, "{:#?}", case.gaps);
        let allow = case.gaps.iter().find_map(|gap| gap.allow.clone().filter(|allow| allow.contains("pg_monitor")));
        assert_eq!(allow.as_deref(), Some("GRANT pg_monitor TO nothing;"));
        let case = as_role(&lab, "monitor").await;
        assert_eq!(helps(&case), 0, "{:#?}", case.gaps);
        assert_eq!(case.server.user.as_ref().map(|user| user.as_str()), Some("monitor"));
        assert!(case.server.data.is_some());
    }
}

#[tokio::test]
async fn a_server_that_hangs_midway_costs_one_statement() {
    let Some(lab) = lab(15, Options::new()) else { return };
    let options = GatherOptions { statement_timeout: Duration::from_millis(500), ..options() };
    let started = Instant::now();
    let case = gather(&lab.url(), &options, &When("vacuum", Mutex::new(|| lab.pause().unwrap()))).await.unwrap();
    lab.resume().unwrap();
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    assert!(case.get::<Settings>().is_ok(), "what was collected before is kept");
    assert_eq!(gaps(&case, Why::Timeout), 1, "{:#?}", case.gaps);
    assert!(gaps(&case, Why::Connection) > 5, "{:#?}", case.gaps);
}

#[tokio::test]
async fn a_server_that_dies_midway_leaves_a_partial_case() {
    for major in POSTGRES_MAJORS {
        let Some(lab) = lab(major, Options::new()) else { continue };
        let target = lab.url();
        let lab = Mutex::new(lab);
        let kill = When("databases", Mutex::new(|| lab.lock().unwrap().kill().unwrap()));
        let case = gather(&target, &options(), &kill).await.unwrap();
        assert!(case.get::<Catalog>().is_ok());
        assert!(gaps(&case, Why::Connection) > 5, "{:#?}", case.gaps);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_may_end_our_session() {
    let Some(lab) = lab(15, Options::new()) else { return };
    let client = owner(&lab).await;
    let ended = When(
        "vacuum",
        Mutex::new(|| {
            let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dbwright'";
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(client.batch_execute(sql)))
                .unwrap();
        }),
    );
    let case = gather(&lab.url(), &options(), &ended).await.unwrap();
    assert!(gaps(&case, Why::Connection) > 5 && case.get::<Settings>().is_ok(), "{:#?}", case.gaps);
}

#[tokio::test]
async fn the_time_budget_is_kept() {
    let Some(lab) = lab(15, Options::new()) else { return };
    let options = GatherOptions { deadline: Duration::from_millis(1500), ..options() };
    let late = When("vacuum", Mutex::new(|| std::thread::sleep(Duration::from_millis(1600))));
    let case = gather(&lab.url(), &options, &late).await.unwrap();
    assert!(case.get::<Settings>().is_ok() && gaps(&case, Why::Budget) > 5, "{:#?}", case.gaps);
}

#[tokio::test]
async fn names_that_are_not_utf_8_do_not_cost_their_neighbours() {
    for major in POSTGRES_MAJORS {
        let Some(lab) = lab(major, Options::new()) else { continue };
        let client = owner(&lab).await;
        client
            .batch_execute("CREATE DATABASE bytes TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'")
            .await
            .unwrap();
        let target = lab.url().replace("/postgres", "/bytes").replace("//bytes", "//postgres");
        let (client, connection) = tokio_postgres::connect(&target, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        // "café" and a role "zoë" in Latin-1; roles are seen from every database.
        client
            .batch_execute(
                r"DO $$ BEGIN EXECUTE 'CREATE TABLE public.caf' || convert_from('\xe9'::bytea, 'SQL_ASCII') || ' (id int)';
                  EXECUTE 'CREATE ROLE zo' || convert_from('\xeb'::bytea, 'SQL_ASCII') || ' LOGIN'; END $$;
                  CREATE TABLE public.plain (id int)",
            )
            .await
            .unwrap();
        let case = gather(&target, &options(), &()).await.unwrap();
        let elsewhere = gather(&lab.url(), &options(), &()).await.unwrap();
        assert_eq!(gaps(&elsewhere, Why::Error) + gaps(&elsewhere, Why::Connection), 0, "{:#?}", elsewhere.gaps);
        let catalog = case.get::<Catalog>().unwrap();
        let names: Vec<&str> = catalog.tables.iter().map(|table| table.name.name.as_str()).collect();
        assert!(names.contains(&"caf\u{fffd}") && names.contains(&"plain"), "{major}: {names:?} {:#?}", case.gaps);
        assert_eq!(gaps(&case, Why::Error) + gaps(&case, Why::Connection), 0, "{:#?}", case.gaps);
    }
}
