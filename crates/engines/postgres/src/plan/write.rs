//! A plan as the server prints it in its text format.

use std::fmt::{self, Write};

use dbwright_model::plan::{Fields, NodeId, Plan, Value};

use super::describe::{About, around};
use super::keyword;
use super::lines::{LINES, listed, plain, sort_groups};
use super::operator::behind;
use super::order::HEAD;

/// Prints the plan as `EXPLAIN` of that major version prints it.
pub fn as_text(plan: &Plan, major: u32) -> String {
    let mut text = Text { out: String::new(), major, verbose: verbose(plan), json: plan.format != "text" };
    let about = About::of(plan);
    // a node's lines stand so many steps of two blanks in
    let mut steps: Vec<usize> = Vec::with_capacity(plan.nodes.len());
    // Citus prints what a node says about itself behind the sub-plans it needs first
    let mut held: Vec<(NodeId, Fields, usize)> = Vec::new();
    for (id, node) in plan.walk() {
        while let Some((_, fields, step)) = held
            .pop_if(|(owner, ..)| !plan.contains(*owner, id) || (node.parent == Some(*owner) && !joined(&node.name)))
        {
            text.properties(&fields, step);
        }
        let above = node.parent.and_then(|parent| steps.get(parent.0 as usize).copied());
        let mut step = above.unwrap_or(0);
        if let Some(label) = node.label.as_deref().filter(|_| above.is_some() && !joined(&node.name)) {
            text.line(step, |out| out.write_str(label));
            step += 1;
        }
        let fields = about.node(plan, id);
        text.head(plan, id, &fields, above.map(|_| step));
        step = above.map_or(1, |_| step + 3);
        steps.push(step);
        match node.children.first().is_some_and(|first| joined(&plan[*first].name)) {
            true => held.push((id, fields, step)),
            false => text.properties(&fields, step),
        }
    }
    held.into_iter().rev().for_each(|(_, fields, step)| text.properties(&fields, step));
    text.around(plan);
    text.out
}

/// Operators of extensions whose label is part of their name.
fn joined(name: &str) -> bool {
    name == "Distributed Subplan"
}

/// Whether it was asked for with `VERBOSE`, as far as it shows.
fn verbose(plan: &Plan) -> bool {
    let schema = |id: &dbwright_model::plan::Node| id.relation.as_ref().is_some_and(|name| !name.schema.is_empty());
    plan.nodes.iter().any(|node| !node.output.is_empty() || schema(node))
}

struct Text {
    out: String,
    major: u32,
    verbose: bool,
    /// It came from a format that always prints everything.
    json: bool,
}

impl Text {
    fn line(&mut self, step: usize, write: impl FnOnce(&mut String) -> fmt::Result) {
        self.out.extend(std::iter::repeat_n("  ", step));
        // writing to a string does not fail
        let _ = write(&mut self.out);
        self.out.push('\n');
    }

