//! A plan: how a server answers (or answered) a query, as a tree of operators with estimates, actuals, time and pages.
//!
//! The tree is neutral; every engine's room reads its own formats into it. What the model has no name for stays in
//! `extra`, under the name the engine gave it. Rows, loops and pages are as the engine printed them; what they add up
//! to is computed once by `dbwright-plan` and kept in [`Node::own`] and [`Plan::account`].

mod account;
mod fields;
mod figures;
mod operator;

use std::fmt;
use std::ops::{Index, IndexMut};

use serde::{Deserialize, Deserializer, Serialize};

pub use account::{Account, Entry, Interval, Own};
pub use fields::{Fields, Value};
pub use figures::{Actual, Buffers, Estimate, Jit, Serialization, Trigger, Work, Worker, Workers};
pub use operator::{Link, Operator};

use crate::case::Section;
use crate::catalog::ObjectName;
use crate::engine::{Product, Version};
use crate::privacy::{Name, SqlText};
use crate::units::Seconds;

/// All plans of a case.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Plans {
    /// In the order they were given.
    pub plans: Vec<Plan>,
}

impl Section for Plans {
    const ID: &'static str = "plans";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "plans";
}

/// One plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Whose plan it is.
    pub product: Product,
    /// The form it was read from: `text`, `json`, `yaml`, `xml`, `table`, `tree`.
    pub format: String,
    /// The oldest version that prints such a plan, as far as the plan shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Version>,
    /// Where it was found: `plan.txt:12`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found_at: Option<String>,
    /// The query, where it came along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<SqlText>,
    /// The operators in the order printed: a parent before its children, a node with everything below it in one run.
    /// Never empty.
    #[serde(deserialize_with = "sound_tree")]
    pub nodes: Vec<Node>,
    /// Time to make the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planning: Option<Seconds>,
    /// Time to execute it, as the engine printed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<Seconds>,
    /// Triggers that ran.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<Trigger>,
    /// Just-in-time compilation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jit: Option<Jit>,
    /// Turning the result into bytes for the client (PostgreSQL 17 and later, `SERIALIZE`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serialization: Option<Serialization>,
    /// Settings that differ from their defaults, as the plan names them.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub settings: Fields,
    /// What the plan does not have and should: it was cut, a part could not be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// Everything else the engine printed about the whole plan.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub extra: Fields,
    /// Where the time went; set by the accounting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
}

/// One operator.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// The node above it; `None` at the root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<NodeId>,
    /// Its inputs and sub-plans, in the order printed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<NodeId>,
    /// What it does, in the words all engines share.
    pub operator: Operator,
    /// What the engine calls it: `Index Only Scan`, `Custom Scan`, `Inner hash join`, `IXSCAN`.
    pub name: Box<str>,
    /// How it hangs on its parent.
    #[serde(default)]
    pub link: Link,
    /// The name of a sub-plan as others refer to it: `InitPlan 1`, `SubPlan 2`, `CTE x`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Box<str>>,
    /// The table (collection, index of a search engine, function, CTE) it reads or writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<ObjectName>,
    /// The name the query gives that table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<Name>,
    /// The index it uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Name>,
    /// `Inner`, `Left`, `Semi`, `Anti`… for joins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<Box<str>>,
    /// Conditions, in the order printed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// What it sorts by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sort_keys: Vec<SqlText>,
    /// The leading sort keys its input is sorted by already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presorted_keys: Vec<SqlText>,
    /// What it groups by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group_keys: Vec<SqlText>,
    /// What it returns, where the engine says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output: Vec<SqlText>,
    /// What the planner expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Estimate>,
    /// What happened; `None` when it was only planned. Never executed is zero loops.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<Actual>,
    /// Pages, cumulative: with everything below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buffers: Option<Buffers>,
    /// Memory and disk of a sort, hash, aggregate or materialization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<Work>,
    /// It runs in several processes that share its rows out among them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub parallel: bool,
    /// Parallel workers planned and launched below this node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workers: Option<Workers>,
    /// What each worker did at this node, where the engine says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub per_worker: Vec<Worker>,
    /// Everything else the engine printed about it.
    ///
    /// The accounting reads from here, in milliseconds of all loops together: `r_table_time_ms`, `r_other_time_ms` and
    /// `r_unpack_time_ms`, the time of the node by itself; `r_total_time_ms`, with everything below it.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub extra: Fields,
    /// What it cost by itself; set by the accounting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Own>,
}

