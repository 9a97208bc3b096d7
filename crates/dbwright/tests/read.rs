//! `read` through the binary, over plans recorded from real servers (`plans/`): what it shows, how it ends.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans").join(name)
}

/// Runs it in the folder of the plans, so that no path of this machine is shown.
fn dbwright(args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dbwright"));
    command.args(args).current_dir(recorded("")).env("TERM", "xterm").env_remove("GITHUB_ACTIONS");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn read(args: &[&str], input: &[u8]) -> Output {
    dbwright(&[&["read"], args].concat(), input)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The tree and the account: what stands above the findings, which change as rules come.
fn tree(args: &[&str]) -> String {
    let output = read(args, b"");
    let page = text(&output.stdout);
    assert!(!page.contains('\x1b'), "no colours in a pipe");
    let tree = page.lines().take_while(|line| {
        !line.starts_with("Nothing to") && !line.starts_with("No rule") && !line.contains("  grade: ")
    });
    tree.filter(|line| !line.contains("▲")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn subplans_loops_and_processes() {
    insta::assert_snapshot!(tree(&["subplans.json"]));
}

#[test]
fn everything_of_a_plan() {
    insta::assert_snapshot!(tree(&["subplans.json", "--all"]));
}

#[test]
fn a_join_as_text() {
    insta::assert_snapshot!(tree(&["join.txt"]));
}

#[test]
fn a_plan_that_was_not_executed() {
    insta::assert_snapshot!(tree(&["join-planned.txt"]));
}

#[test]
fn a_plan_deeper_than_the_screen() {
    insta::assert_snapshot!(tree(&["deep.json"]));
    let all = tree(&["deep.json", "--all"]);
    assert!((1..=61).all(|number| all.contains(&format!("#{number} "))));
    assert!(all.lines().all(|line| line.chars().count() <= 100), "{all}");
}

#[test]
fn triggers_take_the_time() {
    insta::assert_snapshot!(tree(&["update.txt"]));
}

#[test]
fn plans_of_mysql_and_mariadb() {
    for name in ["mariadb-analyze.txt", "mariadb-table.txt", "mysql-analyze.txt", "mysql-json.txt"] {
        insta::with_settings!({ snapshot_suffix => name }, { insta::assert_snapshot!(tree(&[name])) });
    }
}

#[test]
fn plans_of_two_products_are_not_mixed() {
    let output = read(&["join.txt", "mysql-analyze.txt"], b"");
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(
        said.contains("join.txt:1 is a plan of PostgreSQL, mysql-analyze.txt:") && said.contains("of MySQL"),
        "{said}"
    );
}

#[test]
fn findings_make_the_exit_code() {
    assert_eq!(read(&["update.txt"], b"").status.code(), Some(1));
    assert_eq!(read(&["update.txt", "--fail-on", "error"], b"").status.code(), Some(0));
}

#[test]
fn what_is_known_is_no_news() {
    let folder = tempfile::tempdir().unwrap();
    let baseline = folder.path().join("known.json");
    let baseline = baseline.to_str().unwrap();
    read(&["update.txt", "-o", baseline], b"");
    assert_eq!(read(&["update.txt", "--baseline", baseline], b"").status.code(), Some(0));
}

#[test]
fn a_pipe_with_words_around_the_plans_is_read_and_the_words_are_named() {
    let plan = std::fs::read_to_string(recorded("join.txt")).unwrap();
    let mail = format!("Hello,\nthis one is slow:\n\n{plan}\nand so is this one:\n\n{plan}\nRegards\n");
    let output = read(&["--fail-on", "never"], mail.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let page = text(&output.stdout);
    assert!(page.contains("plan 1 of 2 · -:4 ·") && page.contains("plan 2 of 2 · "), "{page}");
    assert!(page.contains("not read: -:1–2 · "), "{page}");
    let output = read(&["-", "--format", "json", "--fail-on", "never"], mail.as_bytes());
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["plans"].as_array().unwrap().len(), 2);
    assert_eq!(report["not_read"][0]["first"], 1);
    assert_eq!(report["not_read"][0]["last"], 2);
    assert_eq!(report["not_read"].as_array().unwrap().len(), 3);
}

#[test]
fn nothing_recognised_says_what_was_expected_and_what_to_do() {
    for input in ["", "hello\nworld\n"] {
        let output = read(&[], input.as_bytes());
        assert_eq!(output.status.code(), Some(4));
        let said = text(&output.stderr);
        assert!(
            output.stdout.is_empty() && said.contains("PostgreSQL plan") && said.contains("EXPLAIN (ANALYZE, BUFFERS"),
            "{said}"
        );
    }
}

#[test]
fn what_is_no_text_is_refused_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("a.out");
    std::fs::write(&binary, b"\x7fELF\0\0\0\0").unwrap();
    let output = read(&[binary.to_str().unwrap()], b"");
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("a.out: it is binary"), "{}", text(&output.stderr));
    let output = read(&["missing.txt"], b"");
    assert_eq!(output.status.code(), Some(3));
    // In a folder it is passed over.
    std::fs::copy(recorded("join.txt"), folder.path().join("join.txt")).unwrap();
    let output = read(&[folder.path().to_str().unwrap(), "--fail-on", "never"], b"");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("passed over"));
}

#[test]
fn any_encoding_and_any_line_ends() {
    let plan = std::fs::read_to_string(recorded("join.txt")).unwrap();
    let wide: Vec<u8> =
        std::iter::once(0xfeff).chain(plan.encode_utf16()).flat_map(|unit: u16| unit.to_le_bytes()).collect();
    let old = [plan.replace("orders", "Auftr\u{e4}ge").chars().map(|c| c as u8).collect::<Vec<u8>>(), vec![]].concat();
    for input in [wide, old, plan.replace('\n', "\r\n").into_bytes(), format!("\u{feff}{plan}").into_bytes()] {
        let output = read(&["--fail-on", "never"], &input);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains("10 operators"));
    }
}