    /// The line that names the operator, with costs and what it took; without an arrow at the root.
    fn head(&mut self, plan: &Plan, id: NodeId, fields: &Fields, step: Option<usize>) {
        let node = &plan[id];
        let major = self.major;
        let flag = |name: &str| fields.bool(name) == Some(true);
        let quoted = |name: &str| fields.text(name).map(keyword::quoted);
        self.line(step.unwrap_or(0), |out| {
            if step.is_some() {
                out.write_str("->  ")?;
            }
            for (on, word) in [(node.parallel, "Parallel "), (flag("Async Capable"), "Async ")] {
                out.write_str(if on { word } else { "" })?;
            }
            if let Some(mode) = fields.text("Partial Mode").filter(|mode| *mode != "Simple") {
                write!(out, "{mode} ")?;
            }
            let join = fields.text("Join Type").unwrap_or("Inner");
            let (node_type, ..) = behind(&node.name);
            match node_type {
                "Nested Loop" if join == "Inner" => out.write_str("Nested Loop")?,
                "Nested Loop" => write!(out, "Nested Loop {join} Join")?,
                "Hash Join" | "Merge Join" if join != "Inner" => {
                    write!(out, "{} {join} Join", node_type.trim_end_matches(" Join"))?;
                }
                "Custom Scan" => match fields.text("Custom Plan Provider") {
                    Some(provider) => write!(out, "Custom Scan ({provider})")?,
                    None => out.write_str("Custom Scan")?,
                },
                _ => out.write_str(&node.name)?,
            }
            if let Some(label) = node.label.as_deref().filter(|_| joined(&node.name)) {
                write!(out, " {label}")?;
            }
            if let Some(command) = fields.text("Command") {
                write!(out, " {command}")?;
            }
            if let Some(index) = quoted("Index Name") {
                if fields.text("Scan Direction") == Some("Backward") {
                    out.write_str(" Backward")?;
                }
                write!(out, " {} {index}", if node_type == "Bitmap Index Scan" { "on" } else { "using" })?;
            }
            target(out, fields)?;
            if let Some(total) = fields.number("Total Cost") {
                let figure = |name: &str| fields.number(name).unwrap_or_default();
                write!(out, "  (cost={:.2}..{total:.2} ", figure("Startup Cost"))?;
                write!(out, "rows={:.0} width={:.0})", figure("Plan Rows"), figure("Plan Width"))?;
            }
            match fields.number("Actual Loops") {
                Some(0.0) => out.write_str(" (never executed)"),
                Some(_) => {
                    out.write_str(" (")?;
                    actual(out, fields, major)?;
                    out.write_str(")")
                }
                None => Ok(()),
            }
        });
    }

    /// The lines below it.
    fn properties(&mut self, fields: &Fields, step: usize) {
        let mut done: Vec<&str> = Vec::new();
        for (name, value) in fields.iter() {
            if in_head(name) || done.contains(&name) {
                continue;
            }
            match name {
                "Inner Unique" => {
                    if value.bool() == Some(true) && (self.verbose || !self.json) {
                        self.property(step, name, value);
                    }
                }
                "Disabled" | "Single Copy" => {
                    if value.bool() == Some(true) {
                        self.property(step, name, value);
                    }
                }
                "Subplans Removed" if value.number() == Some(0.0) => {}
                "Rows Removed by Filter"
                | "Rows Removed by Join Filter"
                | "Rows Removed by Index Recheck"
                | "Rows Removed by Conflict Filter" => {
                    // none at all is not printed, less than half a row a loop is printed as zero
                    if value.number().is_some_and(|rows| rows > 0.0 || rows.is_sign_negative()) {
                        self.line(step, |out| write!(out, "{name}: {:.0}", value.number().unwrap_or_default().abs()));
                    }
                }
                "Sampling Method" => self.line(step, |out| {
                    write!(
                        out,
                        "Sampling: {} ({})",
                        value.text().unwrap_or_default(),
                        listed(fields, "Sampling Parameters")
                    )?;
                    match fields.text("Repeatable Seed") {
                        Some(seed) => write!(out, " REPEATABLE ({seed})"),
                        None => Ok(()),
                    }
                }),
                "Sampling Parameters" | "Repeatable Seed" => {}
                "Grouping Sets" => self.grouping_sets(value, step),
                "Target Tables" => self.targets(fields, value, step),
                "Full-sort Groups" | "Pre-sorted Groups" => {
                    let groups = value.group().cloned().unwrap_or_default();
                    self.line(step, |out| sort_groups(out, name, &groups));
                }
                // of INSERT … ON CONFLICT; MERGE has one line for all
                "Tuples Inserted" if fields.get("Conflicting Tuples").is_some() => self.property(step, name, value),
                "Workers" => self.workers(value, step),
                "JIT" => self.jit(value, step),
                _ => match LINES.iter().find(|line| line.fields.contains(&name)) {
                    Some(line) => {
                        done.extend(line.fields);
                        let mut written = String::new();
                        let _ = (line.write)(&mut written, fields, self.major);
                        if !written.is_empty() {
                            self.line(step, |out| out.write_str(&written));
                        }
                    }
                    None => self.property(step, name, value),
                },
            }
        }
    }

