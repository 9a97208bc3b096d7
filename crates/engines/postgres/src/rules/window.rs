//! Counters are only believed after they have seen a whole day, the night's batch and the morning's peak; or, for what
//! happens now, when they were read twice.

use std::borrow::Cow;
use std::ops::Deref;

use dbwright_model::finding::SubjectKind;
use dbwright_model::{Bytes, Case, Count, Limit, NotEvaluated, Sample, Seconds, Subject, Why};

use crate::sections::databases::{Database, Databases};
use crate::sections::wal::{Checkpoints, Log};

/// Least age of counters from which a rate is computed.
pub(super) static DAY: Limit<Seconds> = Limit {
    what: "age of the counters",
    value: Seconds::days(1.0),
    source: "load differs by the hour of the day, so an average needs a whole one",
};

/// Least length of a sample that stands in for younger counters.
pub(super) static SAMPLE: Limit<Seconds> = Limit {
    what: "length of a sample (--sample) that stands in for younger counters",
    value: Seconds(10.0),
    source: "ours: servers hand in their counters about once a second, so that the ends blur a tenth of it",
};

/// Least number of events in a sample.
pub(super) static EVENTS: Limit<Count> = Limit {
    what: "events in a sample",
    value: Count(10),
    source: "the error of a rate is about one in the root of the events: a third here",
};

/// The window in days, when it is at least one.
pub(super) fn days(window: Option<Seconds>) -> Result<f64, NotEvaluated> {
    let window = window.unwrap_or_default();
    if window.0 >= DAY.value.0 {
        return Ok(window.0 / 86_400.0);
    }
    let detail = format!("the counters cover {window}, this needs {}", DAY.value);
    Err(NotEvaluated::new(Why::Window, detail).allow("look again when the counters are a day old"))
}

/// Counters that a sample carries too.
pub(super) trait Sampled: Clone {
    /// How long they have counted.
    fn window(&self) -> Option<Seconds>;
    /// The same counters within the sample; `None` when they were reset in between, or this server has none.
    fn within(case: &Case, sample: &Sample) -> Option<Self>;
}

/// Counters over a window that they can be believed for.
pub(super) struct Counted<'a, T: Sampled> {
    counters: Cow<'a, T>,
    /// How long they counted.
    pub(super) window: Seconds,
    /// Whether that is a sample.
    pub(super) sampled: bool,
}

impl<T: Sampled> Deref for Counted<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.counters
    }
}

impl<T: Sampled> Counted<'_, T> {
    /// So much in a day, at this pace.
    pub(super) fn daily(&self, amount: f64) -> f64 {
        amount * 86_400.0 / self.window.0
    }

    /// Whether so many events bear a rate.
    pub(super) fn enough(&self, events: Count) -> bool {
        !self.sampled || events.0 >= EVENTS.value.0
    }

    /// `in 3 d`, `in a sample of 30 s`.
    pub(super) fn when(&self) -> String {
        let of = if self.sampled { "a sample of " } else { "" };
        format!("in {of}{}", self.window)
    }

    /// Where the window is read.
    pub(super) fn source(&self) -> &'static str {
        if self.sampled { "--sample" } else { "pg_stat_database.stats_reset" }
    }
}

impl Counted<'_, Database> {
    /// The database; the server where a sample counted all of them together.
    pub(super) fn subject(&self) -> Subject {
        match self.sampled {
            true => Subject::server(),
            false => Subject::new(SubjectKind::Database, &self.name),
        }
    }
}

/// The counters when they are a day old, otherwise what the sample saw of them.
pub(super) fn counted<'a, T: Sampled>(case: &Case, counters: &'a T) -> Result<Counted<'a, T>, NotEvaluated> {
    let window = counters.window();
    match days(window) {
        Ok(_) => Ok(Counted { counters: Cow::Borrowed(counters), window: window.unwrap_or_default(), sampled: false }),
        Err(young) => sampled(case).ok_or_else(|| young.allow(LATER)),
    }
}

const LATER: &str =
    "look again when the counters are a day old, or have them read twice now: dbwright look … --sample 60s";

fn sampled<'a, T: Sampled>(case: &Case) -> Option<Counted<'a, T>> {
    let sample = case.get::<Sample>().ok().filter(|sample| sample.interval.0 >= SAMPLE.value.0)?;
    Some(Counted { counters: Cow::Owned(T::within(case, sample)?), window: sample.interval, sampled: true })
}

