use dbwright_model::plan::Interval;
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule, Seconds, Settings, Severity, Share,
};

use super::plan::{self, Access};

pub(super) const RULE: Rule = Rule {
    id: "pages-read-from-disk",
    title: "The query waits for pages that are not in the buffer pool",
    engines: &[Engine::MySql],
    versions: "MariaDB 10.6.15 and later print it",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&PART, &TIME],
    explains: &[],
    wrong_when: "the server was just started, or nobody asked for this table for long: run it again before judging",
    do_not: "raise innodb_buffer_pool_size beyond what the machine's memory leaves: swapping is worse than reading",
    lesson: include_str!("pages_read_from_disk.md"),
    check,
};

static PART: Limit<Share> =
    Limit { what: "part of the execution spent waiting for pages", value: Share(0.25), source: "ours" };

static TIME: Limit<Seconds> =
    Limit { what: "time spent waiting for pages", value: Seconds::millis(10.0), source: "as for every warning" };

fn check(case: &Case) -> Checked {
    let pool = case.get::<Settings>().ok().and_then(|settings| settings.bytes("innodb_buffer_pool_size"));
    let found = plan::accesses(case)?.filter_map(|access| {
        let finding = finding(&access)?;
        Some(match pool {
            Some(pool) => finding.measured("buffer pool", pool, "innodb_buffer_pool_size"),
            None => finding,
        })
    });
    Ok(found.collect())
}

fn finding(access: &Access<'_>) -> Option<Finding> {
    let counted = access.at.node().extra.get("r_engine_stats")?.group()?;
    let number = |name: &str| counted.number(name).unwrap_or(0.0);
    let waited = Seconds::millis(number("pages_read_time_ms"));
    let part = Share::of(waited.0, access.at.execution()?)?;
    if waited < TIME.value || part.0 < PART.value.0 {
        return None;
    }
    let (read, ahead) = (number("pages_read_count"), number("pages_prefetch_read_count"));
    let touched = number("pages_accessed").max(read);
    let cause = format!(
        "{waited} ({part}) went into waiting for {} pages of {} that were not in the buffer pool, {ahead} more came ahead of time; {} were touched",
        Count(read as u64),
        access.at.node().relation.as_ref()?,
        Count(touched as u64),
        ahead = Count(ahead as u64),
    );
    // whether they would be there next time, one execution does not tell
    Some(
        access
            .at
            .finding(Severity::Info, cause)
            .measured("time to read pages", waited, "r_engine_stats.pages_read_time_ms")
            .measured("pages read", Count(read as u64), "r_engine_stats.pages_read_count")
            .saves(Interval::new(0.0, waited.0 * 0.9, waited.0))
            .fix(plan::rewrite(
                "Run it a second time. If it waits again, the buffer pool holds less than what is used: touch fewer pages (a covering index, a shorter range), or give the pool more memory",
            )),
    )
}
