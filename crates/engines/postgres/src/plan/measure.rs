//! What operators and workers took: time, rows, pages, memory and disk.

use dbwright_model::plan::{Actual, Buffers, Fields, Value, Work, Worker};
use dbwright_model::{Bytes, Seconds};

use super::interpret::Since;
use super::slot::{count, number, text};

/// What nodes and workers have in common.
#[derive(Debug, Default)]
pub(super) struct Measures {
    startup: Option<f64>,
    total: Option<f64>,
    rows: Option<f64>,
    loops: Option<f64>,
    pub(super) buffers: Option<Buffers>,
    pub(super) work: Option<Work>,
}

impl Measures {
    /// Takes a field that is a measure; gives any other back.
    pub(super) fn take(&mut self, name: &str, value: Value, since: &mut Since) -> Option<Value> {
        match name {
            "Actual Startup Time" => return number(&mut self.startup, value),
            "Actual Total Time" => return number(&mut self.total, value),
            "Actual Rows" => return number(&mut self.rows, value),
            "Actual Loops" => return number(&mut self.loops, value),
            _ => {}
        }
        if name.ends_with(" Blocks") || name.ends_with(" Time") {
            return match value.number().is_some_and(|figure| page_figure(&mut self.buffers, name, figure, since)) {
                true => None,
                false => Some(value),
            };
        }
        let kilobytes = |slot: &mut Option<Bytes>, value: Value| match value.number() {
            Some(kb) => {
                *slot = Some(Bytes((kb * 1024.0) as u64));
                None
            }
            None => Some(value),
        };
        let mut fresh = Work::default();
        let work = self.work.as_mut().unwrap_or(&mut fresh);
        let kept = match name {
            "Sort Method" => text(&mut work.method, value),
            "Peak Memory Usage" => kilobytes(&mut work.memory, value),
            "Disk Usage" => kilobytes(&mut work.disk, value),
            "HashAgg Batches" | "Hash Batches" => count(&mut work.batches, value),
            "Original Hash Batches" | "Planned Partitions" => count(&mut work.planned_batches, value),
            // which of the two it is, another field says
            _ => Some(value),
        };
        if self.work.is_none() && fresh != Work::default() {
            self.work = Some(fresh);
        }
        kept
    }

    pub(super) fn actual(&self) -> Option<Actual> {
        let loops = self.loops?;
        // never executed: the zeros that some formats print are no measurements
        let ran = |figure: Option<f64>| figure.filter(|_| loops > 0.0);
        let time = |ms: Option<f64>| ran(ms).map(|ms| Seconds(ms / 1000.0));
        Some(Actual {
            startup: time(self.startup),
            total: time(self.total),
            rows: ran(self.rows),
            loops,
            ..Actual::default()
        })
    }
}

/// Puts a figure about pages where it belongs; `false` when it is none.
fn page_figure(buffers: &mut Option<Buffers>, name: &str, figure: f64, since: &mut Since) -> bool {
    let mut fresh = Buffers::default();
    let into = buffers.as_mut().unwrap_or(&mut fresh);
    let pages = match name {
        "Shared Hit Blocks" => &mut into.shared_hit,
        "Shared Read Blocks" => &mut into.shared_read,
        "Shared Dirtied Blocks" => &mut into.shared_dirtied,
        "Shared Written Blocks" => &mut into.shared_written,
        "Local Hit Blocks" => &mut into.local_hit,
        "Local Read Blocks" => &mut into.local_read,
        "Local Dirtied Blocks" => &mut into.local_dirtied,
        "Local Written Blocks" => &mut into.local_written,
        "Temp Read Blocks" => &mut into.temp_read,
        "Temp Written Blocks" => &mut into.temp_written,
        _ => {
            let time = match name {
                "Shared I/O Read Time" | "I/O Read Time" => &mut into.read_time,
                "Shared I/O Write Time" | "I/O Write Time" => &mut into.write_time,
                "Local I/O Read Time" => &mut into.local_read_time,
                "Local I/O Write Time" => &mut into.local_write_time,
                "Temp I/O Read Time" => &mut into.temp_read_time,
                "Temp I/O Write Time" => &mut into.temp_write_time,
                _ => return false,
            };
            *time = Some(Seconds(figure / 1000.0));
            since.times = true;
            since.apart |= name.starts_with("Shared") || name.starts_with("Local");
            since.temporary |= name.starts_with("Temp");
            buffers.get_or_insert(fresh);
            return true;
        }
    };
    *pages = figure as u64;
    since.buffers = true;
    buffers.get_or_insert(fresh);
    true
}

