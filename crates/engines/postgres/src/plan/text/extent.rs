//! Which lines belong to a plan, and which of them a terminal or a mail program made of one.

use std::borrow::Cow;
use std::ops::Range;

use dbwright_reading::frame::{Line, Role, Wrap};

use super::kind::Kind;
use super::{figures, property};

/// The lines of one plan.
#[derive(Debug)]
pub(super) struct Extent {
    /// From its first line to behind its last one, with the footer of its frame.
    pub(super) lines: Range<usize>,
    /// Runs of lines that are one.
    pub(super) groups: Vec<Range<usize>>,
    /// Whether a parenthesis or a quote of the last line is open.
    pub(super) open: bool,
    /// The width lines were broken at.
    wrap: Wrap,
}

/// Parentheses and quotes that are open at the end of a line.
#[derive(Debug, Clone, Copy, Default)]
struct Open {
    depth: i32,
    quote: bool,
}

impl Open {
    fn add(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                b'\'' => self.quote = !self.quote,
                b'(' if !self.quote => self.depth += 1,
                b')' if !self.quote => self.depth -= 1,
                _ => {}
            }
        }
    }
    fn any(self) -> bool {
        self.quote || self.depth > 0
    }
}

/// The plan that starts at that line.
pub(super) fn extent(lines: &[Line<'_>], start: usize) -> Extent {
    let first = &lines[start];
    let left = first.indent();
    let framed = framed(lines, start);
    let costs = first.text.contains("(cost=") || first.text.contains("(actual ");
    let mut groups: Vec<Range<usize>> = std::iter::once(start..start + 1).collect();
    // widths of lines that go on below, not those of literals that have lines of their own
    let mut broken = Vec::new();
    let mut open = Open::default();
    open.add(&first.text);
    let mut last_text: &str = first.text.trim();
    let mut widest = first.width;
    let mut blank = false;
    let mut ended = false;
    let mut at = start + 1;
    let mut end = at;
    while let Some(line) = lines.get(at) {
        match line.role {
            Role::Blank => {
                blank = true;
                at += 1;
                continue;
            }
            Role::Rule if line.text.starts_with("-[") || line.text.starts_with("***") => {
                at += 1;
                continue;
            }
            Role::Rule if Some(at) < framed => {
                at += 1;
                continue;
            }
            Role::Footer => {
                end = at + 1;
                break;
            }
            Role::Text => {}
            Role::Rule => {
                // the bottom of a frame
                end = at + 1;
                if lines.get(end).is_some_and(|line| line.role == Role::Footer) {
                    end += 1;
                }
                break;
            }
            Role::Header | Role::Fence | Role::Prompt => break,
        }
        let text = line.text.trim();
        let kind = Kind::of(text);
        let indent = line.indent();
        let deeper = indent > left;
        let within = framed.is_some_and(|end| at < end);
        let goes_on = || {
            let tail = text.starts_with('(') && !last_text.ends_with(':');
            let bare = costs
                && figures::start(last_text).is_none()
                && matches!(Kind::of(last_text), Kind::Arrow(_) | Kind::Node(_));
            let full = line.width > 0 && lines[at - 1].width + 3 > widest && widest >= 60;
            tail || open.any()
                || bare
                || last_text.ends_with([',', '=', '-', '>', '<'])
                || full
                || within
                || next_is_sure(lines, at + 1)
        };
        let takes = match kind {
            // a plan in the middle of which the text starts
            Kind::Arrow(_) => (!ended).then_some(true),
            Kind::Node(_) if text.starts_with('(') => Some(false),
            Kind::Node(node) => {
                let name = node[..figures::start(node).unwrap_or(node.len())].trim();
                match super::node::Named::new(name).is_known() || blank || !goes_on() {
                    true => None,
                    false => Some(false),
                }
            }
            Kind::Table(_) if deeper => Some(true),
            Kind::Table(_) => None,
            Kind::Label(_) | Kind::Trigger(_) => Some(true),
            Kind::Property { name, value } if !blank && property::continues(last_text, name, value) => Some(false),
            Kind::Property { name, .. } if property::is_known(name) && !(open.quote && open.depth > 0 && !deeper) => {
                Some(true)
            }
            Kind::Property { .. } if deeper && !(open.any() && (indent <= left + 1 || open.quote)) => Some(true),
            Kind::Property { name, value } if is_group(name, value) => Some(true),
            Kind::Property { .. } | Kind::Other(_) => {
                let starts = deeper && !open.any() && property::starts_known(text);
                if starts {
                    Some(true)
                } else if (!blank || within || open.any()) && !ended && goes_on() {
                    Some(false)
                } else {
                    None
                }
            }
        };
        match takes {
            None => break,
            Some(true) => {
                groups.push(at..at + 1);
                open = Open::default();
                open.add(&line.text);
                last_text = text;
                ended = ended || (!deeper && ends(text));
            }
            Some(false) => {
                if let Some(group) = groups.last_mut() {
                    if !open.quote {
                        broken.push(lines[group.end - 1].width);
                    }
                    group.end = at + 1;
                }
                open.add(&line.text);
                last_text = text;
            }
        }
        widest = widest.max(line.width);
        blank = false;
        at += 1;
        end = at;
    }
    while lines.get(end).is_some_and(|line| line.role == Role::Footer) {
        end += 1;
    }
    let widths = groups.iter().flat_map(|group| &lines[group.clone()]).map(|line| line.width);
    let wrap = Wrap::new(widths, broken.into_iter());
    Extent { lines: start..end, groups, open: open.any(), wrap }
}

impl Extent {
    /// The text of a group with its indentation.
    pub(super) fn text<'a>(&self, lines: &'a [Line<'_>], group: &Range<usize>) -> Cow<'a, str> {
        let first = &lines[group.start];
        if group.len() == 1 {
            return Cow::Borrowed(&first.text);
        }
        let mut text = first.text.to_string();
        let mut width = first.width;
        let mut open = Open::default();
        open.add(&first.text);
        for line in &lines[group.start + 1..group.end] {
            if !matches!(line.role, Role::Text | Role::Blank) {
                continue;
            }
            // a literal may have lines of its own: nothing broke the line there
            if open.quote && width < self.wrap.width && !self.wrap.at_words {
                text.push('\n');
                text.push_str(&line.text);
            } else if line.role == Role::Text {
                self.wrap.join(&mut text, width, &line.text);
            }
            open.add(&line.text);
            width = line.width;
        }
        Cow::Owned(text)
    }
}

/// Where the frame ends that a plan stands in, if it stands in one with a footer.
fn framed(lines: &[Line<'_>], start: usize) -> Option<usize> {
    let above = lines[..start].iter().rev().take(2).any(|line| line.role == Role::Header);
    if !above {
        return None;
    }
    let ends = |line: &Line<'_>| !matches!(line.role, Role::Text | Role::Blank);
    let at = start + lines[start..].iter().take(200_000).position(ends)?;
    (lines[at].role == Role::Footer && lines[at].text.trim().starts_with('(')).then_some(at)
}

/// Whether a plan goes on soon below.
fn next_is_sure(lines: &[Line<'_>], from: usize) -> bool {
    for line in lines.iter().skip(from).take(3) {
        if line.role != Role::Text {
            return false;
        }
        let kind = Kind::of(line.text.trim());
        if kind.is_sure() {
            return true;
        }
        if matches!(kind, Kind::Node(_)) {
            return false;
        }
    }
    false
}

/// Whether it is the last thing EXPLAIN says.
fn ends(text: &str) -> bool {
    text.starts_with("Execution Time:") || text.starts_with("Execution time:") || text.starts_with("Total runtime:")
}

/// A header about the whole plan that an extension prints.
fn is_group(name: &str, value: &str) -> bool {
    value.is_empty() && (name == "PlannedStmt" || name.starts_with("RTI ") || name.starts_with("Range Table"))
        || name == "Unprunable RTIs"
}
