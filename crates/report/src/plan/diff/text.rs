//! The difference of two plans for a terminal.

use std::io;

use dbwright_model::Severity;
use dbwright_model::plan::Plan;

use super::{Merged, PlanDifference, figure, told};
use crate::clean;
use crate::paint::{Paint, columns, flow, pad, wrap};
use crate::plan::guides::{Signs, guides};
use crate::plan::words;
use crate::view::plural;

/// Columns of a figure.
const FIGURE: usize = 8;
/// Columns that are left for words below the deepest indentation.
const WORDS: usize = 26;
/// Changes told on a screen.
const CHANGES: usize = 12;
/// Trees up to this many lines are shown whole.
const WHOLE: usize = 40;

impl PlanDifference<'_> {
    /// For a terminal; with `all`, every change and every operator.
    pub fn text(&self, width: usize, color: bool, ascii: bool, all: bool, out: &mut impl io::Write) -> io::Result<()> {
        let page = Page { of: self, width: width.clamp(30, 140), paint: Paint { color }, signs: Signs::of(ascii), all };
        let text = [page.head(), page.changes(), page.tree()].concat();
        out.write_all(if ascii { text.replace('→', "->") } else { text }.as_bytes())
    }
}

struct Page<'d, 'a> {
    of: &'d PlanDifference<'a>,
    width: usize,
    paint: Paint,
    signs: &'static Signs,
    all: bool,
}

impl Page<'_, '_> {
    fn head(&self) -> String {
        let facts = |label: &str, at: &str, plan: &Plan| {
            let mut facts: Vec<String> = Some(clean::line(at)).into_iter().filter(|at| !at.is_empty()).collect();
            facts.push(plural(plan.nodes.len(), "operator"));
            facts.extend(plan.account.as_ref().map(|account| format!("executed in {}", account.execution)));
            flow(&facts, " · ", self.width, &format!("{label:<8}"), "        ")
        };
        let verdict = self.of.verdict();
        let verdict = match self.of.severity() {
            Some(severity) if severity > Severity::Info => self.paint.severity(severity, &verdict),
            _ => self.paint.bold(&verdict),
        };
        let of = self.of;
        let before = facts("before", &of.before_at, of.before);
        let after = facts("after", &of.after_at, of.after);
        format!("{before}{after}\n{}\n", wrap(&verdict, self.width, "", "  "))
    }

    fn changes(&self) -> String {
        let changes = &self.of.diff.changes;
        let most = if self.all { usize::MAX } else { CHANGES };
        let mut text = String::new();
        for change in changes.iter().take(most) {
            let (kind, cost) = told(change);
            let cost = cost.map_or(String::new(), |cost| format!(", {cost}"));
            let first = format!("  {kind:<16} ");
            text.push_str(&wrap(
                &format!("{}{cost}", clean::line(&change.what)),
                self.width,
                &first,
                "                   ",
            ));
        }
        if changes.len() > most {
            text.push_str(&format!("  … {} (--all)\n", plural(changes.len() - most, "more change")));
        }
        if text.is_empty() { text } else { text + "\n" }
    }

    /// Both plans as one tree: `+` came, `-` went.
    fn tree(&self) -> String {
        let mut lines = self.of.merged();
        let whole = lines.len();
        if !self.all && whole > WHOLE {
            lines = self.worth(&lines);
        }
        let right = 2 * (FIGURE + 1);
        let room = self.width.saturating_sub(right + 2).max(20);
        let depths: Vec<usize> = lines.iter().map(|line| line.depth).collect();
        let most = (room.saturating_sub(WORDS) / 2).max(3);
        let mut text =
            self.paint.dim(&format!("{:>room$}   {:>FIGURE$} {:>FIGURE$}", self.measured(), "before", "after"));
        text.push('\n');
        for (line, (first, next)) in lines.iter().zip(guides(&depths, most, self.signs)) {
            text.push_str(&self.line(line, &first, &next, room));
        }
        if lines.len() < whole {
            let folded = format!("… {} as before (--all)\n", plural(whole - lines.len(), "operator"));
            text.push_str(&self.paint.dim(&folded));
        }
        text
    }

    /// What the figures of operators are.
    fn measured(&self) -> &'static str {
        match (self.of.before.analyzed(), self.of.after.analyzed()) {
            (true, true) => "own time:",
            (false, false) => "cost with all below:",
            _ => "time or cost:",
        }
    }

    /// What differs, with everything above it.
    fn worth(&self, lines: &[Merged]) -> Vec<Merged> {
        let mut keep = vec![false; lines.len()];
        let mut needed = 0;
        for (at, line) in lines.iter().enumerate().rev() {
            let changed = self.of.diff.changes.iter().any(|change| {
                (change.before.is_some() && change.before == line.before)
                    || (change.after.is_some() && change.after == line.after)
            });
            let alone = line.before.is_none() || line.after.is_none();
            // `needed` is the depth of the nearest line below whose parent is still looked for.
            keep[at] = at == 0 || changed || alone || line.depth < needed;
            if keep[at] {
                needed = line.depth;
            }
        }
        lines.iter().zip(keep).filter(|(_, keep)| *keep).map(|(line, _)| *line).collect()
    }

    fn line(&self, line: &Merged, first: &str, next: &str, room: usize) -> String {
        let (before, after) = (line.before.map(|id| &self.of.before[id]), line.after.map(|id| &self.of.after[id]));
        let Some(node) = after.or(before) else { return String::new() };
        let sign = match (before, after) {
            (None, _) => "+",
            (_, None) => "-",
            _ => " ",
        };
        let (mut name, parts) = words::title(node);
        if let Some(was) = before.filter(|was| after.is_some() && was.name != node.name) {
            name = format!("{} → {name}", words::title(was).0.trim_end_matches(','));
        }
        let parts: Vec<String> = std::iter::once(name).chain(parts).collect();
        let words = flow(&parts, " ", room, &" ".repeat(columns(first)), &format!("{}  ", " ".repeat(columns(next))));
        let figures = [before, after].map(|node| node.map_or(String::new(), figure));
        let mut text = String::new();
        for (at, words) in words.lines().enumerate() {
            let indent = if at == 0 { first.to_owned() } else { format!("{next}  ") };
            let words = format!("{indent}{}", words.trim_start());
            let mut row = format!("{} {words}", if at == 0 { sign } else { " " });
            if at == 0 {
                let [before, after] = &figures;
                let gap = pad(&words, room);
                row.push_str(&format!("{gap} {}{before} {}{after}", pad(before, FIGURE), pad(after, FIGURE)));
            }
            let row = row.trim_end();
            text.push_str(&match sign {
                "+" => self.paint.gained(row),
                "-" => self.paint.lost(row),
                _ => row.to_owned(),
            });
            text.push('\n');
        }
        text
    }
}
