//! The server as a replica, and who replicates from it.

use dbwright_model::case::Role;
use dbwright_model::{Case, Count, Name, Product, Seconds, Section};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::session::Session;
use crate::statement::Statement;

const MARIADB: Statement = Statement::new(Replication::ID, "SHOW ALL SLAVES STATUS").mariadb();
const MYSQL: Statement = Statement::new(Replication::ID, "SHOW REPLICA STATUS").mysql();
const GROUP: Statement = Statement::new(
    Replication::ID,
    "SELECT member_host AS host, member_state AS state, member_role AS role FROM performance_schema.replication_group_members WHERE member_id <> ''",
)
.mysql();

pub(crate) const STATEMENTS: &[Statement] = &[MARIADB, MYSQL, GROUP];

/// Replication as this server sees it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Replication {
    /// One for each server this one replicates from; empty on a primary.
    pub channels: Vec<Channel>,
    /// Members of the replication group, where there is one.
    pub members: Vec<Member>,
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
    /// Number of the last error of either thread; 0 when there is none. Its text may hold data and is not kept.
    pub error: u32,
    /// Whether positions are global transaction ids.
    pub gtid: bool,
    /// Errors skipped by hand so far.
    pub skipped: Count,
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

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let statement = if session.product == Product::MariaDB { &MARIADB } else { &MYSQL };
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
    let members = session.rows::<Member>(&GROUP).await.unwrap_or_default();
    if !channels.is_empty() {
        case.server.role = Role::Replica;
    }
    case.store(&Replication { channels, members });
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
        error: errors.iter().filter_map(|names| number(*names)).map(|n| n as u32).find(|n| *n > 0).unwrap_or(0),
        gtid: !matches!(gtid.as_str(), "" | "No" | "0"),
        skipped: Count(number(["skip_counter", "skip_counter"]).unwrap_or(0.0) as u64),
    }
}
