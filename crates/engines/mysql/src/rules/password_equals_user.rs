use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule, Severity};

use super::account;
use crate::sections::accounts::Accounts;

pub(super) const RULE: Rule = Rule {
    id: "password-equals-user",
    title: "A password can be guessed at once",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0 and later, MariaDB 10.4 and later",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &[],
    wrong_when: "the account lives only in a throw-away test server",
    do_not: "append a digit to it: programs that guess try that next",
    lesson: include_str!("password_equals_user.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let accounts = &case.get::<Accounts>()?.accounts;
    let findings = accounts.iter().filter(|account| !account.locked && account.guessable == Some(true));
    Ok(findings
        .map(|account| {
            let cause =
                format!("the password of {} is its own name or one of the first that anybody tries", account.shown());
            let severity = if account.remote() || account.admin() { Severity::Error } else { Severity::Warn };
            Finding::new(severity, account::subject(account), cause)
                .measured("guessed", "yes", "the stored hash, compared with those of the name and of famous passwords")
                .fix(account::shut(case, account))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::account::tests::{look, made};
    use super::*;

    #[test]
    fn fires_when_guessed() {
        let found = look(check, made("app", "%", |account| account.guessable = Some(true)));
        assert_eq!((found[0].severity, found[0].subject.name.as_str()), (Severity::Error, "app@%"));
    }

    #[test]
    fn fires_as_a_warning_on_the_machine_itself() {
        assert_eq!(
            look(check, made("app", "localhost", |account| account.guessable = Some(true)))[0].severity,
            Severity::Warn
        );
    }

    #[test]
    fn silent_when_not_guessed_or_not_checked() {
        assert!(look(check, made("app", "%", |account| account.guessable = Some(false))).is_empty());
        assert!(look(check, made("app", "%", |account| account.guessable = None)).is_empty());
    }

    #[test]
    fn silent_when_locked() {
        assert!(
            look(check, made("app", "%", |account| (account.guessable, account.locked) = (Some(true), true)))
                .is_empty()
        );
    }
}
