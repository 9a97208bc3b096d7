use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Rule, Severity, Subject, Undo};

use dbwright_model::finding::FixKind;

use crate::sections::cluster::Cluster;

pub(super) const RULE: Rule = Rule {
    id: "slots-uncovered",
    title: "Slots of the cluster have no working node",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Replication,
    harm: Harm::Outage,
    limits: &[],
    explains: &["cluster-state-not-ok"],
    wrong_when: "the cluster is being built at this moment",
    do_not: "run redis-cli --cluster fix before the failed node was given a chance: it gives the slots to empty nodes",
    lesson: include_str!("slots_uncovered.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let cluster = case.get::<Cluster>()?;
    let missing = Count(SLOTS.saturating_sub(cluster.slots_assigned.0));
    let failed = cluster.slots_fail;
    if missing.0 == 0 && failed.0 == 0 {
        return Ok(vec![]);
    }
    let cause = format!(
        "{missing} of 16,384 slots belong to no node and {failed} to nodes that are down: commands on their keys fail (on all keys with cluster-require-full-coverage yes)"
    );
    let fix = Fix::of(FixKind::Shell, "redis-cli --cluster check 127.0.0.1:6379", Undo::NotNeeded("it only looks".into()))
        .cost("with the address of any node; bring failed nodes back or fail over to their replicas (CLUSTER FAILOVER TAKEOVER on the replica), then assign the rest with --cluster fix");
    Ok(vec![
        Finding::new(Severity::Error, Subject::server(), cause)
            .measured("unassigned", missing, "CLUSTER INFO.cluster_slots_assigned")
            .measured("failed", failed, "CLUSTER INFO.cluster_slots_fail")
            .weight((missing.0 + failed.0) as f64)
            .fix(fix),
    ])
}

/// Slots of every cluster.
const SLOTS: u64 = 16_384;

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis};
    use super::*;

    fn look(assigned: u64, failed: u64) -> usize {
        let cluster = Cluster {
            state: "fail".into(),
            slots_assigned: Count(assigned),
            slots_fail: Count(failed),
            ..Cluster::default()
        };
        found(check, &redis("").with(&cluster)).len()
    }

    #[test]
    fn fires_when_slots_belong_to_nobody() {
        assert_eq!(look(16_383, 0), 1);
    }

    #[test]
    fn fires_when_their_node_is_down() {
        assert_eq!(look(16_384, 5_461), 1);
    }

    #[test]
    fn silent_when_covered() {
        assert_eq!(look(16_384, 0), 0);
    }

    #[test]
    fn silent_without_a_cluster() {
        assert!(check(&redis("")).is_err());
    }
}
