//! The lines of the account: operators, and what an execution takes beside them.

use dbwright_model::Seconds;
use dbwright_model::plan::{Account, Entry, Interval, Jit, Node, NodeId, Operator, Plan, Trigger};

use super::figure::{Amount, Clock, seconds, ticks};
use super::flow::Flow;
use super::shape::Shape;

/// The account of a plan whose operators were not timed.
pub(super) fn untimed(plan: &Plan, mut notes: Vec<String>) -> Option<Account> {
    let execution = plan.execution?;
    notes.push("operators were not timed".into());
    let entries = vec![Entry { what: "unexplained".into(), time: Interval::exact(execution.0) }];
    Some(Account { execution: Seconds(execution.0.max(0.0)), entries, notes })
}

/// Books the time beside the operators: outside the root, or inside an operator where it has room for it.
pub(super) struct Ledger<'a> {
    plan: &'a Plan,
    clock: &'a Clock,
    shape: &'a Shape,
    flow: &'a mut Flow,
    execution: Option<Interval>,
    /// Time of the execution outside the root that is not explained yet.
    gap: u64,
    /// What rounding leaves open of the gap.
    doubt: u64,
    /// Time booked inside operators, to be taken from them.
    inside: u64,
    booked: Vec<(&'static str, Amount)>,
    notes: Vec<String>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        clock: &'a Clock,
        shape: &'a Shape,
        execution: Option<Interval>,
        flow: &'a mut Flow,
    ) -> Ledger<'a> {
        let ran = flow.root.saturating_add(flow.later);
        let root = flow.whole[0];
        let doubt = root.high.saturating_sub(root.low) / 2;
        let mut ledger = Ledger {
            plan,
            clock,
            shape,
            flow,
            execution,
            gap: 0,
            doubt,
            inside: 0,
            booked: Vec::new(),
            notes: Vec::new(),
        };
        if let Some(execution) = execution {
            ledger.gap = ticks(execution.value).saturating_sub(ran);
            let rounding = ticks(execution.high).saturating_sub(ticks(execution.value));
            ledger.doubt = ledger.doubt.saturating_add(rounding);
        } else {
            // nothing tells how long all of it took: what is known to come on top comes on top
            let plain = |trigger: &&Trigger| trigger.constraint.is_some();
            let triggers = plan.triggers.iter().filter(plain).filter_map(|trigger| trigger.time);
            let serialization = plan.serialization.as_ref().and_then(|serialization| serialization.time);
            ledger.gap = triggers.chain(serialization).fold(0, |sum: u64, time| sum.saturating_add(ticks(time.0)));
        }
        ledger
    }

    pub(super) fn fill(&mut self) {
        self.serialization();
        self.triggers();
        if let Some(jit) = &self.plan.jit {
            self.jit(jit);
        }
    }

    /// Takes from the gap; gives back what does not fit.
    fn outside(&mut self, what: &'static str, time: Amount) -> u64 {
        let fits = time.value.min(self.gap);
        self.gap -= fits;
        self.book(what, Amount { low: time.low.min(fits), value: fits, high: time.high });
        let over = time.value - fits;
        if over > self.doubt.saturating_add(time.value - time.low) { over } else { 0 }
    }

    /// Takes from an operator what it has, up to that.
    fn within(&mut self, what: &'static str, at: usize, time: u64) {
        let own = &mut self.flow.own[at];
        let fits = time.min(own.value);
        own.value -= fits;
        own.low = own.low.saturating_sub(time).min(own.value);
        let after = if self.flow.late[at] { fits.min(self.flow.later) } else { 0 };
        self.flow.later -= after;
        self.inside = self.inside.saturating_add(fits - after);
        self.book(what, Amount::exact(fits));
    }

    fn book(&mut self, what: &'static str, time: Amount) {
        match self.booked.iter_mut().find(|(known, _)| *known == what) {
            Some((_, sum)) => *sum = sum.plus(time),
            None => self.booked.push((what, time)),
        }
    }

    fn printed(&self, time: Seconds) -> Amount {
        let read = self.clock.read(time);
        Amount { low: ticks(read.low), value: ticks(read.value), high: ticks(read.high) }
    }

    fn serialization(&mut self) {
        let Some(time) = self.plan.serialization.as_ref().and_then(|serialization| serialization.time) else { return };
        let over = self.outside("serialization", self.printed(time));
        if over > 0 {
            self.notes
                .push(format!("serialization takes {} more than is left beside the root", Seconds(seconds(over))));
        }
    }

    /// Constraints are checked after the root has ended; other triggers too, or for each row inside the operator that writes.
    fn triggers(&mut self) {
        let triggers = &self.plan.triggers;
        let (constraints, others): (Vec<_>, Vec<_>) = triggers.iter().partition(|trigger| trigger.constraint.is_some());
        for trigger in constraints.into_iter().chain(others) {
            let Some(time) = trigger.time.map(|time| self.printed(time)) else { continue };
            if trigger.constraint.is_some() || time.low <= self.gap.saturating_add(self.doubt) {
                let over = self.outside("triggers", time);
                if over > 0 {
                    let over = Seconds(seconds(over));
                    self.notes.push(format!("trigger {} takes {over} more than is left beside the root", trigger.name));
                }
                continue;
            }
            let writes = |node: &Node| node.operator == Operator::Modify;
            let same = |node: &Node| trigger.relation.is_some() && node.relation == trigger.relation;
            let candidates = self.plan.nodes.iter().enumerate().filter(|(_, node)| writes(node));
            let room = |(at, node): &(usize, &Node)| (self.flow.own[*at].high >= time.low, same(node));
            let best = candidates.max_by_key(|candidate| (room(candidate), std::cmp::Reverse(candidate.0)));
            match best.filter(|candidate| room(candidate).0) {
                Some((at, _)) => self.within("triggers", at, time.value),
                None => self.notes.push(format!(
                    "trigger {} takes {}, which neither the time beside the root nor an operator that writes has",
                    trigger.name,
                    Seconds(seconds(time.value))
                )),
            }
        }
    }

    /// Code is generated before the root starts, and compiled when the first expression is needed: inside some operator.
    /// The figures are of all processes together; the execution waits for those of the leader.
    fn jit(&mut self, jit: &Jit) {
        let part = |fields: &dbwright_model::plan::Fields, name: &str| {
            let timing = fields.get("Timing")?.group()?;
            let part = timing.get(name)?;
            part.number().or_else(|| part.group()?.number("Total"))
        };
        let Some(total) = jit.time.map(|time| time.0) else { return };
        let leader = match workers_jit(self.plan, |fields| part(fields, "Total")) {
            Some(workers) => (total - workers).max(0.0),
            None => total / processes(self.plan),
        };
        let share = if total > 0.0 { leader / total } else { 0.0 };
        let generation = part(&jit.extra, "Generation").map(|ms| (ms / 1e3).clamp(0.0, total) * share);
        // where the parts are not told: first what is beside the root
        let before = generation.map_or(ticks(leader).min(self.gap), ticks);
        let missed = self.outside("just-in-time compilation", Amount::exact(before));
        let compiling = ticks(leader).saturating_sub(before);
        if missed > 0 {
            self.notes.push("generating code takes longer than is left beside the root".into());
        }
        if compiling == 0 {
            return;
        }
        match self.first_with_room(compiling) {
            Some(at) => self.within("just-in-time compilation", at, compiling),
            None => self.notes.push(format!(
                "{} of compiling is inside operators; which, the figures do not tell",
                Seconds(seconds(compiling))
            )),
        }
    }

    /// The first operator to return a row that has so much time by itself before it.
    fn first_with_room(&self, time: u64) -> Option<usize> {
        let fits = |&at: &usize| {
            let node = &self.plan.nodes[at];
            let startup = node.actual.and_then(|actual| Some(actual.startup?.0 * actual.loops));
            let startup = startup.map_or(u64::MAX, |startup| ticks(startup / self.shape.side_by_side[at]));
            self.flow.own[at].value >= time && startup >= time
        };
        // inputs before what they feed
        let ends = |&at: &usize| (self.shape.ends[at], std::cmp::Reverse(at));
        (0..self.plan.nodes.len()).filter(fits).min_by_key(ends)
    }

    /// The account; whatever is left is unexplained.
    pub(super) fn close(self, mut notes: Vec<String>) -> Account {
        let operators = self.flow.root.saturating_sub(self.inside.min(self.flow.root));
        let whole = self.flow.whole[0];
        let bounds = |value: u64| Amount {
            low: whole.low.saturating_sub(self.inside).min(value),
            value,
            high: whole.high.saturating_sub(self.inside).max(value),
        };
        let mut entries = vec![("operators", bounds(operators))];
        entries.extend(self.booked);
        if self.flow.later > 0 {
            entries.push(("after the root", Amount::exact(self.flow.later)));
        }
        if self.gap > 0 || self.execution.is_some() {
            let gap = Amount {
                low: self.gap.saturating_sub(self.doubt),
                value: self.gap,
                high: self.gap.saturating_add(self.doubt),
            };
            entries.push(("unexplained", gap));
        }
        if let Some(execution) = self.execution
            && ticks(execution.high) < whole.low
        {
            let over = Seconds(seconds(whole.value - ticks(execution.value).min(whole.value)));
            notes.push(format!("{} takes {over} more than the whole execution: bent to fit", NodeId::ROOT));
        }
        notes.extend(self.notes);
        let sum = entries.iter().fold(0u64, |sum, (_, time)| sum.saturating_add(time.value));
        let entry = |(what, time): (&str, Amount)| Entry { what: what.to_owned(), time: time.interval() };
        Account { execution: Seconds(seconds(sum)), entries: entries.into_iter().map(entry).collect(), notes }
    }
}

/// Time that workers spent compiling, where each says its own.
fn workers_jit(plan: &Plan, total: impl Fn(&dbwright_model::plan::Fields) -> Option<f64>) -> Option<f64> {
    let workers = plan.nodes.iter().flat_map(|node| &node.per_worker);
    let times = workers.filter_map(|worker| total(worker.extra.get("JIT")?.group()?));
    times.fold(None, |sum: Option<f64>, ms| Some(sum.unwrap_or(0.0) + ms / 1e3))
}

/// The leader and all workers that came.
fn processes(plan: &Plan) -> f64 {
    let launched = |node: &Node| node.workers.and_then(|workers| workers.launched).unwrap_or(0) as f64;
    1.0 + plan.nodes.iter().filter(|node| node.operator == Operator::Gather).map(launched).sum::<f64>()
}