    /// A field that has no other form: its name and its value.
    fn property(&mut self, step: usize, name: &str, value: &Value) {
        match value {
            Value::Group(fields) => {
                self.line(step, |out| write!(out, "{name}:"));
                for (name, value) in fields.iter() {
                    self.property(step + 1, name, value);
                }
            }
            value => self.line(step, |out| write!(out, "{name}: {}", plain(value))),
        }
    }

    fn grouping_sets(&mut self, sets: &Value, step: usize) {
        for set in sets.items().iter().filter_map(Value::group) {
            let mut step = step;
            for (name, keys) in set.iter() {
                let singular = match name {
                    "Sort Key" => {
                        self.property(step, name, keys);
                        step += 1;
                        continue;
                    }
                    "Hash Keys" => "Hash Key",
                    "Group Keys" => "Group Key",
                    other => other,
                };
                for key in keys.items() {
                    let listed = plain(key);
                    let listed = if listed.is_empty() { "()" } else { &listed };
                    self.line(step, |out| write!(out, "{singular}: {listed}"));
                }
            }
        }
    }

    fn targets(&mut self, node: &Fields, targets: &Value, step: usize) {
        for fields in targets.items().iter().filter_map(Value::group) {
            self.line(step, |out| {
                // an extension's own fields tell a foreign table
                let foreign = fields.iter().any(|(name, _)| !in_head(name));
                write!(out, "{}{}", if foreign { "Foreign " } else { "" }, node.text("Operation").unwrap_or_default())?;
                target(out, fields)
            });
            for (name, value) in fields.iter().filter(|(name, _)| !in_head(name)) {
                self.property(step + 1, name, value);
            }
        }
    }

    fn workers(&mut self, workers: &Value, step: usize) {
        for fields in workers.items().iter().filter_map(Value::group) {
            let number = fields.number("Worker Number").unwrap_or_default();
            let mut below = Text { out: String::new(), major: self.major, verbose: self.verbose, json: self.json };
            if fields.number("Actual Loops").is_some() {
                below.line(step + 1, |out| actual(out, fields, self.major));
            }
            below.properties(fields, step + 1);
            // the first line stands behind the worker's name
            if let Some(first) = below.out.get((step + 1) * 2..).filter(|first| !first.is_empty()) {
                let gap = if self.major >= 13 { "  " } else { " " };
                self.out.extend(std::iter::repeat_n("  ", step));
                let _ = write!(self.out, "Worker {number}:{gap}");
                self.out.push_str(first);
            }
        }
    }

    fn jit(&mut self, value: &Value, step: usize) {
        let Some(jit) = value.group() else { return };
        self.line(step, |out| out.write_str("JIT:"));
        for (name, value) in jit.iter() {
            let Some(parts) = value.group() else {
                self.property(step + 1, name, value);
                continue;
            };
            self.line(step + 1, |out| {
                write!(out, "{name}: ")?;
                for (at, (part, value)) in parts.iter().enumerate() {
                    out.write_str(if at > 0 { ", " } else { "" })?;
                    match (value, value.group()) {
                        (_, Some(inner)) => {
                            write!(out, "{part} {:.3} ms", inner.number("Total").unwrap_or_default())?;
                            write!(out, " (Deform {:.3} ms)", inner.number("Deform").unwrap_or_default())?;
                        }
                        (Value::Number(ms), _) => write!(out, "{part} {ms:.3} ms")?,
                        _ => write!(out, "{part} {}", plain(value))?,
                    }
                }
                Ok(())
            });
        }
    }

