use dbwright_model::plan::{Interval, NodeId, Trigger};
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Seconds, Share, Undo};
use dbwright_plan::{At, places};
use dbwright_sql::Dialect;

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "trigger-time-high",
    title: "Triggers take a large part of a change",
    engines: &[Engine::Postgres],
    versions: "9.6–19",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&SHARE, &PER_CALL, &WORTH, &WORTH_TIME],
    explains: &[],
    wrong_when: "the trigger does work that has to be done, and does it as cheaply as it can",
    do_not: "disable triggers (session_replication_role) to be faster: foreign keys are triggers too, and rows without a parent stay for ever",
    lesson: include_str!("trigger_time_high.md"),
    check,
};

static SHARE: Limit<Share> =
    Limit { what: "triggers' part of the execution", value: Share(0.1), source: "losefor's and our mark" };

static PER_CALL: Limit<Seconds> = Limit {
    what: "a foreign key's check that needs no index",
    value: Seconds::millis(0.2),
    source: "measured: a check that finds its rows by index takes 0.01 to 0.05 ms; a scan of a few thousand rows more than 0.2 ms",
};

fn check(case: &Case) -> Checked {
    let roots = places(case)?.filter(|at| at.place.node == NodeId::ROOT);
    Ok(roots.flat_map(|root| root.plan.triggers.iter().filter_map(move |trigger| finding(root, trigger))).collect())
}

fn finding(root: At<'_>, trigger: &Trigger) -> Option<Finding> {
    let time = trigger.time?;
    let share = Share::of(time.0, root.execution()?)?;
    if share.0 < SHARE.value.0 || time.0 < WORTH_TIME.value.0 || trigger.calls < 1.0 {
        return None;
    }
    let per_call = Seconds(time.0 / trigger.calls);
    let what = trigger.constraint.as_ref().unwrap_or(&trigger.name);
    let scans = trigger.constraint.is_some() && per_call.0 >= PER_CALL.value.0;
    let why = match (&trigger.constraint, scans) {
        (Some(_), true) => {
            ": each call reads the referencing table from end to end, because no index leads with the foreign key's columns"
        }
        (Some(_), false) => ": the look-ups are fast, there are many of them",
        (None, _) => "",
    };
    let saving = match scans {
        true => Interval::new(time.0 * 0.8, time.0 * 0.97, time.0),
        false => Interval::new(0.0, time.0 * 0.2, time.0),
    };
    let fix = match &trigger.constraint {
        Some(constraint) if scans => index_of(constraint.as_str())
            .cost("the index it prints takes SHARE UPDATE EXCLUSIVE while it is built (reads and writes go on)"),
        Some(_) => plan::rewrite("Change fewer rows at a time: the check runs once for every row"),
        None => plan::rewrite(
            "Make the trigger FOR EACH STATEMENT with transition tables, so that it works on all rows at once, or let it return early for rows it need not look at (WHEN clause)",
        ),
    };
    Some(
        root.finding(
            plan::severity(&root, saving),
            format!(
                "{what} took {time} of the execution ({share}): {} calls, {per_call} each{why}",
                Count(trigger.calls as u64)
            ),
        )
        .measured("time of the trigger", time, "Trigger Time")
        .measured("calls", Count(trigger.calls as u64), "Trigger Calls")
        .saves(saving)
        .fix(fix),
    )
}

/// The plan does not name the referencing table and its columns; the catalog knows them.
fn index_of(constraint: &str) -> Fix {
    let constraint = Dialect::Postgres.literal(constraint);
    let create = format!(
        "SELECT format('CREATE INDEX %s%I ON %s (%s);', CASE WHEN r.relkind = 'p' THEN '' ELSE 'CONCURRENTLY ' END, \
         left(c.conname, 59) || '_idx', c.conrelid::regclass, string_agg(quote_ident(a.attname), ', ' ORDER BY k.n)) \
         FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid, unnest(c.conkey) WITH ORDINALITY k(attnum, n) \
         JOIN pg_attribute a ON a.attnum = k.attnum \
         WHERE c.conname = {constraint} AND c.contype = 'f' AND c.coninhcount = 0 AND a.attrelid = c.conrelid \
         GROUP BY c.oid, c.conname, c.conrelid, r.relkind;"
    );
    let drop = format!(
        "SELECT format('DROP INDEX %I.%I;', n.nspname, left(c.conname, 59) || '_idx') FROM pg_constraint c \
         JOIN pg_namespace n ON n.oid = c.connamespace \
         WHERE c.conname = {constraint} AND c.contype = 'f' AND c.coninhcount = 0;"
    );
    Fix::sql(create, Undo::Statement(drop)).lock("none: it reads the catalog, and prints the CREATE INDEX to run")
}
