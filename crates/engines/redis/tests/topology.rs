//! A primary with its replica, and a cluster of three, on the loopback: what they say arrives, healthy ones are left in
//! peace, and a seeded fault of each kind is found.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use dbwright_lab::{Lab, Options, Product};
use dbwright_model::case::Role;
use dbwright_model::room::{GatherOptions, Room};
use dbwright_model::{Case, Severity, Target, Why};
use dbwright_redis::Redis;
use dbwright_redis::sections::cluster::Cluster;
use dbwright_redis::sections::info::Info;
use redis::cmd;

fn connect(lab: &Lab) -> redis::Connection {
    redis::Client::open(lab.url()).unwrap().get_connection().unwrap()
}

async fn gather(lab: &Lab) -> Case {
    let Target::Server(target) = Target::parse(&lab.url()).unwrap() else { panic!("no server") };
    Redis.gather(&target, &GatherOptions::default(), &()).await.unwrap()
}

/// Rules about other servers that found something, with how bad it is.
fn found(case: &Case) -> Vec<(&'static str, Severity)> {
    const TOPOLOGY: &[&str] = &[
        "cluster-state-not-ok",
        "hot-slots",
        "replica-lagging",
        "replica-link-down",
        "replica-writable",
        "slots-uncovered",
    ];
    let rules = Redis.rules().iter().filter(|rule| TOPOLOGY.contains(&rule.id));
    rules
        .flat_map(|rule| (rule.check)(case).unwrap_or_default().into_iter().map(|found| (rule.id, found.severity)))
        .collect()
}