    /// What follows the tree.
    fn around(&mut self, plan: &Plan) {
        for (name, value) in around(plan).iter() {
            match (name, value) {
                ("Settings", Value::Group(settings)) => self.line(0, |out| {
                    out.write_str("Settings: ")?;
                    for (at, (name, value)) in settings.iter().enumerate() {
                        write!(out, "{}{name} = '{}'", if at > 0 { ", " } else { "" }, plain(value))?;
                    }
                    Ok(())
                }),
                ("Planning", Value::Group(fields)) => {
                    self.line(0, |out| out.write_str("Planning:"));
                    self.properties(fields, 1);
                }
                ("Planning Time" | "Execution Time", Value::Number(ms)) => {
                    let name = match (name, self.major) {
                        ("Planning Time", ..10) => "Planning time",
                        ("Execution Time", ..10) => "Execution time",
                        _ => name,
                    };
                    self.line(0, |out| write!(out, "{name}: {ms:.3} ms"));
                }
                ("Triggers", triggers) => self.triggers(plan, triggers),
                ("JIT", jit) => self.jit(jit, 0),
                ("Serialization", Value::Group(fields)) => {
                    self.line(0, |out| {
                        out.write_str("Serialization:")?;
                        if let Some(ms) = fields.number("Time") {
                            write!(out, " time={ms:.3} ms ")?;
                        }
                        write!(out, " output={}kB", fields.number("Output Volume").unwrap_or_default())?;
                        write!(out, "  format={}", fields.text("Format").unwrap_or("text"))
                    });
                    self.properties(&without(fields, &["Time", "Output Volume", "Format"]), 1);
                }
                _ => self.property(0, name, value),
            }
        }
    }

    fn triggers(&mut self, plan: &Plan, triggers: &Value) {
        let target = plan.root().relation.as_ref().map(|relation| relation.name.as_str());
        for fields in triggers.items().iter().filter_map(Value::group) {
            let constraint = fields.text("Constraint Name");
            let relation = fields.text("Relation").filter(|relation| !self.json || Some(*relation) != target);
            let name = fields.text("Trigger Name").filter(|_| self.verbose || constraint.is_none());
            self.line(0, |out| {
                out.write_str("Trigger")?;
                for (word, name) in [(" ", name), (" for constraint ", constraint), (" on ", relation)] {
                    if let Some(name) = name {
                        write!(out, "{word}{name}")?;
                    }
                }
                out.write_str(":")?;
                if let Some(ms) = fields.number("Time") {
                    write!(out, " time={ms:.3}")?;
                }
                write!(out, " calls={}", fields.number("Calls").unwrap_or_default())
            });
        }
    }
}

/// Whether the operator's own line says the field, or its place in the tree.
fn in_head(name: &str) -> bool {
    HEAD.contains(&name) || matches!(name, "Worker Number" | "Plans")
}

/// ` on schema.table alias`.
fn target(out: &mut String, fields: &Fields) -> fmt::Result {
    let name = ["Relation Name", "Function Name", "Table Function Name", "CTE Name", "Tuplestore Name"]
        .iter()
        .find_map(|name| fields.text(name));
    let alias = fields.text("Alias");
    if name.is_none() && alias.is_none() {
        return Ok(());
    }
    out.write_str(" on")?;
    if let Some(name) = name {
        out.write_str(" ")?;
        if let Some(schema) = fields.text("Schema") {
            write!(out, "{}.", keyword::quoted(schema))?;
        }
        out.write_str(&keyword::quoted(name))?;
    }
    match alias.filter(|alias| Some(*alias) != name) {
        Some(alias) => write!(out, " {}", keyword::quoted(alias)),
        None => Ok(()),
    }
}

/// `actual time=… rows=… loops=…`.
fn actual(out: &mut String, fields: &Fields, major: u32) -> fmt::Result {
    let figure = |name: &str| fields.number(name).unwrap_or_default();
    out.write_str("actual ")?;
    if let Some(total) = fields.number("Actual Total Time") {
        write!(out, "time={:.3}..{total:.3} ", figure("Actual Startup Time"))?;
    }
    match major {
        18.. => write!(out, "rows={:.2}", figure("Actual Rows"))?,
        _ => write!(out, "rows={:.0}", figure("Actual Rows"))?,
    }
    write!(out, " loops={:.0}", figure("Actual Loops"))
}

fn without(fields: &Fields, names: &[&str]) -> Fields {
    Fields(fields.0.iter().filter(|(name, _)| !names.contains(&&**name)).cloned().collect())
}
