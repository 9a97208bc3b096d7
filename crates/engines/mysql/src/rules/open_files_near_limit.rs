use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule, Settings, Severity, Share, Subject,
};

use super::change;
use crate::sections::status::Status;

static SHARE: Limit<Share> =
    Limit { what: "share of file handles in use", value: Share(0.85), source: "MySQLTuner, tuning-primer: 85 %" };

pub(super) const RULE: Rule = Rule {
    id: "open-files-near-limit",
    title: "Nearly all file handles are in use",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Connections,
    harm: Harm::Outage,
    limits: &[&SHARE],
    explains: &[],
    wrong_when: "the limit was lowered on purpose",
    do_not: "lower table_open_cache to hide it",
    lesson: include_str!("open_files_near_limit.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let status = case.get::<Status>()?;
    let limit = case.get::<Settings>()?.number("open_files_limit").unwrap_or(0.0);
    let open = status.get("open_files").unwrap_or(0.0);
    let Some(share) = Share::of(open, limit).filter(|share| share.0 > SHARE.value.0) else { return Ok(vec![]) };
    let cause =
        format!("{open} of {limit} files are open ({share}): beyond it tables cannot be opened and statements fail");
    Ok(vec![
        Finding::new(Severity::Warn, Subject::setting("open_files_limit"), cause)
            .measured("open files", Count(open as u64), "Open_files")
            .catalog("open_files_limit", Count(limit as u64), "SHOW GLOBAL VARIABLES")
            .fix(
                change::at_restart(case, "open_files_limit", "65535")
                    .cost("a restart; systemd's LimitNOFILE must allow it"),
            )
            .weight(share.0),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::on_mysql;
    use super::*;

    #[test]
    fn fires_near_the_limit() {
        assert_eq!(on_mysql(check, &[("open_files_limit", "1000")], &[("open_files", 900.0)]).len(), 1);
    }

    #[test]
    fn fires_at_the_limit() {
        assert_eq!(
            on_mysql(check, &[("open_files_limit", "1000")], &[("open_files", 1000.0)])[0].subject.name,
            "open_files_limit"
        );
    }

    #[test]
    fn silent_below() {
        assert!(on_mysql(check, &[("open_files_limit", "1000")], &[("open_files", 800.0)]).is_empty());
    }

    #[test]
    fn silent_when_the_limit_is_unknown() {
        assert!(on_mysql(check, &[], &[("open_files", 800.0)]).is_empty());
    }
}
