//! The rules only MySQL and MariaDB need: one rule a file, its lesson beside it.

mod account;
mod anonymous_account;
mod empty_password;
#[cfg(test)]
mod fixtures;
mod password_equals_user;

use dbwright_model::Rule;

/// Their own rules.
pub static RULES: &[Rule] = &[anonymous_account::RULE, empty_password::RULE, password_equals_user::RULE];

#[cfg(test)]
mod tests {
    #[test]
    fn every_rule_is_documented() {
        let problems: Vec<String> = super::RULES.iter().flat_map(dbwright_model::lesson::problems).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}
