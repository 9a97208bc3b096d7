//! Base units of PostgreSQL's settings, and the words that stand as values.

/// Settings people give with plans, and the unit the server counts them in; empty for those without one.
const KNOWN: &[(&str, &str)] = &[
    ("autovacuum", ""),
    ("autovacuum_analyze_scale_factor", ""),
    ("autovacuum_analyze_threshold", ""),
    ("autovacuum_max_workers", ""),
    ("autovacuum_naptime", "s"),
    ("autovacuum_vacuum_cost_delay", "ms"),
    ("autovacuum_vacuum_scale_factor", ""),
    ("autovacuum_vacuum_threshold", ""),
    ("autovacuum_work_mem", "kB"),
    ("backend_flush_after", "8kB"),
    ("bgwriter_delay", "ms"),
    ("checkpoint_completion_target", ""),
    ("checkpoint_timeout", "s"),
    ("commit_delay", ""),
    ("constraint_exclusion", ""),
    ("cpu_index_tuple_cost", ""),
    ("cpu_operator_cost", ""),
    ("cpu_tuple_cost", ""),
    ("cursor_tuple_fraction", ""),
    ("deadlock_timeout", "ms"),
    ("default_statistics_target", ""),
    ("effective_cache_size", "8kB"),
    ("effective_io_concurrency", ""),
    ("enable_bitmapscan", ""),
    ("enable_hashagg", ""),
    ("enable_hashjoin", ""),
    ("enable_incremental_sort", ""),
    ("enable_indexonlyscan", ""),
    ("enable_indexscan", ""),
    ("enable_material", ""),
    ("enable_memoize", ""),
    ("enable_mergejoin", ""),
    ("enable_nestloop", ""),
    ("enable_parallel_append", ""),
    ("enable_parallel_hash", ""),
    ("enable_partition_pruning", ""),
    ("enable_partitionwise_aggregate", ""),
    ("enable_partitionwise_join", ""),
    ("enable_seqscan", ""),
    ("enable_sort", ""),
    ("enable_tidscan", ""),
    ("from_collapse_limit", ""),
    ("fsync", ""),
    ("geqo", ""),
    ("geqo_threshold", ""),
    ("hash_mem_multiplier", ""),
    ("idle_in_transaction_session_timeout", "ms"),
    ("jit", ""),
    ("jit_above_cost", ""),
    ("jit_inline_above_cost", ""),
    ("jit_optimize_above_cost", ""),
    ("join_collapse_limit", ""),
    ("lock_timeout", "ms"),
    ("log_min_duration_statement", "ms"),
    ("log_temp_files", "kB"),
    ("logical_decoding_work_mem", "kB"),
    ("maintenance_work_mem", "kB"),
    ("max_connections", ""),
    ("max_parallel_maintenance_workers", ""),
    ("max_parallel_workers", ""),
    ("max_parallel_workers_per_gather", ""),
    ("max_wal_size", "MB"),
    ("max_worker_processes", ""),
    ("min_parallel_index_scan_size", "8kB"),
    ("min_parallel_table_scan_size", "8kB"),
    ("min_wal_size", "MB"),
    ("parallel_leader_participation", ""),
    ("parallel_setup_cost", ""),
    ("parallel_tuple_cost", ""),
    ("plan_cache_mode", ""),
    ("random_page_cost", ""),
    ("seq_page_cost", ""),
    ("server_version", ""),
    ("server_version_num", ""),
    ("shared_buffers", "8kB"),
    ("statement_timeout", "ms"),
    ("synchronous_commit", ""),
    ("temp_buffers", "8kB"),
    ("temp_file_limit", "kB"),
    ("track_io_timing", ""),
    ("wal_buffers", "8kB"),
    ("wal_level", ""),
    ("work_mem", "kB"),
];

/// Whether the name is one of a setting that people give with plans.
pub(super) fn is_known(name: &str) -> bool {
    KNOWN.iter().any(|(known, _)| *known == name)
}

