//! The slot-based engine counts in stages of its own; each names the stage of the query plan it works for.

use std::collections::BTreeMap;

use dbwright_model::plan::{Actual, Fields, Node, Operator, Value};

use super::stage::{CHILDREN, kept, time};

/// What the slot-based stages did for one stage of the query plan.
#[derive(Debug, Default)]
pub(super) struct Counts {
    actual: Option<Actual>,
    stages: Vec<Value>,
}

/// The counts by the id of the query plan's stage.
pub(super) type ByStage = BTreeMap<u64, Counts>;

/// Adds the counts up. The topmost slot-based stage of a query plan's stage returns its rows and includes its time.
pub(super) fn counts(root: &Fields) -> ByStage {
    let mut found = ByStage::new();
    let mut open = vec![root];
    while let Some(stage) = open.pop() {
        if let Some(id) = stage.number("planNodeId").filter(|id| *id >= 0.0) {
            let counts = found.entry(id as u64).or_default();
            counts.add(stage);
        }
        let below = CHILDREN.iter().filter_map(|name| stage.get(name)).flat_map(|value| value.items());
        let below: Vec<&Fields> = below.filter_map(Value::group).collect();
        open.extend(below.into_iter().rev());
    }
    found
}

impl Counts {
    fn add(&mut self, stage: &Fields) {
        let name = stage.text("stage").unwrap_or_default();
        let executed = stage.number("opens") != Some(0.0);
        let actual = self.actual.get_or_insert(Actual {
            startup: None,
            total: time(stage),
            rows: stage.number("nReturned"),
            loops: if executed { 1.0 } else { 0.0 },
            examined: None,
            keys: None,
        });
        let reads = stage.number("numReads");
        let keys = stage.number("keysExamined").or(reads.filter(|_| name.starts_with("ix")));
        let documents = reads.filter(|_| matches!(name, "scan" | "seek" | "pscan"));
        for (sum, more) in [(&mut actual.keys, keys), (&mut actual.examined, documents)] {
            if let Some(more) = more {
                *sum = Some(sum.unwrap_or(0.0) + more);
            }
        }
        // Everything it said, without what is below it.
        let said = stage.0.iter().filter(|(name, _)| !CHILDREN.contains(&&**name));
        let said = said.map(|(name, value)| (name.clone(), kept(name, value))).collect();
        self.stages.push(Value::Group(Fields(said)));
    }

    /// Gives the counts to the node of the query plan's stage.
    pub(super) fn apply(&self, node: &mut Node) {
        node.actual = self.actual;
        if let Some(actual) = &mut node.actual {
            let read = match node.operator {
                Operator::FullScan | Operator::Fetch => actual.examined,
                Operator::IndexScan | Operator::IndexOnlyScan => actual.keys,
                _ => None,
            };
            if let (Some(read), Some(rows)) = (read, actual.rows) {
                let filters = node.conditions.iter_mut();
                for filter in filters.filter(|condition| condition.kind == dbwright_model::plan::ConditionKind::Filter)
                {
                    filter.removed = Some((read - rows).max(0.0));
                }
            }
        }
        // What rules ask of sorts, groups and joins stands at the stage itself.
        for stage in self.stages.iter().filter_map(Value::group) {
            for name in ["usedDisk", "spills", "memLimit", "totalDataSizeSorted", "spilledDataStorageSize", "seeks"] {
                if node.extra.get(name).is_none()
                    && let Some(value) = stage.get(name)
                {
                    node.extra.set(name, value.clone());
                }
            }
        }
        node.work = node.work.take().or_else(|| super::stage::work(node, &node.extra));
        node.extra.set("slotBasedStages", self.stages.clone());
    }
}
