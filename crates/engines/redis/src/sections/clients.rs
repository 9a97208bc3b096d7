//! `CLIENT LIST`: the neutral sessions, and what memory each connection holds.

use dbwright_model::activity::{Activity, Session as Connected, SessionKind, State};
use dbwright_model::{Bytes, Case, Count, Gap, Label, Name, Seconds, Section, SqlText, Why};
use serde::{Deserialize, Serialize};

use super::info::Info;
use crate::command;
use crate::reply;
use crate::session::Session;

/// Connections and their buffers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Clients {
    /// Connections listed, ours left out.
    pub total: Count,
    /// Output buffers of all of them together.
    pub output: Bytes,
    /// Idle for more than an hour, subscribers and replicas left out.
    pub idle: Count,
    /// Those that hold most memory, most first.
    pub largest: Vec<Client>,
}

/// One connection.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Client {
    /// The id `CLIENT KILL ID` takes.
    pub id: String,
    /// Host and port.
    pub address: Name,
    /// What it calls itself.
    #[serde(default, skip_serializing_if = "Label::is_empty")]
    pub name: Label,
    /// ACL user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Name>,
    /// `normal`, `pubsub`, `replica`, `primary`, `monitor`.
    pub kind: String,
    /// Age of the connection.
    pub age: Seconds,
    /// Time since its last command.
    pub idle: Seconds,
    /// Replies waiting to be sent.
    pub output: Bytes,
    /// Input waiting to be processed.
    pub input: Bytes,
    /// All memory of the connection (from 6.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Bytes>,
    /// Its last command.
    pub command: String,
    /// Whether it waits in a blocking command.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blocked: bool,
}

impl Section for Clients {
    const ID: &'static str = "redis.clients";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "client connections";
}

/// Above this many connections the list itself takes the server more than a few milliseconds.
const MOST_LISTED: u64 = 2_000;
/// Connections kept one by one.
const KEPT: usize = 100;

impl Client {
    fn read(line: &str) -> Option<Client> {
        let field = |name| reply::word(line, name, ' ');
        let number = |name| field(name).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        let flags = field("flags").unwrap_or_default();
        let subscribed = number("sub") + number("psub") + number("ssub") > 0;
        let kind = match flags {
            flags if flags.contains('S') => "replica",
            flags if flags.contains('M') => "primary",
            flags if flags.contains('O') => "monitor",
            flags if subscribed || flags.contains('P') => "pubsub",
            _ => "normal",
        };
        Some(Client {
            id: field("id")?.to_owned(),
            address: field("addr").unwrap_or_default().into(),
            name: field("name").unwrap_or_default().into(),
            user: field("user").map(Name::from),
            kind: kind.to_owned(),
            age: Seconds(number("age") as f64),
            idle: Seconds(number("idle") as f64),
            output: Bytes(number("omem")),
            input: Bytes(number("qbuf")),
            memory: field("tot-mem").and_then(|text| text.parse().ok()).map(Bytes),
            command: field("cmd").unwrap_or_default().to_owned(),
            blocked: flags.contains('b'),
        })
    }

    fn weight(&self) -> u64 {
        self.memory.unwrap_or(self.output + self.input).0
    }
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let info = Info::read(&session.info);
    let connections = info.connected_clients.unwrap_or_default();
    // Redis 6 tells the limit only in CONFIG.
    let limit = info.maxclients.or_else(|| {
        let settings = case.get::<dbwright_model::Settings>().ok()?;
        settings.number("maxclients").map(|limit| Count(limit as u64))
    });
    if connections.0 > MOST_LISTED {
        let detail = format!("{connections} connections: listing them would hold up the server");
        for section in [Activity::ID, Clients::ID] {
            case.miss(Gap {
                section: section.into(),
                part: None,
                why: Why::Budget,
                detail: detail.clone(),
                allow: None,
            });
        }
        return;
    }
    let list = match session.run(command::CLIENT_LIST, &[]).await {
        Ok(list) => reply::text(&list).unwrap_or_default(),
        Err(trouble) => {
            case.miss(trouble.gap(Activity::ID, None));
            return case.miss(trouble.gap(Clients::ID, None));
        }
    };
    let mut clients: Vec<Client> =
        list.lines().filter_map(Client::read).filter(|client| client.name != "dbwright").collect();
    clients.sort_by_key(|client| client.id.parse::<u64>().unwrap_or(0));
    if let Some(limit) = limit {
        let sessions = clients.iter().map(connected).collect();
        case.store(&Activity { sessions, connections, max_connections: limit, reserved: Count(0), peak: None });
    }
    let (total, output) = (Count(clients.len() as u64), clients.iter().map(|client| client.output).sum());
    let idle = clients.iter().filter(|client| client.kind == "normal" && !client.blocked && client.idle.0 > 3600.0);
    let idle = Count(idle.count() as u64);
    clients.sort_by_key(|client| std::cmp::Reverse(client.weight()));
    clients.truncate(KEPT);
    case.store(&Clients { total, output, idle, largest: clients });
}

fn connected(client: &Client) -> Connected {
    Connected {
        id: client.id.clone(),
        kind: match client.kind.as_str() {
            "replica" | "primary" => SessionKind::Replication,
            _ => SessionKind::Client,
        },
        user: client.user.clone(),
        application: Some(client.name.clone()).filter(|name| !name.is_empty()),
        client: Some(client.address.clone()),
        state: State::Idle,
        state_age: Some(client.idle),
        connection_age: Some(client.age),
        statement: Some(SqlText::from(client.command.as_str())).filter(|text| !text.is_empty()),
        wait: client.blocked.then(|| "blocking command".to_owned()),
        ..Connected::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_every_version_is_read() {
        let old = Client::read("id=3 addr=10.0.0.9:5 fd=8 name= age=7 idle=2 flags=N db=0 sub=1 psub=0 multi=-1 qbuf=0 qbuf-free=0 obl=0 oll=0 omem=9 events=r cmd=subscribe user=default").unwrap();
        assert_eq!((old.kind.as_str(), old.memory, old.output), ("pubsub", None, Bytes(9)));
        let new = Client::read("id=16 addr=127.0.0.1:58858 name=worker age=0 idle=0 flags=b db=0 sub=0 psub=0 ssub=0 qbuf=26 omem=0 tot-mem=17050 cmd=brpop user=app resp=2").unwrap();
        assert_eq!((new.memory, new.blocked, new.name.as_str()), (Some(Bytes(17050)), true, "worker"));
        assert_eq!(Client::read("garbage"), None);
    }
}
