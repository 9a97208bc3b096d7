//! A rich diagnosis for the tests of the renderers.

use std::sync::LazyLock;

use dbwright_model::catalog::{ObjectName, Table};
use dbwright_model::diagnosis::{Suppressed, Unseen};
use dbwright_model::finding::{Because, SubjectKind};
use dbwright_model::settings::Setting;
use dbwright_model::workload::Query;
use dbwright_model::*;

use crate::View;

const LESSON: &str = "# Title\n\n## What it looks at\nThe view `pg_stat_user_tables`, **carefully** and *calmly*.\n\n## Why it matters\nEvery version of a row stays until no snapshot can see it.\n\n1. first\n2. second\n\n- one\n- two <script>alert(1)</script>\n\n## See it yourself\n```sql\nSELECT relname, n_dead_tup FROM pg_stat_user_tables ORDER BY n_dead_tup DESC LIMIT 10;\n```\n\n## What to do\nEnd the session. See [the manual](javascript:alert(1)).\n";

static DEAD: Limit<Share> =
    Limit { what: "dead rows", value: Share(0.2), source: "PostgreSQL manual, autovacuum defaults" };

macro_rules! rules {
    ($($id:literal, $title:literal, $area:ident, $harm:ident;)*) => {
        pub(crate) static RULES: &[Rule] = &[$(Rule {
            id: $id, title: $title, engines: &[Engine::Postgres], versions: "12–18", area: Area::$area, harm: Harm::$harm,
            limits: &[&DEAD], explains: &[], wrong_when: "the table is rewritten every night anyway",
            do_not: "raise max_connections: each session costs memory", lesson: LESSON, check: |_| Ok(vec![]),
        }),*];
    };
}

rules! {
    "xmin-held", "An old snapshot keeps dead rows from being removed", Vacuum, Outage;
    "dead-rows", "Many dead rows", Vacuum, Slowdown;
    "fk-without-index", "A foreign key without an index on the referencing columns", Indexes, Slowdown;
    "unused-index", "An index nobody reads", Indexes, Waste;
    "duplicate-index", "Two indexes on the same columns", Indexes, Waste;
    "int4-key-near-end", "An integer key is running out of numbers", Schema, Outage;
    "fsync-off", "Commits are not forced to disk", Durability, DataLoss;
    "slot-retains-log", "A replication slot keeps log that nobody reads", Replication, Outage;
    "superuser-login", "The application logs in as superuser", Security, Breach;
    "statements-not-tracked", "Queries are not counted", Observability, Hygiene;
    "work-mem-spills", "Sorts spill to disk", Memory, Slowdown;
    "minor-version-behind", "Minor releases are missing", Maintenance, Hygiene;
}

static REFS: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| RULES.iter().collect());

pub(crate) fn rules() -> &'static [&'static Rule] {
    &REFS
}

pub(crate) fn server() -> Server {
    Server {
        address: "db1.example:5432".into(),
        database: Some("shop".into()),
        user: Some("dbwright".into()),
        now: "2026-09-14T03:00:00Z".parse().unwrap(),
        uptime: Some(Seconds::days(40.0)),
        data: Some(Bytes::gib(41)),
        statements: Count(54),
        server_time: Seconds(0.41),
        ..Server::new(Product::PostgreSQL, Version::new(16, 3, 0))
    }
}

fn table(name: &str) -> ObjectName {
    ObjectName::new("public", name)
}

fn stamped(rule: &str, mut finding: Finding) -> Finding {
    finding.rule = rule.to_owned();
    let known = RULES.iter().find(|r| r.id == rule).unwrap();
    finding.wrong_when = known.wrong_when.to_owned();
    finding.do_not = known.do_not.to_owned();
    finding
}

pub(crate) fn unused(n: usize) -> Finding {
    let name = format!("events_{n:05}_idx");
    stamped(
        "unused-index",
        Finding::new(
            Severity::Warn,
            Subject::index(&table("events"), &name),
            format!("{name} takes 210 MB and was not read once in 40 d"),
        )
        .measured("scans", Count(0), "pg_stat_user_indexes.idx_scan")
        .fix(
            Fix::sql(
                format!("DROP INDEX CONCURRENTLY public.{name};"),
                Undo::Statement(format!("CREATE INDEX CONCURRENTLY {name} ON public.events (kind);")),
            )
            .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)"),
        )
        .weight(n as f64),
    )
}

