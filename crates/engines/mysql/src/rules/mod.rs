//! The rules only MySQL and MariaDB need: one rule a file, its lesson beside it.

use dbwright_model::Rule;

/// Their own rules.
pub static RULES: &[Rule] = &[];

#[cfg(test)]
mod tests {
    #[test]
    fn every_rule_is_documented() {
        let problems: Vec<String> = super::RULES.iter().flat_map(dbwright_model::lesson::problems).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}
