use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Severity};

use super::{change, setting};

pub(super) const RULE: Rule = Rule {
    id: "fsync-off",
    title: "Commits are not forced to disk",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Durability,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &[],
    wrong_when: "the whole cluster can be thrown away and loaded again (a CI database, a first bulk load)",
    do_not: "set synchronous_commit = off for speed in the belief that it is the same: that loses the last commits, fsync = off loses the cluster",
    lesson: include_str!("fsync_off.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let fix = change::setting(case, "fsync", "on").cost(
        "commits wait for the disk again; take a new base backup afterwards: an earlier crash may have left damage",
    );
    let effect = "a crash of the machine can corrupt the whole cluster beyond repair";
    setting::is(case, "fsync", "off", Severity::Error, effect, fix)
}

#[cfg(test)]
mod tests {
    use dbwright_model::{Finding, Settings, Subject};

    use super::super::bench::pg;
    use super::*;

    fn findings(settings: Settings) -> Vec<Finding> {
        check(&pg(15).with(&settings)).unwrap()
    }

    #[test]
    fn fires_when_off() {
        let found = findings(Settings::default().with("fsync", "off"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].subject, Subject::setting("fsync"));
    }

    #[test]
    fn fires_whatever_the_other_settings() {
        assert_eq!(findings(Settings::default().with("fsync", "off").with("synchronous_commit", "on")).len(), 1);
    }

    #[test]
    fn silent_when_on() {
        assert!(findings(Settings::default().with("fsync", "on")).is_empty());
    }

    #[test]
    fn silent_when_only_synchronous_commit_is_off() {
        assert!(findings(Settings::default().with("fsync", "on").with("synchronous_commit", "off")).is_empty());
    }
}
