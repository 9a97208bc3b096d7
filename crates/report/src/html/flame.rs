//! A plan as a flame: as wide as its time with everything below, as warm as its own.

use dbwright_model::PlanNode;
use dbwright_model::plan::NodeId;
use maud::{Markup, html};

use super::plan::{anchor, percent};
use crate::plan::{Drawn, words};

/// Height of the whole, in pixels, that deep plans are pressed into.
const HEIGHT: usize = 1200;
/// Frames narrower than this part of the whole cannot be seen.
const SEEN: f64 = 0.0004;
/// Frames narrower than this have no room for words.
const WORDS: f64 = 0.02;

/// The class that colours an operator by its own part of the whole.
pub(super) fn heat(share: f64) -> &'static str {
    match share {
        share if share >= 0.5 => "h5",
        share if share >= 0.25 => "h4",
        share if share >= 0.1 => "h3",
        share if share >= 0.03 => "h2",
        share if share >= 0.005 => "h1",
        _ => "h0",
    }
}

struct Frame {
    id: NodeId,
    depth: usize,
    start: f64,
    width: f64,
}

/// The frames that can be seen: what is below lies within what is above, side by side.
fn frames(drawn: &Drawn<'_>) -> Vec<Frame> {
    let plan = drawn.plan;
    let mut frames: Vec<Frame> = Vec::new();
    let root = if drawn.whole > 0.0 { drawn.figure(NodeId::ROOT).total / drawn.whole } else { 0.0 };
    let mut open = vec![Frame { id: NodeId::ROOT, depth: 0, start: 0.0, width: root.clamp(0.0, 1.0) }];
    while let Some(frame) = open.pop() {
        if frame.width < SEEN {
            continue;
        }
        let totals: f64 = plan[frame.id].children.iter().map(|child| drawn.figure(*child).total).sum();
        let total = drawn.figure(frame.id).total;
        // What runs beside its parent, in other processes or for several readers, is pressed to fit.
        let scale = if totals > total && totals > 0.0 { total / totals } else { 1.0 };
        let unit = if total > 0.0 { frame.width / total * scale } else { 0.0 };
        let mut start = frame.start;
        for &id in &plan[frame.id].children {
            let width = drawn.figure(id).total * unit;
            open.push(Frame { id, depth: frame.depth + 1, start, width });
            start += width;
        }
        frames.push(frame);
    }
    frames.sort_by_key(|frame| frame.id);
    frames
}

pub(super) fn chart(drawn: &Drawn<'_>) -> Markup {
    let frames = frames(drawn);
    let depth = frames.iter().map(|frame| frame.depth + 1).max().unwrap_or(1);
    let step = (HEIGHT / depth).clamp(3, 24);
    html! {
        figure class="flame" {
            svg width="100%" height=(depth * step) role="img" aria-label="The plan as a flame: the wider, the more time with everything below; the warmer, the more of its own. The tree holds the same." {
                @for frame in &frames {
                    @let node = &drawn.plan[frame.id];
                    @let (name, parts) = words::title(node);
                    @let figure = drawn.figure(frame.id);
                    svg x=(percent(frame.start)) y=(frame.depth * step) width=(percent(frame.width)) height=(step - 1) data-node=(anchor(PlanNode { plan: drawn.number, node: frame.id })) {
                        title { (frame.id) " " (name) " " (parts.join(" ")) ": " (drawn.told(figure.own)) " itself, " (drawn.told(figure.total)) " with everything below" }
                        rect width="100%" height="100%" rx="2" class=(heat(drawn.share(frame.id))) {}
                        @if frame.width >= WORDS && step >= 14 { text x="5" y=(step - 8) { (frame.id) " " (name) " " (parts.join(" ")) } }
                    }
                }
            }
            figcaption class="dim" {
                "Wide: it takes long with everything below it. Warm: it takes long by itself. "
                @for class in ["h0", "h1", "h2", "h3", "h4", "h5"] { i class={ "key " (class) } {} }
                " 0 to 100 %"
            }
        }
    }
}
