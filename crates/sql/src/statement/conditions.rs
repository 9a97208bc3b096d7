//! From conditions to demands on the columns of each relation.

use super::lower::block_of;
use super::query::Reader;
use super::scope::relation_of;
use super::{Clause, Other, Predicate, Under};
use crate::expression::{Column, Expr};
use crate::predicate::{self, Around, Demand, Operand};

impl Reader<'_> {
    /// Attributes a condition to the relations it is about.
    pub(super) fn demand(&mut self, condition: &Expr, clause: Clause, under: Under) {
        match condition {
            Expr::And(all) => all.iter().for_each(|part| self.demand(part, clause, under)),
            Expr::Or(branches) if under != Under::Not => {
                if let Some(one_of) = one_of(branches) {
                    return self.demand(&one_of, clause, under);
                }
                // what every branch asks must hold, whichever does
                let common = common(branches);
                common.iter().for_each(|part| self.demand(part, clause, under));
                let group = self.ors;
                self.ors += 1;
                if under == Under::All {
                    self.tie(condition);
                }
                for (branch, part) in branches.iter().enumerate() {
                    for part in part.conjuncts().into_iter().filter(|part| !common.contains(part)) {
                        self.demand(part, clause, Under::Any { group, branch });
                    }
                }
            }
            Expr::Or(branches) => branches.iter().for_each(|part| self.demand(part, clause, under)),
            Expr::Not(inner) if matches!(**inner, Expr::And(_) | Expr::Or(_) | Expr::Not(_)) => {
                self.demand(inner, clause, Under::Not);
            }
            Expr::Not(inner) => {
                let column = matches!(**inner, Expr::Column(_));
                self.simple(condition, clause, if column { under } else { Under::Not });
            }
            other => self.simple(other, clause, under),
        }
    }

    /// A condition without `AND` and `OR`.
    fn simple(&mut self, condition: &Expr, clause: Clause, under: Under) {
        match condition {
            // rows are compared column by column
            Expr::Binary { operator, left, right } if operator == "=" => {
                if let (Expr::List(left), Expr::List(right)) = (&**left, &**right)
                    && left.len() == right.len()
                {
                    for (left, right) in left.iter().zip(right) {
                        let (left, right) = (Box::new(left.clone()), Box::new(right.clone()));
                        self.simple(&Expr::Binary { operator: operator.clone(), left, right }, clause, under);
                    }
                    return;
                }
            }
            Expr::Any { operator, left, right, all } => {
                if let Expr::List(items) = &**left {
                    for item in items {
                        let (operator, left, right) = (operator.clone(), Box::new(item.clone()), right.clone());
                        self.simple(&Expr::Any { operator, left, right, all: *all }, clause, under);
                    }
                    return;
                }
            }
            // `$1 BETWEEN a AND b`
            Expr::Between { inner, low, high, negated: false } if inner.columns().is_empty() => {
                for (operator, side) in [("<=", low), (">=", high)] {
                    let (left, right) = (side.clone(), inner.clone());
                    self.simple(&Expr::Binary { operator: operator.into(), left, right }, clause, under);
                }
                return;
            }
            _ => {}
        }
        self.tie(condition);
        if has_aggregate(condition) {
            return;
        }
        let mut relations: Vec<usize> = condition.columns().into_iter().filter_map(relation_of).collect();
        relations.sort_unstable();
        relations.dedup();
        for relation in relations {
            self.attribute(condition, relation, clause, under);
        }
    }

    /// What a simple condition demands of one relation.
    pub(super) fn attribute(&mut self, condition: &Expr, relation: usize, clause: Clause, under: Under) {
        let turned = turned(condition);
        let found = [Some(condition), turned.as_ref()]
            .into_iter()
            .flatten()
            .find_map(|condition| self.predicate(condition, relation, clause, under));
        let predicate = found.unwrap_or_else(|| self.vague(condition, relation, clause, under));
        let known = match self.statement.relations.get_mut(relation) {
            Some(relation) => &mut relation.predicates,
            None => return,
        };
        if !known.contains(&predicate) {
            known.push(predicate);
        }
    }

    fn predicate(&self, condition: &Expr, relation: usize, clause: Clause, under: Under) -> Option<Predicate> {
        let of = |column: &Column| relation_of(column) == Some(relation);
        let term = predicate::term(condition, self.dialect).filter(|term| of(term.column))?;
        let other = match term.operand {
            Operand::None => Other::Nothing,
            Operand::Constant(value) => Other::Constant(value.clone()),
            Operand::Parameter(_) => Other::Parameter,
            Operand::SubPlan(Expr::SubPlan(name)) => block_of(name).map_or(Other::Expression, Other::Block),
            Operand::SubPlan(_) => Other::Expression,
            Operand::Columns(expr) => match expr.without_casts() {
                Expr::Column(column) => match relation_of(column) {
                    Some(other) if other != relation => Other::Column { relation: other, column: column.name.clone() },
                    _ => Other::Expression,
                },
                _ => Other::Expression,
            },
        };
        Some(Predicate {
            demand: match (term.demand, &*operator(condition)) {
                (Demand::Other, "starts_with" | "^@") => Demand::Prefix,
                (demand, _) => demand,
            },
            operator: operator(condition),
            columns: vec![term.column.name.clone()],
            around: term.around,
            side: self.clean(term.side, Some(relation)),
            other,
            under,
            clause,
            block: self.frames.last().map_or(0, |frame| frame.block),
        })
    }

    /// A condition over several columns, or of a form that no index knows.
    fn vague(&self, condition: &Expr, relation: usize, clause: Clause, under: Under) -> Predicate {
        let own = |expr: &Expr| expr.columns().into_iter().any(|column| relation_of(column) == Some(relation));
        let (side, other) = match condition {
            Expr::Binary { left, right, .. } if !own(right) => (&**left, operand(right)),
            Expr::Binary { left, right, .. } if !own(left) => (&**right, operand(left)),
            Expr::Any { left, right, .. } if !own(right) => (&**left, operand(right)),
            Expr::Between { inner, low, .. } => (&**inner, operand(low)),
            other => (other, Other::Nothing),
        };
        let mut columns: Vec<String> = Vec::new();
        for column in condition.columns().into_iter().filter(|column| relation_of(column) == Some(relation)) {
            if !columns.contains(&column.name) {
                columns.push(column.name.clone());
            }
        }
        let operator = operator(condition);
        let rows = matches!(side, Expr::List(items) if items.iter().all(|item| matches!(item, Expr::Column(_))));
        let demand = match (&*operator, condition) {
            ("<" | "<=" | ">" | ">=", _) if rows => Demand::Range,
            ("@@", _) => Demand::FullText,
            (name, Expr::Call { .. }) if contains(name) => Demand::Contain,
            ("starts_with", _) => Demand::Prefix,
            _ if under == Under::Not => Demand::Not,
            _ => Demand::Other,
        };
        let around = match condition {
            Expr::Call { .. } if columns.len() == 1 => Around::Nothing,
            Expr::Binary { .. } if rows => Around::Nothing,
            _ => Around::Operator(String::new()),
        };
        let side = self.clean(side, Some(relation));
        let block = self.frames.last().map_or(0, |frame| frame.block);
        Predicate { demand, operator, columns, around, side, other, under, clause, block }
    }

    /// The expression with the relation's columns unqualified, and others as the statement calls them.
    pub(super) fn clean(&self, expr: &Expr, own: Option<usize>) -> Expr {
        let inside = |expr: &Expr| Box::new(self.clean(expr, own));
        let each = |all: &[Expr]| all.iter().map(|expr| self.clean(expr, own)).collect::<Vec<_>>();
        match expr {
            Expr::Column(column) => {
                let relation = relation_of(column);
                let qualifier = match relation.and_then(|relation| self.statement.relations.get(relation)) {
                    Some(used) if relation != own => {
                        used.alias.clone().unwrap_or_else(|| used.name.name.as_str().to_owned())
                    }
                    _ => String::new(),
                };
                Expr::Column(Column { qualifier, name: column.name.clone() })
            }
            Expr::Cast { inner, to } => Expr::Cast { inner: inside(inner), to: to.clone() },
            Expr::Call { name, arguments, text } => {
                Expr::Call { name: name.clone(), arguments: each(arguments), text: text.clone() }
            }
            Expr::Unary { operator, inner } => Expr::Unary { operator: operator.clone(), inner: inside(inner) },
            Expr::Binary { operator, left, right } => {
                Expr::Binary { operator: operator.clone(), left: inside(left), right: inside(right) }
            }
            Expr::Any { operator, left, right, all } => {
                Expr::Any { operator: operator.clone(), left: inside(left), right: inside(right), all: *all }
            }
            Expr::Is { inner, test, negated } => {
                Expr::Is { inner: inside(inner), test: test.clone(), negated: *negated }
            }
            Expr::Between { inner, low, high, negated } => {
                Expr::Between { inner: inside(inner), low: inside(low), high: inside(high), negated: *negated }
            }
            Expr::And(all) => Expr::And(each(all)),
            Expr::Or(all) => Expr::Or(each(all)),
            Expr::Not(inner) => Expr::Not(inside(inner)),
            Expr::List(all) => Expr::List(each(all)),
            Expr::Literal(_) | Expr::Parameter(_) | Expr::SubPlan(_) | Expr::Other(_) => expr.clone(),
        }
    }
}

