use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Harm, Limit, NotEvaluated, Rule, Severity, Share, Subject,
};

use super::{change, redo_log_small};
use crate::sections::status::Status;

static SHARE: Limit<Share> =
    Limit { what: "share of the redo log", value: Share(0.75), source: "InnoDB flushes furiously from about 80 % on" };

pub(super) const RULE: Rule = Rule {
    id: "checkpoint-age-high",
    title: "The redo log is nearly full",
    engines: &[Engine::MySql],
    versions: "MariaDB 10.5+",
    area: Area::Durability,
    harm: Harm::Slowdown,
    limits: &[&SHARE],
    explains: &[],
    wrong_when: "a bulk load is running",
    do_not: "set innodb_flush_log_at_trx_commit to 0: the same pages must be written",
    lesson: include_str!("checkpoint_age_high.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let status = case.get::<Status>()?;
    let (Some(age), Some(max)) = (status.get("innodb_checkpoint_age"), status.get("innodb_checkpoint_max_age")) else {
        return Err(NotEvaluated::not_applicable("only MariaDB reports it"));
    };
    let Some(share) = Share::of(age, max).filter(|share| share.0 > SHARE.value.0) else { return Ok(vec![]) };
    let cause = format!(
        "the oldest unflushed change is {share} of the redo log back: beyond it every write waits until pages are on disk"
    );
    Ok(vec![
        Finding::new(Severity::Warn, Subject::setting("innodb_log_file_size"), cause)
            .measured("checkpoint age", Bytes(age as u64), "Innodb_checkpoint_age")
            .measured("limit", Bytes(max as u64), "Innodb_checkpoint_max_age")
            .fix(redo_log_small::resize(case, "innodb_log_file_size", max as u64 * 4))
            .fix(change::variable(case, "innodb_io_capacity", "2000"))
            .weight(share.0),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mysql, on_mariadb, week};
    use super::*;
    use dbwright_model::Settings;

    #[test]
    fn fires_above_three_quarters() {
        assert_eq!(
            on_mariadb(check, &[], &[("innodb_checkpoint_age", 8e7), ("innodb_checkpoint_max_age", 1e8)]).len(),
            1
        );
    }

    #[test]
    fn fires_when_nearly_full() {
        assert!(
            on_mariadb(check, &[], &[("innodb_checkpoint_age", 9.9e7), ("innodb_checkpoint_max_age", 1e8)])[0].weight
                > 0.9
        );
    }

    #[test]
    fn silent_below() {
        assert!(
            on_mariadb(check, &[], &[("innodb_checkpoint_age", 5e7), ("innodb_checkpoint_max_age", 1e8)]).is_empty()
        );
    }

    #[test]
    fn silent_where_it_is_not_reported() {
        assert!(check(&mysql(Settings::default(), week())).is_err());
    }
}
