use dbwright_model::plan::{Interval, NodeId};
use dbwright_model::{Area, Bytes, Case, Checked, Engine, Finding, Harm, Limit, Rule, Share};
use dbwright_plan::{At, places};

use super::plan::{self, WORTH, WORTH_TIME};

pub(super) const RULE: Rule = Rule {
    id: "serialization-costly",
    title: "Turning the result into bytes takes a large part of the query",
    engines: &[Engine::Postgres],
    versions: "17–19, with SERIALIZE",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&SHARE, &WORTH, &WORTH_TIME],
    explains: &[],
    wrong_when: "all of it is needed, as in an export",
    do_not: "look for an index: the rows were found quickly",
    lesson: include_str!("serialization_costly.md"),
    check,
};

static SHARE: Limit<Share> =
    Limit { what: "serialization's part of the execution", value: Share(0.2), source: "ours: below it nobody notices" };

fn check(case: &Case) -> Checked {
    let roots = places(case)?.filter(|at| at.place.node == NodeId::ROOT);
    Ok(roots.filter_map(finding).collect())
}

fn finding(root: At<'_>) -> Option<Finding> {
    let serialization = root.plan.serialization.as_ref()?;
    let time = serialization.time?;
    let output = serialization.output.unwrap_or(Bytes(0));
    let share = Share::of(time.0, root.execution()?)?;
    if share.0 < SHARE.value.0 || time.0 < WORTH_TIME.value.0 {
        return None;
    }
    let saving = Interval::new(0.0, time.0 * 0.6, time.0);
    Some(
        root.finding(
            plan::severity(&root, saving),
            format!("{time} of the execution ({share}) went into turning the result into {output} for the client"),
        )
        .measured("time to serialize", time, "Serialization: time")
        .measured("bytes for the client", output, "Serialization: output")
        .saves(saving)
        .fix(plan::rewrite(
            "Name the columns that are needed instead of *: large values (text, jsonb, bytea) are fetched from their own \
             storage, unpacked and printed for every row; page through the result; send numbers and times in the binary format",
        )),
    )
}
