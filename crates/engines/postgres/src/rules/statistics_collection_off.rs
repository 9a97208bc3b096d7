use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Severity};

use super::{change, setting};

pub(super) const RULE: Rule = Rule {
    id: "statistics-collection-off",
    title: "The server does not count what happens to its tables",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Vacuum,
    harm: Harm::Outage,
    limits: &[],
    explains: &["dead-rows-not-vacuumed", "never-analyzed", "stale-statistics"],
    wrong_when: "never on a server whose data changes",
    do_not: "switch it off for speed: autovacuum then knows of no table that needs it",
    lesson: include_str!("statistics_collection_off.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let effect =
        "autovacuum sees no change anywhere, so tables are neither cleaned nor analyzed until wraparound forces it";
    let fix =
        change::setting(case, "track_counts", "on").cost("counting starts now: run VACUUM (ANALYZE) once by hand");
    setting::is(case, "track_counts", "off", Severity::Error, effect, fix)
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
        assert_eq!(found(Settings::default().with("track_counts", "off"))[0].severity, Severity::Error);
    }

    #[test]
    fn fires_even_with_autovacuum_on() {
        assert_eq!(found(Settings::default().with("track_counts", "off").with("autovacuum", "on")).len(), 1);
    }

    #[test]
    fn silent_when_on() {
        assert!(found(Settings::default().with("track_counts", "on")).is_empty());
    }

    #[test]
    fn silent_when_unknown() {
        assert!(found(Settings::default().with("track_io_timing", "off")).is_empty());
    }
}
