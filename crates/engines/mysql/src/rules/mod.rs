//! The rules only MySQL and MariaDB need: one rule a file, its lesson beside it.

use dbwright_model::Rule;

mod account;
mod anonymous_account;
mod any_host_account;
mod empty_password;
mod file_privilege;
mod password_equals_user;
mod remote_admin_account;
mod test_database;
mod weak_auth_plugin;

/// Their own rules.
pub static RULES: &[Rule] = &[
    anonymous_account::RULE,
    any_host_account::RULE,
    empty_password::RULE,
    file_privilege::RULE,
    password_equals_user::RULE,
    remote_admin_account::RULE,
    test_database::RULE,
    weak_auth_plugin::RULE,
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_rule_is_documented() {
        let problems: Vec<String> = super::RULES.iter().flat_map(dbwright_model::lesson::problems).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}
