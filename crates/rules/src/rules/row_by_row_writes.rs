use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule};
use dbwright_workload::chatter::Kind;

use crate::chatter::{LOST, PART, code, findings, many};

pub(super) const RULE: Rule = Rule {
    id: "row-by-row-writes",
    title: "Rows are written one by one",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all; logs or traces with all statements",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&LOST, &PART],
    explains: &[],
    wrong_when: "the rows come one by one from outside, or each must succeed or fail by itself",
    do_not: "write without a transaction, or turn off flushing at commit, to make the loop faster",
    lesson: include_str!("row_by_row_writes.md"),
    check,
};

fn check(case: &Case) -> Checked {
    findings(case, Kind::RowByRow, |pattern| {
        let what = format!("{} writes of one row each, one after another", many(pattern));
        let sql = code(
            "one statement for many rows: INSERT … VALUES (…), (…), …, or COPY / LOAD DATA for thousands; an UPDATE joined to a list of values",
        );
        let orm = code(
            "in the ORM: insert_all / bulk_create / add_all with insertmanyvalues / hibernate.jdbc.batch_size / createMany, and one transaction around it",
        );
        (what, vec![sql, orm])
    })
}

#[cfg(test)]
mod tests {
    use dbwright_model::Severity;

    use super::*;
    use crate::chatter::example::loudness;

    const TURNS: &[&str] = &["insert into items (a, b) values (?, ...)"];

    #[test]
    fn fires_as_a_warning_when_it_takes_long() {
        assert_eq!(loudness(check, Kind::RowByRow, TURNS, 60), [Severity::Warn]);
    }

    #[test]
    fn fires_softly_when_nobody_notices() {
        assert_eq!(loudness(check, Kind::RowByRow, TURNS, 2), [Severity::Info]);
    }

    #[test]
    fn silent_on_look_ups() {
        assert_eq!(loudness(check, Kind::LookUps, TURNS, 60), []);
    }

    #[test]
    fn silent_on_reads_repeated() {
        assert_eq!(loudness(check, Kind::Repeated, TURNS, 60), []);
    }
}
