use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Settings, Severity};

use super::{change, setting};
use crate::sections::replication::Replication;

pub(super) const RULE: Rule = Rule {
    id: "replica-errors-skipped",
    title: "Replication errors are skipped",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Replication,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &[],
    wrong_when: "it is set for one known error during a repair",
    do_not: "skip more: every skipped error is a difference",
    lesson: include_str!("replica_errors_skipped.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let replication = case.get::<Replication>()?;
    let settings = case.get::<Settings>()?;
    let skipped =
        ["replica_skip_errors", "slave_skip_errors"].into_iter().find_map(|name| Some((name, settings.text(name)?)));
    let Some((name, value)) = skipped.filter(|(_, value)| !value.is_empty() && !value.eq_ignore_ascii_case("OFF"))
    else {
        return Ok(vec![]);
    };
    if replication.channels.is_empty() {
        return Ok(vec![]);
    }
    let cause = format!(
        "{name} is {value}: changes that cannot be applied are left out, and this server differs from its source without a word"
    );
    Ok(vec![
        setting::finding(Severity::Error, name, cause, value).fix(
            change::at_restart(case, name, "OFF")
                .cost("a restart; compare the data with a checksum tool, or build the replica anew"),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mysql, set};
    use super::*;
    use crate::sections::replication::Channel;
    use crate::sections::status::Status;
    use dbwright_model::Finding;

    fn found(channel: Channel) -> Vec<Finding> {
        let case = mysql(set("slave_skip_errors", "1062"), Status::default());
        check(&case.with(&Replication { channels: vec![channel], ..Replication::default() })).unwrap()
    }

    #[test]
    fn fires_when_errors_are_skipped() {
        assert_eq!(found(Channel::default())[0].severity, Severity::Error);
    }

    #[test]
    fn fires_on_all() {
        assert_eq!(
            check(
                &mysql(set("replica_skip_errors", "ALL"), Status::default())
                    .with(&Replication { channels: vec![Channel::default()], ..Replication::default() })
            )
            .unwrap()
            .len(),
            1
        );
    }

    #[test]
    fn silent_when_off() {
        assert!(
            check(
                &mysql(set("slave_skip_errors", "OFF"), Status::default())
                    .with(&Replication { channels: vec![Channel::default()], ..Replication::default() })
            )
            .unwrap()
            .is_empty()
        );
    }

    #[test]
    fn silent_on_a_primary() {
        assert!(
            check(&mysql(set("slave_skip_errors", "1062"), Status::default()).with(&Replication::default()))
                .unwrap()
                .is_empty()
        );
    }
}
