//! The tree of a plan whose indentation was lost: from how many inputs a node has.

use super::tree::Raw;

/// Hangs every node below the nearest one above it that has room for it.
pub(super) fn stack(nodes: &mut [Raw]) {
    // nodes that may take more, with how many
    let mut open: Vec<(usize, usize)> = Vec::new();
    for at in 0..nodes.len() {
        let node = &nodes[at];
        let sub_plan = node.fields.get("Subplan Name").is_some();
        let room = inputs(node);
        if at > 0 {
            let first = node.fields.text("Parent Relationship") != Some("SubPlan");
            let bitmap = matches!(node.fields.text("Node Type"), Some("Bitmap Index Scan" | "BitmapAnd" | "BitmapOr"));
            // sub-plans take no room of their parent; those of an expression come behind its inputs
            while first && open.len() > 1 {
                let full = open.last().is_some_and(|(above, room)| {
                    *room == 0
                        || (!bitmap && matches!(nodes[*above].fields.text("Node Type"), Some("BitmapAnd" | "BitmapOr")))
                });
                if !full {
                    break;
                }
                open.pop();
            }
            if let Some((above, room)) = open.last_mut() {
                nodes[at].parent = *above;
                if !sub_plan {
                    *room = room.saturating_sub(1);
                }
            }
        }
        open.push((at, room));
    }
}

/// How many inputs a node has at most.
fn inputs(node: &Raw) -> usize {
    match node.fields.text("Node Type").unwrap_or_default() {
        "Append" | "Merge Append" | "BitmapAnd" | "BitmapOr" | "Custom Scan" => usize::MAX,
        "Nested Loop" | "Hash Join" | "Merge Join" | "Recursive Union" => 2,
        "Subquery Scan" | "Bitmap Heap Scan" => 1,
        "Result" => 0,
        name if name.ends_with(" Scan") => 0,
        _ => 1,
    }
}
