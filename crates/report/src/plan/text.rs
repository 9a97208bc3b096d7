//! A plan as a tree for a terminal: one line an operator, what it cost on the right.

use dbwright_model::plan::{Node, NodeId, Plan};
use dbwright_model::{Seconds, Severity};

use super::fold::{Line, Shown, lines};
use super::guides::{Signs, guides};
use super::{Drawn, Measure, words};
use crate::clean;
use crate::paint::{Paint, columns, flow, pad, wrap};
use crate::view::{View, plural};

/// Columns of the bar.
const BAR: usize = 6;
/// Columns of a time or cost.
const FIGURE: usize = 8;
/// Columns that are left for words below the deepest indentation.
pub(super) const WORDS: usize = 26;

struct Tree<'d, 'a> {
    drawn: &'d Drawn<'a>,
    signs: &'static Signs,
    paint: Paint,
    width: usize,
    all: bool,
    /// Columns of the rows expected and come.
    rows: usize,
    out: String,
}

/// The plan with its account.
pub(crate) fn tree(view: &View<'_>, drawn: &Drawn<'_>) -> String {
    let mut tree = Tree {
        drawn,
        signs: Signs::of(view.ascii),
        paint: Paint { color: view.color },
        width: view.width.clamp(30, 140),
        all: view.all,
        rows: 0,
        out: String::new(),
    };
    let lines = lines(drawn, view.all);
    let shown = lines.iter().filter_map(|line| match line.what {
        Shown::Node(id) => Some(columns(&tree.rows_of(id).0)),
        Shown::Folded { .. } => None,
    });
    tree.rows = shown.max().unwrap_or(0);
    tree.head();
    tree.body(&lines);
    tree.foot();
    tree.out
}

impl Tree<'_, '_> {
    /// Columns of everything right of the words.
    fn right(&self) -> usize {
        let figures = if self.drawn.measure == Measure::Nothing { 0 } else { 1 + FIGURE + 1 + BAR };
        if self.narrow() { 1 + FIGURE } else { 1 + self.rows + figures }
    }

    fn narrow(&self) -> bool {
        self.width < 60
    }

    fn head(&mut self) {
        let measured = match self.drawn.measure {
            Measure::Time => "own time",
            Measure::Cost => "own cost",
            Measure::Nothing => "",
        };
        let executed = self.drawn.plan.analyzed();
        let rows = if executed { format!("rows: expected {} came", self.signs.arrow) } else { "rows expected".into() };
        let rows = if self.narrow() || self.rows == 0 { String::new() } else { rows };
        let measured = if self.narrow() {
            format!("{measured:>FIGURE$}")
        } else {
            format!("{measured:>FIGURE$}{}", " ".repeat(BAR + 1))
        };
        let left = self.width.saturating_sub(columns(&rows) + 1 + columns(&measured));
        let line = format!("{:left$}{rows} {measured}", "");
        if !line.trim().is_empty() {
            self.out.push_str(&format!("{}\n", self.paint.dim(line.trim_end())));
        }
    }

    fn body(&mut self, lines: &[Line]) {
        let words = self.width.saturating_sub(self.right());
        let most = (words.saturating_sub(WORDS) / 2).max(3);
        let depths: Vec<usize> = lines.iter().map(|line| line.depth).collect();
        for (line, (first, next)) in lines.iter().zip(guides(&depths, most, self.signs)) {
            let (first, next) = (self.paint.dim(&first), self.paint.dim(&next));
            match line.what {
                Shown::Folded { nodes, own, executed, .. } => {
                    let mut text = format!("{} {}", self.signs.rest, plural(nodes, "operator"));
                    match (executed, self.drawn.measure) {
                        (false, _) => text.push_str(", never executed"),
                        (true, Measure::Nothing) => {}
                        (true, _) => text.push_str(&format!(", {}", self.drawn.told(own))),
                    }
                    self.out.push_str(&format!("{first}{}\n", self.paint.dim(&text)));
                }
                Shown::Node(id) => self.node(id, &first, &next),
            }
        }
    }

