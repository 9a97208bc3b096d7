use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Severity};

use super::{change, setting};

pub(super) const RULE: Rule = Rule {
    id: "track-io-timing-off",
    title: "Reads and writes are not timed",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Observability,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "the clock is slow on this machine (pg_test_timing shows more than some 100 ns)",
    do_not: "judge a disk by hit ratios: they do not say how long a miss takes",
    lesson: include_str!("track_io_timing_off.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let effect = "neither plans nor statistics say how much of the time was waiting for the disk";
    let fix = change::setting(case, "track_io_timing", "on")
        .cost("two looks at the clock for each read; check with pg_test_timing");
    setting::is(case, "track_io_timing", "off", Severity::Info, effect, fix)
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
        assert_eq!(found(Settings::default().with("track_io_timing", "off")).len(), 1);
    }

    #[test]
    fn fires_as_information() {
        assert_eq!(found(Settings::default().with("track_io_timing", "off"))[0].severity, Severity::Info);
    }

    #[test]
    fn silent_when_on() {
        assert!(found(Settings::default().with("track_io_timing", "on")).is_empty());
    }

    #[test]
    fn silent_when_unknown() {
        assert!(found(Settings::default()).is_empty());
    }
}