/// What a condition is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConditionKind {
    /// It positions in the index: only matching entries are read.
    Index,
    /// The order asked of an index (nearest neighbours).
    Order,
    /// It is tested again on the row, after a lossy index or bitmap.
    Recheck,
    /// Rows are read, tested, and thrown away.
    Filter,
    /// Pairs of rows are made, tested, and thrown away.
    JoinFilter,
    /// The equality of a hash join.
    Hash,
    /// The equality of a merge join.
    Merge,
    /// Tested once, before anything is read.
    OneTime,
    /// Physical row addresses.
    Tid,
    /// Stops a window function early.
    Run,
    /// The key of a cache of inner results.
    CacheKey,
    /// The `WHERE` of `ON CONFLICT`.
    Conflict,
}

/// A condition with what it threw away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// What it is for.
    pub kind: ConditionKind,
    /// As the engine printed it.
    pub text: SqlText,
    /// Rows it removed, per loop, as printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<f64>,
}

impl Plan {
    /// A plan of `root` with nothing else known.
    pub fn new(product: Product, format: &str, root: Node) -> Plan {
        Plan {
            product,
            format: format.to_owned(),
            since: None,
            found_at: None,
            query: None,
            nodes: vec![Node { parent: None, children: Vec::new(), link: Link::Root, ..root }],
            planning: None,
            execution: None,
            triggers: Vec::new(),
            jit: None,
            serialization: None,
            settings: Fields::default(),
            missing: Vec::new(),
            extra: Fields::default(),
            account: None,
        }
    }

    /// Appends a node below `parent`, which must be the last node or one above it, as when reading what is printed.
    pub fn push(&mut self, parent: NodeId, node: Node) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        debug_assert!(self.nodes.len() == self.end(parent), "nodes come in the order printed");
        self[parent].children.push(id);
        self.nodes.push(Node { parent: Some(parent), children: Vec::new(), ..node });
        id
    }

    /// The operator everything else feeds.
    pub fn root(&self) -> &Node {
        &self[NodeId::ROOT]
    }

    /// Every node with its id, in the order printed.
    pub fn walk(&self) -> impl DoubleEndedIterator<Item = (NodeId, &Node)> + ExactSizeIterator {
        self.nodes.iter().enumerate().map(|(at, node)| (NodeId(at as u32), node))
    }

    /// The children of a node with their ids.
    pub fn children(&self, id: NodeId) -> impl DoubleEndedIterator<Item = (NodeId, &Node)> + ExactSizeIterator {
        self[id].children.iter().map(|&child| (child, &self[child]))
    }

    /// The children rows flow in from: without sub-plans of expressions.
    pub fn inputs(&self, id: NodeId) -> impl DoubleEndedIterator<Item = (NodeId, &Node)> {
        self.children(id).filter(|(_, child)| child.link.is_input())
    }

    /// The node above.
    pub fn parent(&self, id: NodeId) -> Option<(NodeId, &Node)> {
        self[id].parent.map(|parent| (parent, &self[parent]))
    }

    /// The nodes above, nearest first.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = (NodeId, &Node)> {
        std::iter::successors(self.parent(id), |(above, _)| self.parent(*above))
    }

    /// The node and everything below it.
    pub fn subtree(&self, id: NodeId) -> impl DoubleEndedIterator<Item = (NodeId, &Node)> {
        let start = id.0 as usize;
        self.nodes[start..self.end(id)].iter().enumerate().map(move |(at, node)| (NodeId((start + at) as u32), node))
    }

    /// Whether `below` is `above` or stands below it.
    pub fn contains(&self, above: NodeId, below: NodeId) -> bool {
        above <= below && (below.0 as usize) < self.end(above)
    }

    /// How many nodes stand above.
    pub fn depth(&self, id: NodeId) -> usize {
        self.ancestors(id).count()
    }

    /// Whether it was executed, not only planned.
    pub fn analyzed(&self) -> bool {
        self.nodes.iter().any(|node| node.actual.is_some())
    }

    /// One past the last node of the subtree.
    fn end(&self, id: NodeId) -> usize {
        let mut last = id;
        while let Some(&child) = self[last].children.last() {
            last = child;
        }
        last.0 as usize + 1
    }
}

/// Refuses a tree whose links lead nowhere, so that walking one never fails.
fn sound_tree<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Node>, D::Error> {
    let nodes = Vec::<Node>::deserialize(deserializer)?;
    let sound = |at: usize, node: &Node| {
        let above = node.parent.map(|parent| parent.0 as usize);
        // one who has a hundred thousand children is asked by each of them: those above were found sorted before
        let has = |above: usize| nodes[above].children.binary_search(&NodeId(at as u32)).is_ok();
        let linked = above.map_or(at == 0, |above| above < at && has(above));
        let below = |child: &NodeId| (child.0 as usize) > at && (child.0 as usize) < nodes.len();
        linked && node.children.iter().all(below) && node.children.is_sorted()
    };
    match !nodes.is_empty() && nodes.iter().enumerate().all(|(at, node)| sound(at, node)) {
        true => Ok(nodes),
        false => Err(serde::de::Error::custom("the nodes of a plan do not form a tree")),
    }
}

