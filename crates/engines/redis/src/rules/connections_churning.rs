use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, NotEvaluated, Rate, Ratio, Rule, Sample, Seconds,
    Severity, Subject, Why,
};

use super::fixes::code;
use crate::sections::info::Info;
static CONNECTS: Limit<Rate> = Limit {
    what: "new connections per second",
    value: Rate(20.0),
    source: "judgement: pools reconnect far less often",
};
static EACH: Limit<Ratio> = Limit {
    what: "commands per connection",
    value: Ratio(10.0),
    source: "judgement: AUTH, SELECT and CLIENT SETINFO are already three",
};
static WINDOW: Limit<Seconds> =
    Limit { what: "uptime", value: Seconds::hours(24.0), source: "a day holds every usual load" };

pub(super) const RULE: Rule = Rule {
    id: "connections-churning",
    title: "Clients connect anew for nearly every command",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Connections,
    harm: Harm::Slowdown,
    limits: &[&CONNECTS, &EACH, &WINDOW],
    explains: &[],
    wrong_when: "short-lived functions or scripts cannot keep a connection",
    do_not: "raise maxclients or tcp-backlog: the cost is the handshake, not the limit",
    lesson: include_str!("connections_churning.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    let (Some(connections), Some(commands), Some(uptime)) = (info.total_connections, info.total_commands, info.uptime)
    else {
        return Ok(vec![]);
    };
    let sample = case.get::<Sample>().ok();
    let rates = sample.and_then(|sample| {
        Some((sample.rate("total_connections_received")?, sample.rate("total_commands_processed")?))
    });
    if rates.is_none() && uptime < WINDOW.value {
        let reason =
            NotEvaluated::new(Why::Window, format!("the counters cover {uptime}, this needs {}", WINDOW.value));
        return Err(reason.allow("dbwright look --sample 30s, or ask again tomorrow"));
    }
    let average = |count: Count| Rate(count.0 as f64 / uptime.0.max(1.0));
    let (connects, runs) = rates.unwrap_or((average(connections), average(commands)));
    let each = Ratio(runs.0 / connects.0.max(f64::MIN_POSITIVE));
    if connects < CONNECTS.value || each >= EACH.value {
        return Ok(vec![]);
    }
    let cause = format!(
        "{connects} new connections for {runs} commands: each is used for {:.1} commands, and the handshake costs more than they do",
        each.0
    );
    Ok(vec![
        Finding::new(Severity::Warn, Subject::server(), cause)
            .measured("connections", connects, "INFO stats.total_connections_received")
            .measured("commands", runs, "INFO stats.total_commands_processed")
            .weight(connects.0)
            .fix(code("create one client (with its pool) when the process starts and share it; in PHP use persistent connections (pconnect)")),
    ])
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis};
    use super::*;

    fn info(uptime: u64, connects: u64, commands: u64) -> String {
        format!(
            "uptime_in_seconds:{uptime}\r\ntotal_connections_received:{}\r\ntotal_commands_processed:{}\r\n",
            uptime * connects,
            uptime * commands
        )
    }

    #[test]
    fn fires_on_a_connection_a_command() {
        assert_eq!(found(check, &redis(&info(90_000, 200, 400))).len(), 1);
    }

    #[test]
    fn fires_at_the_rate_of_the_limit() {
        assert_eq!(found(check, &redis(&info(90_000, 20, 100))).len(), 1);
    }

    #[test]
    fn silent_when_connections_are_used() {
        assert!(found(check, &redis(&info(90_000, 200, 2_000))).is_empty());
    }

    #[test]
    fn silent_when_they_are_few() {
        assert!(found(check, &redis(&info(90_000, 19, 20))).is_empty());
    }

    #[test]
    fn young_counters_are_not_judged() {
        assert_eq!(check(&redis(&info(600, 200, 400))).unwrap_err().why, Why::Window);
    }
}
