use dbwright_model::log::Costs;

use super::*;
use crate::log::heard::{self, Heard};

/// What a sink is told of single statements.
#[derive(Default)]
struct Told(Vec<(Option<i64>, Option<u64>, String, Statement<'static>)>);

impl Sink for Told {
    fn event(&mut self, event: &Event<'_>) {
        if let What::Statement(statement) = event.what {
            let words = [event.user, event.client, event.database].map(String::from_utf8_lossy).join("|");
            let statement = Statement { said: Said::default(), parameters: b"", ..statement };
            self.0.push((event.at, event.session, words, statement));
        }
    }

    fn lines(&mut self, _count: u64) {}

    fn missed(&mut self, line: &[u8]) {
        panic!("{}", String::from_utf8_lossy(line));
    }
}

fn told(text: &str) -> Vec<(Option<i64>, Option<u64>, String, Statement<'static>)> {
    let mut told = Told::default();
    SlowLog.read(text.as_bytes(), &Context::default(), &mut told);
    told.0
}

fn read(text: &str) -> Heard {
    heard::all(&SlowLog, text.as_bytes())
}

#[test]
fn every_field_of_every_server() {
    let percona = told(PERCONA);
    let (at, session, words, statement) = &percona[0];
    assert_eq!(
        (*at, *session, words.as_str()),
        (Some(1_370_073_666_000_000 + 7_725_616), Some(42), "root|localhost|imdb")
    );
    let costs = Costs {
        rows: Some(4),
        examined: Some(1_543_720),
        changed: Some(0),
        lock_wait: Some(328_000),
        sent: Some(272),
        pages: Some(6430 * 16384),
        pages_read: Some(105_103_360),
        spilled: None,
        disk_temp_tables: Some(0),
        without_index: Some(true),
    };
    assert_eq!((statement.duration, statement.costs), (Some(7_725_616_000), costs));
    assert_eq!(percona.iter().map(|told| told.3.one_of).collect::<Vec<_>>(), [None, None, Some(10), Some(10), None]);
    assert_eq!(percona.iter().map(|told| told.3.failed).collect::<Vec<_>>(), [false, false, true, false, false]);
    assert_eq!(percona[2].2, "app|web1|other db");
    assert_eq!(percona[2].0, Some(1_370_073_800_250_000 + 51_000_420));

    let old = told(OLD);
    let words: Vec<&str> = old.iter().map(|told| told.2.as_str()).collect();
    assert_eq!(
        words,
        ["rdsadmin|localhost|", "web|172.31.4.9|shop", "web|172.31.4.9|shop", "SQL_SLAVE||", "copy|replica.internal|"]
    );
    assert_eq!(old[2].3.costs.lock_wait, None);
    assert_eq!(read(OLD).statements[1], "select *\nfrom orders\n\nwhere note like '%;\n%'");
    assert_eq!(read(OLD).statements[4], "administrator command: Binlog Dump");
}

#[test]
fn errors_are_told_with_their_statement() {
    assert_eq!(read(PERCONA).happenings, [("lock-timeout", "1205".into(), String::new())]);
    let mut kinds: Vec<(&str, String)> = read(MYSQL).happenings.into_iter().map(|told| (told.0, told.1)).collect();
    kinds.sort();
    kinds.dedup();
    let expected =
        [("cancelled", "1317"), ("deadlock", "1213"), ("no-such-column", "1054"), ("unique-violation", "1062")];
    for (class, code) in expected.into_iter().chain([("lock-timeout", "1205"), ("statement-timeout", "3024")]) {
        assert!(kinds.contains(&(class, code.into())), "{class} {code}: {kinds:?}");
    }
}

#[test]
fn a_plan_is_no_second_statement() {
    let heard = read(MARIADB);
    assert_eq!(heard.plans, MARIADB.matches("\n# explain: id\t").count());
    assert!(heard.plans > 20);
}

#[test]
fn what_is_seen_of_a_log() {
    let seen = |text: &str| detect(text.as_bytes()).map(|found| (found.detail, found.understood));
    assert_eq!(seen(MARIADB), Some(("statements of 10.11.19 (MariaDB)-0+deb12u1-log".into(), 1.0)));
    assert_eq!(seen(OLD), Some(("statements of MySQL 5.6.51-log".into(), 1.0)));
    assert_eq!(seen(PERCONA).unwrap().0, "statements of MySQL 5.7.44-48-log, of which one in 10 was logged");
    let without_banner = |text: &str| seen(&text.replace(", Version: ", " ")).unwrap().0;
    assert_eq!(without_banner(MARIADB), "statements of MariaDB");
    assert_eq!(without_banner(MYSQL), "statements of MySQL");
    assert_eq!(without_banner(PERCONA), "statements of Percona Server, of which one in 10 was logged");
    for foreign in ["", "\n", "select 1;\n", "# Time: \n", "2026-11-24 16:13:46.649 UTC [7] LOG:  duration: 1 ms\n"] {
        assert_eq!(seen(foreign), None);
    }
    // A sample ends where it ends.
    for end in (2000..MARIADB.len()).step_by(997) {
        assert_eq!(detect(&MARIADB.as_bytes()[..end]).unwrap().understood, 1.0, "{end}");
    }
}

const MARIADB: &str = include_str!("../../../tests/logs/slow-mariadb-10.11.log");
const MYSQL: &str = include_str!("../../../tests/logs/slow-mysql-9.log");
const PERCONA: &str = include_str!("../../../tests/logs/slow-percona-written.log");
const OLD: &str = include_str!("../../../tests/logs/slow-mysql-5.6-written.log");
const ALL: [&str; 4] = [MARIADB, MYSQL, PERCONA, OLD];

#[test]
fn counts_and_time_are_those_of_another_count() {
    for log in ALL {
        // A head's line, not one of a literal: the fixtures hold one that looks like it.
        let times = log.lines().filter_map(|line| line.strip_prefix("# Query_time: "));
        let times: Vec<u64> = times
            .map(|line| {
                let (seconds, decimals) = line.split_whitespace().next().unwrap().split_once('.').unwrap();
                seconds.parse::<u64>().unwrap() * 1_000_000_000 + decimals.parse::<u64>().unwrap() * 1000
            })
            .collect();
        let heard = read(log);
        assert_eq!(heard.statements.len(), times.len());
        assert_eq!(heard.total, times.iter().sum::<u64>());
        assert_eq!(heard.lines, log.lines().filter(|line| !line.trim().is_empty()).count() as u64);
        assert_eq!(heard.missed, Vec::<String>::new());
    }
}

#[test]
fn cut_anywhere_between_records_it_says_the_same() {
    for log in ALL {
        let whole = read(log);
        for size in [7, 256, 1000, 5000, 20_000] {
            assert!(heard::pieces(&SlowLog, log.as_bytes(), size) == whole, "{size}");
        }
    }
}

#[test]
fn a_damaged_record_costs_itself_only() {
    for log in ALL {
        let whole = read(log).statements;
        let bytes = log.as_bytes();
        for start in (0..bytes.len()).step_by(409) {
            let mut cut = bytes[..start].to_vec();
            cut.extend_from_slice(&bytes[(start + 150).min(bytes.len())..]);
            let left = heard::all(&SlowLog, &cut).statements;
            let same = whole.iter().zip(&left).take_while(|(whole, left)| whole == left).count();
            let rest = whole.iter().rev().zip(left.iter().rev()).take_while(|(whole, left)| whole == left).count();
            assert!(same + rest + 3 >= whole.len(), "cut at {start}: {same} + {rest} of {}", whole.len());
        }
    }
}

#[test]
fn other_ends_of_lines_and_blank_lines_between_records() {
    for log in ALL {
        let whole = read(log);
        let windows = read(&log.replace('\n', "\r\n"));
        assert_eq!((windows.statements.len(), windows.total), (whole.statements.len(), whole.total));
        assert_eq!(windows.missed, Vec::<String>::new());
        let spaced = read(&log.replace("\n# Time: ", "\n\n# Time: "));
        assert_eq!((spaced.statements, spaced.total), (whole.statements, whole.total));
    }
}

#[test]
fn a_log_that_was_told_to_be_short() {
    let log = "# Query_time: 1.000000  Lock_time: 0.000000 Rows_sent: 1  Rows_examined: 2\nSET timestamp=1795536816;\n\
               select 1;\n# Query_time: 2.5  Lock_time: 0.000000 Rows_sent: 1  Rows_examined: 2\nuse shop;\n\
               SET timestamp=1795536820;\nselect\n# Query_time: 7 is no head\n2";
    let heard = read(log);
    assert_eq!(heard.statements, ["select 1", "select\n# Query_time: 7 is no head\n2"]);
    assert_eq!(heard.total, 3_500_000_000);
    assert_eq!(told(log)[1].2, "||shop");
    assert_eq!(told(log)[1].0, Some(1_795_536_822_500_000));
}