pub(crate) fn empty() -> Diagnosis {
    Diagnosis {
        server: server(),
        redaction: Redaction::Literals,
        findings: vec![],
        suppressed: vec![],
        not_evaluated: vec![],
        gaps: vec![],
        rules: 12,
    }
}

pub(crate) fn rich() -> Diagnosis {
    let mut d = empty();
    d.rules = 112;
    let held = Subject::session(8123);
    d.findings.push(stamped(
        "xmin-held",
        Finding::new(
            Severity::Error,
            held.clone(),
            "session 8123 has been idle in transaction for 26 h and keeps 18,000,000 dead rows from being removed",
        )
        .measured("idle in transaction", Seconds::hours(26.0), "pg_stat_activity.state_change")
        .measured("dead rows", Rows(18_000_000), "pg_stat_user_tables.n_dead_tup")
        .catalog("timeout", "0", "idle_in_transaction_session_timeout")
        .estimated("bloat", Bytes::gib(9), "pg_class.relpages")
        .fix(
            Fix::sql("SELECT pg_terminate_backend(8123);", Undo::Impossible("its transaction is rolled back".into()))
                .takes(Seconds(1.0))
                .cost("the client sees a lost connection")
                .verify("SELECT count(*) FROM pg_stat_activity WHERE pid = 8123;"),
        )
        .fix(Fix::sql(
            "ALTER SYSTEM SET idle_in_transaction_session_timeout = '10min';\nSELECT pg_reload_conf();",
            Undo::Statement("ALTER SYSTEM RESET idle_in_transaction_session_timeout;".into()),
        )),
    ));
    for name in ["orders", "order_items", "carts"] {
        let mut symptom = stamped(
            "dead-rows",
            Finding::new(Severity::Warn, Subject::table(&table(name)), format!("{name} is 61 % dead rows"))
                .measured("dead", Share(0.61), "pg_stat_user_tables.n_dead_tup")
                .fix(Fix::sql(format!("VACUUM public.{name};"), Undo::NotNeeded("vacuum changes no data".into()))),
        );
        symptom.because = Some(Because { rule: "xmin-held".into(), subject: held.clone() });
        d.findings.push(symptom);
    }
    d.findings.push(stamped(
        "fsync-off",
        Finding::new(
            Severity::Error,
            Subject::setting("fsync"),
            "fsync is off: a crash of the machine can corrupt the whole cluster",
        )
        .catalog("fsync", "off", "pg_settings.setting")
        .fix(Fix::of(
            dbwright_model::finding::FixKind::Config,
            "fsync = on",
            Undo::NotNeeded("it is the default".into()),
        )),
    ));
    for (n, name) in ["orders", "order_items", "payments", "refunds"].iter().enumerate() {
        d.findings.push(stamped("fk-without-index", Finding::new(Severity::Error, Subject::part(SubjectKind::Column, &table(name), "customer_id"),
            format!("98.8 % of this DELETE (78.8 s of 79.8 s) is the foreign-key trigger: 10,279 calls × 7.7 ms, each a scan of {name}"))
            .measured("trigger time", Seconds(78.8), "EXPLAIN ANALYZE")
            .fix(Fix::sql(format!("CREATE INDEX CONCURRENTLY {name}_customer_id_idx ON public.{name} (customer_id);"),
                Undo::Statement(format!("DROP INDEX CONCURRENTLY public.{name}_customer_id_idx;")))
                .lock("SHARE UPDATE EXCLUSIVE (reads and writes go on)").takes(Seconds(40.0)).disk(Bytes::mib(210)))
            .weight(-(n as f64))));
    }
    d.findings.push(stamped(
        "int4-key-near-end",
        Finding::new(
            Severity::Error,
            Subject::part(SubjectKind::Column, &table("events"), "id"),
            "events.id stands at 81 % of integer; at this rate it ends in 140 d",
        )
        .grade(Grade::Derived)
        .fix(Fix::of(
            dbwright_model::finding::FixKind::Code,
            "add a bigint column, copy in batches, swap; see the lesson",
            Undo::NotNeeded("nothing runs yet".into()),
        )),
    ));
    for (rule, severity, name) in [
        ("slot-retains-log", Severity::Error, "standby_old"),
        ("duplicate-index", Severity::Warn, "注文_索引"),
        ("superuser-login", Severity::Warn, "app"),
        ("work-mem-spills", Severity::Warn, "q_8812"),
        ("minor-version-behind", Severity::Info, "16.3"),
        ("statements-not-tracked", Severity::Info, "pg_stat_statements"),
    ] {
        d.findings.push(stamped(
            rule,
            Finding::new(
                severity,
                Subject::new(SubjectKind::Key, name),
                format!("{name} needs a look, it costs 3 h a day"),
            )
            .grade(Grade::Suspected),
        ));
    }
    d.findings.extend((0..300).map(unused));
    d.suppressed.push(Suppressed {
        finding: unused(999),
        reason: "used on the replica".into(),
        by: "comment on public.events".into(),
    });
    let grant = NotEvaluated::new(Why::Privilege, "pg_stat_replication shows only our own rows")
        .allow("GRANT pg_monitor TO dbwright;");
    for rule in ["replica-lag", "sync-standby-missing"] {
        d.not_evaluated.push(Unseen { rule: rule.into(), reason: grant.clone() });
    }
    d.not_evaluated.push(Unseen {
        rule: "write-rate".into(),
        reason: NotEvaluated::new(Why::Window, "statistics cover 2 h, this needs 24 h"),
    });
    d.gaps.push(Gap {
        section: "postgres.replication".into(),
        part: None,
        why: Why::Privilege,
        detail: "pg_stat_replication shows only our own rows".into(),
        allow: Some("GRANT pg_monitor TO dbwright;".into()),
    });
    d
}

