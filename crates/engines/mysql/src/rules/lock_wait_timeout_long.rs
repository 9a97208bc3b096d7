use dbwright_model::{Area, Case, Checked, Engine, Harm, Limit, Rule, Seconds, Settings, Severity};

use super::{change, setting};

static LONG: Limit<Seconds> =
    Limit { what: "innodb_lock_wait_timeout above", value: Seconds(120.0), source: "pt-variable-advisor" };

pub(super) const RULE: Rule = Rule {
    id: "lock-wait-timeout-long",
    title: "Sessions wait very long for a row",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Locks,
    harm: Harm::Slowdown,
    limits: &[&LONG],
    explains: &[],
    wrong_when: "long batches wait for each other on purpose",
    do_not: "raise it when lock wait timeouts are counted: shorten the transactions that hold the rows",
    lesson: include_str!("lock_wait_timeout_long.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let Some(wait) = settings.number("innodb_lock_wait_timeout").map(Seconds).filter(|wait| wait.0 > LONG.value.0)
    else {
        return Ok(vec![]);
    };
    let cause = format!(
        "innodb_lock_wait_timeout is {wait}: whoever waits for a row keeps its connection, and its own locks, for so long"
    );
    Ok(vec![
        setting::finding(Severity::Info, "innodb_lock_wait_timeout", cause, wait).fix(
            change::variable(case, "innodb_lock_wait_timeout", "50")
                .also_costs("new sessions; set it higher in the session of a batch that needs it"),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{on_mariadb, on_mysql};
    use super::*;

    #[test]
    fn fires_above_two_minutes() {
        assert_eq!(
            on_mysql(check, &[("innodb_lock_wait_timeout", "600")], &[])[0].subject.name,
            "innodb_lock_wait_timeout"
        );
    }

    #[test]
    fn fires_at_an_hour() {
        assert_eq!(on_mariadb(check, &[("innodb_lock_wait_timeout", "3600")], &[]).len(), 1);
    }

    #[test]
    fn silent_at_the_default() {
        assert!(on_mysql(check, &[("innodb_lock_wait_timeout", "50")], &[]).is_empty());
    }

    #[test]
    fn silent_at_the_limit() {
        assert!(on_mariadb(check, &[("innodb_lock_wait_timeout", "120")], &[]).is_empty());
    }
}
