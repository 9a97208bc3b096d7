//! Lines to the raw form of a plan: what hangs below what, by indentation.

use dbwright_model::plan::{Fields, Value};

use super::kind::Kind;
use super::{arity, figures, node, property};

/// The name of the node that stands for a top that was cut off.
const CUT_OFF: &str = "(cut off)";

/// The most workers a server starts.
const WORKERS: usize = 1024;

/// A plan being read line by line.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Raw>,
    /// The nodes above the next one, outermost first, with the columns of their arrows.
    open: Vec<(isize, usize)>,
    /// The name of the sub-plan that comes next.
    label: Option<String>,
    /// Where the first line stands: what is about the whole plan does too.
    left: usize,
    /// The worker lines belong to that are further right.
    worker: Option<(usize, usize)>,
    /// What lines are about that stand to the right of this column.
    section: Option<(usize, Section)>,
    /// There are tasks of shards.
    shards: bool,
    /// The rightmost arrow: none right of the first line means that indentation was lost.
    rightmost: usize,
    top: Fields,
    triggers: Vec<Value>,
    /// What could not be read to its end.
    pub(super) half: bool,
}

#[derive(Debug)]
pub(super) struct Raw {
    pub(super) parent: usize,
    pub(super) fields: Fields,
    workers: Vec<Fields>,
    /// Keys of an aggregate in the order printed: several make grouping sets.
    keys: Vec<(bool, Value)>,
    sort: Option<Value>,
    sets: Vec<Fields>,
    tables: Vec<Value>,
}

/// A group of lines about one thing, with its name in JSON.
#[derive(Debug)]
struct Section {
    name: Box<str>,
    fields: Fields,
    /// What it is about, unless it is the whole plan.
    of: Option<Of>,
}

#[derive(Debug, Clone, Copy)]
enum Of {
    /// A worker of the last node.
    Worker(usize),
    /// A part of a distributed query.
    Node(usize),
}

/// Parts of a distributed query that tell their own times.
fn is_shard(name: &str) -> bool {
    name == "Task" || name.starts_with("Distributed Subplan")
}

impl Tree {
    /// A plan whose first line stands at that column; without a top, it starts with a node in the middle.
    pub(super) fn new(left: usize, topless: bool) -> Tree {
        let mut tree = Tree { left, ..Tree::default() };
        if topless {
            tree.push(-1, Fields(vec![("Node Type".into(), CUT_OFF.into())]));
        }
        tree
    }

    fn push(&mut self, column: isize, fields: Fields) {
        self.close_section();
        self.worker = None;
        self.close(column);
        let parent = self.open.last().map_or(0, |(_, node)| *node);
        self.open.push((column, self.nodes.len()));
        self.nodes.push(Raw {
            parent,
            fields,
            workers: Vec::new(),
            keys: Vec::new(),
            sort: None,
            sets: Vec::new(),
            tables: Vec::new(),
        });
    }

    /// Nothing hangs any more below the nodes whose arrows are not left of that column.
    fn close(&mut self, column: isize) {
        while self.open.len() > 1 && self.open.last().is_some_and(|(above, _)| *above >= column) {
            self.open.pop();
        }
    }

    /// Takes a line in that starts at that column.
    pub(super) fn line(&mut self, column: usize, kind: Kind<'_>) {
        match kind {
            Kind::Arrow(text) | Kind::Node(text) => {
                let mut fields = Fields::default();
                self.half |= !node::read(text, &mut fields);
                self.shards |= is_shard(text);
                self.rightmost = self.rightmost.max(column);
                if let Some(label) = self.label.take() {
                    let relationship = if label.starts_with("SubPlan") { "SubPlan" } else { "InitPlan" };
                    fields.set("Parent Relationship", relationship);
                    fields.set("Subplan Name", label);
                }
                let column = if self.nodes.is_empty() { -1 } else { column as isize };
                self.push(column, fields);
            }
            Kind::Label(label) => {
                self.label = Some(label.to_owned());
                // the arrow below it stands further right than those of its siblings
                self.close(column as isize);
            }
            Kind::Trigger(text) => match property::trigger(text) {
                Some(trigger) => {
                    self.close_section();
                    self.triggers.push(trigger.into());
                }
                None => self.half = true,
            },
            Kind::Table(fields) => {
                if let Some(node) = self.nodes.last_mut() {
                    node.tables.push(fields.into());
                }
            }
            Kind::Property { name, value } => self.property(column, name, value),
            Kind::Other(text) => {
                if let Some(node) = self.nodes.last_mut() {
                    node.fields.set(text, true);
                }
            }
        }
    }

