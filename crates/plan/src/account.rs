//! Where the time and the pages of a plan went: what each node took by itself, and what adds up to the execution.

mod charge;
mod entries;
mod figure;
mod flow;
mod reference;
mod shape;

use dbwright_model::Seconds;
use dbwright_model::plan::{Buffers, NodeId, Own, Plan};

use charge::Charges;
use entries::Ledger;
use figure::{Amount, Clock, Figure, seconds, ticks};
use shape::Shape;

/// At most so many lines tell where figures had to be bent.
const NOTES: usize = 20;

/// Fills [`Own`] of every node that was executed, and the plan's account.
///
/// A node's time is its time per loop × loops ÷ processes; by itself it takes what its inputs and sub-plans leave. A result
/// that is computed once (`InitPlan`) counts in the first node that refers to it and has room for it, a common table
/// expression in its readers, and what is left of one that writes after the root. Times carry what rounding leaves open;
/// nothing is ever negative or more than the time with everything below. The time of all nodes by themselves is the
/// account's `operators` and `after the root` together. Figures that contradict each other are bent until they fit, which
/// the notes of the account say. A plan that was not executed stays as it is.
pub fn account(plan: &mut Plan) {
    if !plan.analyzed() && plan.nodes.iter().all(|node| node.buffers.is_none()) {
        return;
    }
    let shape = Shape::of(plan);
    let clock = Clock::of(plan);
    let times: Vec<Figure> =
        plan.nodes.iter().zip(&shape.side_by_side).map(|(node, &width)| clock.figure(node, width)).collect();
    let timed = plan.nodes.iter().zip(&times).any(|(node, time)| *time != Figure::Unknown && !node.never_executed());
    let pages: Vec<Figure> = match timed {
        true => Vec::new(),
        false => measure(plan, |buffers| buffers.pages()),
    };
    let charges = Charges::of(plan, &shape, if timed { &times } else { &pages });
    let mut own: Vec<Own> = shape.processes.iter().map(|&processes| Own { processes, ..Own::default() }).collect();
    if plan.nodes.iter().any(|node| node.buffers.is_some()) {
        let buffers = own_buffers(plan, &charges, &shape);
        own.iter_mut().zip(buffers).for_each(|(own, buffers)| own.buffers = Some(buffers));
    }
    let mut notes = charges.notes.clone();
    plan.account = match timed {
        true => {
            let execution = plan.execution.map(|time| clock.read(time));
            let room = execution.map_or(u64::MAX, |time| ticks(time.value));
            let mut flow = flow::settle(plan, &charges, &times, room);
            // a thousandth is what clocks differ by
            for &(at, excess) in flow.bent.iter().filter(|(_, excess)| *excess > flow.root / 1000) {
                let id = NodeId(at);
                notes.push(format!(
                    "what is counted in {id} {} takes {} more than it does itself: bent to fit",
                    plan[id].name,
                    Seconds(seconds(excess))
                ));
            }
            let mut ledger = Ledger::new(plan, &clock, &shape, execution, &mut flow);
            ledger.fill();
            let account = ledger.close(notes);
            for (at, own) in own.iter_mut().enumerate() {
                let known = times[at] != Figure::Unknown;
                let any = known || flow.whole[at].high > 0;
                own.total = match clock.whole(&plan.nodes[at], own.processes) {
                    Some(total) => Some(total),
                    None => any.then(|| flow.whole[at].interval()),
                };
                own.time = known.then(|| flow.own[at].interval());
            }
            Some(account)
        }
        false => entries::untimed(plan, notes),
    };
    if let Some(account) = &mut plan.account
        && account.notes.len() > NOTES
    {
        let more = account.notes.len() - NOTES;
        account.notes.truncate(NOTES);
        account.notes.push(format!("and {more} more"));
    }
    plan.nodes.iter_mut().zip(own).for_each(|(node, own)| node.own = Some(own));
}

/// An exact count of every node; absent is zero in a plan that has any.
fn measure(plan: &Plan, of: impl Fn(&Buffers) -> u64) -> Vec<Figure> {
    let of = |buffers: &Option<Buffers>| Figure::Whole(Amount::exact(buffers.as_ref().map_or(0, &of)));
    plan.nodes.iter().map(|node| of(&node.buffers)).collect()
}

/// A counter of pages: how to read and how to write it.
type Pages = (fn(&Buffers) -> u64, fn(&mut Buffers, u64));
/// A time of pages: how to read and how to write it.
type Times = (fn(&Buffers) -> Option<Seconds>, fn(&mut Buffers, Option<Seconds>));

macro_rules! fields {
    ($($name:ident),*) => { [$((|buffers| buffers.$name, |buffers, value| buffers.$name = value)),*] };
}

const PAGES: [Pages; 10] = fields![
    shared_hit,
    shared_read,
    shared_dirtied,
    shared_written,
    local_hit,
    local_read,
    local_dirtied,
    local_written,
    temp_read,
    temp_written
];
const TIMES: [Times; 6] =
    fields![read_time, write_time, local_read_time, local_write_time, temp_read_time, temp_write_time];

/// Pages each node touched by itself; times of pages as time on the clock.
fn own_buffers(plan: &Plan, charges: &Charges, shape: &Shape) -> Vec<Buffers> {
    let mut own = vec![Buffers::default(); plan.nodes.len()];
    let any = |of: &dyn Fn(&Buffers) -> bool| plan.nodes.iter().filter_map(|node| node.buffers.as_ref()).any(of);
    for (get, set) in PAGES {
        if any(&|buffers| get(buffers) > 0) {
            let flow = flow::settle(plan, charges, &measure(plan, get), u64::MAX);
            own.iter_mut().zip(&flow.own).for_each(|(buffers, own)| set(buffers, own.value));
        }
    }
    for (get, set) in TIMES {
        if any(&|buffers| get(buffers).is_some()) {
            let figures = measure(plan, |buffers| get(buffers).map_or(0, |time| ticks(time.0)));
            let flow = flow::settle(plan, charges, &figures, u64::MAX);
            for ((buffers, own), width) in own.iter_mut().zip(&flow.own).zip(&shape.side_by_side) {
                set(buffers, Some(Seconds(seconds(own.value) / width)));
            }
        }
    }
    own
}

#[cfg(test)]
mod tests;
