//! Counters, log, replication, security and workload against real servers: faults are found, a healthy server under
//! load is left in peace, and what is prescribed runs as printed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a suite stops where something is not as it must be")]

use std::time::Duration;

use dbwright_lab::{Lab, Options, POSTGRES_MAJORS, Product};
use dbwright_model::finding::FixKind;
use dbwright_model::room::{GatherOptions, Room};
use dbwright_model::{Case, Finding, Redaction, Sample, Seconds, Severity, Target, Why, Workload};
use dbwright_postgres::Postgres;
use dbwright_postgres::sections::wal::Wal;
use tokio_postgres::{Client, NoTls};

fn lab(major: u32, options: Options) -> Option<Lab> {
    let binaries = dbwright_lab::for_test(Product::Postgres, Some(major)).unwrap()?;
    let options = options.setting("shared_preload_libraries", "pg_stat_statements").setting("shared_buffers", "16MB");
    Some(Lab::start(&binaries, &options).unwrap())
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn gather(url: &str, sample: Option<Duration>) -> Case {
    let Ok(Target::Server(target)) = Target::parse(url) else { panic!("{url}") };
    Postgres.gather(&target, &GatherOptions { sample, ..GatherOptions::default() }, &()).await.unwrap()
}

fn findings(case: &Case) -> Vec<Finding> {
    let found = Postgres.rules().iter().flat_map(|rule| {
        let found = (rule.check)(case).unwrap_or_default();
        found.into_iter().map(|finding| Finding { rule: rule.id.to_owned(), ..finding })
    });
    found.collect()
}

/// Statement by statement, as psql sends them: some may not share a transaction.
async fn run(client: &Client, statements: &str) -> Result<(), tokio_postgres::Error> {
    for statement in statements.split("; ") {
        client.simple_query(statement).await?;
    }
    Ok(())
}

fn seen(found: &[Finding], rule: &str, subject: &str, severity: Severity) -> bool {
    found.iter().any(|f| f.rule == rule && f.subject.name == subject && f.severity == severity)
}

const FAULTS: &str = "
    CREATE TABLE public.events (id int, note text);
    CREATE PUBLICATION p FOR TABLE public.events;
    CREATE ROLE plain LOGIN PASSWORD 'Xk29-long-and-random';
    SET password_encryption = 'scram-sha-256';
    CREATE ROLE scrammed LOGIN PASSWORD 'scrammed';
    CREATE ROLE famous LOGIN PASSWORD 'changeme';
    SET password_encryption = 'md5';
    CREATE ROLE \"Digest\" LOGIN PASSWORD 'Digest';
    CREATE ROLE boss LOGIN SUPERUSER;
    CREATE FUNCTION public.pay(amount integer, \"to\" text) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
    CREATE FUNCTION public.safe() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1';
    GRANT CREATE ON SCHEMA public TO PUBLIC;
    GRANT INSERT, DELETE ON public.events TO PUBLIC;
    CREATE SUBSCRIPTION s CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false);
    ";

#[tokio::test(flavor = "multi_thread")]
async fn seeded_faults_are_found_and_their_fixes_run() {
    for major in POSTGRES_MAJORS {
        let options = Options::new()
            .setting("wal_level", "logical")
            .setting("archive_mode", "on")
            .setting("archive_command", "false");
        let Some(lab) = lab(major, options) else { continue };
        let client = connect(&lab.url()).await;
        client.batch_execute(FAULTS).await.unwrap();
        let soon = "DO $$ BEGIN EXECUTE format('ALTER ROLE plain VALID UNTIL %L', now() + interval '3 days'); END $$";
        client.batch_execute(soon).await.unwrap();
        for statement in [
            "SELECT pg_create_logical_replication_slot('old one', 'pgoutput')",
            "SELECT pg_create_logical_replication_slot('old', 'pgoutput')",
            "SELECT pg_switch_wal()",
        ] {
            // A slot may not be called `old one`: names are lower-case letters, digits and underscores.
            assert_eq!(client.simple_query(statement).await.is_ok(), !statement.contains("one"), "{statement}");
        }
        let hba = lab.dir().join("data/pg_hba.conf");
        let hba = if hba.exists() { hba } else { data_folder(&client).await.join("pg_hba.conf") };
        let lines =
            std::fs::read_to_string(&hba).unwrap() + "\nhost all boss 10.0.0.0/8 trust\nhost all all ::/0 password\n";
        std::fs::write(&hba, lines).unwrap();
        for _ in 0..100 {
            let failed = client.query_one("SELECT failed_count FROM pg_stat_archiver", &[]).await.unwrap();
            if failed.get::<_, i64>(0) > 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        // From here on commits would wait.
        run(&client, "ALTER SYSTEM SET synchronous_standby_names = 'ghost'; SELECT pg_reload_conf()").await.unwrap();
        tokio::time::sleep(Duration::from_millis(500)).await;

        let case = gather(&lab.url(), None).await;
        assert!(case.gaps.iter().all(|gap| gap.section == "workload"), "PostgreSQL {major}: {:#?}", case.gaps);
        let found = findings(&case);
        let old = major < 14;
        for (rule, subject, severity) in [
            ("synchronous-standby-missing", "synchronous_standby_names", Severity::Error),
            ("archiving-failing", "server", Severity::Error),
            ("inactive-replication-slot", "old", Severity::Info),
            ("published-table-without-identity", "public.events", Severity::Warn),
            ("subscription-disabled", "s", Severity::Warn),
            ("password-equals-role", "scrammed", Severity::Error),
            ("password-equals-role", "famous", Severity::Error),
            ("password-equals-role", "Digest", Severity::Error),
            ("password-md5", "Digest", if old { Severity::Info } else { Severity::Warn }),
            ("password-expiring", "plain", Severity::Warn),
            ("superuser-login-roles", "boss", Severity::Info),
            ("security-definer-search-path", "public.pay(integer,text)", Severity::Warn),
            ("public-can-create", "public", if major < 15 { Severity::Info } else { Severity::Warn }),
            ("write-granted-to-public", "public.events", Severity::Warn),
        ] {
            assert!(seen(&found, rule, subject, severity), "PostgreSQL {major}: {rule} on {subject}: {found:#?}");
        }
        let count = |rule: &str| found.iter().filter(|finding| finding.rule == rule).count();
        assert_eq!(count("password-equals-role"), 3, "PostgreSQL {major}");
        assert_eq!(count("security-definer-search-path"), 1, "PostgreSQL {major}: safe() has its own search_path");
        assert_eq!(count("superuser-login-roles"), 1, "PostgreSQL {major}: the first superuser is exempt");
        assert_eq!(count("slot-retention-unlimited"), usize::from(major >= 13), "PostgreSQL {major}");
        // The lab listens to this machine only.
        let trust = found.iter().find(|finding| finding.rule == "hba-trust").unwrap();
        assert_eq!(trust.severity, Severity::Info);
        assert_eq!(trust.fixes[0].statement, "host all boss 10.0.0.0/8 scram-sha-256");

        // What frees the commits comes first; the subscription of nowhere cannot be asked to give back its slot.
        let (first, rest): (Vec<_>, Vec<_>) =
            found.iter().partition(|finding| finding.rule == "synchronous-standby-missing");
        for finding in first.into_iter().chain(rest) {
            for fix in finding
                .fixes
                .iter()
                .filter(|fix| fix.kind == FixKind::Sql && !fix.statement.starts_with("DROP SUBSCRIPTION"))
            {
                for text in [Some(fix.statement.as_str()), fix.verify.as_deref()].into_iter().flatten() {
                    let ran = run(&client, text).await;
                    assert!(ran.is_ok(), "PostgreSQL {major}: {}: {text}: {ran:?}", finding.rule);
                }
            }
        }
        let healed = findings(&gather(&lab.url(), None).await);
        for rule in [
            "synchronous-standby-missing",
            "inactive-replication-slot",
            "published-table-without-identity",
            "subscription-disabled",
            "password-expiring",
            "superuser-login-roles",
            "security-definer-search-path",
            "public-can-create",
            "write-granted-to-public",
        ] {
            assert!(healed.iter().all(|finding| finding.rule != rule), "PostgreSQL {major}: {rule} is still there");
        }
        let stored =
            serde_json::to_string(case.get::<dbwright_postgres::sections::security::Security>().unwrap()).unwrap();
        let secrets =
            client.query("SELECT rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL", &[]).await.unwrap();
        assert!(secrets.len() >= 4 && !stored.contains("changeme"));
        for secret in secrets {
            assert!(!stored.contains(&secret.get::<_, String>(0)));
        }
    }
}

async fn data_folder(client: &Client) -> std::path::PathBuf {
    let row = client.query_one("SHOW data_directory", &[]).await.unwrap();
    row.get::<_, String>(0).into()
}

const LOAD: &str = "
    CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL, filler text);
    CREATE TABLE history (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account bigint NOT NULL REFERENCES accounts, at timestamptz NOT NULL DEFAULT now());
    CREATE INDEX ON history (account);
    INSERT INTO accounts SELECT n, 0, repeat('x', 80) FROM generate_series(1, 50000) n;
    ";

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_server_under_load_is_left_in_peace() {
    for major in POSTGRES_MAJORS {
        let Some(lab) = lab(major, Options::new()) else { continue };
        let client = connect(&lab.url()).await;
        client.batch_execute("CREATE EXTENSION pg_stat_statements").await.unwrap();
        client.batch_execute(LOAD).await.unwrap();
        let update = client.prepare("UPDATE accounts SET balance = balance + 1 WHERE id = $1").await.unwrap();
        let insert = client.prepare("INSERT INTO history (account) VALUES ($1)").await.unwrap();
        for n in 0..2000_i64 {
            let id = n * 7919 % 50_000 + 1;
            client.execute(&update, &[&id]).await.unwrap();
            client.execute(&insert, &[&id]).await.unwrap();
        }
        client.batch_execute("SELECT count(*) FROM accounts WHERE filler = 'secret literal'").await.unwrap();

        let case = gather(&lab.url(), Some(Duration::from_millis(200))).await;
        assert!(case.gaps.is_empty(), "PostgreSQL {major}: {:#?}", case.gaps);
        let loud: Vec<Finding> = findings(&case).into_iter().filter(|f| f.severity > Severity::Info).collect();
        assert!(loud.is_empty(), "PostgreSQL {major}: {loud:#?}");

        // Hashed names change no verdict.
        let Ok(Target::Server(target)) = Target::parse(&lab.url()) else { panic!() };
        let hidden = GatherOptions { redaction: Redaction::Names, ..GatherOptions::default() };
        let loud = findings(&Postgres.gather(&target, &hidden, &()).await.unwrap());
        assert!(loud.iter().all(|finding| finding.severity == Severity::Info), "PostgreSQL {major}: {loud:#?}");

        let workload = case.get::<Workload>().unwrap();
        let update = workload.queries.iter().find(|query| query.text.as_str().starts_with("UPDATE accounts")).unwrap();
        assert_eq!(update.calls.0, 2000, "PostgreSQL {major}");
        assert_eq!(update.logged.is_some(), major >= 13);
        assert_eq!(update.jit_time.is_some(), major >= 15);
        assert_eq!(update.first_seen.is_some(), major >= 17);
        assert!(update.read_time.is_none(), "track_io_timing is off");
        assert!(workload.total_time >= update.total_time && workload.total_calls.0 >= 4000);
        let texts: Vec<&str> = workload.queries.iter().map(|query| query.text.as_str()).collect();
        assert!(
            !texts.iter().any(|text| text.contains("pg_class")
                || text.contains("row_to_json")
                || text.contains("secret literal")),
            "{texts:#?}"
        );
        let sample = case.get::<Sample>().unwrap();
        assert!(sample.counters.len() >= 15 && sample.rate("wal_bytes").is_some(), "{sample:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forced_checkpoints_are_counted_and_the_need_is_computed() {
    for major in POSTGRES_MAJORS {
        let options = Options::new().setting("max_wal_size", "32MB").setting("min_wal_size", "32MB").volatile();
        let Some(lab) = lab(major, options) else { continue };
        let client = connect(&lab.url()).await;
        client.batch_execute("CREATE TABLE t (a text)").await.unwrap();
        for _ in 0..20 {
            client
                .batch_execute("INSERT INTO t SELECT repeat('x', 1000) FROM generate_series(1, 25000)")
                .await
                .unwrap();
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        // PostgreSQL up to 14 hands its counters to a collector process, some time later.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mut case = gather(&lab.url(), None).await;
        let rule = Postgres.rules().iter().find(|rule| rule.id == "checkpoints-forced").unwrap();
        assert_eq!((rule.check)(&case).unwrap_err().why, Why::Window, "PostgreSQL {major}");

        // The same counters, as if it had gone on like this for a day.
        let mut wal = case.get::<Wal>().unwrap().clone();
        let checkpoints = wal.checkpoints.as_mut().unwrap();
        assert!(checkpoints.requested.0 >= 5, "PostgreSQL {major}: {checkpoints:?}");
        let times = (86_400.0 / checkpoints.window.0).ceil();
        let stretch = |count: &mut u64| *count = (*count as f64 * times) as u64;
        checkpoints.window = Seconds(checkpoints.window.0 * times);
        stretch(&mut checkpoints.requested.0);
        stretch(&mut checkpoints.timed.0);
        if let Some(log) = &mut wal.log {
            log.window = Seconds(log.window.0 * times);
            stretch(&mut log.bytes.0);
        }
        case.store(&wal);
        let found = (rule.check)(&case).unwrap();
        assert!(found[0].fixes[0].statement.starts_with("ALTER SYSTEM SET max_wal_size = '"), "{found:#?}");
        run(&client, &found[0].fixes[0].statement).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_privileges_is_told_what_it_lacks() {
    for major in POSTGRES_MAJORS {
        let Some(lab) = lab(major, Options::new()) else { continue };
        let client = connect(&lab.url()).await;
        client
            .batch_execute("CREATE EXTENSION pg_stat_statements; CREATE ROLE guest LOGIN PASSWORD 'Xk29-long'")
            .await
            .unwrap();
        client.batch_execute("SELECT 1 AS of_the_owner").await.unwrap();
        let url = format!("postgres://guest:Xk29-long@127.0.0.1:{}/postgres", lab.port());
        let case = gather(&url, None).await;
        let parts: Vec<&str> = case.gaps.iter().filter_map(|gap| gap.part.as_deref()).collect();
        for part in
            ["passwords", "access rules", "log directory", "archive backlog", "encryption", "other roles' queries"]
        {
            assert!(parts.contains(&part), "PostgreSQL {major}: {part}: {:#?}", case.gaps);
        }
        let mute: Vec<_> = case.gaps.iter().filter(|gap| gap.why == Why::Privilege && gap.allow.is_none()).collect();
        assert!(mute.is_empty(), "PostgreSQL {major}: {mute:#?}");
        // Granting what is asked for helps.
        for gap in &case.gaps {
            if let Some(allow) = gap.allow.as_deref().filter(|allow| allow.starts_with("GRANT")) {
                run(&client, &allow.replace("the_role_used_here", "guest")).await.unwrap();
            }
        }
        let parts: Vec<String> = gather(&url, None).await.gaps.into_iter().filter_map(|gap| gap.part).collect();
        assert_eq!(parts, ["passwords"], "PostgreSQL {major}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_extension_is_a_gap_that_names_the_statement() {
    let Some(lab) = lab(15, Options::new()) else { return };
    let case = gather(&lab.url(), None).await;
    let gap = case.gaps.iter().find(|gap| gap.section == "workload").unwrap();
    assert_eq!((gap.why, gap.allow.as_deref()), (Why::Extension, Some("CREATE EXTENSION pg_stat_statements;")));
    assert!(seen(&findings(&case), "pg-stat-statements-missing", "pg_stat_statements", Severity::Info));
    // An extension lives wherever it was put, under whatever name.
    let client = connect(&lab.url()).await;
    client
        .batch_execute("CREATE SCHEMA \"My Stats\"; CREATE EXTENSION pg_stat_statements SCHEMA \"My Stats\"")
        .await
        .unwrap();
    assert!(gather(&lab.url(), None).await.get::<Workload>().is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_runs_into_a_duplicate_is_reported() {
    for major in [15, 18] {
        let Some(lab) = lab(major, Options::new().setting("wal_level", "logical")) else { continue };
        let publisher = connect(&lab.url()).await;
        publisher.batch_execute("CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE t").await.unwrap();
        publisher.simple_query("SELECT pg_create_logical_replication_slot('s', 'pgoutput')").await.unwrap();
        publisher.simple_query("CREATE DATABASE copy").await.unwrap();
        let url = lab.url().replace("/postgres", "/copy").replacen("//copy", "//postgres", 1);
        let subscriber = connect(&url).await;
        subscriber.batch_execute("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)").await.unwrap();
        let source = format!(
            "host=127.0.0.1 port={} dbname=postgres user=postgres password={}",
            lab.port(),
            lab.password().unwrap()
        );
        let create = format!(
            "CREATE SUBSCRIPTION s CONNECTION '{source}' PUBLICATION p WITH (create_slot = false, copy_data = false, disable_on_error = true)"
        );
        subscriber.simple_query(&create).await.unwrap();
        publisher.batch_execute("INSERT INTO t VALUES (1)").await.unwrap();
        for _ in 0..100 {
            let enabled = subscriber.query_one("SELECT subenabled FROM pg_subscription", &[]).await.unwrap();
            if !enabled.get::<_, bool>(0) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        let case = gather(&url, None).await;
        let found = findings(&case);
        assert!(seen(&found, "subscription-errors", "s", Severity::Error), "PostgreSQL {major}: {found:#?}");
        assert!(seen(&found, "subscription-disabled", "s", Severity::Warn), "PostgreSQL {major}: {found:#?}");
        let stored =
            serde_json::to_string(case.get::<dbwright_postgres::sections::replication::Replication>().unwrap());
        assert!(!stored.unwrap().contains(lab.password().unwrap()));

        subscriber.batch_execute("DELETE FROM t").await.unwrap();
        let fix = found.iter().find(|finding| finding.rule == "subscription-errors").unwrap();
        run(&subscriber, &fix.fixes[0].statement).await.unwrap();
        for _ in 0..100 {
            if subscriber.query_one("SELECT count(*) FROM t", &[]).await.unwrap().get::<_, i64>(0) == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let found = findings(&gather(&url, None).await);
        assert!(
            seen(&found, "subscription-errors", "s", Severity::Warn),
            "PostgreSQL {major}: it runs again: {found:#?}"
        );
    }
}
