use dbwright_model::plan::Operator;
use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rule, Seconds, Severity, Share, Undo,
};
use dbwright_plan::{At, every};

use super::{made_under, plan};

pub(super) const RULE: Rule = Rule {
    id: "io-bound-scan",
    title: "A scan spends its time waiting for pages",
    engines: &[Engine::Postgres],
    versions: "9.6–19; needs BUFFERS and track_io_timing",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&WAITING, &TIME, &OF_ALL],
    explains: &[],
    wrong_when: "the pages are in the cache by the next run, as after a restart",
    do_not: "add processors or workers: they wait for the same disk",
    lesson: include_str!("io_bound_scan.md"),
    check,
};

static WAITING: Limit<Share> = Limit {
    what: "time of the scan spent reading pages",
    value: Share(0.5),
    source: "pgMustard's and our mark: above half, fewer pages help more than faster rows",
};

static TIME: Limit<Seconds> = Limit {
    what: "time spent reading pages",
    value: Seconds::millis(10.0),
    source: "ours: below it runs vary by themselves",
};

static OF_ALL: Limit<Share> =
    Limit { what: "the scan's part of the execution", value: Share(0.1), source: "ours: below it nothing is gained" };

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(case, at)).collect())
}

fn finding(case: &Case, at: At<'_>) -> Option<Finding> {
    let node = at.node();
    let pages = node.own.as_ref()?.buffers?;
    let reading = pages.read_time?;
    let (time, of_all) = (at.time()?, at.share()?);
    let waiting = Share::of(reading.0, time.value)?;
    if !node.operator.is_scan() || waiting.0 < WAITING.value.0 || reading.0 < TIME.value.0 || of_all.0 < OF_ALL.value.0
    {
        return None;
    }
    let read = Bytes(pages.shared_read.saturating_mul(8192));
    let each = Seconds(reading.0 / pages.shared_read.max(1) as f64);
    let rate = Bytes((read.0 as f64 / reading.0) as u64);
    let waiting = Share(waiting.0.min(1.0));
    let finding = at
        .finding(
            Severity::Info,
            format!(
                "{waiting} of its {} went into reading {read} of pages: {rate} a second, {each} a page",
                time.seconds()
            ),
        )
        .measured("time to read pages", reading, "Shared I/O Read Time, its own")
        .measured("pages read", read, "Shared Read Blocks, its own");
    // A bitmap knows which pages come next, and may ask for several at a time.
    let ahead = made_under::number(case, at.plan, "effective_io_concurrency");
    let finding = match node.operator {
        Operator::BitmapHeapScan if ahead.is_none_or(|ahead| ahead < 200.0) => finding.fix(
            Fix::sql("SET effective_io_concurrency = 200;", Undo::Statement("RESET effective_io_concurrency;".into()))
                .cost("for this session: the scan asks the disk for as many pages ahead; right for SSD and cloud volumes, whose many channels else stand idle")
                .verify("EXPLAIN (ANALYZE, BUFFERS) a query over other rows, which are not in the cache yet"),
        ),
        _ => finding,
    };
    let fewer = match node.operator {
        Operator::FullScan | Operator::SampleScan => {
            "Read fewer pages: by an index if few rows are wanted, from a table without dead space and unused wide columns, or from a summary kept up to date"
        }
        _ => {
            "Read fewer pages: an index that holds all columns the query needs, or rows that are wanted together stored together (CLUSTER, partitions)"
        }
    };
    Some(finding.fix(plan::rewrite(fewer)))
}
