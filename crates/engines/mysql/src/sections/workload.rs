//! Statement digests of performance_schema as the neutral [`Workload`].

use std::collections::HashMap;

use dbwright_model::workload::Query;
use dbwright_model::{Case, Count, Name, Rows, Seconds, Section, Settings, Why, Workload};
use dbwright_sql::{Dialect, redact};
use jiff::Timestamp;
use serde::Deserialize;

use super::status::Status;
use crate::session::{Session, Trouble};
use crate::statement::Statement;

const DIGESTS: Statement = Statement::new(
    Workload::ID,
    "SELECT digest, schema_name AS db, digest_text AS text, count_star AS calls, sum_timer_wait / 1e12 AS total, avg_timer_wait / 1e12 AS mean,
            max_timer_wait / 1e12 AS longest, sum_rows_sent + sum_rows_affected AS n, sum_rows_examined AS examined,
            sum_lock_time / 1e12 AS locked, unix_timestamp(first_seen) AS first, unix_timestamp(last_seen) AS last,
            sum_created_tmp_disk_tables AS disk, sum_no_index_used AS noindex, sum_errors AS errors
     FROM performance_schema.events_statements_summary_by_digest
     WHERE digest IS NOT NULL AND COALESCE(schema_name, '') NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')
       AND NOT (schema_name IS NULL AND digest_text LIKE '%\\_schema%')
     ORDER BY sum_timer_wait DESC LIMIT 500",
);

const TOTALS: Statement = Statement::new(
    Workload::ID,
    "SELECT COALESCE(SUM(count_star), 0) AS calls, COALESCE(SUM(sum_timer_wait), 0) / 1e12 AS total,
            COALESCE(SUM(CASE WHEN digest IS NULL THEN count_star END), 0) AS lost
     FROM performance_schema.events_statements_summary_by_digest",
);

/// MariaDB keeps no histograms. The lookup goes by the index of the histograms, digest by digest.
const QUANTILES: Statement = Statement::new(
    Workload::ID,
    "SELECT t.schema_name AS db, t.digest, MIN(h.bucket_timer_high) / 1e12 AS p50, MAX(t.quantile_95) / 1e12 AS p95, MAX(t.quantile_99) / 1e12 AS p99
     FROM (SELECT schema_name, digest, quantile_95, quantile_99 FROM performance_schema.events_statements_summary_by_digest
           WHERE digest IS NOT NULL ORDER BY sum_timer_wait DESC LIMIT 500) t
     LEFT JOIN performance_schema.events_statements_histogram_by_digest h
       ON h.schema_name = t.schema_name AND h.digest = t.digest AND h.bucket_quantile >= 0.5
     GROUP BY t.schema_name, t.digest",
)
.mysql();

pub(crate) const STATEMENTS: &[Statement] = &[DIGESTS, TOTALS, QUANTILES];

#[derive(Deserialize)]
struct Row {
    digest: String,
    db: Option<Name>,
    text: Option<String>,
    calls: u64,
    total: f64,
    mean: f64,
    longest: f64,
    n: u64,
    examined: u64,
    locked: f64,
    first: Option<f64>,
    last: Option<f64>,
    disk: u64,
    noindex: u64,
    errors: u64,
}

#[derive(Deserialize)]
struct Quantiles {
    db: Option<Name>,
    digest: String,
    p50: Option<f64>,
    p95: Option<f64>,
    p99: Option<f64>,
}

#[derive(Deserialize)]
struct Totals {
    calls: f64,
    total: f64,
    lost: f64,
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    if case.get::<Settings>().is_ok_and(|settings| settings.is_on("performance_schema") == Some(false)) {
        let detail = "performance_schema is off; without a restart, the slow log of a busy hour (slow_query_log = ON, \
                      long_query_time = 0) tells the same to dbwright profile FILE";
        let trouble = Trouble::new(Why::Setting, detail);
        let allow = "performance_schema = ON   # in the configuration file; takes a restart";
        return case.miss(trouble.gap(Workload::ID, None, Some(allow.into())));
    }
    match workload(session, case).await {
        Ok(workload) => case.store(&workload),
        Err(trouble) => {
            case.miss(trouble.gap(Workload::ID, None, Some(session.grant("SELECT ON performance_schema.*"))))
        }
    }
}

async fn workload(session: &mut Session, case: &Case) -> Result<Workload, Trouble> {
    let rows: Vec<Row> = session.rows(&DIGESTS).await?;
    // What a server without histograms cannot tell is no gap.
    let quantiles: HashMap<(Option<Name>, String), Quantiles> = match QUANTILES.fits(session.product) {
        true => session.rows::<Quantiles>(&QUANTILES).await.unwrap_or_default(),
        false => Vec::new(),
    }
    .into_iter()
    .map(|row| ((row.db.clone(), row.digest.clone()), row))
    .collect();
    let totals = session.rows::<Totals>(&TOTALS).await?.into_iter().next();
    let uptime = case.get::<Status>().ok().and_then(|status| status.get("uptime"));
    let since =
        uptime.and_then(|uptime| case.server.now.checked_sub(jiff::SignedDuration::from_secs(uptime as i64)).ok());
    let redaction = session.redaction;
    let mut queries: Vec<Query> = rows
        .into_iter()
        .map(|row| {
            // Quantiles are the upper ends of their buckets, which may lie above the longest time there was.
            let quantiles = quantiles.get(&(row.db.clone(), row.digest.clone()));
            let quantile =
                |of: fn(&Quantiles) -> Option<f64>| quantiles.and_then(of).map(|time| Seconds(time.min(row.longest)));
            Query {
                p50: quantile(|row| row.p50),
                p95: quantile(|row| row.p95),
                p99: quantile(|row| row.p99),
                lock_time: Some(Seconds(row.locked)),
                first_seen: row.first.and_then(moment),
                last_seen: row.last.and_then(moment),
                fingerprint: row.digest,
                // Digest texts hold no literals but for a few the server leaves in (LIMIT, intervals, old versions).
                text: redact(&row.text.unwrap_or_default(), Dialect::MySql, redaction),
                database: row.db,
                calls: Count(row.calls),
                total_time: Seconds(row.total),
                mean_time: Seconds(row.mean),
                max_time: Some(Seconds(row.longest)),
                rows: Some(Rows(row.n)),
                rows_examined: Some(Rows(row.examined)),
                disk_temp_tables: Some(Count(row.disk)),
                without_index: Some(Count(row.noindex)),
                errors: Some(Count(row.errors)),
                ..Query::default()
            }
        })
        .collect();
    queries.sort_by(|a, b| b.total_time.0.total_cmp(&a.total_time.0).then_with(|| a.fingerprint.cmp(&b.fingerprint)));
    let totals = totals.unwrap_or(Totals { calls: 0.0, total: 0.0, lost: 0.0 });
    Ok(Workload {
        source: "performance_schema digests".into(),
        since,
        total_time: Seconds(totals.total),
        total_calls: Count(totals.calls as u64),
        evicted: Some(Count(totals.lost as u64)),
        queries,
    })
}

/// Seconds since 1970 as a time; MySQL's zero time is none.
fn moment(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_microsecond((seconds * 1e6) as i64).ok().filter(|_| seconds > 0.0)
}