impl Index<NodeId> for Plan {
    type Output = Node;
    fn index(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }
}

impl IndexMut<NodeId> for Plan {
    fn index_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.0 as usize]
    }
}

/// A node's place in [`Plan::nodes`]; shown counting from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u32);

impl NodeId {
    /// The operator everything else feeds.
    pub const ROOT: NodeId = NodeId(0);
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0 + 1)
    }
}

impl Node {
    /// A node of that kind and name.
    pub fn new(operator: Operator, name: impl Into<Box<str>>) -> Node {
        Node { operator, name: name.into(), ..Node::default() }
    }

    /// Conditions of that kind.
    pub fn conditions(&self, kind: ConditionKind) -> impl Iterator<Item = &Condition> {
        self.conditions.iter().filter(move |condition| condition.kind == kind)
    }

    /// How often it was executed; `None` when it was only planned.
    pub fn loops(&self) -> Option<f64> {
        self.actual.map(|actual| actual.loops)
    }

    /// Whether the query was executed and this part of it was not.
    pub fn never_executed(&self) -> bool {
        self.actual.is_some_and(|actual| actual.loops == 0.0)
    }

    /// Rows expected and rows returned, both per loop; `None` when it was not executed.
    pub fn rows(&self) -> Option<(f64, f64)> {
        Some((self.estimate?.rows?, self.actual.filter(|actual| actual.loops > 0.0)?.rows?))
    }

    /// Rows it returned in all loops together.
    pub fn total_rows(&self) -> Option<f64> {
        self.actual.and_then(|actual| Some(actual.rows? * actual.loops))
    }

    /// Rows a condition of that kind removed in all loops together.
    pub fn total_removed(&self, kind: ConditionKind) -> Option<f64> {
        let per_loop: Option<f64> = self.conditions(kind).map(|condition| condition.removed).sum();
        Some(per_loop? * self.loops()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Plan {
        let mut plan = Plan::new(Product::PostgreSQL, "text", Node::new(Operator::HashJoin, "Hash Join"));
        plan.push(NodeId::ROOT, Node::new(Operator::IndexScan, "Index Scan"));
        let hash = plan.push(NodeId::ROOT, Node { link: Link::Inner, ..Node::new(Operator::Hash, "Hash") });
        plan.push(hash, Node::new(Operator::FullScan, "Seq Scan"));
        plan
    }

    #[test]
    fn a_tree_is_walked_up_and_down() {
        let plan = tree();
        let names =
            |nodes: Vec<(NodeId, &Node)>| nodes.iter().map(|(_, node)| node.name.to_string()).collect::<Vec<_>>();
        assert_eq!(names(plan.walk().collect()), ["Hash Join", "Index Scan", "Hash", "Seq Scan"]);
        assert_eq!(names(plan.subtree(NodeId(2)).collect()), ["Hash", "Seq Scan"]);
        assert_eq!(names(plan.ancestors(NodeId(3)).collect()), ["Hash", "Hash Join"]);
        assert!(plan.contains(NodeId(2), NodeId(3)) && !plan.contains(NodeId(1), NodeId(3)));
        assert_eq!(plan.depth(NodeId(3)), 2);
    }

    #[test]
    fn a_plan_survives_its_stored_form() {
        let mut plan = tree();
        plan.nodes[0].extra.set("Inner Unique", true);
        plan.nodes[0].extra.set("Depth", 3.5);
        plan.nodes[0].extra.set("Cost", 0.1 + 0.2);
        let stored = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&stored).unwrap(), plan);
        for wrong in
            [stored.replace("\"children\":[3]", "\"children\":[9]"), stored.replace("\"parent\":2", "\"parent\":3")]
        {
            assert!(wrong != stored && serde_json::from_str::<Plan>(&wrong).is_err());
        }
        // bounds without end are texts in JSON, and no figures anywhere
        plan.nodes[0].extra.set("Bound", f64::NEG_INFINITY);
        let again: Plan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
        assert_eq!(again.nodes[0].extra.text("Bound"), Some("-inf"));
        assert_eq!((again.nodes[0].extra.number("Bound"), plan.nodes[0].extra.number("Bound")), (None, None));
    }
}