/// Databases whose counters are at least a day old; where there is none, all of them together within the sample.
pub(super) fn databases(case: &Case) -> Result<Vec<Counted<'_, Database>>, NotEvaluated> {
    let all = || case.get::<Databases>().map(|section| section.databases.iter().filter(|each| !each.name.is_empty()));
    let old = |each: &&Database| days(each.window).is_ok();
    if all()?.any(|each| old(&each)) {
        return all()?.filter(old).map(|each| counted(case, each)).collect();
    }
    let oldest = all()?.max_by(|a, b| a.window.unwrap_or_default().0.total_cmp(&b.window.unwrap_or_default().0));
    Ok(oldest.map(|database| counted(case, database)).transpose()?.into_iter().collect())
}

fn count(sample: &Sample, counter: &str) -> Option<Count> {
    sample.growth(counter).map(|growth| Count(growth as u64))
}

fn milliseconds(sample: &Sample, counter: &str) -> Option<Seconds> {
    sample.growth(counter).map(|growth| Seconds(growth / 1000.0))
}

impl Sampled for Database {
    fn window(&self) -> Option<Seconds> {
        self.window
    }

    fn within(case: &Case, sample: &Sample) -> Option<Database> {
        let n = |column: &str| count(sample, &format!("pg_stat_database.{column}"));
        Some(Database {
            window: Some(sample.interval),
            size: case.server.data,
            commits: n("xact_commit")?,
            rollbacks: n("xact_rollback")?,
            pages_read: n("blks_read")?,
            pages_hit: n("blks_hit")?,
            read_time: milliseconds(sample, "pg_stat_database.blk_read_time")?,
            active_time: milliseconds(sample, "pg_stat_database.active_time"),
            temp_files: n("temp_files")?,
            temp_bytes: Bytes(n("temp_bytes")?.0),
            deadlocks: n("deadlocks")?,
            sessions: n("sessions"),
            session_time: milliseconds(sample, "pg_stat_database.session_time"),
            sessions_abandoned: n("sessions_abandoned"),
            sessions_fatal: n("sessions_fatal"),
            ..Database::default()
        })
    }
}

impl Sampled for Checkpoints {
    fn window(&self) -> Option<Seconds> {
        Some(self.window)
    }

    fn within(_: &Case, sample: &Sample) -> Option<Checkpoints> {
        Some(Checkpoints {
            window: sample.interval,
            timed: count(sample, "checkpoints_timed")?,
            requested: count(sample, "checkpoints_requested")?,
            ..Checkpoints::default()
        })
    }
}

impl Sampled for Log {
    fn window(&self) -> Option<Seconds> {
        Some(self.window)
    }

    fn within(_: &Case, sample: &Sample) -> Option<Log> {
        Some(Log {
            window: sample.interval,
            records: count(sample, "pg_stat_wal.wal_records")?,
            full_page_images: count(sample, "pg_stat_wal.wal_fpi")?,
            bytes: Bytes(count(sample, "pg_stat_wal.wal_bytes")?.0),
            buffers_full: count(sample, "pg_stat_wal.wal_buffers_full")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::bench::{pg, sample};
    use super::*;

    fn young() -> Databases {
        let database = |name: &str, hours: f64| Database {
            name: name.into(),
            window: Some(Seconds::hours(hours)),
            ..Database::default()
        };
        Databases { databases: vec![database("", 99.0), database("a", 3.0), database("b", 30.0), database("c", 1.0)] }
    }

    #[test]
    fn old_counters_come_before_a_sample() {
        let case = pg(15).with(&young()).with(&sample(60.0, &[]));
        let names: Vec<String> = databases(&case).unwrap().iter().map(|each| each.name.to_string()).collect();
        assert_eq!(names, ["b"]);
    }

    #[test]
    fn a_sample_stands_in_for_young_ones() {
        let mut databases_ = young();
        databases_.databases.remove(2);
        let case = pg(15).with(&databases_).with(&sample(20.0, &[("pg_stat_database.deadlocks", 12.0)]));
        let found = databases(&case).unwrap();
        let [all] = found.as_slice() else { panic!("{}", found.len()) };
        assert_eq!((all.deadlocks, all.sampled, all.subject()), (Count(12), true, Subject::server()));
        assert_eq!(
            (all.when().as_str(), all.enough(Count(9)), all.enough(Count(10))),
            ("in a sample of 20 s", false, true)
        );
        let short = pg(15).with(&databases_).with(&sample(9.9, &[]));
        let reason = databases(&short).err().unwrap();
        assert!(reason.detail.contains("3 h") && reason.allow.unwrap().contains("--sample"), "the oldest is told");
    }
}
