//! The profile on a screen: a table of the shapes, time as a line of bars, who asked, what else happened.

use super::{Profile, Row, Who, measure, number, of, seconds};
use crate::clean;
use crate::paint::{Paint, columns, flow, pad, wrap};
use crate::view::View;

/// Shapes on one screen.
const SHAPES: usize = 12;
/// Kinds of other things on one screen.
const KINDS: usize = 8;
/// Names of each kind of who asked.
const NAMES: usize = 4;

/// The profile of the case; empty when it has none.
pub(crate) fn profile(view: &View<'_>) -> String {
    let Some(profile) = of(view) else { return String::new() };
    let width = view.width.clamp(30, 140);
    let mut drawing = Drawing { profile, width, paint: Paint { color: view.color }, all: view.all, out: String::new() };
    drawing.time(view.ascii);
    drawing.shapes();
    drawing.who();
    drawing.happened();
    drawing.out
}

struct Drawing<'a> {
    profile: Profile<'a>,
    width: usize,
    paint: Paint,
    all: bool,
    out: String,
}

/// Heights of a bar that is one line high.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII: [char; 8] = ['_', '.', '-', ':', '=', '+', '*', '#'];

impl Drawing<'_> {
    /// Load over time as a line of bars.
    fn time(&mut self, ascii: bool) {
        let label = if self.profile.timed() { "time " } else { "calls " };
        let sums = self.profile.over_time(self.width.saturating_sub(label.len() + 2).min(100));
        if sums.len() < 3 {
            return;
        }
        let values: Vec<u64> =
            sums.iter().map(|(calls, time)| if self.profile.timed() { *time } else { *calls }).collect();
        let most = values.iter().copied().max().unwrap_or(0).max(1);
        let bars = if ascii { ASCII } else { BARS };
        let bar = |value: &u64| match value {
            0 => ' ',
            value => bars[((*value as f64 / most as f64 * 8.0).ceil() as usize).clamp(1, 8) - 1],
        };
        let line: String = values.iter().map(bar).collect();
        self.out.push_str(&format!("{}{}\n\n", self.paint.dim(label), line));
    }

    fn shapes(&mut self) {
        let rows = self.profile.rows();
        let most = if self.all { usize::MAX } else { SHAPES };
        let shown: Vec<&Row<'_>> = rows.iter().filter(|row| row.calls > 0).take(most).collect();
        if shown.is_empty() {
            return;
        }
        let or_dash = |figure: Option<dbwright_model::Seconds>| figure.map_or_else(|| "-".into(), |s| s.to_string());
        let narrow = self.width < 72;
        let mut table: Vec<Vec<String>> = vec![match narrow {
            true => vec!["share".into(), "calls".into(), "p95".into()],
            false => ["share", "time", "calls", "mean", "p95", "p99"].map(str::to_owned).to_vec(),
        }];
        for row in &shown {
            let share = format!("{:.1} %", row.share * 100.0);
            table.push(match narrow {
                true => vec![share, number(row.calls), or_dash(row.p95)],
                false => vec![
                    share,
                    or_dash(row.time),
                    number(row.calls),
                    or_dash(row.mean),
                    or_dash(row.p95),
                    or_dash(row.p99),
                ],
            });
        }
        let count = table[0].len();
        let widths: Vec<usize> =
            (0..count).map(|at| table.iter().map(|cells| columns(&cells[at])).max().unwrap_or(0)).collect();
        let line = |cells: &[String]| -> String {
            cells.iter().zip(&widths).map(|(cell, width)| format!("{}{cell}  ", pad(cell, *width))).collect()
        };
        let head = line(&table[0]);
        let room = self.width.saturating_sub(columns(&head)).max(20);
        self.out.push_str(&self.paint.dim(&format!("{head}statement")));
        self.out.push('\n');
        for (cells, row) in table[1..].iter().zip(&shown) {
            let figures = line(cells);
            let text = clean::line(row.shape.text.as_str());
            let text = match self.all {
                true => text,
                false => cut(&text, room),
            };
            self.out.push_str(&format!("{}{text}\n", self.paint.heat(row.share, &figures)));
        }
        let left: Vec<&Row<'_>> = rows.iter().filter(|row| row.calls > 0).skip(shown.len()).collect();
        let rare = self.profile.digest.rare;
        if !left.is_empty() || rare.shapes > 0 {
            let share: f64 = 1.0 - shown.iter().map(|row| row.share).sum::<f64>();
            let mut text = format!(
                "… and {} more shapes, {:.1} % of all",
                number(left.len() as u64 + rare.shapes),
                share.max(0.0) * 100.0
            );
            if rare.shapes > 0 {
                text.push_str(&format!(
                    " ({} of them not kept apart: {} calls, {})",
                    number(rare.shapes),
                    number(rare.tally.calls),
                    seconds(rare.tally.time)
                ));
            }
            self.out.push_str(&self.paint.dim(&wrap(&text, self.width, "", "  ")));
        }
        self.out.push('\n');
    }

    fn who(&mut self) {
        let whole =
            if self.profile.timed() { self.profile.digest.total().time } else { self.profile.digest.total().calls };
        for (label, who) in [("database", Who::Database), ("user", Who::User), ("application", Who::Application)] {
            let names = self.profile.by(who);
            if names.len() < 2 {
                continue;
            }
            let share = |calls: &u64, time: &u64| {
                let part = if self.profile.timed() { *time } else { *calls };
                part as f64 / whole.max(1) as f64 * 100.0
            };
            let mut parts: Vec<String> = names
                .iter()
                .take(if self.all { usize::MAX } else { NAMES })
                .map(|(name, calls, time)| format!("{} {:.1} %", clean::line(name), share(calls, time)))
                .collect();
            if names.len() > parts.len() {
                parts.push(format!("{} more", names.len() - parts.len()));
            }
            self.labelled(label, &parts);
        }
    }

    fn happened(&mut self) {
        let kinds = self.profile.happened();
        let most = if self.all { usize::MAX } else { KINDS };
        let mut parts: Vec<String> = kinds
            .iter()
            .take(most)
            .map(|(title, count, sum)| match sum {
                Some((sum, unit)) => format!("{title} {} ({})", number(*count), measure(*sum, unit)),
                None => format!("{title} {}", number(*count)),
            })
            .collect();
        if kinds.len() > parts.len() {
            parts.push(format!("{} more kinds", kinds.len() - parts.len()));
        }
        if !parts.is_empty() {
            self.labelled("happened", &parts);
        }
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn labelled(&mut self, label: &str, parts: &[String]) {
        let first = format!("{label:<12}");
        let text = flow(parts, " · ", self.width, &first, "            ");
        self.out.push_str(&text);
    }
}

/// The text cut to so many columns.
fn cut(text: &str, room: usize) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        if columns(&out) + 2 > room {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}
