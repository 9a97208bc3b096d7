//! What is known of a node's time, in picoseconds, with what the rounding of the printed figure leaves open.

use dbwright_model::plan::{Interval, Node, Plan};
use dbwright_model::{Product, Seconds};

/// Picoseconds of a second: whole numbers add up exactly.
const TICKS: f64 = 1e12;

pub(super) fn ticks(seconds: f64) -> u64 {
    // the cast saturates, and makes nothing of what is no number
    (seconds * TICKS).round() as u64
}

pub(super) fn seconds(ticks: u64) -> f64 {
    ticks as f64 / TICKS
}

/// An amount with its bounds, in picoseconds or pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) low: u64,
    pub(super) value: u64,
    pub(super) high: u64,
}

impl Amount {
    pub(super) fn exact(value: u64) -> Amount {
        Amount { low: value, value, high: value }
    }
    fn of(interval: Interval) -> Amount {
        Amount { low: ticks(interval.low), value: ticks(interval.value), high: ticks(interval.high) }
    }
    pub(super) fn interval(self) -> Interval {
        Interval::new(seconds(self.low), seconds(self.value), seconds(self.high))
    }
    pub(super) fn plus(self, other: Amount) -> Amount {
        Amount {
            low: self.low.saturating_add(other.low),
            value: self.value.saturating_add(other.value),
            high: self.high.saturating_add(other.high),
        }
    }
}

/// What an engine says of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    /// With everything below it.
    Whole(Amount),
    /// By itself.
    Own(Amount),
    /// Nothing: as much as what is below it.
    Unknown,
}

/// How a product rounds the times it prints.
#[derive(Debug, Clone, Copy)]
enum Rounding {
    /// To the nearest multiple of so many seconds.
    Nearest(f64),
    /// Down to a multiple of so many seconds.
    Down(f64),
    /// To so many significant digits.
    Digits(f64),
}

/// The times of one plan's nodes.
#[derive(Debug)]
pub(super) struct Clock {
    rounding: Rounding,
}

impl Clock {
    pub(super) fn of(plan: &Plan) -> Clock {
        let rounding = match plan.product {
            Product::PostgreSQL => Rounding::Nearest(1e-6),
            Product::MySQL | Product::MariaDB if plan.format == "tree" => match plan.nodes.iter().any(three_decimals) {
                true => Rounding::Nearest(1e-6),
                false => Rounding::Digits(3.0),
            },
            Product::MongoDB => Rounding::Down(1e-3),
            _ => Rounding::Nearest(1e-9),
        };
        Clock { rounding }
    }

    /// A time as printed, with the bounds of what was measured.
    pub(super) fn read(&self, printed: Seconds) -> Interval {
        let value = if printed.0.is_finite() { printed.0.max(0.0) } else { 0.0 };
        let (below, above) = match self.rounding {
            Rounding::Nearest(step) => (step / 2.0, step / 2.0),
            Rounding::Down(step) => (0.0, step),
            Rounding::Digits(digits) if value > 0.0 => {
                let half = 0.5 * 10_f64.powf(value.log10().floor() + 1.0 - digits);
                (half, half)
            }
            Rounding::Digits(_) => (0.0, 0.5e-9),
        };
        Interval::new(value - below, value, value + above)
    }

    /// Time of all loops of a node and everything below it, spread over so many processes.
    pub(super) fn whole(&self, node: &Node, processes: f64) -> Option<Interval> {
        let actual = node.actual.as_ref();
        if actual.is_some_and(|actual| actual.loops == 0.0) {
            return Some(Interval::exact(0.0));
        }
        let (once, times) = match actual.and_then(|actual| Some((actual.total?, actual.loops))) {
            Some((total, loops)) => (self.read(total), loops),
            None => (self.milliseconds(node, "r_total_time_ms")?, 1.0),
        };
        let times = times.max(0.0) / processes;
        let scaled = |figure: f64| if (figure * times).is_finite() { figure * times } else { 0.0 };
        Some(Interval::new(scaled(once.low), scaled(once.value), scaled(once.high)))
    }

    /// What the engine says of a node.
    pub(super) fn figure(&self, node: &Node, side_by_side: f64) -> Figure {
        if !node.never_executed() && node.actual.is_none_or(|actual| actual.total.is_none()) {
            let parts = ["r_table_time_ms", "r_other_time_ms", "r_unpack_time_ms"];
            let parts = parts.into_iter().filter_map(|name| self.milliseconds(node, name)).map(Amount::of);
            if let Some(own) = parts.reduce(Amount::plus) {
                return Figure::Own(own);
            }
        }
        self.whole(node, side_by_side).map_or(Figure::Unknown, |time| Figure::Whole(Amount::of(time)))
    }

    fn milliseconds(&self, node: &Node, name: &str) -> Option<Interval> {
        node.extra.number(name).map(|ms| self.read(Seconds::millis(ms)))
    }
}

/// Whether a time of the node has more than three significant digits: older MySQL printed three decimals instead.
fn three_decimals(node: &Node) -> bool {
    let printed = |time: Option<Seconds>| time.map_or(0.0, |time| time.0 * 1e3);
    let long = |ms: f64| {
        if !(1e-6..1e12).contains(&ms) {
            return false;
        }
        let scale = 10_f64.powi(2 - ms.log10().floor() as i32);
        ((ms * scale).round() / scale - ms).abs() > ms * 1e-9
    };
    node.actual.is_some_and(|actual| long(printed(actual.startup)) || long(printed(actual.total)))
}