/// The value in the server's own unit: `4MB` of `work_mem` is 4096 × kB. Without a unit it is in that already.
pub(crate) fn in_base(name: &str, value: &str) -> (String, Option<String>) {
    let base = KNOWN.iter().find(|(known, _)| *known == name).map(|(_, unit)| *unit).filter(|unit| !unit.is_empty());
    let digits = value.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-'))).unwrap_or(value.len());
    let (number, unit) = value.split_at(digits);
    let (unit, Ok(number)) = (unit.trim(), number.parse::<f64>()) else { return (value.to_owned(), None) };
    if unit.is_empty() {
        return (value.to_owned(), base.map(str::to_owned));
    }
    let Some((size, kind)) = scale(unit) else { return (value.to_owned(), None) };
    // a unit of ours to stand for those the server does not count in
    let base = base.filter(|base| scale(base).is_some_and(|(_, of)| of == kind)).unwrap_or(match kind {
        Kind::Size => "kB",
        Kind::Time => "ms",
    });
    let in_one = scale(base).map_or(1.0, |(size, _)| size);
    (format!("{}", number * size / in_one), Some(base.to_owned()))
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Kind {
    Size,
    Time,
}

/// What a unit is worth: in bytes, or in milliseconds.
fn scale(unit: &str) -> Option<(f64, Kind)> {
    const KB: f64 = 1024.0;
    Some(match unit {
        "B" => (1.0, Kind::Size),
        "kB" => (KB, Kind::Size),
        "8kB" => (8.0 * KB, Kind::Size),
        "MB" => (KB * KB, Kind::Size),
        "GB" => (KB * KB * KB, Kind::Size),
        "TB" => (KB * KB * KB * KB, Kind::Size),
        "us" => (0.001, Kind::Time),
        "ms" => (1.0, Kind::Time),
        "s" => (1_000.0, Kind::Time),
        "min" => (60_000.0, Kind::Time),
        "h" => (3_600_000.0, Kind::Time),
        "d" => (86_400_000.0, Kind::Time),
        _ => return None,
    })
}

/// Words that settings take as values: no secret looks like one.
pub(super) fn is_word(value: &str) -> bool {
    const WORDS: &[&str] = &[
        "always",
        "async",
        "auto",
        "content",
        "ddl",
        "default",
        "disabled",
        "error",
        "false",
        "fatal",
        "fdatasync",
        "force_custom_plan",
        "force_generic_plan",
        "fsync",
        "io_uring",
        "local",
        "log",
        "logical",
        "lz4",
        "minimal",
        "mmap",
        "mod",
        "no",
        "none",
        "notice",
        "off",
        "on",
        "open_datasync",
        "open_sync",
        "origin",
        "panic",
        "partition",
        "pglz",
        "posix",
        "read committed",
        "read uncommitted",
        "regress",
        "remote_apply",
        "remote_write",
        "repeatable read",
        "replica",
        "scram-sha-256",
        "serializable",
        "sync",
        "sysv",
        "terse",
        "top",
        "true",
        "try",
        "verbose",
        "warning",
        "worker",
        "yes",
        "zstd",
    ];
    WORDS.contains(&value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_in_base_units() {
        let base = |name, value| {
            let (value, unit) = in_base(name, value);
            format!("{value} {}", unit.unwrap_or_default())
        };
        assert_eq!(base("work_mem", "1GB"), "1048576 kB");
        assert_eq!(base("work_mem", "4096"), "4096 kB");
        assert_eq!(base("checkpoint_timeout", "5min"), "300 s");
        assert_eq!(base("app.limit", "2h"), "7200000 ms");
        assert_eq!(base("statement_timeout", "-1"), "-1 ms");
        assert_eq!(base("jit", "on"), "on ");
        assert_eq!(base("x", "1.2.3"), "1.2.3 ");
    }
}
