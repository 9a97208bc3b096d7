use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Fix, Harm, Limit, Product, Rule, Sample, Seconds, Settings, Severity,
    Subject,
};

use super::change;
use crate::sections::status::Status;

static WINDOW: Limit<Seconds> = Limit {
    what: "the counters are at least so old",
    value: Seconds::days(1.0),
    source: "load differs by the hour; capacity for an hour of it as MySQLTuner 2 and Oracle advise",
};

pub(super) const RULE: Rule = Rule {
    id: "redo-log-small",
    title: "The redo log is small for what is written",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Durability,
    harm: Harm::Slowdown,
    limits: &[&WINDOW],
    explains: &[],
    wrong_when: "the hour of the peak is a bulk load that does not come again",
    do_not: "make it huge: recovery after a crash reads it",
    lesson: include_str!("redo_log_small.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let status = case.get::<Status>()?;
    let window = status.at_least(WINDOW.value)?;
    let Some(written) = status.get("innodb_os_log_written") else { return Ok(vec![]) };
    let settings = case.get::<Settings>()?;
    let files = settings.number("innodb_log_files_in_group").unwrap_or(1.0).max(1.0);
    let modern = settings.bytes("innodb_redo_log_capacity").filter(|_| case.server.product == Product::MySQL);
    let capacity =
        modern.or_else(|| settings.bytes("innodb_log_file_size").map(|size| Bytes((size.0 as f64 * files) as u64)));
    let rate = case
        .get::<Sample>()
        .ok()
        .and_then(|sample| sample.rate("innodb_os_log_written"))
        .map_or(written / window.0, |rate| rate.0);
    let hour = Bytes((rate * 3600.0) as u64);
    let Some(capacity) = capacity.filter(|capacity| capacity.0 < hour.0 && hour.0 > Bytes::mib(100).0) else {
        return Ok(vec![]);
    };
    let value = hour.0.next_multiple_of(1 << 30).min(16 << 30);
    let cause = format!(
        "an hour writes {hour} of log into {capacity}: pages must be flushed early to make room, and writes stall when that is too slow"
    );
    let name = match case.server.product {
        Product::MySQL => "innodb_redo_log_capacity",
        _ => "innodb_log_file_size",
    };
    Ok(vec![
        Finding::new(Severity::Warn, Subject::setting(name), cause)
            .measured("log written in an hour", hour, "Innodb_os_log_written")
            .catalog("capacity", capacity, "SHOW GLOBAL VARIABLES")
            .fix(resize(case, name, value))
            .weight(hour.0 as f64 / capacity.0.max(1) as f64),
    ])
}

/// The log made that big; MariaDB before 10.9 does so at a restart only.
pub(super) fn resize(case: &Case, name: &str, bytes: u64) -> Fix {
    let live = case.server.product == Product::MySQL || case.server.version.at_least(10, 9);
    let change = if live { change::variable } else { change::at_restart };
    change(case, name, &bytes.to_string()).also_costs("more disk, and a longer recovery after a crash")
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mysql, on_mariadb, on_mysql};
    use super::*;

    #[test]
    fn fires_when_an_hour_does_not_fit() {
        assert_eq!(
            on_mysql(check, &[("innodb_redo_log_capacity", "104857600")], &[("innodb_os_log_written", 3e11)])[0]
                .subject
                .name,
            "innodb_redo_log_capacity"
        );
    }

    #[test]
    fn fires_on_mariadb_by_its_own_variable() {
        let found = on_mariadb(check, &[("innodb_log_file_size", "100663296")], &[("innodb_os_log_written", 3e11)]);
        assert!(found[0].fixes[0].statement.starts_with("SET GLOBAL innodb_log_file_size"));
    }

    #[test]
    fn silent_when_it_fits() {
        assert!(
            on_mysql(check, &[("innodb_redo_log_capacity", "4294967296")], &[("innodb_os_log_written", 3e11)])
                .is_empty()
        );
    }

    #[test]
    fn silent_while_the_counters_are_young() {
        assert!(check(&mysql(Settings::default(), Status::default().with("uptime", 600.0))).is_err());
    }
}
