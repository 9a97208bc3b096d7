//! Through a real PgBouncer, in every mode it has.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a suite stops where something is not as it must be")]

mod connect_support;

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use connect_support::{SECRET, gather, lab, options, owner, refusal};
use dbwright_lab::{Lab, Options, POSTGRES_MAJORS};
use dbwright_model::room::{Execution, ExplainOptions, GatherErrorKind as Kind, Room};
use dbwright_model::{Catalog, Plans, Settings, Target, Why};
use dbwright_postgres::Postgres;

const PROGRAM: &str = "/usr/sbin/pgbouncer";

/// A PgBouncer before a lab; it ends with the value.
struct Pooler {
    process: Child,
    port: u16,
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Pooler {
    /// `None`, with a word on the terminal, where PgBouncer is not installed; a failure under CI.
    fn start(lab: &Lab, mode: &str) -> Option<Pooler> {
        if !Path::new(PROGRAM).exists() {
            assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{PROGRAM} is missing");
            eprintln!("skipped: {PROGRAM} is missing (apt-get install pgbouncer)");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = lab.dir().join(format!("pgbouncer-{mode}"));
        std::fs::create_dir(&folder).unwrap();
        let users = folder.join("users.txt");
        std::fs::write(&users, format!("\"postgres\" \"{}\"\n", lab.password().unwrap())).unwrap();
        let config = folder.join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {}\nadmin_users = postgres\npool_mode = {mode}\n\
             default_pool_size = 1\n",
            lab.port(),
            users.display()
        );
        std::fs::write(&config, text).unwrap();
        let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
        let mut command = Command::new(PROGRAM);
        if root {
            command.args(["-u", "nobody"]);
        }
        let process = command.arg(&config).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let pooler = Pooler { process, port };
        for _ in 0..100 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(pooler);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("PgBouncer does not listen");
    }

    fn url(&self, lab: &Lab, rest: &str) -> String {
        format!("postgres://postgres:{}@127.0.0.1:{}/{rest}", lab.password().unwrap(), self.port)
    }
}

#[tokio::test]
async fn a_pooler_changes_nothing_and_is_left_as_it_was() {
    for major in POSTGRES_MAJORS {
        let Some(lab) = lab(major, Options::new()) else { continue };
        owner(&lab).await.batch_execute("CREATE TABLE public.t (id int PRIMARY KEY)").await.unwrap();
        for mode in ["session", "transaction", "statement"] {
            let Some(pooler) = Pooler::start(&lab, mode) else { return };
            let case = gather(&pooler.url(&lab, "postgres"), &options(), &()).await.unwrap();
            assert_eq!(case.server.version.major, major);
            assert!(case.get::<Settings>().is_ok() && !case.get::<Catalog>().unwrap().tables.is_empty());
            let lost = [Why::Error, Why::Connection, Why::Timeout];
            assert!(!case.gaps.iter().any(|gap| lost.contains(&gap.why)), "{major} {mode}: {:#?}", case.gaps);
            // The pool has one connection: the next client gets the one we had, with nothing of ours on it.
            let (client, connection) =
                tokio_postgres::connect(&pooler.url(&lab, "postgres"), tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            let left = client.simple_query("SHOW statement_timeout").await.unwrap();
            let left = left.iter().find_map(|message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            });
            assert_eq!(left.as_deref(), Some("0"), "{major} {mode}");
        }
    }
}

/// Clients in turn get the same connection of the server: nothing prepared may be left on it.
#[tokio::test]
async fn queries_are_explained_through_a_pooler() {
    for major in POSTGRES_MAJORS {
        let Some(lab) = lab(major, Options::new()) else { continue };
        owner(&lab).await.batch_execute("CREATE TABLE public.t (id int PRIMARY KEY)").await.unwrap();
        for mode in ["session", "transaction"] {
            let Some(pooler) = Pooler::start(&lab, mode) else { return };
            let url = pooler.url(&lab, "postgres");
            let Target::Server(server) = Target::parse(&url).unwrap() else { panic!("{url}") };
            let explain =
                ExplainOptions { gather: options(), timeout: Duration::from_secs(10), execution: Execution::WhenSafe };
            for (query, executed) in [
                ("SELECT * FROM t WHERE id = 7", true),
                ("SELECT * FROM t WHERE id = $1", false),
                ("SELECT * FROM t WHERE id = $1", false),
                ("DELETE FROM t WHERE id = 7", false),
                ("SELECT count(*) FROM t", true),
            ] {
                let case = Postgres.explain(&server, query, &explain, &()).await;
                let case = case.unwrap_or_else(|error| panic!("{major} {mode} {query}: {error:?}"));
                let plans = case.get::<Plans>().unwrap();
                assert_eq!(plans.plans[0].analyzed(), executed, "{major} {mode} {query}: {:?}", plans.plans[0].missing);
                assert!(case.get::<Catalog>().is_ok(), "{major} {mode} {query}");
            }
        }
    }
}

#[tokio::test]
async fn what_a_pooler_cannot_do_is_told() {
    let Some(lab) = lab(15, Options::new()) else { return };
    let Some(pooler) = Pooler::start(&lab, "transaction") else { return };
    for (target, kind, words) in [
        (pooler.url(&lab, "postgres?options=-c%20work_mem%3D1MB"), Kind::Refused, "takes no such parameter"),
        (pooler.url(&lab, "pgbouncer"), Kind::Unsupported, "PgBouncer's console"),
        (pooler.url(&lab, "postgres?sslmode=require"), Kind::Tls, "does not offer TLS"),
        (format!("postgres://postgres:{SECRET}@127.0.0.1:{}/postgres", pooler.port), Kind::Refused, ""),
        (pooler.url(&lab, "no_such"), Kind::UnknownDatabase, "no database"),
    ] {
        let error = refusal(&target).await;
        assert!(error.kind == kind && error.message.contains(words), "wanted {kind:?} `{words}`: {error:?}");
    }
}