/// The conditions that stand in every branch.
fn common(branches: &[Expr]) -> Vec<&Expr> {
    let Some((first, rest)) = branches.split_first() else { return vec![] };
    if rest.len() > 50 || rest.is_empty() {
        return vec![];
    }
    let rest: Vec<Vec<&Expr>> = rest.iter().map(Expr::conjuncts).collect();
    first.conjuncts().into_iter().filter(|part| rest.iter().all(|branch| branch.contains(part))).collect()
}

/// What `HAVING` asks of a group is nothing that can be looked up.
fn has_aggregate(condition: &Expr) -> bool {
    condition.walk().iter().any(|part| matches!(part, Expr::Call { name, .. } if super::lower::is_aggregate(name)))
}

/// `a = 1 OR a = 2` as `a IN (1, 2)`.
fn one_of(branches: &[Expr]) -> Option<Expr> {
    let mut column: Option<&Expr> = None;
    let mut values = Vec::new();
    for branch in branches {
        let (left, right) = match branch {
            Expr::Binary { operator, left, right } if operator == "=" => (&**left, vec![&**right]),
            Expr::Any { operator, left, right, all: false } if operator == "=" => match &**right {
                Expr::List(items) => (&**left, items.iter().collect()),
                _ => return None,
            },
            _ => return None,
        };
        let same = column.is_none_or(|column| column == left);
        if !same || !matches!(left, Expr::Column(_)) || !right.iter().all(|value| value.is_constant()) {
            return None;
        }
        column = Some(left);
        values.extend(right.into_iter().cloned());
    }
    let left = Box::new(column?.clone());
    Some(Expr::Any { operator: "=".into(), left, right: Box::new(Expr::List(values)), all: false })
}

