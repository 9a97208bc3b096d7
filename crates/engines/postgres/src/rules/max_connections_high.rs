use dbwright_model::{Area, Case, Checked, Count, Engine, Harm, Limit, Rule, Settings, Severity};

use super::{change, setting};

static HIGH: Limit<Count> = Limit {
    what: "max_connections above",
    value: Count(500),
    source: "PMM and pghealth warn from 300; PgHero from 500",
};

pub(super) const RULE: Rule = Rule {
    id: "max-connections-high",
    title: "The server takes more connections than it can serve",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Connections,
    harm: Harm::Slowdown,
    limits: &[&HIGH],
    explains: &[],
    wrong_when: "a machine with very many cores serves short queries, and its memory was planned for it",
    do_not: "raise it whenever clients are turned away: each backend takes memory and makes snapshots dearer for all",
    lesson: include_str!("max_connections_high.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let Some(max) = case.get::<Settings>()?.number("max_connections") else { return Ok(vec![]) };
    if max <= HIGH.value.0 as f64 {
        return Ok(vec![]);
    }
    let effect = "when they all work at once they queue for cores and locks inside the server, and each may take work_mem several times";
    Ok(vec![
        setting::finding(Severity::Info, "max_connections", Count(max as u64), effect)
            .fix(
                change::setting_at_restart(case, "max_connections", "200")
                    .cost("a restart; put PgBouncer in transaction mode in front first, and bound the pools"),
            )
            .weight(max),
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
    fn fires_above_five_hundred() {
        assert_eq!(found(Settings::default().with("max_connections", "1000"))[0].subject.name, "max_connections");
    }

    #[test]
    fn fires_with_its_number() {
        assert_eq!(found(Settings::default().with("max_connections", "5000"))[0].weight, 5000.0);
    }

    #[test]
    fn silent_at_the_limit() {
        assert!(found(Settings::default().with("max_connections", "500")).is_empty());
    }

    #[test]
    fn silent_at_the_default() {
        assert!(found(Settings::default().with("max_connections", "100")).is_empty());
    }
}
