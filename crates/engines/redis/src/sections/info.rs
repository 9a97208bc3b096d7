//! What `INFO` says about memory, persistence, replication and traffic.

use std::collections::BTreeMap;

use dbwright_model::case::Role;
use dbwright_model::{Bytes, Case, Count, Name, Ratio, Seconds, Section};
use serde::{Deserialize, Serialize};

use crate::reply;
use crate::session::Session;

macro_rules! facts {
    ($($(#[$doc:meta])* $field:ident: $unit:ty = $key:literal as $read:path;)*) => {
        /// Facts of `INFO everything`; each is `None` where this version does not tell.
        #[derive(Debug, Clone, Default, Serialize, Deserialize)]
        pub struct Info {
            $($(#[$doc])* #[serde(default, skip_serializing_if = "Option::is_none")] pub $field: Option<$unit>,)*
            /// The replicas that follow this server.
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            pub replicas: Vec<Replica>,
        }

        impl Info {
            /// Reads the reply of `INFO`.
            pub fn read(text: &str) -> Info {
                let fields: BTreeMap<&str, &str> = reply::lines(text).collect();
                Info {
                    $($field: fields.get($key).and_then(|text| $read(text)),)*
                    replicas: (0..).map_while(|i| Replica::read(fields.get(format!("slave{i}").as_str())?)).collect(),
                }
            }
        }
    };
}

facts! {
    /// Time since the server started.
    uptime: Seconds = "uptime_in_seconds" as seconds;
    /// `standalone` or `cluster`.
    mode: String = "redis_mode" as text;
    /// The operating system, as the server names it.
    os: String = "os" as text;
    /// Client connections.
    connected_clients: Count = "connected_clients" as count;
    /// Most client connections allowed (from Redis 7).
    maxclients: Count = "maxclients" as count;
    /// Clients waiting in a blocking command.
    blocked_clients: Count = "blocked_clients" as count;
    /// Memory the allocator gave the server.
    used_memory: Bytes = "used_memory" as bytes;
    /// The most it ever was.
    used_memory_peak: Bytes = "used_memory_peak" as bytes;
    /// Resident memory of the process.
    used_memory_rss: Bytes = "used_memory_rss" as bytes;
    /// Memory that is not data: dictionaries, buffers, startup.
    used_memory_overhead: Bytes = "used_memory_overhead" as bytes;
    /// Memory of the data itself.
    used_memory_dataset: Bytes = "used_memory_dataset" as bytes;
    /// Memory of an empty server.
    used_memory_startup: Bytes = "used_memory_startup" as bytes;
    /// Memory of cached scripts and the Lua engine.
    used_memory_scripts: Bytes = "used_memory_scripts" as bytes;
    /// Memory of the Lua engine (before 7.0 the only figure with the scripts in it).
    used_memory_lua: Bytes = "used_memory_lua" as bytes;
    /// Buffers of normal clients.
    mem_clients_normal: Bytes = "mem_clients_normal" as bytes;
    /// Main memory of the machine or container as the server sees it.
    total_system_memory: Bytes = "total_system_memory" as bytes;
    /// Memory limit; zero is none.
    maxmemory: Bytes = "maxmemory" as bytes;
    /// What happens at the limit.
    maxmemory_policy: String = "maxmemory_policy" as text;
    /// Parts of used memory that do not count towards the limit.
    mem_not_counted_for_evict: Bytes = "mem_not_counted_for_evict" as bytes;
    /// Resident over used memory.
    mem_fragmentation_ratio: Ratio = "mem_fragmentation_ratio" as ratio;
    /// Active pages over allocated bytes: what the allocator cannot reuse.
    allocator_frag_ratio: Ratio = "allocator_frag_ratio" as ratio;
    /// The same as a difference.
    allocator_frag_bytes: Bytes = "allocator_frag_bytes" as bytes;
    /// Whether defragmentation is running now.
    active_defrag_running: Count = "active_defrag_running" as count;
    /// The allocator's name.
    mem_allocator: String = "mem_allocator" as text;
    /// Scripts in the cache.
    number_of_cached_scripts: Count = "number_of_cached_scripts" as count;
    /// Scripts thrown out of the cache (Redis 7.4, Valkey 8).
    evicted_scripts: Count = "evicted_scripts" as count;
    /// Writes since the last snapshot.
    rdb_changes_since_last_save: Count = "rdb_changes_since_last_save" as count;
    /// Unix time of the last snapshot (or of the start).
    rdb_last_save_time: Seconds = "rdb_last_save_time" as seconds;
    /// Whether the last snapshot succeeded.
    rdb_last_bgsave_ok: bool = "rdb_last_bgsave_status" as yes;
    /// Whether a snapshot is being written now.
    rdb_bgsave_in_progress: bool = "rdb_bgsave_in_progress" as yes;
    /// Memory copied during the last snapshot.
    rdb_last_cow_size: Bytes = "rdb_last_cow_size" as bytes;
    /// Whether the append-only file is on.
    aof_enabled: bool = "aof_enabled" as yes;
    /// Whether its last write succeeded.
    aof_last_write_ok: bool = "aof_last_write_status" as yes;
    /// Whether its last rewrite succeeded.
    aof_last_rewrite_ok: bool = "aof_last_bgrewrite_status" as yes;
    /// Writes that had to wait for the disk.
    aof_delayed_fsync: Count = "aof_delayed_fsync" as count;
    /// Connections accepted since the start.
    total_connections: Count = "total_connections_received" as count;
    /// Commands processed since the start.
    total_commands: Count = "total_commands_processed" as count;
    /// Connections refused because of `maxclients`.
    rejected_connections: Count = "rejected_connections" as count;
    /// Full synchronisations of replicas.
    sync_full: Count = "sync_full" as count;
    /// Partial synchronisations that were granted.
    sync_partial_ok: Count = "sync_partial_ok" as count;
    /// Partial synchronisations that had to become full ones.
    sync_partial_err: Count = "sync_partial_err" as count;
    /// Keys that expired.
    expired_keys: Count = "expired_keys" as count;
    /// Keys thrown out at the memory limit.
    evicted_keys: Count = "evicted_keys" as count;
    /// Reads that found their key.
    keyspace_hits: Count = "keyspace_hits" as count;
    /// Reads that did not.
    keyspace_misses: Count = "keyspace_misses" as count;
    /// How long the last fork stopped the server.
    latest_fork: Seconds = "latest_fork_usec" as micros;
    /// Clients cut off because their output buffer grew past its limit (from 7.0).
    output_limit_disconnections: Count = "client_output_buffer_limit_disconnections" as count;
    /// Largest recent output buffer.
    client_recent_max_output_buffer: Bytes = "client_recent_max_output_buffer" as bytes;
    /// `master` or `slave`.
    role: String = "role" as text;
    /// Whether the link to the primary is up.
    primary_link_up: bool = "master_link_status" as yes;
    /// For how long it has been down.
    primary_link_down_for: Seconds = "master_link_down_since_seconds" as seconds;
    /// Time since something was heard of the primary.
    primary_last_io: Seconds = "master_last_io_seconds_ago" as seconds;
    /// Whether the first copy of the data is still being received.
    primary_sync_in_progress: bool = "master_sync_in_progress" as yes;
    /// Whether this replica refuses writes.
    replica_read_only: bool = "slave_read_only" as yes;
    /// Replicas connected.
    connected_replicas: Count = "connected_slaves" as count;
    /// Bytes of replication stream written since the beginning.
    repl_offset: Bytes = "master_repl_offset" as bytes;
    /// Size of the replication backlog.
    repl_backlog_size: Bytes = "repl_backlog_size" as bytes;
    /// Whether the backlog is kept.
    repl_backlog_active: bool = "repl_backlog_active" as yes;
}

/// A replica as its primary sees it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Replica {
    /// Host and port.
    pub address: Name,
    /// `online`, `wait_bgsave`, `send_bulk`.
    pub state: String,
    /// How far it has acknowledged.
    pub offset: Bytes,
    /// Time since its last acknowledgement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag: Option<Seconds>,
}

impl Replica {
    fn read(text: &str) -> Option<Replica> {
        let field = |name| reply::word(text, name, ',');
        Some(Replica {
            address: format!("{}:{}", field("ip")?, field("port")?).into(),
            state: field("state")?.to_owned(),
            offset: bytes(field("offset")?)?,
            lag: field("lag").and_then(seconds),
        })
    }
}

impl Section for Info {
    const ID: &'static str = "redis.info";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "server counters (INFO)";
}

impl Info {
    /// Whether it takes writes from clients rather than from another server.
    pub fn is_primary(&self) -> bool {
        self.role.as_deref() != Some("slave")
    }

    /// Share of reads that found their key, with how many reads there were.
    pub fn hit_ratio(&self) -> Option<(dbwright_model::Share, Count)> {
        let (hits, misses) = (self.keyspace_hits?.0, self.keyspace_misses?.0);
        Some((dbwright_model::Share::of(hits as f64, (hits + misses) as f64)?, Count(hits + misses)))
    }

    /// Whether the data is one that may be thrown away at the limit, whatever the key.
    pub fn is_cache(&self) -> bool {
        self.maxmemory_policy.as_deref().is_some_and(|policy| policy.starts_with("allkeys"))
            && self.maxmemory.is_some_and(|limit| limit.0 > 0)
    }
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}
fn count(text: &str) -> Option<Count> {
    text.parse().ok().map(Count)
}
fn bytes(text: &str) -> Option<Bytes> {
    text.parse().ok().map(Bytes)
}
fn seconds(text: &str) -> Option<Seconds> {
    // -1 is "never" or "not now".
    text.parse().ok().filter(|seconds: &f64| *seconds >= 0.0).map(Seconds)
}
fn micros(text: &str) -> Option<Seconds> {
    text.parse().ok().map(|micros: f64| Seconds(micros / 1e6))
}
fn ratio(text: &str) -> Option<Ratio> {
    text.parse().ok().filter(|ratio: &f64| ratio.is_finite()).map(Ratio)
}
fn yes(text: &str) -> Option<bool> {
    match text {
        "1" | "ok" | "up" | "yes" => Some(true),
        "0" | "err" | "down" | "no" => Some(false),
        _ => None,
    }
}

/// Stores the section, and what every report says about the server.
pub(crate) fn store(session: &Session, case: &mut Case) {
    let info = Info::read(&session.info);
    let server = &mut case.server;
    server.uptime = info.uptime;
    server.data = info.used_memory;
    server.role = if info.is_primary() { Role::Primary } else { Role::Replica };
    if server.host.memory.is_none() {
        server.host.memory = info.total_system_memory;
        server.host.source = "INFO total_system_memory".into();
    }
    if server.managed.is_none() && info.os.as_deref().is_some_and(|os| os.contains("ElastiCache")) {
        server.managed = Some("Amazon ElastiCache".into());
    }
    // Redis 7+ tells its clock; before, ours has to do.
    let clock = reply::lines(&session.info).find(|(key, _)| *key == "server_time_usec");
    server.now = clock
        .and_then(|(_, micros)| jiff::Timestamp::from_microsecond(micros.parse().ok()?).ok())
        .unwrap_or_else(jiff::Timestamp::now);
    case.store(&info);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_with_their_units() {
        let info = Info::read(
            "# Memory\r\nused_memory:1048576\r\nlatest_fork_usec:1500\r\naof_last_write_status:err\r\nmaster_last_io_seconds_ago:-1\r\n\
             slave0:ip=10.0.0.2,port=6379,state=online,offset=42,lag=1\r\nslave1:ip=::1,port=6380,state=wait_bgsave,offset=0,lag=0\r\n",
        );
        assert_eq!((info.used_memory, info.latest_fork), (Some(Bytes::mib(1)), Some(Seconds(0.0015))));
        assert_eq!((info.aof_last_write_ok, info.primary_last_io, info.maxmemory), (Some(false), None, None));
        assert_eq!(info.replicas.len(), 2);
        assert_eq!(info.replicas[0].address, "10.0.0.2:6379");
    }
}
