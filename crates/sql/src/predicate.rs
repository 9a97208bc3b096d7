//! What a condition demands of a column: the form in which indexes can or cannot serve it.

use crate::Dialect;
use crate::expression::{Column, Expr};

/// One demand on one column, as `WHERE` and join conditions are made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Term<'e> {
    /// The column.
    pub column: &'e Column,
    /// The side of the comparison that holds the column: the column itself, or an expression around it.
    pub side: &'e Expr,
    /// What stands around the column.
    pub around: Around,
    /// What is demanded.
    pub demand: Demand,
    /// What it is compared with.
    pub operand: Operand<'e>,
    /// The whole comparison.
    pub whole: &'e Expr,
}

/// What stands around a column in a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Around {
    /// Nothing.
    Nothing,
    /// A conversion to another type that an index on the column may not serve; to which.
    Cast(String),
    /// A conversion that leaves an index usable: `varchar` to `text`.
    Relabel,
    /// A function; which.
    Function(String),
    /// Arithmetic or another operator (`->>`, `||`); which.
    Operator(String),
}

/// What is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Demand {
    /// `=`, also of a row to another table's.
    Equal,
    /// One of several values: `IN (…)`, `= ANY (…)`.
    In,
    /// `<`, `<=`, `>`, `>=`, `BETWEEN`.
    Range,
    /// `LIKE 'abc%'`: a range in an index of the right kind.
    Prefix,
    /// `LIKE '%abc'`, a regular expression: no order helps.
    Pattern,
    /// `LIKE` something not known before execution.
    UnknownPattern,
    /// `<>`, `NOT IN`, `NOT LIKE`: most rows qualify.
    Not,
    /// `IS NULL`.
    Null,
    /// `IS NOT NULL`.
    NotNull,
    /// A boolean column by itself; with `false` its negation.
    Flag(bool),
    /// `@>`, `<@`, `&&`: containment or overlap of arrays, ranges, documents.
    Contain,
    /// `?`, `?|`, `?&`: a document has a key.
    HasKey,
    /// `@@`, `MATCH … AGAINST`: full text, JSON path.
    FullText,
    /// `<->` and kin.
    Distance,
    /// Anything else.
    Other,
}

