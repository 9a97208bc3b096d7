use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule};
use dbwright_workload::chatter::Kind;

use crate::chatter::{LOST, PART, code, findings, many};

pub(super) const RULE: Rule = Rule {
    id: "select-then-insert",
    title: "Looked up first, then inserted",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs or traces with all statements",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&LOST, &PART],
    explains: &[],
    wrong_when: "the look-up decides about more than the insert",
    do_not: "rely on the look-up to keep rows unique: another session inserts between the two",
    lesson: include_str!("select_then_insert.md"),
    check,
};

fn check(case: &Case) -> Checked {
    findings(case, Kind::SelectThenInsert, |pattern| {
        let what = format!("a look-up before each insert into the same table, {} statements in a row", many(pattern));
        let upsert = code(
            "a unique key, and one statement: INSERT … ON CONFLICT (…) DO NOTHING (PostgreSQL), INSERT … ON DUPLICATE KEY UPDATE (MySQL, MariaDB), for many rows at once",
        );
        (what, vec![upsert])
    })
}

#[cfg(test)]
mod tests {
    use dbwright_model::Severity;

    use super::*;
    use crate::chatter::example::loudness;

    const TURNS: &[&str] = &["select id from tags where name = ?", "insert into tags (name) values (?)"];

    #[test]
    fn fires_as_a_warning_when_it_takes_long() {
        assert_eq!(loudness(check, Kind::SelectThenInsert, TURNS, 60), [Severity::Warn]);
    }

    #[test]
    fn fires_softly_when_nobody_notices() {
        assert_eq!(loudness(check, Kind::SelectThenInsert, TURNS, 2), [Severity::Info]);
    }

    #[test]
    fn silent_on_writes_alone() {
        assert_eq!(loudness(check, Kind::RowByRow, TURNS, 60), []);
    }

    #[test]
    fn silent_on_look_ups() {
        assert_eq!(loudness(check, Kind::LookUps, TURNS, 60), []);
    }
}
