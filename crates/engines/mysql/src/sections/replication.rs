//! The server as a replica, and who replicates from it.

use dbwright_model::case::Role;
use dbwright_model::{Activity, Case, Count, Name, Product, Seconds, Section, Settings, Version};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::session::{Session, Trouble};
use crate::statement::Statement;

const MARIADB: Statement = Statement::new(Replication::ID, "SHOW ALL SLAVES STATUS").mariadb();
const MYSQL: Statement = Statement::new(Replication::ID, "SHOW REPLICA STATUS").mysql();
/// Its words before 8.0.22.
const MYSQL_8_0_21: Statement = Statement::new(Replication::ID, "SHOW SLAVE STATUS").mysql();
const REPLICAS: Statement = Statement::new(
    Replication::ID,
    "SELECT host, user FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%' ORDER BY host, user",
);
const GALERA: Statement = Statement::new(
    Replication::ID,
    "SHOW GLOBAL STATUS WHERE variable_name IN
     ('wsrep_cluster_status', 'wsrep_cluster_size', 'wsrep_local_state_comment', 'wsrep_ready', 'wsrep_connected')",
);
const GROUP: Statement = Statement::new(
    Replication::ID,
    "SELECT member_host AS host, member_state AS state, member_role AS role FROM performance_schema.replication_group_members WHERE member_id <> ''",
)
.mysql();

pub(crate) const STATEMENTS: &[Statement] = &[MARIADB, MYSQL, MYSQL_8_0_21, GROUP, REPLICAS, GALERA];

/// Replication as this server sees it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Replication {
    /// One for each server this one replicates from; empty on a primary.
    pub channels: Vec<Channel>,
    /// Members of the replication group, where there is one.
    pub members: Vec<Member>,
    /// Servers that fetch the binary log from this one now, sorted by host.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replicas: Vec<Replica>,
    /// The Galera cluster this server is in; `None` when it is in none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub galera: Option<Galera>,
}

impl Replication {
    /// Whether another server is known to hold these data too.
    pub fn copies(&self) -> bool {
        !self.channels.is_empty() || !self.replicas.is_empty() || self.members.len() > 1 || self.galera.is_some()
    }
}

impl Section for Replication {
    const ID: &'static str = "mysql.replication";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "replication";
}

/// A connection to a server that is replicated from.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Channel {
    /// Its name; empty for the default one.
    pub name: Name,
    /// The source's host.
    pub source: Name,
    /// Whether log is fetched: `Yes`, `No`, `Connecting`.
    pub io_running: String,
    /// Whether it is applied: `Yes`, `No`.
    pub sql_running: String,
    /// How far behind the source, as the server computes it; `None` while it does not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Seconds>,
    /// The delay that was set on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Seconds>,
    /// Number of the last error of either thread; 0 when there is none. Its text may hold data and is not kept.
    pub error: u32,
    /// Whether positions are global transaction ids.
    pub gtid: bool,
    /// Events that are still to be skipped by hand (`sql_replica_skip_counter`).
    pub skipped: Count,
}

impl Channel {
    /// How far behind it is beyond the delay that was set; `None` while it does not run.
    pub fn lag(&self) -> Option<Seconds> {
        let delay = self.delay.unwrap_or_default();
        self.behind.map(|behind| Seconds((behind.0 - delay.0).max(0.0)))
    }
}

/// A member of a replication group.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Member {
    /// Its host.
    pub host: Name,
    /// `ONLINE`, `RECOVERING`, `ERROR`, `UNREACHABLE`.
    pub state: String,
    /// `PRIMARY`, `SECONDARY`.
    pub role: String,
}

/// A server that replicates from this one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Replica {
    /// Where it connects from.
    pub host: Name,
    /// The account it uses.
    pub user: Name,
}

/// This node's place in a Galera cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Galera {
    /// `Primary` when the node is with the majority; `non-Primary` or `Disconnected` otherwise.
    pub status: String,
    /// Nodes it sees, itself included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Count>,
    /// `Synced`, `Donor/Desynced`, `Joining`, `Initialized`.
    pub state: String,
    /// Whether it takes statements.
    pub ready: bool,
    /// Whether it reaches the cluster at all.
    pub connected: bool,
}

#[derive(Deserialize)]
struct ReplicaRow {
    host: Option<String>,
    user: Option<Name>,
}

#[derive(Deserialize)]
struct StatusRow {
    variable_name: String,
    value: Value,
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let statement = match session.product {
        Product::MariaDB => &MARIADB,
        _ if session.version >= Version::new(8, 0, 22) => &MYSQL,
        _ => &MYSQL_8_0_21,
    };
    let rows: Vec<Map<String, Value>> = match session.rows(statement).await {
        Ok(rows) => rows,
        Err(trouble) => {
            let what = if session.product == Product::MariaDB {
                "REPLICA MONITOR ON *.*"
            } else {
                "REPLICATION CLIENT ON *.*"
            };
            return case.miss(trouble.gap(Replication::ID, None, Some(session.grant(what))));
        }
    };
    let channels: Vec<Channel> = rows.iter().map(channel).collect();
    let members = match session.rows::<Member>(&GROUP).await {
        Ok(rows) => rows,
        Err(trouble) => {
            if session.product == Product::MySQL {
                let allow = session.grant("SELECT ON performance_schema.replication_group_members");
                case.miss(trouble.gap(Replication::ID, Some("members of the group"), Some(allow)));
            }
            Vec::new()
        }
    };
    let hidden = Activity::all_seen(case).err().map(|hidden| Trouble::new(hidden.why, hidden.detail));
    let listed = match hidden {
        // Their sessions belong to another account: an empty list would say that there are none.
        Some(trouble) => Err(trouble),
        None => session.rows::<ReplicaRow>(&REPLICAS).await,
    };
    let replicas = match listed {
        Ok(rows) => rows.into_iter().map(replica).collect(),
        Err(trouble) => {
            let allow = session.grant("PROCESS ON *.*");
            case.miss(trouble.gap(Replication::ID, Some("connected replicas"), Some(allow)));
            Vec::new()
        }
    };
    let galera = galera(session, case).await;
    if !channels.is_empty() {
        case.server.role = Role::Replica;
    }
    case.store(&Replication { channels, members, replicas, galera });
}

