//! The cluster as this node sees it.

use dbwright_model::{Case, Count, Name, Seconds, Section, Why};
use serde::{Deserialize, Serialize};

use crate::command;
use crate::reply;
use crate::session::Session;

/// State of the cluster.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Cluster {
    /// `ok` or `fail`.
    pub state: String,
    /// Slots that belong to some node, of 16384.
    pub slots_assigned: Count,
    /// Slots whose node is suspected to be down by this node.
    pub slots_pfail: Count,
    /// Slots whose node is down.
    pub slots_fail: Count,
    /// All nodes, sorted by address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<Node>,
    /// The slots of this node that took most processor time (Valkey 8+, Redis 8.2+), most first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hot_slots: Vec<SlotStat>,
}

/// A node of the cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Its id.
    pub id: Name,
    /// Host and port.
    pub address: Name,
    /// Whether it owns slots or follows one that does.
    pub primary: bool,
    /// Id of the node it follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Name>,
    /// Slots it serves.
    pub slots: Count,
    /// Flags `fail`, `fail?`, `noaddr`, `handshake` as reported.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trouble: Vec<String>,
}

/// One slot of this node.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SlotStat {
    /// Its number.
    pub slot: u32,
    /// Keys in it.
    pub keys: Count,
    /// Processor time it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Seconds>,
}

impl Section for Cluster {
    const ID: &'static str = "redis.cluster";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "cluster state";
}

impl Node {
    fn read(line: &str) -> Option<Node> {
        let mut words = line.split_ascii_whitespace();
        let (id, address, flags, follows) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let slots = words.skip(4).filter(|word| !word.starts_with('[')).filter_map(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
            Some((last + 1).saturating_sub(first))
        });
        Some(Node {
            id: id.into(),
            address: address.split(['@', ',']).next().unwrap_or(address).into(),
            primary: flags.split(',').any(|flag| flag == "master"),
            follows: (follows != "-").then(|| follows.into()),
            slots: Count(slots.sum()),
            trouble: flags
                .split(',')
                .filter(|flag| ["fail", "fail?", "noaddr", "handshake"].contains(flag))
                .map(str::to_owned)
                .collect(),
        })
    }
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let miss = |case: &mut Case, why, detail: &str| {
        case.miss(crate::session::Trouble::new(why, detail).gap(Cluster::ID, None));
    };
    let enabled = reply::lines(&session.info).find(|(key, _)| *key == "cluster_enabled").map(|(_, value)| value == "1");
    match enabled {
        Some(true) => {}
        Some(false) => return miss(case, Why::NotApplicable, "this server is not part of a cluster"),
        None => return miss(case, Why::Managed, "this service hides whether it is a cluster"),
    }
    let info = match session.run(command::CLUSTER_INFO, &[]).await {
        Ok(info) => reply::text(&info).unwrap_or_default(),
        Err(trouble) => return case.miss(trouble.gap(Cluster::ID, None)),
    };
    let field = |name: &str| reply::lines(&info).find(|(key, _)| *key == name).map(|(_, value)| value);
    let count = |name: &str| Count(field(name).and_then(|text| text.parse().ok()).unwrap_or(0));
    let mut cluster = Cluster {
        state: field("cluster_state").unwrap_or_default().to_owned(),
        slots_assigned: count("cluster_slots_assigned"),
        slots_pfail: count("cluster_slots_pfail"),
        slots_fail: count("cluster_slots_fail"),
        ..Cluster::default()
    };
    match session.run(command::CLUSTER_NODES, &[]).await {
        Ok(nodes) => {
            cluster.nodes = reply::text(&nodes).unwrap_or_default().lines().filter_map(Node::read).collect();
            cluster.nodes.sort_by(|a, b| a.address.cmp(&b.address));
        }
        Err(trouble) => case.miss(trouble.gap(Cluster::ID, Some("nodes"))),
    }
    match session.run(command::SLOT_STATS, &[]).await {
        Ok(slots) => cluster.hot_slots = reply::items(&slots).iter().filter_map(slot).collect(),
        Err(mut trouble) => {
            // Sorting by time needs a setting that is off by default.
            if trouble.why == Why::Error {
                trouble = crate::session::Trouble::new(Why::Setting, "slot statistics are off");
                trouble.allow = Some("CONFIG SET cluster-slot-stats-enabled yes".into());
            }
            case.miss(trouble.gap(Cluster::ID, Some("slots")));
        }
    }
    case.store(&cluster);
}

fn slot(value: &redis::Value) -> Option<SlotStat> {
    let [number, stats] = reply::items(value) else { return None };
    let stats = reply::pairs(stats);
    let stat = |name: &str| stats.iter().find(|(key, _)| key == name).and_then(|(_, value)| reply::count(value));
    Some(SlotStat {
        slot: u32::try_from(reply::count(number)?).ok()?,
        keys: Count(stat("key-count")?),
        time: stat("cpu-usec").map(|micros| Seconds(micros as f64 / 1e6)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_of_every_version_are_read() {
        let node = Node::read("07c3 127.0.0.1:30004@31004,host slave,fail e7d1 0 1426238317239 4 connected").unwrap();
        assert_eq!(
            (node.address.as_str(), node.primary, node.slots, node.trouble.len()),
            ("127.0.0.1:30004", false, Count(0), 1)
        );
        let node =
            Node::read("e7d1 127.0.0.1:30001@31001 myself,master - 0 0 1 connected 0-5460 5462 [93->-292f]").unwrap();
        assert_eq!((node.primary, node.slots, node.follows), (true, Count(5462), None));
    }
}
