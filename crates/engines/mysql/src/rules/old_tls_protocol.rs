use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Engine, Fix, Harm, Rule, Settings, Severity, Undo, Version};

use super::{account, change, setting};

pub(super) const RULE: Rule = Rule {
    id: "old-tls-protocol",
    title: "Versions of TLS are allowed that are long broken",
    engines: &[Engine::MySql],
    versions: "MySQL 5.7–8.0.27, MariaDB 10.4–12",
    area: Area::Security,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "the TLS library of the machine refuses them anyway, as OpenSSL 3 does at its usual security level",
    do_not: "leave only TLSv1.3 while clients with older libraries connect",
    lesson: include_str!("old_tls_protocol.md"),
    check,
};

/// The variable counts from then on.
const RELOAD: &str = " ALTER INSTANCE RELOAD TLS;";

fn check(case: &Case) -> Checked {
    let Some(value) = case.get::<Settings>()?.text("tls_version") else { return Ok(vec![]) };
    let (old, good): (Vec<&str>, Vec<&str>) = value
        .split(',')
        .map(str::trim)
        .filter(|one| !one.is_empty())
        .partition(|one| matches!(one.to_ascii_lowercase().as_str(), "tlsv1" | "tlsv1.0" | "tlsv1.1"));
    if old.is_empty() {
        return Ok(vec![]);
    }
    let severity = if account::reachable(case) { Severity::Warn } else { Severity::Info };
    let cause = format!(
        "tls_version allows {}, which were withdrawn in 2021: old clients use them unnoticed",
        old.join(" and ")
    );
    let good = if good.is_empty() { "TLSv1.2".to_owned() } else { good.join(",") };
    let verify = "SELECT @@GLOBAL.tls_version;";
    let fix = if !account::maria(case) && case.server.version >= Version::new(8, 0, 16) {
        let mut fix = change::variable(case, "tls_version", &format!("'{good}'"));
        if let (FixKind::Sql, Undo::Statement(back)) = (fix.kind, &mut fix.undo) {
            fix.statement.push_str(RELOAD);
            back.push_str(RELOAD);
        }
        fix.lock("none; connections that are open go on")
    } else {
        Fix::of(
            FixKind::Config,
            format!("[mysqld]\ntls_version = {good}"),
            Undo::Statement(format!("[mysqld]\ntls_version = {value}")),
        )
        .cost("a restart")
    };
    Ok(vec![setting::finding(severity, "tls_version", cause, value).fix(fix.verify(verify))])
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{mariadb, mysql};
    use super::*;
    use dbwright_model::Finding;

    fn with(case: Case, value: &str) -> Vec<Finding> {
        check(&case.with(&Settings::default().with("tls_version", value))).unwrap()
    }

    #[test]
    fn fires_on_mysql() {
        let found = with(mysql(Version::new(8, 0, 20)), "TLSv1,TLSv1.1,TLSv1.2");
        assert_eq!(found[0].fixes[0].statement, "SET PERSIST tls_version = 'TLSv1.2'; ALTER INSTANCE RELOAD TLS;");
        assert!(found[0].cause.contains("TLSv1 and TLSv1.1"));
    }

    #[test]
    fn fires_on_mariadb_and_keeps_what_is_good() {
        let found = with(mariadb(), "TLSv1.1, TLSv1.2, TLSv1.3");
        assert_eq!(found[0].fixes[0].statement, "[mysqld]\ntls_version = TLSv1.2,TLSv1.3");
    }

    #[test]
    fn silent_on_new_ones() {
        assert!(with(mariadb(), "TLSv1.2,TLSv1.3").is_empty());
    }

    #[test]
    fn silent_without_tls() {
        assert!(with(mysql(Version::new(8, 4, 0)), "").is_empty());
    }
}
