use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Settings, Severity};

use super::{change, setting};

pub(super) const RULE: Rule = Rule {
    id: "doublewrite-off",
    title: "Torn pages cannot be repaired",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Durability,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &[],
    wrong_when: "the storage writes 16 kB pages whole (some flash, ZFS with fitting records)",
    do_not: "switch it off for benchmarks and leave it",
    lesson: include_str!("doublewrite_off.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    if !matches!(settings.text("innodb_doublewrite").map(str::to_ascii_uppercase).as_deref(), Some("OFF" | "0")) {
        return Ok(vec![]);
    }
    let value = settings.text("innodb_doublewrite").unwrap_or_default().to_owned();
    Ok(vec![
        setting::finding(Severity::Error, "innodb_doublewrite", format!("innodb_doublewrite is {value}: a page half written when the machine crashes stays corrupt, and the table with it"), value)
            .fix(change::at_restart(case, "innodb_doublewrite", "ON")),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{on_mariadb, on_mysql};
    use super::*;

    #[test]
    fn fires_when_off() {
        assert_eq!(on_mysql(check, &[("innodb_doublewrite", "OFF")], &[])[0].subject.name, "innodb_doublewrite");
    }

    #[test]
    fn fires_when_zero() {
        assert_eq!(on_mariadb(check, &[("innodb_doublewrite", "0")], &[]).len(), 1);
    }

    #[test]
    fn silent_when_on() {
        assert!(on_mysql(check, &[("innodb_doublewrite", "ON")], &[]).is_empty());
    }

    #[test]
    fn silent_when_it_detects_only() {
        assert!(on_mysql(check, &[("innodb_doublewrite", "DETECT_AND_RECOVER")], &[]).is_empty());
    }
}
