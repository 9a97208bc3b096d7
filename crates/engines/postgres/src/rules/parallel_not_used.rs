use dbwright_model::plan::{ConditionKind, Interval, Operator};
use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rows, Rule, Seconds, Severity, Share, Undo,
};
use dbwright_plan::{At, every};
use dbwright_sql::Dialect;
use dbwright_sql::expression::Expr;

use super::made_under;

pub(super) const RULE: Rule = Rule {
    id: "parallel-not-used",
    title: "A large scan is left to one process",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&READ, &TIME, &OF_ALL, &RETURNED],
    explains: &[],
    wrong_when: "many such queries run at once: then one process each is the better use of the machine",
    do_not: "mark a function PARALLEL SAFE that writes, keeps state, or uses savepoints: workers would give wrong results",
    lesson: include_str!("parallel_not_used.md"),
    check,
};

static READ: Limit<Rows> = Limit {
    what: "rows read by the scan",
    value: Rows(1_000_000),
    source: "pgMustard's and our mark: workers take a few milliseconds to start, a million rows 50 and more to read",
};

static TIME: Limit<Seconds> =
    Limit { what: "time of the scan", value: Seconds::millis(50.0), source: "ours: sharing less does not pay" };

static OF_ALL: Limit<Share> =
    Limit { what: "the scan's part of the execution", value: Share(0.3), source: "ours: below it little is gained" };

static RETURNED: Limit<Share> = Limit {
    what: "rows that are left to hand over, of those read",
    value: Share(0.1),
    source: "ours: a worker hands rows over one by one, which costs about as much as reading them",
};

fn check(case: &Case) -> Checked {
    Ok(every(case)?.filter(At::matters).filter_map(|at| finding(case, at)).collect())
}

fn finding(case: &Case, at: At<'_>) -> Option<Finding> {
    let node = at.node();
    let (kept, removed) = (node.total_rows()?, node.total_removed(ConditionKind::Filter).unwrap_or(0.0));
    let read = kept + removed;
    let alone = node.operator == Operator::FullScan && !node.parallel && node.loops() == Some(1.0);
    // What gathers elsewhere shows that the query may be parallel; what writes may not, and a limit or a cursor stops early.
    let other = |node: &dbwright_model::plan::Node| {
        matches!(node.operator, Operator::Gather | Operator::Modify | Operator::Lock | Operator::Limit)
    };
    if !alone || read < READ.value.0 as f64 || at.plan.nodes.iter().any(other) {
        return None;
    }
    // Rows are handed over where they stop being few: behind the scan, or behind what groups them.
    let grouped =
        at.parent().filter(|above| matches!(above.node().operator, Operator::Aggregate | Operator::HashAggregate));
    let left = grouped.and_then(|above| above.node().total_rows()).unwrap_or(kept).min(kept);
    let time = at.time()?;
    if time.value < TIME.value.0 || at.share()?.0 < OF_ALL.value.0 || left > RETURNED.value.0 * read {
        return None;
    }
    let off = made_under::number(case, at.plan, "max_parallel_workers_per_gather") == Some(0.0)
        || made_under::number(case, at.plan, "max_parallel_workers") == Some(0.0);
    let why = if off { ": parallel workers are switched off" } else { "" };
    let finding = at
        .finding(
            Severity::Info,
            format!("one process read {} in {} to leave {}{why}", Rows(read as u64), time.seconds(), Rows(left as u64)),
        )
        .measured("rows read", Rows(read as u64), "Actual Rows + Rows Removed by Filter")
        .saves(Interval::new(0.0, time.value * 0.5, time.high * 0.7));
    if off {
        let undo = Undo::Statement("RESET max_parallel_workers_per_gather;".into());
        return Some(finding.fix(
            Fix::sql("SET max_parallel_workers_per_gather = 2;", undo)
                .cost("for the session that runs this query: up to two more processes, each with a work_mem of its own; max_parallel_workers must allow them")
                .verify("EXPLAIN (ANALYZE) in that session shows Gather, with workers launched"),
        ));
    }
    let reads = || Undo::NotNeeded("it only reads".into());
    let functions = functions(&at);
    let finding = match functions.is_empty() {
        true => finding,
        false => finding.fix(
            Fix::sql(
                format!(
                    "SELECT oid::regprocedure AS function, format('ALTER FUNCTION %s PARALLEL SAFE;', oid::regprocedure) AS statement FROM pg_proc WHERE proname IN ({}) AND proparallel <> 's';",
                    functions.join(", ")
                ),
                reads(),
            )
            .cost("a function that is not parallel safe, which is the default for one of yours, keeps workers away: run what it prints for those that only compute or read; undo: ALTER FUNCTION … PARALLEL UNSAFE"),
        ),
    };
    Some(finding.fix(
        Fix::sql(
            "SELECT name, setting, unit, source FROM pg_settings WHERE name IN ('max_parallel_workers_per_gather', 'max_parallel_workers', 'min_parallel_table_scan_size', 'parallel_setup_cost', 'parallel_tuple_cost');",
            reads(),
        )
        .cost("one of them may keep workers away; so do a cursor, a function around the query that is not parallel safe, and parallel_workers = 0 on the table (\\d+ shows it)"),
    ))
}

/// The functions called in the scan's conditions, and in what is computed from its rows, as literals.
fn functions(at: &At<'_>) -> Vec<String> {
    let above = at.parent();
    let outputs = above.iter().flat_map(|above| above.node().output.iter()).chain(&at.node().output);
    let texts = at.node().conditions.iter().map(|condition| &condition.text).chain(outputs);
    let mut found = Vec::new();
    for text in texts {
        for part in Expr::parse(text.as_str(), Dialect::Postgres).walk() {
            if let Expr::Call { name, .. } = part {
                let name = name.rsplit('.').next().unwrap_or(name).trim_matches('"');
                found.push(Dialect::Postgres.literal(name));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}
