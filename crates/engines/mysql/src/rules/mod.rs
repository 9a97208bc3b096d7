//! The rules only MySQL and MariaDB need: one rule a file, its lesson beside it.

mod account;
mod anonymous_account;
mod any_host_account;
mod collation_mismatch;
mod empty_password;
mod file_privilege;
#[cfg(test)]
mod fixtures;
mod hidden_index_left;
mod legacy_charset;
mod local_infile_on;
mod non_innodb_table;
mod old_tls_protocol;
mod password_equals_user;
mod remote_admin_account;
mod row_format_old;
mod secure_file_priv_empty;
mod table_fragmented;
mod test_database;
mod tls_not_required;
mod uuid_as_char_key;
mod weak_auth_plugin;
mod wide_primary_key;
mod width;

use dbwright_model::Rule;

/// Their own rules.
pub static RULES: &[Rule] = &[
    anonymous_account::RULE,
    any_host_account::RULE,
    collation_mismatch::RULE,
    empty_password::RULE,
    file_privilege::RULE,
    hidden_index_left::RULE,
    legacy_charset::RULE,
    local_infile_on::RULE,
    non_innodb_table::RULE,
    old_tls_protocol::RULE,
    password_equals_user::RULE,
    remote_admin_account::RULE,
    row_format_old::RULE,
    secure_file_priv_empty::RULE,
    table_fragmented::RULE,
    test_database::RULE,
    tls_not_required::RULE,
    uuid_as_char_key::RULE,
    weak_auth_plugin::RULE,
    wide_primary_key::RULE,
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_rule_is_documented() {
        let problems: Vec<String> = super::RULES.iter().flat_map(dbwright_model::lesson::problems).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}