/// What a column is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Operand<'e> {
    /// Nothing (`IS NULL`, a flag).
    None,
    /// The same for all rows and known: a literal, an expression of literals.
    Constant(&'e Expr),
    /// Known only at execution: a parameter, a literal that was taken out, the result of an init plan.
    Parameter(&'e Expr),
    /// A column (or an expression over columns).
    Columns(&'e Expr),
    /// A sub-plan.
    SubPlan(&'e Expr),
}

impl Demand {
    /// Whether a B-tree finds the rows by position, and goes on with the next column of the index.
    pub fn is_equality(self) -> bool {
        matches!(self, Demand::Equal | Demand::In | Demand::Null | Demand::Flag(_))
    }
    /// Whether a B-tree finds the rows as one run.
    pub fn is_range(self) -> bool {
        matches!(self, Demand::Range | Demand::Prefix)
    }
}

/// The demands that must all hold. Parts that are no demand on one column (`OR` over several, sub-plans) are left out;
/// [`others`] has them.
pub fn terms(expr: &Expr, dialect: Dialect) -> Vec<Term<'_>> {
    expr.conjuncts().into_iter().filter_map(|part| term(part, dialect)).collect()
}

/// The parts of a conjunction that are not a demand on one column.
pub fn others(expr: &Expr, dialect: Dialect) -> Vec<&Expr> {
    expr.conjuncts().into_iter().filter(|part| term(part, dialect).is_none()).collect()
}

/// The demand an expression makes on one column, if it is one.
pub fn term(expr: &Expr, dialect: Dialect) -> Option<Term<'_>> {
    let make = |side, demand, operand| {
        let (column, around) = self::side(side, dialect)?;
        Some(Term { column, side, around, demand, operand, whole: expr })
    };
    match expr {
        Expr::Column(_) => make(expr, Demand::Flag(true), Operand::None),
        Expr::Not(inner) => match &**inner {
            Expr::Column(_) => make(inner, Demand::Flag(false), Operand::None),
            other => term(other, dialect).filter(|term| term.demand != Demand::Not).map(|term| Term {
                demand: Demand::Not,
                whole: expr,
                ..term
            }),
        },
        Expr::Is { inner, test, negated } => {
            let demand = match (test.as_str(), negated) {
                ("null", false) => Demand::Null,
                ("null", true) => Demand::NotNull,
                ("true", false) => Demand::Flag(true),
                ("false", false) => Demand::Flag(false),
                _ => Demand::Other,
            };
            make(inner, demand, Operand::None)
        }
        Expr::Between { inner, low, negated, .. } => {
            make(inner, if *negated { Demand::Not } else { Demand::Range }, operand(low))
        }
        Expr::Any { operator, left, right, all } => {
            let demand = match (operator.as_str(), all) {
                ("=", false) => Demand::In,
                ("<>", true) => Demand::Not,
                ("~~" | "~~*", _) => Demand::Pattern,
                _ => Demand::Other,
            };
            make(left, demand, operand(right))
        }
        Expr::Binary { operator, left, right, .. } => {
            let (side, other, turned) = match (has_column(left), has_column(right)) {
                (true, _) => (left, right, false),
                (false, true) => (right, left, true),
                (false, false) => return None,
            };
            make(side, demand(operator, other, turned), operand(other))
        }
        _ => None,
    }
}

fn has_column(expr: &Expr) -> bool {
    expr.walk().iter().any(|part| matches!(part, Expr::Column(_)))
}

/// What an operator demands, whatever it is compared with.
pub(crate) fn demand_of(operator: &str) -> Demand {
    demand(operator, &Expr::Other(String::new()), false)
}

fn demand(operator: &str, other: &Expr, turned: bool) -> Demand {
    match operator {
        "=" | "<=>" | "is not distinct from" => Demand::Equal,
        "<" | "<=" | ">" | ">=" | "~<~" | "~<=~" | "~>~" | "~>=~" | "^@" => Demand::Range,
        "<>" | "!=" | "!~~" | "!~~*" | "!~" | "!~*" | "is distinct from" => Demand::Not,
        operator if operator.starts_with("not ") => Demand::Not,
        "~~" | "like" if !turned => pattern(other),
        "~~" | "like" | "~~*" | "ilike" | "~" | "~*" | "regexp" | "rlike" | "similar to" => Demand::Pattern,
        "@>" | "<@" | "&&" => Demand::Contain,
        "?" | "?|" | "?&" => Demand::HasKey,
        "@@" | "@@@" | "@?" => Demand::FullText,
        "<->" | "<#>" | "<=->" => Demand::Distance,
        _ => Demand::Other,
    }
}

/// Whether a `LIKE` pattern begins with what it looks for.
fn pattern(other: &Expr) -> Demand {
    let Expr::Literal(text) = other.without_casts() else { return Demand::UnknownPattern };
    let inner = text.trim_start_matches(['E', 'e', 'n', 'N', 'b', 'B']).trim_matches(['\'', '"']);
    match inner.find(['%', '_']) {
        Some(0) => Demand::Pattern,
        Some(_) => Demand::Prefix,
        None => Demand::Equal,
    }
}

/// The one column in an expression, and what stands around it; `None` when there are several or none.
pub fn side(side: &Expr, dialect: Dialect) -> Option<(&Column, Around)> {
    let mut columns = side.columns().into_iter();
    let (Some(column), None) = (columns.next(), columns.next()) else { return None };
    let around = match side {
        Expr::Column(_) => Around::Nothing,
        Expr::Cast { inner, to } if matches!(**inner, Expr::Column(_)) => match relabels(to, dialect) {
            true => Around::Relabel,
            false => Around::Cast(to.clone()),
        },
        Expr::Cast { inner, .. } => return self::side(inner, dialect),
        Expr::Call { name, .. } => Around::Function(name.to_ascii_lowercase()),
        Expr::Binary { operator, .. } => Around::Operator(operator.clone()),
        Expr::Unary { operator, .. } => Around::Operator(operator.clone()),
        Expr::List(_) | Expr::SubPlan(_) => return None,
        _ => Around::Operator(String::new()),
    };
    Some((column, around))
}

/// PostgreSQL prints `(name)::text` for `varchar` columns: the same bytes under another type, so an index serves it.
fn relabels(to: &str, dialect: Dialect) -> bool {
    dialect == Dialect::Postgres && matches!(to, "text" | "character varying" | "bpchar" | "oid" | "cidr" | "inet")
}

fn operand(expr: &Expr) -> Operand<'_> {
    let parts = expr.walk();
    if let Some(found) = parts.iter().find_map(|part| match part {
        Expr::SubPlan(name) if name.starts_with("InitPlan") => Some(Operand::Parameter(expr)),
        Expr::SubPlan(_) => Some(Operand::SubPlan(expr)),
        _ => None,
    }) {
        return found;
    }
    if parts.iter().any(|part| matches!(part, Expr::Column(_))) {
        return Operand::Columns(expr);
    }
    if parts.iter().any(|part| matches!(part, Expr::Parameter(_))) {
        return Operand::Parameter(expr);
    }
    Operand::Constant(expr)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, dialect: Dialect) -> Vec<String> {
        let expr = Expr::parse(text, dialect);
        let show = |term: &Term<'_>| {
            let around = match &term.around {
                Around::Nothing => String::new(),
                other => format!(" {other:?}"),
            };
            let operand = format!("{:?}", term.operand);
            let operand = operand.split('(').next().unwrap().to_owned();
            format!("{} {:?} {operand}{around}", term.column.name, term.demand)
        };
        terms(&expr, dialect).iter().map(show).collect()
    }

    #[test]
    fn demands_are_told_apart() {
        let pg = |text: &str| shown(text, Dialect::Postgres).join("; ");
        assert_eq!(
            pg("((a = 5) AND (b > $1) AND (c ~~ 'x%'::text))"),
            "a Equal Constant; b Range Parameter; c Prefix Constant"
        );
        assert_eq!(pg("((name)::text = 'x'::text)"), "name Equal Constant Relabel");
        assert_eq!(pg("((id)::text = '5'::text)"), "id Equal Constant Relabel");
        assert_eq!(pg("((id)::numeric = '5'::numeric)"), "id Equal Constant Cast(\"numeric\")");
        assert_eq!(pg("(lower((email)::text) = 'x'::text)"), "email Equal Constant Function(\"lower\")");
        assert_eq!(pg("((data ->> 'k'::text) = 'v'::text)"), "data Equal Constant Operator(\"->>\")");
        assert_eq!(
            pg("(date_trunc(?::text, d) = ?::timestamp without time zone)"),
            "d Equal Parameter Function(\"date_trunc\")"
        );
        assert_eq!(pg("(name ~~ '%x%'::text)"), "name Pattern Constant");
        assert_eq!(pg("(id = ANY ('{1,2}'::integer[]))"), "id In Constant");
        assert_eq!(pg("(NOT archived)"), "archived Flag(false) None");
        assert_eq!(pg("(deleted_at IS NULL)"), "deleted_at Null None");
        assert_eq!(pg("(a.id = b.a_id)"), "id Equal Columns");
        assert_eq!(pg("(5 < a)"), "a Range Constant");
        assert_eq!(pg("(a <> ALL ('{1,2}'::integer[]))"), "a Not Constant");
        assert_eq!(pg("((a = 1) OR (b = 2))"), "");
        assert_eq!(pg("(x = (SubPlan 1))"), "x Equal SubPlan");
        assert_eq!(pg("(tags @> '{a}'::text[])"), "tags Contain Constant");
    }

    #[test]
    fn the_other_dialect_too() {
        let my = |text: &str| shown(text, Dialect::MySql).join("; ");
        assert_eq!(
            my("((o.status = 'x') and (o.d between 1 and 2) and (o.n like 'a%'))"),
            "status Equal Constant; d Range Constant; n Prefix Constant"
        );
        assert_eq!(my("(cast(o.code as double) = 5)"), "code Equal Constant Cast(\"double\")");
        assert_eq!(my("(year(o.d) = 2024)"), "d Equal Constant Function(\"year\")");
        assert_eq!(my("(o.id in (1,2,3))"), "id In Constant");
    }
}