fn replica(row: ReplicaRow) -> Replica {
    let host = row.host.unwrap_or_default();
    // The port differs with every connection.
    let host = host.rsplit_once(':').map_or(host.as_str(), |(host, _)| host);
    Replica { host: host.into(), user: row.user.unwrap_or_default() }
}

async fn galera(session: &mut Session, case: &mut Case) -> Option<Galera> {
    if case.get::<Settings>().ok().and_then(|settings| settings.is_on("wsrep_on")) != Some(true) {
        return None;
    }
    match session.rows::<StatusRow>(&GALERA).await {
        Ok(rows) => Some(node(&rows)),
        Err(trouble) => {
            case.miss(trouble.gap(Replication::ID, Some("Galera"), None));
            None
        }
    }
}

fn node(rows: &[StatusRow]) -> Galera {
    let value = |name: &str| {
        let row = rows.iter().find(|row| row.variable_name.eq_ignore_ascii_case(name));
        row.map(|row| row.value.as_str().map_or_else(|| row.value.to_string(), str::to_owned)).unwrap_or_default()
    };
    Galera {
        status: value("wsrep_cluster_status"),
        size: value("wsrep_cluster_size").parse().ok().map(Count),
        state: value("wsrep_local_state_comment"),
        ready: value("wsrep_ready").eq_ignore_ascii_case("ON"),
        connected: value("wsrep_connected").eq_ignore_ascii_case("ON"),
    }
}

/// Both products' words for the same things.
fn channel(row: &Map<String, Value>) -> Channel {
    let text = |names: [&str; 2]| {
        let value = names.iter().find_map(|name| row.get(*name));
        value
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .filter(|text| text != "null")
            .unwrap_or_default()
    };
    let number = |names: [&str; 2]| names.iter().find_map(|name| row.get(*name)?.as_f64());
    let errors = [["last_io_errno", "last_io_errno"], ["last_sql_errno", "last_sql_errno"]];
    let gtid = text(["using_gtid", "auto_position"]);
    Channel {
        name: text(["connection_name", "channel_name"]).into(),
        source: text(["source_host", "master_host"]).into(),
        io_running: text(["replica_io_running", "slave_io_running"]),
        sql_running: text(["replica_sql_running", "slave_sql_running"]),
        behind: number(["seconds_behind_source", "seconds_behind_master"]).map(Seconds),
        delay: number(["sql_delay", "sql_delay"]).filter(|delay| *delay > 0.0).map(Seconds),
        error: errors.iter().filter_map(|names| number(*names)).map(|n| n as u32).find(|n| *n > 0).unwrap_or(0),
        gtid: !matches!(gtid.as_str(), "" | "No" | "0"),
        skipped: Count(number(["skip_counter", "skip_counter"]).unwrap_or(0.0) as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_of_a_cluster_is_read() {
        let row = |name: &str, value: Value| StatusRow { variable_name: name.into(), value };
        let node = node(&[
            row("wsrep_cluster_status", "non-Primary".into()),
            row("wsrep_cluster_size", 2.into()),
            row("wsrep_local_state_comment", "Initialized".into()),
            row("wsrep_ready", "OFF".into()),
            row("wsrep_connected", "ON".into()),
        ]);
        let expected = Galera {
            status: "non-Primary".into(),
            size: Some(Count(2)),
            state: "Initialized".into(),
            ready: false,
            connected: true,
        };
        assert_eq!(node, expected);
    }

    #[test]
    fn both_vocabularies_are_read() {
        let read = |text: &str| channel(serde_json::from_str::<Value>(text).unwrap().as_object().unwrap());
        let old = read(
            r#"{"master_host":"a","slave_io_running":"Yes","slave_sql_running":"No","seconds_behind_master":null,"last_sql_errno":1062,"auto_position":0}"#,
        );
        assert_eq!((old.source.as_str(), old.sql_running.as_str(), old.behind, old.error), ("a", "No", None, 1062));
        let new = read(
            r#"{"source_host":"a","replica_io_running":"Yes","replica_sql_running":"Yes","seconds_behind_source":7,"sql_delay":5,"auto_position":1}"#,
        );
        assert_eq!((new.io_running.as_str(), new.behind, new.gtid), ("Yes", Some(Seconds(7.0)), true));
        assert_eq!((new.lag(), old.lag()), (Some(Seconds(2.0)), None));
    }
}
