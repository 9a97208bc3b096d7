use dbwright_model::{Area, Case, Checked, Engine, Harm, Rule, Settings, Severity};

use super::{change, setting};

pub(super) const RULE: Rule = Rule {
    id: "superuser-reserved-missing",
    title: "No connection is kept for the administrator",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Connections,
    harm: Harm::Outage,
    limits: &[],
    explains: &[],
    wrong_when: "administrators come in by another way (reserved_connections, from 16)",
    do_not: "give the application a superuser role so that it may use the reserved ones",
    lesson: include_str!("superuser_reserved_missing.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let reserved = settings.number("superuser_reserved_connections").unwrap_or(3.0)
        + settings.number("reserved_connections").unwrap_or(0.0);
    if reserved > 0.0 {
        return Ok(vec![]);
    }
    let effect = "when clients have used up all connections, nobody can get in to end them";
    Ok(vec![
        setting::finding(Severity::Warn, "superuser_reserved_connections", "0", effect)
            .fix(change::setting_at_restart(case, "superuser_reserved_connections", "3")),
    ])
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
    fn fires_at_zero() {
        assert_eq!(found(Settings::default().with("superuser_reserved_connections", "0")).len(), 1);
    }

    #[test]
    fn fires_when_both_are_zero() {
        assert_eq!(
            found(Settings::default().with("superuser_reserved_connections", "0").with("reserved_connections", "0"))
                .len(),
            1
        );
    }

    #[test]
    fn silent_at_the_default() {
        assert!(found(Settings::default().with("superuser_reserved_connections", "3")).is_empty());
    }

    #[test]
    fn silent_when_others_are_reserved() {
        assert!(
            found(Settings::default().with("superuser_reserved_connections", "0").with("reserved_connections", "2"))
                .is_empty()
        );
    }
}
