//! What a line of a plan is, by itself.

use dbwright_model::plan::Fields;

use super::node::{self, Named};
use super::{figures, property};

/// What a line is. Its text is without indentation.
#[derive(Debug)]
pub(super) enum Kind<'a> {
    /// A node with its arrow; the text behind it.
    Arrow(&'a str),
    /// A node without an arrow: the top of a plan.
    Node(&'a str),
    /// What comes next is a sub-plan of that name.
    Label(&'a str),
    /// A trigger that ran.
    Trigger(&'a str),
    /// A table its node writes.
    Table(Fields),
    /// A line with a name.
    Property {
        /// The name.
        name: &'a str,
        /// The value.
        value: &'a str,
    },
    /// Anything else.
    Other(&'a str),
}

impl<'a> Kind<'a> {
    /// What the text is.
    pub(super) fn of(text: &'a str) -> Kind<'a> {
        if let Some(rest) = text.strip_prefix("->") {
            // `->` and a blank; the arrow of an expression stands between operands
            return match rest.starts_with(' ') || rest.is_empty() {
                true => Kind::Arrow(rest.trim_start()),
                false => Kind::Other(text),
            };
        }
        if figures::start(text).is_some_and(|at| at > 0) {
            return Kind::Node(text);
        }
        if text.starts_with("Trigger ") && text.contains(": ") {
            return Kind::Trigger(text);
        }
        if is_label(text) {
            return Kind::Label(text);
        }
        if let Some((name, value)) = property::split(text) {
            return Kind::Property { name, value };
        }
        if let Some(fields) = node::written(text) {
            return Kind::Table(fields);
        }
        if Named::new(text).is_known() { Kind::Node(text) } else { Kind::Other(text) }
    }

    /// Whether it can be nothing but a line of a plan.
    pub(super) fn is_sure(&self) -> bool {
        match self {
            Kind::Arrow(text) => figures::start(text).is_some() || Named::new(text).is_known(),
            Kind::Property { name, .. } => property::is_known(name),
            Kind::Trigger(_) | Kind::Label(_) => true,
            Kind::Node(_) | Kind::Table(_) | Kind::Other(_) => false,
        }
    }
}

/// `InitPlan 1 (returns $0,$1)`, `SubPlan 2`, `SubPlan exists_1`, `CTE name`.
fn is_label(text: &str) -> bool {
    let rest = ["InitPlan ", "SubPlan ", "CTE "].iter().find_map(|word| text.strip_prefix(word));
    let Some(rest) = rest else { return false };
    if let Some(quoted) = rest.strip_prefix('"') {
        return quoted.ends_with('"');
    }
    match rest.split_once(' ') {
        None => !rest.is_empty() && !rest.ends_with([':', ',', '.']),
        Some((_, more)) => more.starts_with("(returns ") || more.starts_with("(hashed"),
    }
}
