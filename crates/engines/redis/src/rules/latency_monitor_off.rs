use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule, Settings, Severity, Subject};

use super::fixes::config_set;
use crate::sections::info::Info;
static BUSY: Limit<Count> = Limit {
    what: "commands since the start",
    value: Count(10_000_000),
    source: "judgement: fewer and nobody will ask",
};

pub(super) const RULE: Rule = Rule {
    id: "latency-monitor-off",
    title: "A busy server does not record its pauses",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Observability,
    harm: Harm::Hygiene,
    limits: &[&BUSY],
    explains: &[],
    wrong_when: "pauses are measured elsewhere, by the clients",
    do_not: "set the threshold to 1 ms: the monitor then records ordinary commands",
    lesson: include_str!("latency_monitor_off.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let info = case.get::<Info>()?;
    let commands = info.total_commands.unwrap_or_default();
    if settings.number("latency-monitor-threshold") != Some(0.0) || commands < BUSY.value {
        return Ok(vec![]);
    }
    let cause = format!(
        "latency-monitor-threshold is 0: after {commands} commands nothing is known of pauses by forks, disks, expiry or eviction"
    );
    Ok(vec![
        Finding::new(Severity::Info, Subject::setting("latency-monitor-threshold"), cause)
            .catalog("threshold", "0", "CONFIG GET latency-monitor-threshold")
            .measured("commands", commands, "INFO stats.total_commands_processed")
            .fix(config_set(case, "latency-monitor-threshold", "50")),
    ])
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis, set};
    use super::*;

    fn look(commands: u64, threshold: &str) -> usize {
        let info = format!("total_commands_processed:{commands}\r\n");
        found(check, &set(redis(&info), &[("latency-monitor-threshold", threshold)])).len()
    }

    #[test]
    fn fires_on_a_busy_server() {
        assert_eq!(look(50_000_000, "0"), 1);
    }

    #[test]
    fn fires_at_the_limit() {
        assert_eq!(look(10_000_000, "0"), 1);
    }

    #[test]
    fn silent_on_a_quiet_server() {
        assert_eq!(look(9_999_999, "0"), 0);
    }

    #[test]
    fn silent_when_on() {
        assert_eq!(look(50_000_000, "100"), 0);
    }
}