#[test]
fn a_plan_cut_anywhere_is_a_partial_tree_or_a_clear_message() {
    for name in ["subplans.json", "join.txt"] {
        let plan = std::fs::read(recorded(name)).unwrap();
        for tenth in 1..10 {
            let output = read(&["--fail-on", "never"], &plan[..plan.len() * tenth / 10]);
            let code = output.status.code();
            assert!(code == Some(0) || code == Some(4), "{name} cut at {tenth}0 %: {code:?} {}", text(&output.stderr));
        }
    }
}

#[test]
fn every_format_carries_the_plan() {
    for (format, sign) in [
        ("text", "#2 Index Scan"),
        ("markdown", "#2 Index Scan"),
        ("html", "id=\"p1-n2\""),
        ("json", "\"customers_pkey\""),
        ("jsonl", "\"customers_pkey\""),
        ("sarif", "\"uri\": \"update.txt\""),
        ("github", "file=update.txt,line=1,"),
    ] {
        let output = read(&["update.txt", "--format", format], b"");
        let page = text(&output.stdout);
        assert!(page.contains(sign), "{format}: {page}");
    }
}

#[test]
fn literals_do_not_get_through_unless_asked_for() {
    for format in ["text", "json", "html", "markdown", "sarif"] {
        let page =
            |args: &[&str]| text(&read(&[&["subplans.json", "--all", "--format", format], args].concat(), b"").stdout);
        assert!(!page(&[]).contains("'open'::text"), "{format}");
        assert!(!page(&["--redact", "names"]).contains("customers_pkey"), "{format}");
    }
    assert!(text(&read(&["subplans.json", "--redact", "off"], b"").stdout).contains("'open'::text"));
}

