//! Shares an amount (time, pages) out along the tree so that what the nodes keep for themselves adds up to the root.
//!
//! Each node is given an amount by the nodes its work is counted in, hands on what its inputs need, and keeps the rest.
//! Figures that do not fit are bent in this order: a node whose inputs need more than it has itself is raised, as far as
//! the nodes above have room for it; what is left over is taken from its inputs in proportion.

use std::collections::HashMap;

use dbwright_model::plan::{Link, Operator, Plan};

use super::charge::{Charges, Home};
use super::figure::{Amount, Figure};

/// An amount shared out.
#[derive(Debug)]
pub(super) struct Flow {
    /// What each node keeps for itself, with bounds.
    pub(super) own: Vec<Amount>,
    /// What each node and everything below it needs, with bounds; as printed where it was printed.
    pub(super) whole: Vec<Amount>,
    /// What the root was given.
    pub(super) root: u64,
    /// What was done after the root had ended.
    pub(super) later: u64,
    /// Which nodes went on after the root had ended.
    pub(super) late: Vec<bool>,
    /// Nodes whose inputs need more than rounding explains, and how much more.
    pub(super) bent: Vec<(u32, u64)>,
}

/// What one of the nodes counted in a node asks of it.
#[derive(Debug, Clone, Copy)]
struct Claim {
    node: u32,
    wants: u64,
    /// How much of that is beyond its own figure.
    raised: u64,
}

/// Shares out; the root is given no more than `room`, and what comes after it no more than is left of that.
pub(super) fn settle(plan: &Plan, charges: &Charges, figures: &[Figure], room: u64) -> Flow {
    let count = plan.nodes.len();
    let mut needs = Needs {
        plan,
        charges,
        figures,
        whole: vec![Amount::default(); count],
        claimed: vec![0; count],
        raised: vec![0; count],
        shares: HashMap::new(),
        left: HashMap::new(),
    };
    let mut own = vec![Amount::default(); count];
    let mut bent = Vec::new();
    let mut needed = vec![0; count];
    let mut claims = Vec::new();
    for &at in charges.order.iter().rev() {
        needs.claims(at, &mut claims);
        needs.add_up(at, &claims, &mut own, &mut needed, &mut bent);
    }
    bent.reverse();

    let mut given = vec![0u64; count];
    given[0] = needs.claimed[0].min(room);
    let root = given[0];
    let mut later_left = room - root;
    let mut later = 0u64;
    let mut late = vec![false; count];
    for &at in &charges.order {
        let index = at as usize;
        late[index] = plan.nodes[index].parent.is_some_and(|above| late[above.0 as usize]);
        let home = if charges.separate[index] { charges.homes.get(&at) } else { None };
        let after = match home {
            Some(Home::Later) => needs.claimed[index],
            Some(Home::Readers { .. }) => needs.shares.get(&at).map_or(0, |shares| shares.after),
            _ => 0,
        };
        if after > 0 {
            late[index] = true;
            let granted = after.min(later_left);
            later_left -= granted;
            later = later.saturating_add(granted);
            given[index] = given[index].saturating_add(granted);
        }
        let has = given[index];
        let wants = needs.claimed[index];
        let needed = needed[index];
        // a node that is given less than it wants hands on less in proportion
        let target = if has >= wants { needed.min(has) } else { part(needed, has, wants).min(has) };
        needs.claims(at, &mut claims);
        let mut handed = 0u64;
        share(&mut claims, needed, target, |node, amount| {
            given[node as usize] = given[node as usize].saturating_add(amount);
            handed = handed.saturating_add(amount);
        });
        let kept = has.saturating_sub(handed);
        let bounds = &mut own[index];
        *bounds = Amount { low: bounds.low.min(kept), value: kept, high: bounds.high.max(kept) };
    }
    Flow { own, whole: needs.whole, root, later, late, bent }
}

/// Gives each claim its part of `target`, which is at most `needed`, the sum of all: what is beyond a node's own figure
/// goes first.
fn share(claims: &mut [Claim], needed: u64, target: u64, mut give: impl FnMut(u32, u64)) {
    let excess = needed - target.min(needed);
    let pool = claims.iter().fold(0u64, |sum, claim| sum.saturating_add(claim.raised));
    let taken = excess.min(pool);
    let mut wanted = 0u64;
    for claim in claims.iter_mut() {
        claim.wants -= part(claim.raised, taken, pool).min(claim.wants);
        wanted = wanted.saturating_add(claim.wants);
    }
    for claim in claims {
        give(claim.node, if wanted <= target { claim.wants } else { part(claim.wants, target, wanted) });
    }
}

/// `amount × of ÷ whole`, rounded down.
fn part(amount: u64, of: u64, whole: u64) -> u64 {
    match whole {
        0 => 0,
        whole => u64::try_from(u128::from(amount) * u128::from(of) / u128::from(whole)).unwrap_or(u64::MAX),
    }
}

/// What a common table expression asks of each of its readers, and of the time after the root.
#[derive(Debug, Default)]
struct Shares {
    by_reader: HashMap<u32, u64>,
    after: u64,
}

