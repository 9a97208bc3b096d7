//! The write-ahead log: checkpoints, the background writer, archiving, the log directory.

use dbwright_model::{Bytes, Case, Count, Seconds, Section};
use serde::{Deserialize, Serialize};

use super::read::{fitting, row, rows};
use crate::session::Session;
use crate::statement::Statement;

/// What writes the log and what follows from it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Wal {
    /// Whether the server replays another's log.
    pub in_recovery: bool,
    /// Position in the log, in bytes since its beginning: written on a primary, replayed on a standby.
    #[serde(default)]
    pub position: Option<Bytes>,
    /// Checkpoints.
    #[serde(default)]
    pub checkpoints: Option<Checkpoints>,
    /// The background writer.
    #[serde(default)]
    pub background_writer: Option<BackgroundWriter>,
    /// `fsync` calls that client sessions had to do for data files themselves.
    #[serde(default)]
    pub backend_fsyncs: Option<Count>,
    /// Counters of the log itself (14+).
    #[serde(default)]
    pub log: Option<Log>,
    /// The archiver.
    #[serde(default)]
    pub archiver: Option<Archiver>,
    /// `pg_wal` on disk; needs `pg_monitor`.
    #[serde(default)]
    pub directory: Option<Directory>,
    /// Segments that wait to be archived; needs `pg_monitor`.
    #[serde(default)]
    pub archive_backlog: Option<Count>,
}

impl Section for Wal {
    const ID: &'static str = "postgres.wal";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "write-ahead log and checkpoints";
}

/// Checkpoints since their counters began.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Checkpoints {
    /// Age of the counters.
    pub window: Seconds,
    /// Started because `checkpoint_timeout` had passed.
    pub timed: Count,
    /// Started before: by the amount of log, a command, a backup.
    pub requested: Count,
    /// Time writing pages.
    pub write_time: Seconds,
    /// Time waiting for the disk to have them.
    pub sync_time: Seconds,
    /// Data written.
    pub written: Bytes,
}

/// The background writer since its counters began.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct BackgroundWriter {
    /// Age of the counters.
    pub window: Seconds,
    /// Data written.
    pub written: Bytes,
    /// Rounds that stopped because `bgwriter_lru_maxpages` was reached.
    pub stopped: Count,
    /// Data for which sessions asked for a free buffer.
    pub allocated: Bytes,
}

/// The log's counters.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Log {
    /// Age of the counters.
    pub window: Seconds,
    /// Records written.
    pub records: Count,
    /// Records that carry a whole page.
    pub full_page_images: Count,
    /// Log generated.
    pub bytes: Bytes,
    /// Times the log was written only because its buffers were full.
    pub buffers_full: Count,
}

/// The archiver.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Archiver {
    /// Age of the counters.
    pub window: Seconds,
    /// Segments archived.
    pub archived: Count,
    /// How long ago the last one was.
    #[serde(default)]
    pub archived_age: Option<Seconds>,
    /// Failed attempts.
    pub failed: Count,
    /// How long ago the last one was.
    #[serde(default)]
    pub failed_age: Option<Seconds>,
    /// The segment that failed last.
    #[serde(default)]
    pub failed_segment: Option<String>,
}

/// `pg_wal` on disk.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Directory {
    /// Files in it.
    pub files: Count,
    /// Their size.
    pub size: Bytes,
}

const POSITION: Statement = Statement::new(
    Wal::ID,
    "SELECT pg_is_in_recovery() AS in_recovery, (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() \
     ELSE pg_current_wal_lsn() END - '0/0'::pg_lsn)::bigint AS position",
);

const CHECKPOINTS: &[Statement] = &[
    Statement::new(
        Wal::ID,
        "SELECT extract(epoch FROM now() - stats_reset) AS window, checkpoints_timed AS timed, checkpoints_req AS requested, \
         checkpoint_write_time / 1000 AS write_time, checkpoint_sync_time / 1000 AS sync_time, \
         buffers_checkpoint * current_setting('block_size')::bigint AS written FROM pg_stat_bgwriter",
    )
    .until(17),
    Statement::new(
        Wal::ID,
        "SELECT extract(epoch FROM now() - stats_reset) AS window, num_timed + restartpoints_timed AS timed, \
         num_requested + restartpoints_req AS requested, write_time / 1000 AS write_time, sync_time / 1000 AS sync_time, \
         buffers_written * current_setting('block_size')::bigint AS written FROM pg_stat_checkpointer",
    )
    .since(17),
];