/// Gathers until the case is as it should be; panics after 30 seconds.
async fn until(lab: &Lab, what: &str, fits: impl Fn(&Case) -> bool) -> Case {
    let started = Instant::now();
    loop {
        let case = gather(lab).await;
        if fits(&case) {
            return case;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "never {what}: {:#?}\n{}", case.get::<Info>(), lab.log());
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

async fn pair(product: Product) {
    let Some(binaries) = dbwright_lab::for_test(product, None).unwrap() else { return };
    let mut primary = Lab::start(&binaries, &Options::new()).unwrap();
    let options = Options::new()
        .setting("replicaof", format!("127.0.0.1 {}", primary.port()))
        .setting("masterauth", primary.password().unwrap());
    let replica = Lab::start(&binaries, &options).unwrap();

    let online = |case: &Case| case.get::<Info>().unwrap().replicas.iter().any(|replica| replica.state == "online");
    let case = until(&primary, "online", online).await;
    let info = case.get::<Info>().unwrap();
    assert_eq!((case.server.role, info.connected_replicas.map(|n| n.0)), (Role::Primary, Some(1)));
    assert_eq!(info.replicas[0].address.as_str(), format!("127.0.0.1:{}", replica.port()));
    assert!(case.get::<Cluster>().is_err_and(|reason| reason.why == Why::NotApplicable));
    assert_eq!(found(&case), []);
    let case = until(&replica, "linked", |case| case.get::<Info>().unwrap().primary_link_up == Some(true)).await;
    assert_eq!(case.server.role, Role::Replica);
    assert_eq!(found(&case), []);

    // The replica hangs while the primary writes more than its backlog.
    replica.pause().unwrap();
    let mut client = connect(&primary);
    for n in 0..12 {
        cmd("SET").arg(format!("blob:{n}")).arg("x".repeat(1 << 20)).exec(&mut client).unwrap();
    }
    let case = until(&primary, "lagging", |case| !found(case).is_empty()).await;
    assert_eq!(found(&case), [("replica-lagging", Severity::Warn)]);
    replica.resume().unwrap();
    let case = until(&primary, "caught up", |case| online(case) && found(case).is_empty()).await;
    assert!(case.get::<Info>().unwrap().replicas[0].lag.is_some());

    // The primary is gone.
    primary.kill().unwrap();
    let case = until(&replica, "cut off", |case| case.get::<Info>().unwrap().primary_link_up == Some(false)).await;
    assert_eq!(found(&case), [("replica-link-down", Severity::Error)]);
}

#[tokio::test]
async fn a_redis_pair_is_seen_from_both_ends() {
    pair(Product::Redis).await;
}

#[tokio::test]
async fn a_valkey_pair_is_seen_from_both_ends() {
    pair(Product::Valkey).await;
}

/// Three primaries that share the slots.
fn cluster() -> Option<Vec<Lab>> {
    let binaries = dbwright_lab::for_test(Product::Valkey, None).unwrap()?;
    let options = Options::new().setting("cluster-enabled", "yes").setting("cluster-node-timeout", "2000");
    let nodes: Vec<Lab> = (0..3).map(|_| Lab::start(&binaries, &options).unwrap()).collect();
    for (node, (first, last)) in nodes.iter().zip([(0, 5460), (5461, 10_922), (10_923, 16_383)]) {
        let mut client = connect(node);
        cmd("CLUSTER").arg(&["ADDSLOTSRANGE", &first.to_string(), &last.to_string()]).exec(&mut client).unwrap();
        cmd("CLUSTER").arg(&["MEET", "127.0.0.1", &nodes[0].port().to_string()]).exec(&mut client).unwrap();
    }
    Some(nodes)
}

#[tokio::test]
async fn a_cluster_is_seen_and_a_slot_without_a_node_found() {
    let Some(nodes) = cluster() else { return };
    for node in &nodes {
        let whole = |case: &Case| {
            let cluster = case.get::<Cluster>().unwrap();
            cluster.state == "ok" && cluster.nodes.len() == 3 && cluster.nodes.iter().all(|node| node.slots.0 > 5000)
        };
        let case = until(node, "whole", whole).await;
        let cluster = case.get::<Cluster>().unwrap();
        assert_eq!((case.server.role, cluster.slots_assigned.0, cluster.slots_fail.0), (Role::Primary, 16_384, 0));
        assert!(cluster.nodes.iter().all(|node| node.primary && node.trouble.is_empty()), "{:#?}", cluster.nodes);
        assert_eq!(found(&case), []);
        let gap = case.gaps.iter().find(|gap| gap.part.as_deref() == Some("slots")).unwrap();
        let mut client = connect(node);
        // What the gap asks for is enough.
        let words: Vec<&str> = gap.allow.as_deref().unwrap().split(' ').collect();
        cmd(words[0]).arg(&words[1..]).exec(&mut client).unwrap();
    }

    // One slot takes nearly all the time: all its keys share a tag.
    let mut client = connect(&nodes[0]);
    let slot: u32 = cmd("CLUSTER").arg("KEYSLOT").arg("{user:7}:cart").query(&mut client).unwrap();
    let owner = nodes.iter().zip([5461, 10_923, 16_384]).find(|(_, end)| slot < *end).unwrap().0;
    let mut client = connect(owner);
    for n in 0..2000 {
        cmd("ZADD").arg("{user:7}:cart").arg(n).arg(format!("member-{n}")).exec(&mut client).unwrap();
    }
    let case = gather(owner).await;
    let hottest = &case.get::<Cluster>().unwrap().hot_slots[0];
    assert_eq!((hottest.slot, hottest.keys.0), (slot, 1));
    assert!(hottest.time.is_some_and(|time| time.0 > 0.0));
    let rule = Redis.rules().iter().find(|rule| rule.id == "hot-slots").unwrap();
    assert_eq!((rule.check)(&case).unwrap_err().why, Why::Window, "the server has just started");

    let mut client = connect(&nodes[0]);
    cmd("CLUSTER").arg(&["DELSLOTS", "100", "101"]).exec(&mut client).unwrap();
    let case = until(&nodes[0], "failing", |case| case.get::<Cluster>().unwrap().state == "fail").await;
    assert_eq!(case.get::<Cluster>().unwrap().slots_assigned.0, 16_382);
    assert_eq!(found(&case), [("cluster-state-not-ok", Severity::Error), ("slots-uncovered", Severity::Error)]);
    cmd("CLUSTER").arg(&["ADDSLOTS", "100", "101"]).exec(&mut client).unwrap();

    // A node dies without a replica to take over.
    let mut nodes = nodes;
    nodes.pop().unwrap().kill().unwrap();
    let case = until(&nodes[0], "failing", |case| case.get::<Cluster>().unwrap().slots_fail.0 > 0).await;
    assert_eq!(case.get::<Cluster>().unwrap().slots_fail.0, 5461);
    let expected = [("cluster-state-not-ok", Severity::Error), ("slots-uncovered", Severity::Error)];
    assert_eq!(found(&until(&nodes[0], "noticed", |case| found(case).len() == 2).await), expected);
}
