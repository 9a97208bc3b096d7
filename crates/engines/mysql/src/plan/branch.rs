//! A tree that is built from its leaves, and laid out as a plan when it is done.

use dbwright_model::Product;
use dbwright_model::plan::{Link, Node, NodeId, Plan};

/// A node and what stands below it.
#[derive(Debug, Default)]
pub(super) struct Branch {
    /// Boxed: branches are moved a lot, also by recursion.
    pub(super) node: Box<Node>,
    pub(super) below: Vec<Branch>,
}

impl Branch {
    /// A node with nothing below it.
    pub(super) fn leaf(node: Node) -> Branch {
        Branch { node: Box::new(node), below: Vec::new() }
    }

    /// The same, hanging on its parent that way.
    pub(super) fn linked(mut self, link: Link) -> Branch {
        self.node.link = link;
        self
    }

    /// A plan with this at its root.
    pub(super) fn into_plan(self, product: Product, format: &str) -> Plan {
        let mut plan = Plan::new(product, format, *self.node);
        let mut open = vec![(NodeId::ROOT, self.below.into_iter())];
        while let Some((parent, below)) = open.last_mut() {
            let parent = *parent;
            match below.next() {
                Some(branch) => {
                    let id = plan.push(parent, *branch.node);
                    open.push((id, branch.below.into_iter()));
                }
                None => {
                    open.pop();
                }
            }
        }
        plan
    }
}