    fn node(&mut self, id: NodeId, first: &str, next: &str) {
        let node = &self.drawn.plan[id];
        let (name, parts) = words::title(node);
        let room = self.width.saturating_sub(self.right()).max(20);
        let number = id.to_string();
        let mut parts: Vec<String> = std::iter::once(format!("{number} {name}")).chain(parts).collect();
        if let [.., last] = parts.as_mut_slice()
            && node.never_executed()
        {
            last.push_str(", never executed");
        }
        let text = flow(&parts, " ", room, &" ".repeat(columns(first)), &format!("{}  ", " ".repeat(columns(next))));
        for (at, line) in text.lines().enumerate() {
            let line = line.trim_start();
            let indent = if at == 0 { first.to_owned() } else { format!("{next}  ") };
            let words = match (at, node.never_executed()) {
                (_, true) => self.paint.dim(line),
                (0, false) => match line.split_once(' ') {
                    Some((number, rest)) => format!("{} {rest}", self.numbered(id, number)),
                    None => line.to_owned(),
                },
                (_, false) => line.to_owned(),
            };
            let right = if at == 0 { self.figures(id, node, columns(&indent) + columns(line)) } else { String::new() };
            self.out.push_str(format!("{indent}{words}{right}").trim_end());
            self.out.push('\n');
        }
        self.remarks(id, node, next);
    }

    /// The operator's number, in the colour of its worst finding.
    fn numbered(&self, id: NodeId, number: &str) -> String {
        match self.drawn.findings(id).iter().map(|finding| finding.severity).max() {
            Some(severity) => self.paint.severity(severity, number),
            None => self.paint.dim(number),
        }
    }

    /// Rows, figure and bar, set to the right.
    fn figures(&self, id: NodeId, node: &Node, taken: usize) -> String {
        let (rows, off) = self.rows_of(id);
        let gap = |columns: usize| " ".repeat(columns);
        let figure = match self.drawn.measure {
            _ if node.never_executed() => gap(FIGURE),
            Measure::Nothing => String::new(),
            _ => {
                let figure = self.drawn.told(self.drawn.figure(id).own);
                format!("{}{figure}", pad(&figure, FIGURE))
            }
        };
        let share = self.drawn.share(id);
        let figure = self.paint.heat(share, &figure);
        if self.narrow() {
            return format!("{}{figure}", gap(self.width.saturating_sub(taken + FIGURE).max(1)));
        }
        let rows = match (node.never_executed(), off) {
            (true, _) => gap(columns(&rows)),
            (false, Some(factor)) if factor >= 100.0 => self.paint.heat(1.0, &rows),
            (false, Some(_)) => self.paint.heat(0.3, &rows),
            (false, None) => rows,
        };
        let start = self.width.saturating_sub(self.right()) + 1;
        let lead = gap(start.saturating_sub(taken).max(1) + self.rows - columns(&rows).min(self.rows));
        let bar = match self.drawn.measure {
            Measure::Nothing => String::new(),
            _ => format!(" {}", self.paint.heat(share, &self.bar(share))),
        };
        let figure = if figure.is_empty() { figure } else { format!(" {figure}") };
        format!("{lead}{rows}{figure}{bar}")
    }

    /// Rows expected and come, and the factor when the planner was far off.
    fn rows_of(&self, id: NodeId) -> (String, Option<f64>) {
        let (rows, off) = words::rows(self.drawn, id);
        (rows.replace('→', self.signs.arrow).replace('×', self.signs.more).replace('÷', self.signs.less), off)
    }

    fn bar(&self, share: f64) -> String {
        let steps = self.signs.bar.len() - 1;
        let filled = (share * (BAR * steps) as f64).round() as usize;
        let full = self.signs.bar.last().copied().unwrap_or_default();
        let part = self.signs.bar.get(filled % steps).copied().unwrap_or_default();
        format!("{}{part}", full.repeat(filled / steps))
    }

