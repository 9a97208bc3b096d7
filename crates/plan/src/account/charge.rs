//! Whose work includes what: most nodes count in their parent; results computed once count where they are first needed.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use dbwright_model::plan::{Link, Operator, Plan};

use super::figure::{Figure, ticks};
use super::reference::{Key, keys, mentions};
use super::shape::Shape;

/// Where a sub-plan that does not count in its parent counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Home {
    /// In that node.
    Node(u32),
    /// In its readers, in the order of their need; a writing one goes on after the root.
    Readers {
        /// The scans that read it.
        readers: Vec<u32>,
        /// Whether it changes rows.
        writes: bool,
    },
    /// After the root.
    Later,
}

/// Where everything counts.
#[derive(Debug, Default)]
pub(super) struct Charges {
    /// Sub-plans that do not simply count in their parent.
    pub(super) homes: HashMap<u32, Home>,
    /// What counts in a node beside its children.
    pub(super) guests: HashMap<u32, Vec<u32>>,
    /// Which nodes `homes` knows, and which `guests`: asked for every node and counter.
    pub(super) separate: Vec<bool>,
    /// See `separate`.
    pub(super) hosting: Vec<bool>,
    /// All nodes, each after those it counts in.
    pub(super) order: Vec<u32>,
    /// What had to be guessed.
    pub(super) notes: Vec<String>,
}

/// A sub-plan nobody refers to is looked for a place among so many nodes below its owner.
const LOOK_AT: usize = 256;

impl Charges {
    /// `figures` decide whether a node has room for what is to count in it.
    pub(super) fn of(plan: &Plan, shape: &Shape, figures: &[Figure]) -> Charges {
        let mut charges = Charges::default();
        if plan.nodes.iter().any(|node| !node.link.is_input() && node.link != Link::SubPlan) {
            let mut finder = Finder::new(plan, shape, figures);
            finder.common_table_expressions(&mut charges);
            finder.init_plans(&mut charges);
        }
        charges.order = order(plan, &charges);
        if charges.order.len() < plan.nodes.len() {
            // they refer to each other in a circle, which no server prints
            let reached: HashSet<u32> = charges.order.iter().copied().collect();
            charges
                .homes
                .iter_mut()
                .filter(|(unit, _)| !reached.contains(unit))
                .for_each(|(_, home)| *home = Home::Later);
            charges.notes.push("sub-plans that refer to each other in a circle are counted after the root".into());
            charges.order = order(plan, &charges);
        }
        charges.guests = guests(&charges.homes);
        let flags = |known: &dyn Fn(u32) -> bool| (0..plan.nodes.len() as u32).map(known).collect();
        charges.separate = flags(&|at| charges.homes.contains_key(&at));
        charges.hosting = flags(&|at| charges.guests.contains_key(&at));
        charges
    }
}

fn guests(homes: &HashMap<u32, Home>) -> HashMap<u32, Vec<u32>> {
    let mut guests: HashMap<u32, Vec<u32>> = HashMap::new();
    for (&unit, home) in homes {
        let hosts = match home {
            Home::Node(host) => std::slice::from_ref(host),
            Home::Readers { readers, .. } => readers,
            Home::Later => &[],
        };
        hosts.iter().for_each(|&host| guests.entry(host).or_default().push(unit));
    }
    guests.values_mut().for_each(|units| units.sort_unstable());
    guests
}

/// Nodes, each after those it counts in; those that count in each other are missing.
fn order(plan: &Plan, charges: &Charges) -> Vec<u32> {
    let count = plan.nodes.len() as u32;
    if charges.homes.is_empty() {
        return (0..count).collect();
    }
    let guests = guests(&charges.homes);
    let mut waits: Vec<u32> = (0..count).map(|at| u32::from(at > 0)).collect();
    for (&unit, home) in &charges.homes {
        waits[unit as usize] = match home {
            Home::Node(_) => 1,
            Home::Readers { readers, .. } => readers.len() as u32,
            Home::Later => 0,
        };
    }
    let mut ready: BinaryHeap<Reverse<u32>> = (0..count).filter(|&at| waits[at as usize] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(plan.nodes.len());
    while let Some(Reverse(at)) = ready.pop() {
        order.push(at);
        let children = plan.nodes[at as usize].children.iter().map(|child| child.0);
        let children = children.filter(|child| !charges.homes.contains_key(child));
        for next in children.chain(guests.get(&at).into_iter().flatten().copied()) {
            let waits = &mut waits[next as usize];
            *waits = waits.saturating_sub(1);
            if *waits == 0 {
                ready.push(Reverse(next));
            }
        }
    }
    order
}

/// When a node does something: nodes begin before and end after those below them.
type Moment = (u64, u32);

struct Finder<'a> {
    plan: &'a Plan,
    shape: &'a Shape,
    figures: &'a [Figure],
    /// The innermost separate sub-plan each node stands in.
    units: Vec<Option<u32>>,
    /// The nearest node above each that gathers the rows of workers.
    gathers: Vec<Option<u32>>,
    /// What nodes have left for others, at most.
    room: HashMap<u32, u64>,
    /// Steps that checks for circles may still take together, so that they stay linear.
    fuel: usize,
}

