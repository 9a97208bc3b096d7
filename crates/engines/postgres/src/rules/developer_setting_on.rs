use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Settings, Severity};

use super::{change, setting};

pub(super) const RULE: Rule = Rule {
    id: "developer-setting-on",
    title: "A setting made for rescuing corrupt data is on",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Durability,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &[],
    wrong_when: "somebody is copying what is left out of a damaged cluster right now",
    do_not: "leave them on so that errors go away: the errors were the warning",
    lesson: include_str!("developer_setting_on.md"),
    check,
};

/// Settings that hide damage or weaken the catalogs, and their safe value.
const DANGEROUS: &[(&str, &str)] = &[
    ("zero_damaged_pages", "damaged pages are emptied in memory and read as if they held nothing"),
    ("ignore_checksum_failure", "pages whose checksum is wrong are read as if they were sound"),
    ("ignore_invalid_pages", "recovery goes on over pages that are not there"),
    ("ignore_system_indexes", "every look at the catalog scans it from end to end"),
    ("allow_system_table_mods", "a mistake in a statement can change the catalogs themselves"),
];

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let on = DANGEROUS.iter().filter(|(name, _)| settings.is_on(name) == Some(true));
    Ok(on
        .map(|(name, effect)| {
            setting::finding(Severity::Error, name, "on", effect).fix(
                change::setting(case, name, "off")
                    .cost("ignore_system_indexes and ignore_invalid_pages take a restart"),
            )
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use dbwright_model::Finding;

    use super::super::bench::pg;
    use super::*;

    fn found(settings: Settings) -> Vec<Finding> {
        check(&pg(15).with(&settings)).unwrap()
    }

    #[test]
    fn fires_on_each() {
        assert_eq!(
            found(Settings::default().with("zero_damaged_pages", "on").with("ignore_checksum_failure", "on")).len(),
            2
        );
    }

    #[test]
    fn fires_with_the_setting_as_subject() {
        assert_eq!(
            found(Settings::default().with("allow_system_table_mods", "on"))[0].subject.name,
            "allow_system_table_mods"
        );
    }

    #[test]
    fn silent_when_off() {
        assert!(found(Settings::default().with("zero_damaged_pages", "off")).is_empty());
    }

    #[test]
    fn silent_on_other_settings() {
        assert!(found(Settings::default().with("ignore_checksum_failures_in_theory", "on")).is_empty());
    }
}