pub(crate) const HOSTILE: &str = "<script>alert(1)</script>\"']]>\x1b[2J|`x`\u{202e}\n::error::@octocat";

pub(crate) fn hostile() -> Diagnosis {
    let mut d = empty();
    d.server.database = Some(HOSTILE.into());
    let subject = Subject::new(SubjectKind::Table, HOSTILE);
    let mut finding = Finding::new(Severity::Error, subject, HOSTILE)
        .measured(HOSTILE, HOSTILE, HOSTILE)
        .fix(Fix::sql(HOSTILE, Undo::Statement(HOSTILE.into())).lock(HOSTILE).cost(HOSTILE).verify(HOSTILE))
        .do_not(HOSTILE)
        .wrong_when(HOSTILE);
    finding.rule = "rule".into();
    d.suppressed.push(Suppressed { finding: finding.clone(), reason: HOSTILE.into(), by: HOSTILE.into() });
    d.findings.push(finding);
    d.not_evaluated
        .push(Unseen { rule: HOSTILE.into(), reason: NotEvaluated::new(Why::Error, HOSTILE).allow(HOSTILE) });
    d
}

pub(crate) fn case() -> Case {
    let tables = [("events", 300, 20, 9000), ("orders", 100, 61, 3), ("carts", 40, 61, 0), ("customers", 9, 3, 0)].map(
        |(name, data, index, overflow)| Table {
            name: table(name),
            rows: Some(Rows(data * 12_345)),
            data_size: Some(Bytes::mib(data * 40)),
            index_size: Some(Bytes::mib(index * 60)),
            overflow_size: Some(Bytes::mib(overflow)),
            ..Table::default()
        },
    );
    let queries = (1..9u64)
        .map(|n| Query {
            fingerprint: n.to_string(),
            text: format!("SELECT * FROM orders WHERE shop_id = $1 AND kind = ${n} ORDER BY id LIMIT 50").into(),
            calls: Count(10_000 * n),
            total_time: Seconds(9000.0 / n as f64),
            mean_time: Seconds(0.9 / n as f64),
            ..Query::default()
        })
        .collect();
    let mut settings = Settings::default();
    settings.0.insert(
        "work_mem".into(),
        Setting { value: "65536".into(), unit: Some("kB".into()), default: Some("4096".into()), ..Setting::default() },
    );
    Case::new(server(), Redaction::Literals)
        .with(&Catalog { tables: tables.to_vec(), usage_since: None, ..Catalog::default() })
        .with(&Workload {
            source: "pg_stat_statements".into(),
            since: Some("2026-09-05T03:00:00Z".parse().unwrap()),
            total_time: Seconds(29_000.0),
            total_calls: Count(360_000),
            queries,
            ..Workload::default()
        })
        .with(&settings)
}

pub(crate) fn view<'a>(diagnosis: &'a Diagnosis, case: Option<&'a Case>) -> View<'a> {
    View {
        diagnosis,
        rules: rules(),
        all: false,
        width: 80,
        color: false,
        target: "postgres://dbwright@db1.example/shop",
        case,
        min: None,
        files: None,
        ascii: false,
    }
}