/// What an operator worked with: some fields say it in two parts, or in a group.
pub(super) fn work(work: &mut Option<Work>, extra: &mut Fields, operator: &str) -> Option<Work> {
    let mut work = work.take().unwrap_or_default();
    let kilobytes = |extra: &mut Fields, name: &str| extra.take(name)?.number().map(|kb| Bytes((kb * 1024.0) as u64));
    for (space, kind) in [("Sort Space Used", "Sort Space Type"), ("Maximum Storage", "Storage")] {
        if extra.number(space).is_none() {
            continue;
        }
        match extra.text(kind) {
            Some("Memory") => work.memory = kilobytes(extra, space),
            Some("Disk") => work.disk = kilobytes(extra, space),
            _ => continue,
        }
        extra.take(kind);
    }
    if let Some(original) = extra.number("Original Hash Buckets")
        && extra.number("Hash Buckets") == Some(original)
    {
        extra.take("Original Hash Buckets");
    }
    match operator {
        "Hash" if work.batches.is_some() => work.planned_batches = work.planned_batches.or(work.batches),
        "HashAggregate" | "MixedAggregate" => {
            work.planned_batches.take_if(|planned| *planned == 0);
            if work.batches.is_none_or(|batches| batches <= 1) {
                work.disk.take_if(|disk| disk.0 == 0);
            }
        }
        "Incremental Sort" => {
            for groups in ["Full-sort Groups", "Pre-sorted Groups"] {
                let Some(groups) = extra.get(groups).and_then(Value::group) else { continue };
                for (slot, space) in [(&mut work.memory, "Sort Space Memory"), (&mut work.disk, "Sort Space Disk")] {
                    let space = groups.get(space).and_then(Value::group);
                    let peak = space.and_then(|space| space.number("Peak Sort Space Used"));
                    let bytes = peak.map(|kb| (kb * 1024.0) as u64);
                    *slot = slot.map(|known| known.0).max(bytes).map(Bytes);
                }
            }
        }
        _ => {}
    }
    (work != Work::default()).then_some(work)
}

/// What workers did. Old versions print the list twice, with other figures.
pub(super) fn per_worker(workers: &mut Vec<Worker>, value: Value, since: &mut Since) -> Option<Value> {
    let items = match value {
        Value::List(items) => items,
        single @ Value::Group(_) => vec![single],
        Value::Null => return None,
        other => return Some(other),
    };
    for item in items {
        let Value::Group(mut fields) = item else { continue };
        let number =
            fields.take("Worker Number").and_then(|number| number.number()).unwrap_or(workers.len() as f64) as u64;
        let mut measures = Measures::default();
        let mut extra = Fields::default();
        for (name, value) in fields.0 {
            since.saw(&name);
            if matches!(&*name, "Exact Heap Blocks" | "Lossy Heap Blocks") && value.number() == Some(0.0) {
                continue;
            }
            if let Some(value) = measures.take(&name, value, since) {
                extra.0.push((name, value));
            }
        }
        let worker = match workers.iter_mut().find(|worker| worker.number == number) {
            Some(worker) => worker,
            None => {
                workers.push(Worker { number, ..Worker::default() });
                let Some(worker) = workers.last_mut() else { continue };
                worker
            }
        };
        worker.actual = worker.actual.or(measures.actual());
        worker.buffers = worker.buffers.or(measures.buffers);
        worker.work = worker.work.take().or(measures.work);
        worker.extra.0.append(&mut extra.0);
    }
    None
}