    fn property(&mut self, column: usize, name: &str, value: &str) {
        if let Some((at, section)) = &mut self.section {
            if column > *at || (column == *at && belongs(&section.name, name)) {
                property::read(name, value, &mut section.fields);
                return;
            }
            self.close_section();
        }
        if self.surroundings(column, name, value) {
            return;
        }
        if name == "JIT" || name.starts_with("JIT for worker ") {
            let worker = self.worker.filter(|(at, _)| column > *at).map(|(_, worker)| Of::Worker(worker));
            let of = worker.or(self.shard(column).map(Of::Node));
            self.section = Some((column, Section { name: "JIT".into(), fields: Fields::default(), of }));
            return;
        }
        let owner = self.owner(column);
        let Some(node) = self.nodes.get_mut(owner) else { return };
        if let Some(number) = name.strip_prefix("Worker ").and_then(figures::digits) {
            let worker = node.worker(number);
            self.worker = Some((column, worker));
            let Some(fields) = node.workers.get_mut(worker) else { return };
            match property::split(value) {
                Some((name, value)) => property::read(name, value, fields),
                None => figures::actuals(&format!("{value})"), fields),
            }
            return;
        }
        match self.worker {
            Some((at, worker)) if column > at => {
                if let Some(fields) = node.workers.get_mut(worker) {
                    property::read(name, value, fields);
                }
                return;
            }
            _ => self.worker = None,
        }
        match name {
            "Hash Key" => node.keys.push((true, figures::list(value))),
            "Group Key" => node.key(value),
            "Sort Key" if !node.keys.is_empty() => {
                node.set_of_keys();
                node.sort = Some(figures::list(value));
            }
            _ => property::read(name, value, &mut node.fields),
        }
    }

    /// Lines about the whole plan; says whether it was one.
    fn surroundings(&mut self, column: usize, name: &str, value: &str) -> bool {
        // the plan of a shard has its own: it belongs to the task it stands in
        let shard = self.shard(column);
        match name {
            "Planning Time" | "Planning time" | "Execution Time" | "Execution time" | "Total runtime"
            | "Total Runtime" => {
                let field = match name {
                    "Planning Time" | "Planning time" => "Planning Time",
                    _ => "Execution Time",
                };
                let Some(ms) = property::milliseconds(value) else {
                    // masked figures stay what they are
                    if !value.is_empty() && !value.starts_with(|c: char| c.is_ascii_digit()) {
                        self.top.set(field, value);
                    } else {
                        self.half = true;
                    }
                    return true;
                };
                match shard {
                    Some(task) => self.nodes[task].fields.set(field, ms),
                    None => self.top.set(field, ms),
                }
            }
            "Settings" => self.top.set("Settings", property::settings(value)),
            "Query Identifier" => self.top.set(name, figures::value(value)),
            "Planning" => self.open_section(column, name, Fields::default(), shard),
            "Serialization" => self.open_section(column, name, property::serialization(value), shard),
            // of an extension: a header with lines below it
            _ if value.is_empty() && column <= self.left && self.nodes.len() + self.top.0.len() > 0 => {
                self.open_section(column, name, Fields::default(), None);
            }
            _ => return false,
        }
        true
    }

    /// The task, or the sub-plan of a distributed query, that a line at that column closes.
    fn shard(&self, column: usize) -> Option<usize> {
        if !self.shards || column <= self.left {
            return None;
        }
        let named = |node: usize| self.nodes.get(node).and_then(|node| node.fields.text("Node Type"));
        let above = self.open.iter().skip(1).rev().filter(|(arrow, _)| *arrow < column as isize);
        above.map(|(_, node)| *node).find(|node| named(*node).is_some_and(is_shard))
    }

    fn open_section(&mut self, column: usize, name: &str, fields: Fields, of: Option<usize>) {
        let of = of.map(Of::Node);
        self.section = Some((column, Section { name: name.into(), fields, of }));
    }

    fn close_section(&mut self) {
        let Some((_, section)) = self.section.take() else { return };
        let fields = match section.of {
            Some(Of::Worker(worker)) => self.nodes.last_mut().and_then(|node| node.workers.get_mut(worker)),
            Some(Of::Node(node)) => self.nodes.get_mut(node).map(|node| &mut node.fields),
            None => None,
        };
        fields.unwrap_or(&mut self.top).set(section.name, section.fields);
    }

    /// The node a line at that column is about: the last one, unless it stands further left than that one's own lines.
    fn owner(&self, column: usize) -> usize {
        let column = column as isize;
        let last = self.nodes.len().saturating_sub(1);
        match self.open.last() {
            // without any indentation nothing can be told from it
            Some((at, _)) if *at >= column && column > self.left as isize => {
                let above = self.open.partition_point(|(at, _)| *at < column).checked_sub(1);
                above.and_then(|above| self.open.get(above)).map_or(last, |(_, node)| *node)
            }
            _ => last,
        }
    }

    /// Whether its nodes say what time they took.
    pub(super) fn is_timed(&self) -> bool {
        self.nodes.iter().any(|node| node.fields.get("Actual Total Time").is_some())
    }

