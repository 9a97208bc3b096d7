use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, NotEvaluated, Rule, Severity, Subject, Undo, Why,
};

use crate::sections::status::Status;

static WARN: Limit<Count> =
    Limit { what: "history list length (warn)", value: Count(100_000), source: "MySQLTuner; RDS recommendations" };
static ERROR: Limit<Count> = Limit {
    what: "history list length (error)",
    value: Count(1_000_000),
    source: "RDS: performance suffers for certain",
};

pub(super) const RULE: Rule = Rule {
    id: "history-list-long",
    title: "Old row versions pile up",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Vacuum,
    harm: Harm::Slowdown,
    limits: &[&WARN, &ERROR],
    explains: &[],
    wrong_when: "a long report is about to end",
    do_not: "restart the server: the versions must still be purged, and a big rollback starts over",
    lesson: include_str!("history_list_long.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let status = case.get::<Status>()?;
    let Some(length) = status.get("innodb_history_list_length") else {
        return Err(NotEvaluated::new(Why::Privilege, "the history list length is not among the counters"));
    };
    let severity = match length {
        length if length >= ERROR.value.0 as f64 => Severity::Error,
        length if length >= WARN.value.0 as f64 => Severity::Warn,
        _ => return Ok(vec![]),
    };
    let length = Count(length as u64);
    let cause = format!(
        "{length} transactions wait to be purged: every read walks over the versions they left, and undo files grow"
    );
    Ok(vec![
        Finding::new(severity, Subject::server(), cause)
            .measured("history list length", length, "Innodb_history_list_length, trx_rseg_history_len")
            .fix(
                Fix::sql(
                    "SELECT trx_mysql_thread_id, trx_started, trx_rows_modified FROM information_schema.innodb_trx ORDER BY trx_started LIMIT 5;",
                    Undo::NotNeeded("it only reads".into()),
                )
                .cost("shows the oldest transaction: end it (KILL), then purge catches up by itself"),
            )
            .weight(length.0 as f64),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mysql, on_mysql, week};
    use super::*;
    use dbwright_model::Settings;

    #[test]
    fn fires_at_a_hundred_thousand() {
        assert_eq!(on_mysql(check, &[], &[("innodb_history_list_length", 150000.0)])[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_as_error_at_a_million() {
        assert_eq!(on_mysql(check, &[], &[("innodb_history_list_length", 2e6)])[0].severity, Severity::Error);
    }

    #[test]
    fn silent_when_purge_keeps_up() {
        assert!(on_mysql(check, &[], &[("innodb_history_list_length", 2000.0)]).is_empty());
    }

    #[test]
    fn silent_when_unknown() {
        assert!(check(&mysql(Settings::default(), week())).is_err());
    }
}