impl<'a> Finder<'a> {
    fn new(plan: &'a Plan, shape: &'a Shape, figures: &'a [Figure]) -> Finder<'a> {
        let mut units: Vec<Option<u32>> = Vec::with_capacity(plan.nodes.len());
        let mut gathers: Vec<Option<u32>> = Vec::with_capacity(plan.nodes.len());
        for (at, node) in plan.nodes.iter().enumerate() {
            let above = node.parent.map(|above| above.0 as usize);
            let separate = matches!(node.link, Link::InitPlan | Link::Cte);
            units.push(if separate { Some(at as u32) } else { above.and_then(|above| units[above]) });
            gathers.push(above.and_then(|above| match plan.nodes[above].operator {
                Operator::Gather if node.link.is_input() => Some(above as u32),
                _ => gathers[above],
            }));
        }
        Finder { plan, shape, figures, units, gathers, room: HashMap::new(), fuel: 1000 + 8 * plan.nodes.len() }
    }

    fn owner(&self, unit: u32) -> u32 {
        self.plan.nodes[unit as usize].parent.map_or(0, |owner| owner.0)
    }

    fn begins(&self, at: u32) -> Moment {
        (2 * u64::from(at), 0)
    }

    fn ends(&self, at: u32) -> Moment {
        (2 * u64::from(self.shape.ends[at as usize]) - 1, u32::MAX - at)
    }

    /// Ties scans of common table expressions to the innermost one of that name around them.
    fn common_table_expressions(&mut self, charges: &mut Charges) {
        let mut known: HashMap<&str, Vec<u32>> = HashMap::new();
        let mut readers: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut units = Vec::new();
        for (at, node) in self.plan.nodes.iter().enumerate() {
            let at = at as u32;
            if node.link == Link::Cte {
                units.push(at);
                let name = node.label.as_deref().unwrap_or("");
                known.entry(name.strip_prefix("CTE ").unwrap_or(name)).or_default().push(at);
            }
            if node.operator != Operator::CteScan {
                continue;
            }
            let Some(name) = node.relation.as_ref().map(|relation| relation.name.as_str()) else { continue };
            let Some(stack) = known.get_mut(name) else { continue };
            while let Some(&unit) = stack.last()
                && !self.shape.contains(self.owner(unit), at)
            {
                stack.pop();
            }
            // a scan inside the expression itself is its recursion
            if let Some(&unit) = stack.last()
                && !self.shape.contains(unit, at)
                && !node.never_executed()
            {
                readers.entry(unit).or_default().push(at);
            }
        }
        for unit in units {
            let node = &self.plan.nodes[unit as usize];
            let mut readers = readers.remove(&unit).unwrap_or_default();
            readers.sort_by_key(|&reader| self.ends(reader));
            readers.retain(|&reader| !self.circular(unit, reader, charges));
            let writes = node.operator == Operator::Modify;
            let home = match readers.is_empty() {
                false => Home::Readers { readers, writes },
                true if writes => Home::Later,
                true => Home::Node(self.owner(unit)),
            };
            charges.homes.insert(unit, home);
        }
    }

    /// Ties results computed once to the first node that refers to them.
    fn init_plans(&mut self, charges: &mut Charges) {
        let units: Vec<u32> =
            self.plan.walk().filter(|(_, node)| node.link == Link::InitPlan).map(|(id, _)| id.0).collect();
        if units.is_empty() {
            return;
        }
        let mut wanted: HashMap<Key, Vec<(Moment, u32)>> = HashMap::new();
        for (id, node) in self.plan.walk().filter(|(_, node)| !node.never_executed()) {
            mentions(node, |key, early| {
                let moment = if early { self.begins(id.0) } else { self.ends(id.0) };
                wanted.entry(key).or_default().push((moment, id.0));
            });
        }
        for unit in units {
            let node = &self.plan.nodes[unit as usize];
            let owner = self.owner(unit);
            let (needs, first) = self.needs(unit);
            let places = self.places(unit, &wanted);
            let fits = |finder: &mut Self, at: u32, needs: u64| {
                finder.room(at, charges) >= needs && !finder.circular(unit, at, charges)
            };
            let mut home = places.iter().copied().find(|&at| fits(self, at, needs));
            home = home.or_else(|| places.iter().copied().find(|&at| fits(self, at, first)));
            home = home.or_else(|| fits(self, owner, needs).then_some(owner));
            if home.is_none() {
                let near = (owner + 1..self.shape.ends[owner as usize]).take(LOOK_AT);
                let near = near.filter(|&at| self.units[at as usize] == self.units[owner as usize]);
                home = near.collect::<Vec<_>>().into_iter().find(|&at| fits(self, at, needs));
                let why = match places.is_empty() {
                    true => "is nowhere referred to, and its owner has no room for it",
                    false => "does not fit where it is referred to",
                };
                let label = node.label.as_deref().unwrap_or(&node.name);
                charges.notes.push(format!("{label} {why}: it is counted in #{}", home.unwrap_or(owner) + 1));
            }
            let home = home.unwrap_or(owner);
            let left = self.room(home, charges).saturating_sub(needs);
            self.room.insert(home, left);
            charges.homes.insert(unit, Home::Node(home));
        }
    }

    /// The nodes that refer to a sub-plan, in the order they need it.
    fn places(&self, unit: u32, wanted: &HashMap<Key, Vec<(Moment, u32)>>) -> Vec<u32> {
        let owner = self.owner(unit);
        let mut places: Vec<(Moment, u32)> = Vec::new();
        for key in keys(self.plan.nodes[unit as usize].label.as_deref().unwrap_or("")) {
            for &(moment, at) in wanted.get(&key).into_iter().flatten() {
                if !self.shape.contains(owner, at) || self.shape.contains(unit, at) {
                    continue;
                }
                // what workers refer to, and comes from outside, is computed before they start
                places.push(
                    match self.gathers[at as usize].filter(|&gather| self.gathers[owner as usize] != Some(gather)) {
                        Some(gather) => (self.begins(gather), gather),
                        None => (moment, at),
                    },
                );
            }
        }
        places.sort_unstable();
        places.dedup();
        places.into_iter().map(|(_, at)| at).collect()
    }

    /// The least time a sub-plan took, all of it and until its (only) row was there: ending its workers may come later.
    fn needs(&self, unit: u32) -> (u64, u64) {
        let low = match self.figures[unit as usize] {
            Figure::Whole(amount) | Figure::Own(amount) => amount.low,
            Figure::Unknown => 0,
        };
        let actual = self.plan.nodes[unit as usize].actual;
        let single = actual.filter(|actual| actual.total.is_some() && actual.rows.is_some_and(|rows| rows <= 1.0));
        let first = single.and_then(|actual| Some(actual.startup?.0 * actual.loops));
        let first = first.map(|first| ticks(first / self.shape.side_by_side[unit as usize]));
        (low, first.map_or(low, |first| low.min(first)))
    }

    /// What a node has for others beside its own children, at most.
    fn room(&self, at: u32, charges: &Charges) -> u64 {
        if let Some(&room) = self.room.get(&at) {
            return room;
        }
        let Figure::Whole(whole) = self.figures[at as usize] else { return u64::MAX };
        let node = &self.plan.nodes[at as usize];
        let children = node.children.iter().filter(|child| {
            !matches!(self.plan[**child].link, Link::InitPlan) && !charges.homes.contains_key(&child.0)
        });
        children.fold(whole.high, |room, child| match self.figures[child.0 as usize] {
            Figure::Whole(amount) | Figure::Own(amount) => room.saturating_sub(amount.low),
            Figure::Unknown => room,
        })
    }

    /// Whether counting `unit` in `host` would make it count in itself.
    fn circular(&mut self, unit: u32, host: u32, charges: &Charges) -> bool {
        let mut open: Vec<u32> = self.units[host as usize].into_iter().collect();
        let mut seen = HashSet::new();
        while let Some(next) = open.pop() {
            if next == unit || self.fuel == 0 {
                return true;
            }
            if !seen.insert(next) {
                continue;
            }
            self.fuel -= 1;
            let hosts = match charges.homes.get(&next) {
                Some(Home::Node(host)) => std::slice::from_ref(host),
                Some(Home::Readers { readers, .. }) => readers,
                Some(Home::Later) | None => &[],
            };
            open.extend(hosts.iter().filter_map(|&host| self.units[host as usize]));
        }
        false
    }
}