    /// Whether the times were there that stand at the end.
    pub(super) fn has_ended(&self) -> bool {
        self.top.get("Planning Time").is_some() || self.top.get("Execution Time").is_some()
    }

    /// Whether the indentation of the nodes was lost: no arrow stands right of the first line.
    pub(super) fn is_flat(&self) -> bool {
        self.nodes.len() > 2 && self.rightmost <= self.left && !self.is_topless()
    }

    fn is_topless(&self) -> bool {
        self.nodes.first().is_some_and(|root| root.fields.text("Node Type") == Some(CUT_OFF))
    }

    /// What the log says it took, where the plan does not say it.
    pub(super) fn took(&mut self, ms: f64) {
        if self.top.get("Execution Time").is_none() {
            self.top.set("Execution Time", ms);
        }
    }

    /// The raw form, as the JSON form has it, and whether the top is cut off.
    pub(super) fn finish(mut self) -> (Fields, bool) {
        self.close_section();
        if self.is_flat() {
            arity::stack(&mut self.nodes);
        }
        let topless = self.is_topless();
        let below_root = self.nodes.iter().skip(1).filter(|node| node.parent == 0).count();
        let needless = topless && below_root == 1;
        let mut inputs: Vec<Vec<Value>> = self.nodes.iter().map(|_| Vec::new()).collect();
        let mut root = Fields::default();
        for (at, raw) in self.nodes.into_iter().enumerate().rev() {
            let parent = raw.parent;
            let mut fields = raw.finish();
            let mut below = std::mem::take(&mut inputs[at]);
            below.reverse();
            if at == 0 && needless {
                if let Some(Value::Group(only)) = below.pop() {
                    root = only;
                }
                break;
            }
            if !below.is_empty() {
                fields.set("Plans", below);
            }
            if at == 0 {
                root = fields;
                break;
            }
            inputs[parent].push(fields.into());
        }
        let mut whole = Fields::default();
        whole.set("Plan", root);
        if !self.triggers.is_empty() {
            whole.set("Triggers", self.triggers);
        }
        whole.0.append(&mut self.top.0);
        (whole, topless)
    }
}

/// Whether a line goes on with what the section is about, where indentation does not tell.
fn belongs(section: &str, name: &str) -> bool {
    match section {
        "Planning" => matches!(name, "Buffers" | "I/O Timings" | "Memory"),
        "JIT" => matches!(name, "Functions" | "Options" | "Timing"),
        "Serialization" => matches!(name, "Buffers" | "I/O Timings"),
        _ => false,
    }
}

impl Raw {
    /// Where the worker of that number is.
    fn worker(&mut self, number: f64) -> usize {
        let known = self.workers.iter().position(|worker| worker.number("Worker Number") == Some(number));
        // more than a server allows: the lines are not what they seem
        let known = known.or_else(|| self.workers.len().checked_sub(1).filter(|last| *last >= WORKERS));
        known.unwrap_or_else(|| {
            let mut fields = Fields::default();
            fields.set("Worker Number", number);
            self.workers.push(fields);
            self.workers.len() - 1
        })
    }

    fn key(&mut self, value: &str) {
        // `()` is the set of no columns
        let key = if value == "()" { Value::List(Vec::new()) } else { figures::list(value) };
        if self.keys.last().is_some_and(|(hashed, _)| *hashed) {
            self.set_of_keys();
        }
        self.keys.push((false, key));
    }

    /// Makes grouping sets of the keys so far.
    fn set_of_keys(&mut self) {
        let mut grouped = Vec::new();
        for (hashed, key) in std::mem::take(&mut self.keys) {
            match hashed {
                // every hashed set has a table of its own
                true => {
                    let mut set = Fields::default();
                    set.set("Hash Keys", vec![key]);
                    self.sets.push(set);
                }
                false => grouped.push(key),
            }
        }
        if !grouped.is_empty() {
            let mut set = Fields::default();
            if let Some(sort) = self.sort.take() {
                set.set("Sort Key", sort);
            }
            set.set("Group Keys", grouped);
            self.sets.push(set);
        }
    }

    fn finish(mut self) -> Fields {
        let plain =
            self.sets.is_empty() && self.keys.len() == 1 && !self.keys[0].0 && !self.keys[0].1.items().is_empty();
        if plain {
            if let Some((_, key)) = self.keys.pop() {
                self.fields.set("Group Key", key);
            }
        } else if !(self.sets.is_empty() && self.keys.is_empty()) {
            self.set_of_keys();
            let sets: Vec<Value> = self.sets.into_iter().map(Value::Group).collect();
            self.fields.set("Grouping Sets", sets);
        }
        if !self.tables.is_empty() {
            self.fields.set("Target Tables", self.tables);
        }
        if !self.workers.is_empty() {
            let workers: Vec<Value> = self.workers.into_iter().map(Value::Group).collect();
            self.fields.set("Workers", workers);
        }
        self.fields
    }
}
