use dbwright_model::{Area, Case, Checked, Engine, Finding, Grade, Harm, Rule, Settings, Severity, Subject};

use super::change;

pub(super) const RULE: Rule = Rule {
    id: "jit-for-short-queries",
    title: "Just-in-time compilation may cost more than it saves",
    engines: &[Engine::Postgres],
    versions: "12–18; off by default from 19",
    area: Area::Statistics,
    harm: Harm::Slowdown,
    limits: &[],
    explains: &[],
    wrong_when: "the server runs long analytical queries",
    do_not: "raise the cost of everything so that it never starts: switch it off, or raise jit_above_cost",
    lesson: include_str!("jit_for_short_queries.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let cost = settings.number("jit_above_cost").unwrap_or(-1.0);
    if settings.is_on("jit") != Some(true) || !(0.0..=100_000.0).contains(&cost) || case.server.version.major >= 19 {
        return Ok(vec![]);
    }
    let cause = format!(
        "jit is on from a cost of {cost}: queries whose cost is overestimated are compiled for longer than they run"
    );
    Ok(vec![
        Finding::new(Severity::Info, Subject::setting("jit"), cause)
            .grade(Grade::Suspected)
            .catalog("jit", "on", "pg_settings.setting")
            .catalog("jit_above_cost", cost.to_string(), "pg_settings.setting")
            .fix(
                change::setting(case, "jit", "off")
                    .cost("long analytical queries lose some speed: SET jit = on for their role"),
            ),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn found(settings: Settings) -> Vec<Finding> {
        check(&pg(15).with(&settings)).unwrap()
    }

    #[test]
    fn fires_at_the_default() {
        assert_eq!(found(Settings::default().with("jit", "on").with("jit_above_cost", "100000")).len(), 1);
    }

    #[test]
    fn fires_below_it() {
        assert_eq!(found(Settings::default().with("jit", "on").with("jit_above_cost", "1000"))[0].subject.name, "jit");
    }

    #[test]
    fn silent_when_off() {
        assert!(found(Settings::default().with("jit", "off").with("jit_above_cost", "100000")).is_empty());
    }

    #[test]
    fn silent_when_it_starts_late() {
        assert!(found(Settings::default().with("jit", "on").with("jit_above_cost", "5000000")).is_empty());
    }
}
