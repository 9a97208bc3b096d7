use dbwright_model::{Area, Bytes, Case, Checked, Engine, Finding, Harm, Limit, Rule, Seconds, Severity, Subject};

use dbwright_model::finding::SubjectKind;

use super::fixes::code;
use crate::sections::info::Info;
static BEHIND: Limit<Bytes> = Limit {
    what: "bytes behind",
    value: Bytes::mib(10),
    source: "the default backlog is 1 MB (Redis) to 10 MB (Valkey 8): beyond, a broken link costs a full copy",
};
static LAG: Limit<Seconds> = Limit {
    what: "time since the last acknowledgement",
    value: Seconds(10.0),
    source: "replicas acknowledge every second; min-replicas-max-lag defaults to 10",
};

pub(super) const RULE: Rule = Rule {
    id: "replica-lagging",
    title: "A replica is far behind",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Replication,
    harm: Harm::DataLoss,
    limits: &[&BEHIND, &LAG],
    explains: &[],
    wrong_when: "it has just connected and is catching up",
    do_not: "read from it in the belief that it is current: what it lacks is also lost if it takes over",
    lesson: include_str!("replica_lagging.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    let Some(offset) = info.repl_offset.filter(|_| info.is_primary()) else { return Ok(vec![]) };
    let findings = info.replicas.iter().filter(|replica| replica.state == "online").filter_map(|replica| {
        let behind = offset.minus(replica.offset);
        let silent = replica.lag.filter(|lag| *lag >= LAG.value);
        if behind < BEHIND.value && silent.is_none() {
            return None;
        }
        let heard = replica.lag.map(|lag| format!(", last heard of {lag} ago")).unwrap_or_default();
        let cause = format!("it is {behind} of writes behind{heard}: a failover to it loses them, and past the backlog it needs a full copy");
        let mut finding = Finding::new(Severity::Warn, Subject::new(SubjectKind::Replication, &replica.address), cause)
            .measured("behind", behind, "INFO replication.master_repl_offset - slaveN offset")
            .weight(behind.0 as f64)
            .fix(code("look at the replica's network and at slow commands on it (SLOWLOG GET there); large values written at once explain short peaks"));
        if let Some(lag) = replica.lag {
            finding = finding.measured("last acknowledgement", lag, "INFO replication.slaveN lag");
        }
        Some(finding)
    });
    Ok(findings.collect())
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis};
    use super::*;

    fn look(role: &str, state: &str, behind: u64, lag: u64) -> usize {
        let info = format!(
            "role:{role}\r\nmaster_repl_offset:100000000\r\nslave0:ip=10.0.0.2,port=6379,state={state},offset={},lag={lag}\r\n",
            100_000_000 - behind
        );
        found(check, &redis(&info)).len()
    }

    #[test]
    fn fires_when_far_behind() {
        assert_eq!(look("master", "online", 10 << 20, 0), 1);
    }

    #[test]
    fn fires_when_not_heard_of() {
        assert_eq!(look("master", "online", 0, 10), 1);
    }

    #[test]
    fn silent_when_close() {
        assert_eq!(look("master", "online", (10 << 20) - 1, 9), 0);
    }

    #[test]
    fn silent_while_it_gets_its_first_copy() {
        assert_eq!(look("master", "wait_bgsave", 90_000_000, 0), 0);
        assert_eq!(look("slave", "online", 90_000_000, 0), 0);
    }
}
