use dbwright_model::plan::Operator;
use dbwright_model::{Area, Bytes, Case, Checked, Engine, Finding, Harm, Limit, Rule};
use dbwright_plan::{At, every};

use super::plan::{self, Keeps, MOST_MEMORY, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "temporary-file-reads",
    title: "An intermediate result does not fit into memory and goes to disk",
    engines: &[Engine::Postgres],
    versions: "9.6–19; needs BUFFERS",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&WRITTEN, &MOST_MEMORY, &WORTH, &WORTH_TIME],
    explains: &[],
    wrong_when: "the result is read once and the disk is fast",
    do_not: "raise work_mem for the whole server because of one query",
    lesson: include_str!("temporary_file_reads.md"),
    check,
};

static WRITTEN: Limit<Bytes> = Limit {
    what: "written to temporary files",
    value: Bytes::mib(1),
    source: "ours: less stays in the system's cache and costs next to nothing",
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(case, at)).collect())
}

fn finding(case: &Case, at: At<'_>) -> Option<Finding> {
    let node = at.node();
    // Sorts, hashes and hashed groups have rules of their own, with better figures.
    let keeps = matches!(
        node.operator,
        Operator::Materialize
            | Operator::CteScan
            | Operator::FunctionScan
            | Operator::Window
            | Operator::Recursion
            | Operator::SetOperation
            | Operator::WorkTableScan
    );
    let buffers = node.own.as_ref()?.buffers?;
    let written = Bytes(buffers.temp_written.saturating_mul(8192));
    if !keeps || written.0 < WRITTEN.value.0 {
        return None;
    }
    let needed = Bytes(written.0.saturating_add(written.0 / 2));
    let saving = plan::part(at.time()?, 0.05, 0.3, 0.7);
    let finding = at
        .finding(
            plan::severity(&at, saving),
            format!(
                "{} keeps its rows in temporary files: it wrote {written} and read {}",
                node.name,
                Bytes(buffers.temp_read.saturating_mul(8192))
            ),
        )
        .measured("written", written, "Temp Written Blocks, its own")
        .measured("read", Bytes(buffers.temp_read.saturating_mul(8192)), "Temp Read Blocks, its own")
        .saves(saving);
    let instead = "give one operator more than a gigabyte: keep fewer rows, or a temporary table with an index";
    Some(plan::with_memory(finding, case, &at, (needed, Keeps::Rows), instead))
}