/// The same comparison with its sides exchanged.
fn turned(condition: &Expr) -> Option<Expr> {
    let Expr::Binary { operator, left, right } = condition else { return None };
    let operator = match operator.as_str() {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        "@>" => "<@",
        "<@" => "@>",
        other @ ("=" | "<>" | "!=" | "<=>" | "&&" | "@@" | "<->" | "is distinct from" | "is not distinct from") => {
            other
        }
        _ => return None,
    };
    Some(Expr::Binary { operator: operator.to_owned(), left: right.clone(), right: left.clone() })
}

fn operator(condition: &Expr) -> String {
    match condition {
        Expr::Binary { operator, .. } => operator.clone(),
        Expr::Any { operator, all: false, .. } if operator == "=" => "in".into(),
        Expr::Any { operator, all: true, .. } if operator == "<>" => "not in".into(),
        Expr::Any { operator, all, .. } => format!("{operator} {}", if *all { "all" } else { "any" }),
        Expr::Is { test, negated, .. } => format!("is {}{test}", if *negated { "not " } else { "" }),
        Expr::Between { negated, .. } => if *negated { "not between" } else { "between" }.into(),
        Expr::Call { name, .. } => name.clone(),
        Expr::Not(inner) => format!("not {}", operator(inner)).trim_end().to_owned(),
        _ => String::new(),
    }
}

fn operand(expr: &Expr) -> Other {
    match expr {
        Expr::SubPlan(name) => block_of(name).map_or(Other::Expression, Other::Block),
        expr if !expr.is_constant() => Other::Expression,
        expr if expr.walk().iter().any(|part| matches!(part, Expr::Parameter(_))) => Other::Parameter,
        expr => Other::Constant(expr.clone()),
    }
}

/// Functions that ask whether one thing is within another, which indexes of some kinds answer.
fn contains(function: &str) -> bool {
    matches!(
        function,
        "json_contains"
            | "json_overlaps"
            | "json_contains_path"
            | "jsonb_exists"
            | "jsonb_path_exists"
            | "jsonb_path_match"
            | "st_contains"
            | "st_within"
            | "st_dwithin"
            | "st_intersects"
            | "st_covers"
            | "st_coveredby"
            | "st_overlaps"
            | "mbrcontains"
            | "mbrwithin"
            | "mbrintersects"
    )
}