#[test]
fn a_reader_that_stops_reading_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dbwright"))
        .args(["read", "deep.json", "--all", "--format", "json", "--fail-on", "never"])
        .current_dir(recorded(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

const SLOW: &str = "\
 QUERY PLAN
---------------------------------------------------------------------------------------------------------
 Seq Scan on orders  (cost=0.00..20834.00 rows=10 width=50) (actual time=0.512..121.300 rows=11 loops=1)
   Filter: ((customer_id = 42) AND (shop_id = 7))
   Rows Removed by Filter: 999989
 Planning Time: 0.080 ms
 Execution Time: 121.400 ms
(5 rows)
";

const TABLE: &str = "\
CREATE TABLE public.orders (
    id bigserial PRIMARY KEY,
    customer_id bigint NOT NULL,
    shop_id bigint NOT NULL,
    status text DEFAULT 'secret'
);
";

const SETTINGS: &str = "SHOW server_version;\n server_version \n----------------\n 16.4\n(1 row)\n";

/// The parts as files, and as one paste: both give the same finding, which is returned with the report.
fn joined(parts: &[&str]) -> (serde_json::Value, serde_json::Value) {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<String> = (0..parts.len()).map(|at| format!("{}/{at}.txt", folder.path().display())).collect();
    for (file, part) in files.iter().zip(parts) {
        std::fs::write(file, part).unwrap();
    }
    let mut args: Vec<&str> = files.iter().map(String::as_str).collect();
    args.extend(["--format", "json", "--fail-on", "never"]);
    let reports =
        [read(&args, b""), read(&["-", "--format", "json", "--fail-on", "never"], parts.join("\n").as_bytes())];
    let [files, paste] = reports.map(|output| {
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let page = text(&output.stdout);
        assert!(!page.contains("secret"), "{page}");
        serde_json::from_str::<serde_json::Value>(&page).unwrap()
    });
    assert_eq!(paste["not_read"].as_array().map(Vec::len), Some(0), "{paste}");
    assert_eq!(files["findings"][0]["fixes"], paste["findings"][0]["fixes"]);
    (paste["findings"][0].clone(), paste)
}

#[test]
fn a_plan_is_joined_with_what_stands_beside_it() {
    let (finding, report) = joined(&[SLOW, TABLE, SETTINGS]);
    let fix = finding["fixes"][0].to_string();
    assert!(fix.contains("ON public.orders (customer_id, shop_id)"), "the schema is the definition's: {fix}");
    assert!(report["server"].to_string().contains("16.4"), "{}", report["server"]);

    let there = "CREATE INDEX shops ON orders USING btree (shop_id, customer_id, status) WITH (fillfactor='90');\n";
    let (finding, _) = joined(&[SLOW, TABLE, there, SETTINGS]);
    assert!(
        finding.to_string().contains("shops") && !finding["fixes"].to_string().contains("CREATE INDEX"),
        "{finding}"
    );

    let shorter = "CREATE INDEX \"By customer\" ON orders (customer_id);\n";
    let (finding, _) = joined(&[shorter, SLOW, TABLE]);
    let fixes = finding["fixes"].to_string();
    assert!(fixes.contains("CREATE INDEX CONCURRENTLY") && fixes.contains("\\\"By customer\\\""), "{fixes}");

    // an index of other rows, or one nobody may use, changes nothing
    for other in ["(customer_id, shop_id) WHERE status = 'open'", "USING gin (customer_id, shop_id)"] {
        let (finding, _) = joined(&[SLOW, TABLE, &format!("CREATE INDEX other ON orders {other};\n")]);
        assert!(finding["fixes"].to_string().contains("CREATE INDEX CONCURRENTLY"), "{other}: {finding}");
    }
}

#[test]
fn psqls_description_of_a_table_tells_its_indexes() {
    let described = "                Table \"public.orders\"\n   Column    |  Type  | Collation | Nullable | Default \n\
        -------------+--------+-----------+----------+---------\n customer_id | bigint |           | not null | \n\
        Indexes:\n    \"there\" btree (customer_id, shop_id)\n";
    let (finding, _) = joined(&[SLOW, described]);
    assert!(
        finding.to_string().contains("there") && !finding["fixes"].to_string().contains("CREATE INDEX"),
        "{finding}"
    );
}

#[test]
fn the_query_above_a_plan_is_its_own() {
    let paste = format!(
        "explain analyze select *\nfrom orders where status = 'secret';\n\n{SLOW}\nselect 1 from shops;\n\n{SLOW}"
    );
    let output = read(&["-", "--format", "json", "--fail-on", "never"], paste.as_bytes());
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["plans"][0]["query"], "select * from orders where status = ?");
    assert_eq!(report["plans"][1]["query"], "select ? from shops");
}

#[test]
fn definitions_that_any_engine_understands_are_those_of_the_plan() {
    let plan = "-> Filter: ((Orders.Customer = 42))  (cost=100000 rows=100000) (actual time=0.1..900 rows=11 loops=1)\n    \
        -> Table scan on Orders  (cost=100000 rows=1000000) (actual time=0.1..800 rows=1000000 loops=1)\n";
    let table = "CREATE TABLE Orders (Id bigint PRIMARY KEY, Customer bigint);\nCREATE INDEX ByCustomer ON Orders (Customer);\n";
    let (finding, _) = joined(&[plan, table]);
    assert!(finding.to_string().contains("ByCustomer"), "{finding}");
    assert!(!finding["fixes"].to_string().contains("ADD INDEX"), "{finding}");
}

#[test]
fn definitions_alone_are_no_case() {
    let output = read(&["-"], TABLE.as_bytes());
    assert_eq!(output.status.code(), Some(4));
    assert!(text(&output.stderr).contains("-:1 is read, but there is no plan"), "{}", text(&output.stderr));
}

#[test]
fn a_query_above_a_plan_of_mysql_tells_the_tables_behind_its_aliases() {
    let paste = "EXPLAIN ANALYZE SELECT o.id FROM shop_orders o WHERE o.status = 'open';\n\
        -> Filter: (o.`status` = 'open')  (cost=100000 rows=100000) (actual time=0.1..900 rows=11 loops=1)\n    \
        -> Table scan on o  (cost=100000 rows=1000000) (actual time=0.1..800 rows=1000000 loops=1)\n";
    let (finding, _) = joined(&[paste]);
    let statement = finding["fixes"][0]["statement"].as_str().unwrap();
    assert!(statement.starts_with("ALTER TABLE shop_orders ADD INDEX"), "{statement}");
}
