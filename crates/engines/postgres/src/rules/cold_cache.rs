use dbwright_model::finding::FixKind;
use dbwright_model::plan::{NodeId, Operator};
use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rule, Seconds, Severity, Share, Undo,
};
use dbwright_plan::{At, places};

use super::made_under;

pub(super) const RULE: Rule = Rule {
    id: "cold-cache",
    title: "Most pages came from below the cache: a second run may be another",
    engines: &[Engine::Postgres],
    versions: "9.6–19; needs BUFFERS",
    area: Area::Plans,
    harm: Harm::Hygiene,
    limits: &[&READ, &SHARE, &TIME, &TIMED],
    explains: &["io-bound-scan"],
    wrong_when: "the data are far larger than the memory, so that every run is like this one",
    do_not: "compare a first run before a change with a second one after it: the cache is then the whole improvement",
    lesson: include_str!("cold_cache.md"),
    check,
};

static READ: Limit<Bytes> =
    Limit { what: "pages read from below the cache", value: Bytes::mib(8), source: "ours: fewer are read in no time" };

static SHARE: Limit<Share> = Limit {
    what: "pages read from below the cache, of all touched",
    value: Share(0.5),
    source: "ours: below half the run says enough about the warm one",
};

static TIME: Limit<Seconds> =
    Limit { what: "execution", value: Seconds::millis(10.0), source: "ours: shorter runs vary by themselves" };

static TIMED: Limit<Share> = Limit {
    what: "time spent reading them, where it was measured",
    value: Share(0.1),
    source: "measured: where a fifth of the time was waiting for pages, a warm run took half, as asking for pages costs besides",
};

fn check(case: &Case) -> Checked {
    let roots = places(case)?.filter(|at| at.place.node == NodeId::ROOT);
    Ok(roots.filter_map(|root| finding(case, root)).collect())
}

fn finding(case: &Case, root: At<'_>) -> Option<Finding> {
    let execution = root.execution().filter(|execution| *execution >= TIME.value.0)?;
    // Scans of tables of more than a quarter of the cache go around it, also the next time.
    let around = made_under::bytes(case, root.plan, "shared_buffers").unwrap_or(Bytes::mib(128)).0 / 4 / 8192;
    let (mut hit, mut read, mut time) = (0, 0, None);
    for at in root.subtree() {
        let Some(own) = at.node().own.as_ref().and_then(|own| own.buffers) else { continue };
        let goes_around = at.node().operator == Operator::FullScan && own.shared_hit + own.shared_read > around;
        if !goes_around {
            hit += own.shared_hit;
            read += own.shared_read;
            time = own.read_time.map(|one| one.0 + time.unwrap_or(0.0)).or(time);
        }
    }
    let (share, size) = (Share::of(read as f64, (hit + read) as f64)?, Bytes(read.saturating_mul(8192)));
    let quick = time.and_then(|time| Share::of(time, execution)).is_some_and(|of| of.0 < TIMED.value.0);
    if size.0 < READ.value.0 || share.0 < SHARE.value.0 || quick {
        return None;
    }
    let took = time.map_or(String::new(), |time| format!(" in {}", Seconds(time)));
    let reading = root.subtree().filter(|at| at.node().buffers.is_some_and(|pages| pages.shared_read > 0));
    let mut finding = root
        .finding(
            Severity::Info,
            format!("{size} of pages, {share} of all it touched, were not in the cache and had to be read{took}: judge the query by a second run"),
        )
        .measured("pages read", size, "Shared Read Blocks")
        .measured("of all pages touched", share, "Shared Read Blocks / (Shared Hit Blocks + Shared Read Blocks)")
        .reaches(reading.map(|at| at.place))
        .fix(Fix::of(
            FixKind::Code,
            "Run the same EXPLAIN (ANALYZE, BUFFERS) twice more and judge the last; if reading is what users wait for, judge this one",
            Undo::NotNeeded("it only reads".into()),
        ));
    if let Some(time) = time {
        finding = finding.measured("time to read them", Seconds(time), "Shared I/O Read Time");
    }
    Some(finding)
}
