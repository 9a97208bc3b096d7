use dbwright_model::finding::FixKind;
use dbwright_model::{Area, Case, Checked, Engine, Fix, Harm, Rule, Settings, Severity, Undo};

use super::{account, setting};
use crate::sections::accounts::Accounts;

pub(super) const RULE: Rule = Rule {
    id: "secure-file-priv-empty",
    title: "Files may be read and written anywhere on the server",
    engines: &[Engine::MySql],
    versions: "MySQL 5.7–9, MariaDB 10.4–12",
    area: Area::Security,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "jobs read or write files in more than one folder",
    do_not: "name the data directory or a folder of a web server",
    lesson: include_str!("secure_file_priv_empty.md"),
    check,
};

fn check(case: &Case) -> Checked {
    if case.get::<Settings>()?.text("secure_file_priv") != Some("") {
        return Ok(vec![]);
    }
    // The administrator on the machine itself has easier ways to its files.
    let accounts = case.get::<Accounts>()?;
    let able: Vec<String> = account::open(accounts)
        .filter(|account| account.file && (account.remote() || !account.admin()))
        .map(|account| account.shown())
        .collect();
    let Some(first) = able.first() else { return Ok(vec![]) };
    let others = if able.len() > 1 { format!(" and {} more", able.len() - 1) } else { String::new() };
    let cause = format!(
        "secure_file_priv is empty: {first}{others} with FILE may read and write wherever the server's system user may"
    );
    let value = if account::maria(case) { "/var/lib/mysql-files" } else { "NULL" };
    let cost = match value {
        "NULL" => "a restart; LOAD DATA INFILE, SELECT … INTO OUTFILE and LOAD_FILE are refused from then on",
        _ => {
            "a restart; make the folder first, owned by the server's system user: only files in there can be used from then on"
        }
    };
    Ok(vec![
        setting::finding(Severity::Info, "secure_file_priv", cause, "(empty)")
            .catalog("accounts with FILE", able.join(", "), "mysql.user.file_priv")
            .fix(
                Fix::of(
                    FixKind::Config,
                    format!("[mysqld]\nsecure_file_priv = {value}"),
                    Undo::Statement("[mysqld]\nsecure_file_priv = \"\"".into()),
                )
                .cost(cost)
                .verify("SELECT @@GLOBAL.secure_file_priv;"),
            ),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{account, accounts, admin, mariadb, mysql};
    use super::*;
    use crate::sections::accounts::Account;
    use dbwright_model::Finding;

    fn with(case: Case, value: &str, list: Vec<Account>) -> Vec<Finding> {
        check(&accounts(case.with(&Settings::default().with("secure_file_priv", value)), list)).unwrap()
    }

    #[test]
    fn fires_with_a_remote_administrator() {
        let found = with(mariadb(), "", vec![admin("boss", "10.%"), admin("root", "localhost")]);
        assert!(found[0].cause.contains("boss@10.% with FILE"));
        assert!(found[0].fixes[0].statement.contains("/var/lib/mysql-files"));
    }

    #[test]
    fn fires_with_an_application() {
        let file = Account { file: true, ..account("app", "localhost") };
        let found = with(mysql(dbwright_model::Version::new(8, 0, 36)), "", vec![file]);
        assert!(found[0].fixes[0].statement.ends_with("NULL"));
    }

    #[test]
    fn silent_with_the_local_administrator_only() {
        assert!(with(mariadb(), "", vec![admin("root", "localhost"), account("app", "%")]).is_empty());
    }

    #[test]
    fn silent_with_a_folder() {
        assert!(with(mariadb(), "/var/lib/mysql-files/", vec![admin("boss", "10.%")]).is_empty());
    }
}