    /// What is worth a second line: findings, filters that throw most away, what did not fit into memory.
    fn remarks(&mut self, id: NodeId, node: &Node, next: &str) {
        for finding in self.drawn.findings(id) {
            let word = self.paint.severity(finding.severity, &format!("{} {}", self.signs.mark, finding.severity));
            let saving = words::saving(finding, None).map_or(String::new(), |saving| format!(", saves {saving}"));
            let saving = if self.signs.mark == "^" { saving.replace('≈', "about") } else { saving };
            self.out.push_str(&format!("{next}{word} {}{saving}\n", clean::line(&finding.rule)));
        }
        let mut remarks = Vec::new();
        for condition in &node.conditions {
            let most = words::removes_most(node, condition.removed);
            if self.all || most {
                let removed = condition.removed.and_then(|removed| words::removed(node, removed));
                let removed = removed.map_or(String::new(), |removed| format!(" {removed}:"));
                remarks.push(format!(
                    "{}{removed} {}",
                    words::kind(condition.kind),
                    clean::line(condition.text.as_str())
                ));
            }
        }
        if self.all {
            for (what, keys) in [
                ("sorted by", &node.sort_keys),
                ("presorted by", &node.presorted_keys),
                ("grouped by", &node.group_keys),
            ] {
                if !keys.is_empty() {
                    let keys: Vec<String> = keys.iter().map(|key| clean::line(key.as_str())).collect();
                    remarks.push(format!("{what} {}", keys.join(", ")));
                }
            }
        }
        remarks.extend(words::work(node, self.all));
        let indent = columns(next);
        for remark in remarks {
            let room = self.width.saturating_sub(indent).max(20);
            let text = if self.all { wrap(&remark, room, "", "  ") } else { cut(&remark, room, self.signs.rest) };
            for line in text.lines() {
                self.out.push_str(&format!("{next}{}\n", self.paint.dim(line)));
            }
        }
    }

    /// The account, the pages, and what is missing.
    fn foot(&mut self) {
        let plan = self.drawn.plan;
        self.out.push('\n');
        let start = self.out.len();
        self.list("time", account(plan, self.all), " + ");
        self.list("triggers", words::triggers(plan), ", ");
        self.list("pages", words::pages(plan), ", ");
        if self.all {
            let settings: Vec<String> = plan
                .settings
                .iter()
                .map(|(name, value)| format!("{} = {}", clean::line(name), words::value(value)))
                .collect();
            self.list("settings", settings, ", ");
            self.list(
                "notes",
                plan.account.iter().flat_map(|account| &account.notes).map(|note| clean::line(note)).collect(),
                "; ",
            );
        }
        self.list("missing", plan.missing.iter().map(|text| clean::line(text)).collect(), "; ");
        if self.out.len() == start {
            self.out.pop();
        }
    }

    fn list(&mut self, label: &str, parts: Vec<String>, separator: &str) {
        if parts.is_empty() {
            return;
        }
        let text = flow(&parts, separator, self.width, "           ", "           ");
        let label = format!("{label:<10} ");
        let label_painted = match label.trim_end() {
            "missing" => self.paint.severity(Severity::Warn, &label),
            _ => self.paint.dim(&label),
        };
        self.out.push_str(&format!("{}{}", label_painted, text.get(label.len()..).unwrap_or_default()));
    }
}

/// `operators 298 ms`, …, and what it adds up to.
fn account(plan: &Plan, all: bool) -> Vec<String> {
    let Some(account) = &plan.account else { return Vec::new() };
    let told = |time: dbwright_model::plan::Interval| {
        if all { words::interval(time) } else { Seconds(time.value).to_string() }
    };
    // Less than half of what can be seen is not worth a word.
    let worth = |time: f64| time > 0.0 && (all || time >= 0.0005 * account.execution.0);
    let mut parts: Vec<String> = account
        .entries
        .iter()
        .filter(|entry| worth(entry.time.value))
        .map(|entry| format!("{} {}", clean::line(&entry.what), told(entry.time)))
        .collect();
    let planning = plan.planning.map_or(String::new(), |time| format!("; planning {time}"));
    match parts.last_mut() {
        Some(last) => last.push_str(&format!(" = {}{planning}", account.execution)),
        None => parts.push(format!("{}{planning}", account.execution)),
    }
    parts
}

/// One line of at most `room` columns.
pub(super) fn cut(text: &str, room: usize, rest: &str) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut taken = columns(rest);
    for c in text.chars() {
        taken += columns(c.encode_utf8(&mut [0; 4]));
        if taken > room {
            break;
        }
        out.push(c);
    }
    format!("{}{rest}", out.trim_end())
}