struct Needs<'a> {
    plan: &'a Plan,
    charges: &'a Charges,
    figures: &'a [Figure],
    whole: Vec<Amount>,
    /// What a node asks of those it is counted in.
    claimed: Vec<u64>,
    raised: Vec<u64>,
    shares: HashMap<u32, Shares>,
    /// What readers of common table expressions have left.
    left: HashMap<u32, u64>,
}

impl Needs<'_> {
    /// What is counted in a node: its children, but for those counted elsewhere, and what is counted in it instead.
    fn claims(&self, at: u32, claims: &mut Vec<Claim>) {
        claims.clear();
        let claim = |node: u32| Claim { node, wants: self.claimed[node as usize], raised: self.raised[node as usize] };
        let children = self.plan.nodes[at as usize].children.iter().map(|child| child.0);
        claims.extend(children.filter(|child| !self.charges.separate[*child as usize]).map(claim));
        if !self.charges.hosting[at as usize] {
            return;
        }
        for &guest in self.charges.guests.get(&at).into_iter().flatten() {
            claims.push(match self.shares.get(&guest) {
                Some(shares) => {
                    Claim { node: guest, wants: shares.by_reader.get(&at).copied().unwrap_or(0), raised: 0 }
                }
                None => claim(guest),
            });
        }
    }

    /// Everything below `at` is done: what it needs itself.
    fn add_up(
        &mut self,
        at: u32,
        claims: &[Claim],
        own: &mut [Amount],
        needed: &mut [u64],
        bent: &mut Vec<(u32, u64)>,
    ) {
        let index = at as usize;
        let node = &self.plan.nodes[index];
        let mut inputs = Amount::default();
        let (mut raises, mut subplans) = (0u64, 0u64);
        for claim in claims {
            let below = self.whole[claim.node as usize];
            let (down, up) = (below.value - below.low, below.high - below.value);
            inputs = inputs.plus(Amount {
                low: claim.wants.saturating_sub(claim.raised).saturating_sub(down),
                value: claim.wants,
                high: claim.wants.saturating_add(up),
            });
            raises = raises.saturating_add(claim.raised);
            if self.plan.nodes[claim.node as usize].link == Link::SubPlan {
                subplans = subplans.saturating_add(claim.wants);
            }
        }
        needed[index] = inputs.value;
        let (whole, claimed, raised, alone) = match self.figures[index] {
            Figure::Whole(whole) => {
                // what workers do while they shut down is not in the figures of the node that gathers, nor above
                let guests = self.charges.hosting[index];
                let stiff = matches!(node.operator, Operator::Gather | Operator::Limit) && !guests;
                let most = if stiff { whole.high } else { u64::MAX };
                let claimed = whole.value.max(inputs.value.min(most));
                if inputs.low > whole.high {
                    bent.push((at, inputs.value.saturating_sub(whole.value)));
                }
                let alone = Amount {
                    low: whole.low.saturating_sub(inputs.high),
                    value: claimed.saturating_sub(inputs.value),
                    high: whole.high.saturating_sub(inputs.low),
                };
                (whole, claimed, claimed - whole.value, alone)
            }
            Figure::Own(figure) => {
                // sub-plans run while the node evaluates its conditions
                let inside = if subplans <= figure.high { subplans } else { 0 };
                let alone = Amount {
                    low: figure.low.saturating_sub(inside),
                    value: figure.value.saturating_sub(inside),
                    high: figure.high.saturating_sub(inside),
                };
                let whole = inputs.plus(alone);
                (whole, whole.value, raises, alone)
            }
            Figure::Unknown => (inputs, inputs.value, raises, Amount::default()),
        };
        (self.whole[index], self.claimed[index], self.raised[index], own[index]) = (whole, claimed, raised, alone);
        if self.charges.separate[index]
            && let Some(Home::Readers { readers, writes }) = self.charges.homes.get(&at)
        {
            self.ask_readers(at, readers, *writes);
        }
    }

    /// Each reader in turn takes as much of a common table expression as it has time for.
    fn ask_readers(&mut self, cte: u32, readers: &[u32], writes: bool) {
        let mut shares = Shares::default();
        let mut rest = self.claimed[cte as usize];
        for &reader in readers {
            let has = match self.left.get(&reader) {
                Some(&left) => left,
                None => self.room(reader),
            };
            let takes = rest.min(has);
            shares.by_reader.insert(reader, takes);
            self.left.insert(reader, has - takes);
            rest -= takes;
        }
        match readers.first() {
            // a writing one is run to its end after the root, whoever reads it
            _ if writes => shares.after = rest,
            Some(first) => {
                let share = shares.by_reader.entry(*first).or_default();
                *share = share.saturating_add(rest);
            }
            None => {}
        }
        self.shares.insert(cte, shares);
    }

    /// What a node has beside its own children.
    fn room(&self, at: u32) -> u64 {
        let value = |at: u32| match self.figures[at as usize] {
            Figure::Whole(whole) => whole.value,
            Figure::Own(own) => own.value,
            Figure::Unknown => 0,
        };
        let children = self.plan.nodes[at as usize].children.iter().map(|child| child.0);
        let children = children.filter(|child| !self.charges.separate[*child as usize]);
        children.fold(value(at), |room, child| room.saturating_sub(value(child)))
    }
}
