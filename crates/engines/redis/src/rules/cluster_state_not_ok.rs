use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Rule, Severity, Subject, Undo};

use dbwright_model::finding::FixKind;

use crate::sections::cluster::Cluster;

pub(super) const RULE: Rule = Rule {
    id: "cluster-state-not-ok",
    title: "The cluster does not serve",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Replication,
    harm: Harm::Outage,
    limits: &[],
    explains: &[],
    wrong_when: "the cluster is being built at this moment",
    do_not: "reset nodes with CLUSTER RESET to make them join again: a hard reset forgets slots and empties the node",
    lesson: include_str!("cluster_state_not_ok.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let cluster = case.get::<Cluster>()?;
    if cluster.state.is_empty() || cluster.state == "ok" {
        return Ok(vec![]);
    }
    let down: Vec<&str> = cluster
        .nodes
        .iter()
        .filter(|node| node.trouble.iter().any(|flag| flag == "fail"))
        .map(|node| node.address.as_str())
        .collect();
    let nodes = if down.is_empty() { String::new() } else { format!("; down: {}", down.join(", ")) };
    let cause = format!("this node sees the cluster as {}: it refuses commands with CLUSTERDOWN{nodes}", cluster.state);
    let fix = Fix::of(FixKind::Command, "CLUSTER NODES", Undo::NotNeeded("it only looks".into()))
        .cost("from several nodes: a majority of primaries must see each other (also on the bus port, usually port + 10000) before anything fails over");
    Ok(vec![
        Finding::new(Severity::Error, Subject::server(), cause)
            .measured("state", cluster.state.as_str(), "CLUSTER INFO.cluster_state")
            .measured("nodes down", Count(down.len() as u64), "CLUSTER NODES")
            .weight(down.len() as f64)
            .fix(fix),
    ])
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis};
    use super::*;
    use crate::sections::cluster::Node;

    fn look(state: &str, trouble: &[&str]) -> Vec<Finding> {
        let trouble = trouble.iter().map(|flag| (*flag).to_owned()).collect();
        let node = Node { address: "10.0.0.7:6379".into(), trouble, ..Node::default() };
        found(check, &redis("").with(&Cluster { state: state.into(), nodes: vec![node], ..Cluster::default() }))
    }

    #[test]
    fn fires_when_the_cluster_fails() {
        assert_eq!(look("fail", &[]).len(), 1);
    }

    #[test]
    fn fires_and_names_the_nodes() {
        assert!(look("fail", &["fail"])[0].cause.contains("10.0.0.7:6379"));
    }

    #[test]
    fn silent_when_ok() {
        assert!(look("ok", &[]).is_empty());
    }

    #[test]
    fn silent_when_one_node_is_only_suspected() {
        assert!(look("ok", &["fail?"]).is_empty());
    }
}
