use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Severity};

use super::{change, setting};

pub(super) const RULE: Rule = Rule {
    id: "full-page-writes-off",
    title: "Torn pages cannot be repaired",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Durability,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &[],
    wrong_when: "the file system writes pages whole (ZFS with a record size that fits; some cloud volumes say so)",
    do_not: "switch it off for speed: a longer checkpoint_timeout and wal_compression save the same log safely",
    lesson: include_str!("full_page_writes_off.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let effect = "a page half written when the machine crashes stays corrupt, and recovery does not notice";
    let fix = change::setting(case, "full_page_writes", "on")
        .cost("more log right after each checkpoint; take a new base backup");
    setting::is(case, "full_page_writes", "off", Severity::Error, effect, fix)
}

#[cfg(test)]
mod tests {
    use dbwright_model::{Finding, Settings};

    use super::super::bench::pg;
    use super::*;

    fn found(settings: Settings) -> Vec<Finding> {
        check(&pg(15).with(&settings)).unwrap()
    }

    #[test]
    fn fires_when_off() {
        assert_eq!(found(Settings::default().with("full_page_writes", "off"))[0].subject.name, "full_page_writes");
    }

    #[test]
    fn fires_beside_sound_settings() {
        assert_eq!(found(Settings::default().with("full_page_writes", "off").with("fsync", "on")).len(), 1);
    }

    #[test]
    fn silent_when_on() {
        assert!(found(Settings::default().with("full_page_writes", "on")).is_empty());
    }

    #[test]
    fn silent_when_unknown() {
        assert!(found(Settings::default().with("fsync", "off")).is_empty());
    }
}