const BACKGROUND_WRITER: Statement = Statement::new(
    Wal::ID,
    "SELECT extract(epoch FROM now() - stats_reset) AS window, \
     buffers_clean * current_setting('block_size')::bigint AS written, maxwritten_clean AS stopped, \
     buffers_alloc * current_setting('block_size')::bigint AS allocated FROM pg_stat_bgwriter",
);

// From 18 on pg_stat_io also counts the log's own fsyncs, which sessions rightly do at commit.
const BACKEND_FSYNCS: &[Statement] = &[
    Statement::new(Wal::ID, "SELECT buffers_backend_fsync AS count FROM pg_stat_bgwriter").until(17),
    Statement::new(
        Wal::ID,
        "SELECT coalesce(sum(fsyncs), 0)::bigint AS count FROM pg_stat_io \
         WHERE object = 'relation' AND backend_type = 'client backend'",
    )
    .since(17),
];

const LOG: Statement = Statement::new(
    Wal::ID,
    "SELECT extract(epoch FROM now() - stats_reset) AS window, wal_records AS records, wal_fpi AS full_page_images, \
     wal_bytes::bigint AS bytes, wal_buffers_full AS buffers_full FROM pg_stat_wal",
)
.since(14);

const ARCHIVER: Statement = Statement::new(
    Wal::ID,
    "SELECT extract(epoch FROM now() - stats_reset) AS window, archived_count AS archived, \
     extract(epoch FROM now() - last_archived_time) AS archived_age, failed_count AS failed, \
     extract(epoch FROM now() - last_failed_time) AS failed_age, last_failed_wal AS failed_segment FROM pg_stat_archiver",
);

const DIRECTORY: Statement =
    Statement::new(Wal::ID, "SELECT count(*) AS files, coalesce(sum(size), 0)::bigint AS size FROM pg_ls_waldir()");

const BACKLOG: Statement =
    Statement::new(Wal::ID, "SELECT count(*) AS count FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'");

pub(crate) const STATEMENTS: &[Statement] = &[
    POSITION,
    CHECKPOINTS[0],
    CHECKPOINTS[1],
    BACKGROUND_WRITER,
    BACKEND_FSYNCS[0],
    BACKEND_FSYNCS[1],
    LOG,
    ARCHIVER,
    DIRECTORY,
    BACKLOG,
];

#[derive(Deserialize)]
struct Position {
    in_recovery: bool,
    position: Option<Bytes>,
}

#[derive(Deserialize)]
struct Counted {
    count: Count,
}

const MONITOR: Option<&str> = Some("GRANT pg_monitor TO {role};");

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let Some(at) = row::<Position>(session, case, &POSITION, None, None).await else { return };
    let mut wal = Wal { in_recovery: at.in_recovery, position: at.position, ..Wal::default() };
    if let Some(statement) = fitting(session, CHECKPOINTS) {
        wal.checkpoints = row(session, case, statement, Some("checkpoints"), None).await;
    }
    wal.background_writer = row(session, case, &BACKGROUND_WRITER, Some("background writer"), None).await;
    if let Some(statement) = fitting(session, BACKEND_FSYNCS) {
        let counted: Option<Counted> = row(session, case, statement, Some("backend fsyncs"), None).await;
        wal.backend_fsyncs = counted.map(|counted| counted.count);
    }
    if LOG.fits(session.version.major) {
        wal.log = row(session, case, &LOG, Some("log counters"), None).await;
    }
    wal.archiver = row(session, case, &ARCHIVER, Some("archiver"), None).await;
    wal.directory = row(session, case, &DIRECTORY, Some("log directory"), MONITOR).await;
    let backlog: Option<Vec<Counted>> = rows(session, case, &BACKLOG, Some("archive backlog"), MONITOR).await;
    wal.archive_backlog = backlog.and_then(|rows| rows.first().map(|counted| counted.count));
    case.store(&wal);
}
