use dbwright_model::plan::{Interval, Operator};
use dbwright_model::{Area, Case, Catalog, Checked, Engine, Finding, Harm, Limit, Ratio, Rows, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "bitmap-and-discards",
    title: "Two indexes are read for what one would find",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&READ, &TIMES, &WORTH, &WORTH_TIME],
    explains: &["nested-loop-many-loops"],
    wrong_when: "the columns are asked for in many combinations: then single indexes that are combined are the better design",
    do_not: "drop the single indexes at once: other queries may ask by one of the columns alone",
    lesson: include_str!("bitmap_and_discards.md"),
    check,
};

static READ: Limit<Rows> = Limit {
    what: "index entries read for bitmaps",
    value: Rows(10_000),
    source: "ours: 10,000 entries are read in about a millisecond",
};

static TIMES: Limit<Ratio> =
    Limit { what: "index entries read for each row found", value: Ratio(10.0), source: "as for index-filter-discards" };

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>().ok();
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(&at, catalog)).collect())
}

fn finding(at: &At<'_>, catalog: Option<&Catalog>) -> Option<Finding> {
    let node = at.node();
    let and = at.inputs().find(|input| &*input.node().name == "BitmapAnd")?;
    let scans: Vec<At<'_>> = and.inputs().collect();
    if node.operator != Operator::BitmapHeapScan
        || scans.iter().any(|scan| scan.node().operator != Operator::BitmapIndexScan)
    {
        return None;
    }
    let read: f64 = scans.iter().map(|scan| scan.node().total_rows()).sum::<Option<f64>>()?;
    let (found, loops) = (node.total_rows()?, node.loops()?);
    if read < READ.value.0 as f64 || read < TIMES.value.0 * found.max(1.0) {
        return None;
    }
    let bitmaps = and.total()?;
    let saving = Interval::new(bitmaps.low * 0.5, bitmaps.value * 0.9, bitmaps.high);
    let names: Vec<&str> =
        scans.iter().filter_map(|scan| scan.node().index.as_ref()).map(|name| name.as_str()).collect();
    let often = if loops > 1.0 { format!(", in {loops:.0} rounds") } else { String::new() };
    let finding = at
        .finding(
            plan::severity(at, saving),
            format!(
                "{} of {} were read to find {} that are in all of them{often}",
                Rows(read as u64),
                names.join(" and "),
                Rows(found as u64)
            ),
        )
        .measured("index entries read", Rows(read as u64), "Actual Rows × Actual Loops of the Bitmap Index Scans")
        .measured("rows found", Rows(found as u64), "Actual Rows × Actual Loops")
        .saves(saving);
    plan::with_index(finding, at, &[], catalog)
}
