use dbwright_model::{Area, Bytes, Case, Checked, Engine, Harm, Limit, Rule, Severity};

use super::{change, setting};
use crate::sections::databases::Databases;

pub(super) const RULE: Rule = Rule {
    id: "wal-level-minimal",
    title: "The log holds too little for backups and standbys",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Durability,
    harm: Harm::DataLoss,
    limits: &[&DATA],
    explains: &["archiving-off"],
    wrong_when: "it is set for the duration of a first bulk load, or the data can be loaded again at any time",
    do_not: "leave it minimal to save log: other than bulk loads into new tables, writes cost the same",
    lesson: include_str!("wal_level_minimal.md"),
    check,
};

static DATA: Limit<Bytes> = Limit {
    what: "data on the server, from which on this is a warning",
    value: Bytes::gib(1),
    source: "ours: less is dumped in a minute, and is often a test",
};

fn check(case: &Case) -> Checked {
    let data = case.server.data.or_else(|| case.get::<Databases>().ok().and_then(Databases::data));
    let severity = match data {
        Some(data) if data.0 >= DATA.value.0 => Severity::Warn,
        _ => Severity::Info,
    };
    let effect = "base backups, point-in-time recovery and standbys are impossible, a dump is the only backup";
    let fix = change::setting_at_restart(case, "wal_level", "replica")
        .cost("takes effect at the next restart; bulk loads into new tables write log from then on");
    setting::is(case, "wal_level", "minimal", severity, effect, fix)
}

#[cfg(test)]
mod tests {
    use dbwright_model::{Finding, Settings};

    use super::super::bench::pg;
    use super::*;

    fn found(level: &str, data: Bytes) -> Vec<Finding> {
        let mut case = pg(15).with(&Settings::default().with("wal_level", level));
        case.server.data = Some(data);
        check(&case).unwrap()
    }

    #[test]
    fn fires_as_a_warning_on_data() {
        assert_eq!(found("minimal", Bytes::gib(1))[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_as_a_note_on_little() {
        assert_eq!(found("minimal", Bytes::mib(100))[0].severity, Severity::Info);
    }

    #[test]
    fn silent_at_the_default() {
        assert!(found("replica", Bytes::gib(50)).is_empty());
    }

    #[test]
    fn silent_for_logical() {
        assert!(found("logical", Bytes::gib(50)).is_empty());
    }
}
