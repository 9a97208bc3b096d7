//! Stands in for the accounting of plans until that is there.

use dbwright_model::Redaction;
use dbwright_model::plan::{Account, Entry, Interval, NodeId, Own, Plan};

pub(crate) fn account(plan: &mut Plan) {
    let total = |plan: &Plan, id: NodeId| plan[id].actual.and_then(|actual| Some(actual.total?.0 * actual.loops));
    for at in 0..plan.nodes.len() {
        let id = NodeId(at as u32);
        let Some(all) = total(plan, id) else { continue };
        let below: f64 = plan[id].children.iter().filter_map(|child| total(plan, *child)).sum();
        let own = Own {
            total: Some(Interval::exact(all)),
            time: Some(Interval::exact(all - below)),
            processes: 1.0,
            ..Own::default()
        };
        plan[id].own = Some(own);
    }
    if let Some(root) = total(plan, NodeId::ROOT) {
        let execution = plan.execution.map_or(root, |seconds| seconds.0);
        plan.account = Some(Account {
            execution: dbwright_model::Seconds(execution),
            entries: vec![
                Entry { what: "operators".into(), time: Interval::exact(root) },
                Entry { what: "unexplained".into(), time: Interval::exact(execution - root) },
            ],
            notes: Vec::new(),
        });
    }
}

pub(crate) fn redact(_: &mut Plan, _: Redaction) {}
