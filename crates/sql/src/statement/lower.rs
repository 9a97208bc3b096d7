//! The parser's expressions in the words of [`Expr`], with columns resolved.

use sqlparser::ast;

use super::query::Reader;
use super::scope::{Yield, relation_of};
use super::spelling::TAKEN_OUT;
use super::{Aggregate, Clause, Output, Position, Under};
use crate::Dialect;
use crate::expression::Expr;

/// Functions that make one value of many rows.
const AGGREGATES: &[&str] = &[
    "any_value",
    "array_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "covar_pop",
    "covar_samp",
    "every",
    "group_concat",
    "grouping",
    "json_agg",
    "json_arrayagg",
    "json_object_agg",
    "json_objectagg",
    "jsonb_agg",
    "jsonb_object_agg",
    "max",
    "min",
    "mode",
    "percentile_cont",
    "percentile_disc",
    "range_agg",
    "regr_slope",
    "std",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "var_pop",
    "var_samp",
    "variance",
    "xmlagg",
];

/// Whether a function, in lower case, makes one value of many rows; aggregates that users define are not known.
pub fn is_aggregate(function: &str) -> bool {
    AGGREGATES.binary_search(&function).is_ok()
}

/// The expression in an argument, when it is one.
pub(super) fn argument(argument: &ast::FunctionArg) -> Option<&ast::Expr> {
    let (ast::FunctionArg::Named { arg, .. }
    | ast::FunctionArg::ExprNamed { arg, .. }
    | ast::FunctionArg::Unnamed(arg)) = argument;
    match arg {
        ast::FunctionArgExpr::Expr(expr) => Some(expr),
        _ => None,
    }
}

impl Reader<'_> {
    pub(super) fn lower(&mut self, expr: &ast::Expr) -> Expr {
        use ast::Expr as E;
        match expr {
            E::Identifier(name) => self.name(std::slice::from_ref(name)),
            E::CompoundIdentifier(parts) => self.name(parts),
            E::CompoundFieldAccess { root, access_chain } => self.access(root, access_chain),
            E::IsFalse(inner) => self.is(inner, "false", false),
            E::IsNotFalse(inner) => self.is(inner, "false", true),
            E::IsTrue(inner) => self.is(inner, "true", false),
            E::IsNotTrue(inner) => self.is(inner, "true", true),
            E::IsNull(inner) => self.is(inner, "null", false),
            E::IsNotNull(inner) => self.is(inner, "null", true),
            E::IsUnknown(inner) => self.is(inner, "unknown", false),
            E::IsNotUnknown(inner) => self.is(inner, "unknown", true),
            E::IsJson { expr, negated, .. } => self.is(expr, "json", *negated),
            E::IsNormalized { expr, negated, .. } => self.is(expr, "normalized", *negated),
            E::IsDistinctFrom(left, right) => self.binary(left, "is distinct from", right),
            E::IsNotDistinctFrom(left, right) => self.binary(left, "is not distinct from", right),
            E::In { expr, target, negated, .. } => self.within_list(expr, target, *negated),
            E::Between { expr, negated, low, high } => Expr::Between {
                inner: Box::new(self.lower(expr)),
                low: Box::new(self.lower(low)),
                high: Box::new(self.lower(high)),
                negated: *negated,
            },
            E::BinaryOp { .. } => self.chain(expr),
            E::Like { negated, expr, pattern, .. } => self.matching(expr, "like", pattern, *negated),
            E::ILike { negated, expr, pattern, .. } => self.matching(expr, "ilike", pattern, *negated),
            E::SimilarTo { negated, expr, pattern, .. } => self.matching(expr, "similar to", pattern, *negated),
            E::RLike { negated, expr, pattern, .. } => self.matching(expr, "regexp", pattern, *negated),
            E::AnyOp { left, compare_op, right, .. } => self.quantified(left, compare_op, right, false),
            E::AllOp { left, compare_op, right } => self.quantified(left, compare_op, right, true),
            E::UnaryOp { op: ast::UnaryOperator::Not, expr } => match self.lower(expr) {
                Expr::SubPlan(block) => {
                    self.negate(&block);
                    Expr::Not(Box::new(Expr::SubPlan(block)))
                }
                inner => Expr::Not(Box::new(inner)),
            },
            E::UnaryOp { op, expr } => Expr::Unary { operator: op.to_string(), inner: Box::new(self.lower(expr)) },
            E::Convert { expr, data_type: Some(to), .. } => {
                Expr::Cast { inner: Box::new(self.lower(expr)), to: to.to_string().to_lowercase() }
            }
            E::Convert { expr, .. } => self.call("convert", &[expr]),
            E::Cast { expr, data_type, .. } => {
                Expr::Cast { inner: Box::new(self.lower(expr)), to: data_type.to_string().to_lowercase() }
            }
            E::AtTimeZone { timestamp, time_zone } => self.binary(timestamp, "at time zone", time_zone),
            E::Extract { expr, field, .. } => {
                let inner = self.lower(expr);
                let text = match &inner {
                    Expr::Column(column) => {
                        format!("EXTRACT({field} FROM {})", self.dialect.quote(&column.name))
                    }
                    _ => "EXTRACT(?)".to_owned(),
                };
                Expr::Call { name: "extract".into(), arguments: vec![inner], text }
            }
            E::Ceil { expr, .. } => self.call("ceil", &[expr]),
            E::Floor { expr, .. } => self.call("floor", &[expr]),
            E::Position { expr, r#in } => self.call("position", &[expr, r#in]),
            E::Substring { expr, substring_from, substring_for, .. } => {
                let mut arguments: Vec<&ast::Expr> = vec![expr];
                arguments.extend([substring_from, substring_for].into_iter().flatten().map(|expr| &**expr));
                self.call("substring", &arguments)
            }
            E::Trim { expr, trim_what, trim_characters, .. } => {
                let mut arguments: Vec<&ast::Expr> = vec![expr];
                arguments.extend(trim_what.as_deref());
                arguments.extend(trim_characters.iter().flatten());
                self.call("trim", &arguments)
            }
            E::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
                let mut arguments: Vec<&ast::Expr> = vec![expr, overlay_what, overlay_from];
                arguments.extend(overlay_for.as_deref());
                self.call("overlay", &arguments)
            }
            E::Collate { expr, .. } | E::Nested(expr) | E::OuterJoin(expr) | E::Prior(expr) => self.lower(expr),
            E::Prefixed { value, .. } => self.lower(value),
            E::Named { expr, .. } => self.lower(expr),
            E::Value(value) => literal(&value.value),
            E::TypedString(typed) => match literal(&typed.value.value) {
                parameter @ Expr::Parameter(_) => parameter,
                _ => Expr::Literal(typed.to_string()),
            },
            E::Function(call) => self.called(call),
            E::Case { operand, conditions, else_result, .. } => {
                let mut parts: Vec<&ast::Expr> = operand.as_deref().into_iter().collect();
                parts.extend(conditions.iter().flat_map(|when| [&when.condition, &when.result]));
                parts.extend(else_result.as_deref());
                Expr::List(parts.into_iter().map(|part| self.lower(part)).collect())
            }
            E::Exists { subquery, negated } => {
                let position = if *negated { Position::NotExists } else { Position::Exists };
                let (_, block) = self.query(subquery, position);
                Expr::SubPlan(name_of(block))
            }
            E::Subquery(query) => Expr::SubPlan(name_of(self.query(query, Position::Scalar).1)),
            E::GroupingSets(sets) | E::Cube(sets) | E::Rollup(sets) => {
                Expr::List(sets.iter().flatten().map(|expr| self.lower(expr)).collect())
            }
            E::Tuple(items) | E::Struct { values: items, .. } => {
                Expr::List(items.iter().map(|item| self.lower(item)).collect())
            }
            E::Array(array) => Expr::List(array.elem.iter().map(|item| self.lower(item)).collect()),
            E::Interval(interval) => match self.lower(&interval.value) {
                Expr::Literal(_) => Expr::Literal(interval.to_string().replace(TAKEN_OUT, "")),
                value => value,
            },
            E::MatchAgainst { columns, .. } => {
                let mut columns: Vec<Expr> = columns
                    .iter()
                    .map(|name| {
                        let mut parts = self.parts(name);
                        let own = parts.pop().unwrap_or_default();
                        self.column(&parts, &own)
                    })
                    .collect();
                let left = if columns.len() == 1 { columns.remove(0) } else { Expr::List(columns) };
                let right = Box::new(Expr::Parameter("?".into()));
                Expr::Binary { operator: "@@".into(), left: Box::new(left), right }
            }
            E::MemberOf(member) => self.binary(&member.value, "<@", &member.array),
            E::QualifiedWildcard(..) | E::Wildcard(_) => Expr::Other("*".into()),
            other => Expr::Other(other.to_string().replace(TAKEN_OUT, "")),
        }
    }

    fn name(&mut self, parts: &[ast::Ident]) -> Expr {
        let mut names: Vec<String> = parts.iter().map(|part| self.ident(part)).collect();
        let Some(own) = names.pop() else { return Expr::Other(String::new()) };
        if names.is_empty() && self.dialect == Dialect::MySql && own.starts_with('@') {
            return Expr::Parameter(own);
        }
        let quoted = parts.last().is_some_and(|part| part.quote_style.is_some());
        const NILADIC: &[&str] = &[
            "current_date",
            "current_time",
            "current_timestamp",
            "current_user",
            "current_role",
            "current_catalog",
            "current_schema",
            "localtime",
            "localtimestamp",
            "session_user",
            "user",
            "default",
            "utc_date",
            "utc_timestamp",
            "utc_time",
            "sysdate",
        ];
        if names.is_empty() && !quoted && NILADIC.iter().any(|word| own.eq_ignore_ascii_case(word)) {
            return Expr::Call { text: own.clone(), name: own, arguments: vec![] };
        }
        self.column(&names, &own)
    }

    /// `a[1]`, `(a).b`.
    fn access(&mut self, root: &ast::Expr, chain: &[ast::AccessExpr]) -> Expr {
        let mut expr = self.lower(root);
        for step in chain {
            let (operator, right) = match step {
                ast::AccessExpr::Dot(field) => (".", Expr::Literal(field.to_string())),
                ast::AccessExpr::Subscript(ast::Subscript::Index { index }) => ("[]", self.lower(index)),
                ast::AccessExpr::Subscript(ast::Subscript::Slice { lower_bound, upper_bound, .. }) => {
                    let bounds = [lower_bound, upper_bound].into_iter().flatten();
                    ("[:]", Expr::List(bounds.map(|bound| self.lower(bound)).collect()))
                }
            };
            expr = Expr::Binary { operator: operator.into(), left: Box::new(expr), right: Box::new(right) };
        }
        expr
    }

    fn is(&mut self, inner: &ast::Expr, test: &str, negated: bool) -> Expr {
        Expr::Is { inner: Box::new(self.lower(inner)), test: test.into(), negated }
    }

    fn binary(&mut self, left: &ast::Expr, operator: &str, right: &ast::Expr) -> Expr {
        Expr::Binary { operator: operator.into(), left: Box::new(self.lower(left)), right: Box::new(self.lower(right)) }
    }

    fn matching(&mut self, expr: &ast::Expr, operator: &str, pattern: &ast::Expr, negated: bool) -> Expr {
        match negated {
            true => self.binary(expr, &format!("not {operator}"), pattern),
            false => self.binary(expr, operator, pattern),
        }
    }

    fn call(&mut self, name: &str, arguments: &[&ast::Expr]) -> Expr {
        let arguments: Vec<Expr> = arguments.iter().map(|argument| self.lower(argument)).collect();
        // `?`: what was written is not repeated
        Expr::Call { name: name.into(), arguments, text: format!("{name}(?)") }
    }

    /// A chain of operators, which leans to the left: it is not followed by recursion.
    fn chain(&mut self, expr: &ast::Expr) -> Expr {
        let mut rest = expr;
        let mut steps = Vec::new();
        loop {
            match rest {
                ast::Expr::BinaryOp { left, op, right } => {
                    steps.push((op, &**right));
                    rest = left;
                }
                ast::Expr::Nested(inner) if matches!(**inner, ast::Expr::BinaryOp { .. }) && steps.is_empty() => {
                    rest = inner;
                }
                _ => break,
            }
        }
        let mut left = self.lower(rest);
        for (op, right) in steps.into_iter().rev() {
            let right = self.lower(right);
            left = self.operation(left, op, right);
        }
        left
    }

    fn operation(&self, left: Expr, op: &ast::BinaryOperator, right: Expr) -> Expr {
        use ast::BinaryOperator as B;
        let mysql = self.dialect == Dialect::MySql;
        match op {
            B::And => joined(left, right, true),
            B::PGOverlap if mysql => joined(left, right, true),
            B::Or => joined(left, right, false),
            B::StringConcat if mysql => joined(left, right, false),
            B::PGCustomBinaryOperator(parts) => {
                let operator = parts.last().cloned().unwrap_or_default();
                Expr::Binary { operator, left: Box::new(left), right: Box::new(right) }
            }
            op => {
                let operator = op.to_string().to_lowercase();
                Expr::Binary { operator, left: Box::new(left), right: Box::new(right) }
            }
        }
    }

    fn within_list(&mut self, expr: &ast::Expr, target: &ast::InTarget, negated: bool) -> Expr {
        let left = self.lower(expr);
        let right = match target {
            ast::InTarget::List(items) => Expr::List(items.iter().map(|item| self.lower(item)).collect()),
            ast::InTarget::Subquery(query) => self.compared(&left, query, negated),
            ast::InTarget::Unnest(array) => self.lower(array),
            ast::InTarget::Table { name, .. } => Expr::Other(name.to_string()),
        };
        let operator = if negated { "<>" } else { "=" }.to_owned();
        Expr::Any { operator, left: Box::new(left), right: Box::new(right), all: negated }
    }

    fn quantified(&mut self, left: &ast::Expr, op: &ast::BinaryOperator, right: &ast::Expr, all: bool) -> Expr {
        let left = self.lower(left);
        let operator = op.to_string().to_lowercase();
        let mut right = right;
        while let ast::Expr::Nested(inner) = right {
            right = inner;
        }
        let right = match right {
            ast::Expr::Subquery(query) => self.compared(&left, query, all || operator != "="),
            other => self.lower(other),
        };
        Expr::Any { operator, left: Box::new(left), right: Box::new(right), all }
    }

    /// A query whose rows are compared with `left`: for equality, the column it yields is looked up too.
    fn compared(&mut self, left: &Expr, query: &ast::Query, not: bool) -> Expr {
        let position = if not { Position::NotIn } else { Position::In };
        let (yields, block) = self.query(query, position);
        let left: Vec<&Expr> = match left {
            Expr::List(items) => items.iter().collect(),
            other => vec![other],
        };
        for (left, Yield { what, .. }) in left.into_iter().zip(&yields) {
            if let (false, Output::Column { relation, column }) = (not, what) {
                let yielded = super::scope::number(*relation, column.clone());
                let equal =
                    Expr::Binary { operator: "=".into(), left: Box::new(yielded), right: Box::new(left.clone()) };
                self.attribute(&equal, *relation, Clause::Semi, Under::All);
            }
        }
        Expr::SubPlan(name_of(block))
    }

    fn negate(&mut self, block: &str) {
        if let Some(block) = block_of(block).and_then(|block| self.statement.blocks.get_mut(block))
            && block.position == Position::Exists
        {
            block.position = Position::NotExists;
        }
    }

    fn called(&mut self, call: &ast::Function) -> Expr {
        let name = self.parts(&call.name).pop().unwrap_or_default().to_lowercase();
        let mut distinct = false;
        let mut arguments = Vec::new();
        let mut ordered = false;
        match &call.args {
            ast::FunctionArguments::List(list) => {
                distinct = list.duplicate_treatment == Some(ast::DuplicateTreatment::Distinct);
                for given in &list.args {
                    arguments.extend(argument(given).map(|argument| self.lower(argument)));
                }
                for clause in &list.clauses {
                    match clause {
                        ast::FunctionArgumentClause::OrderBy(keys) => {
                            ordered = true;
                            keys.iter().for_each(|key| drop(self.lower(&key.expr)));
                        }
                        ast::FunctionArgumentClause::Where(expr) => drop(self.lower(expr)),
                        _ => {}
                    }
                }
            }
            ast::FunctionArguments::Subquery(query) => {
                arguments.push(Expr::SubPlan(name_of(self.query(query, Position::Scalar).1)));
            }
            ast::FunctionArguments::None => {}
        }
        if let Some(filter) = &call.filter {
            self.lower(filter);
        }
        for key in &call.within_group {
            self.lower(&key.expr);
        }
        match &call.over {
            Some(ast::WindowType::WindowSpec(window)) => self.window(window),
            Some(ast::WindowType::NamedWindow(_)) => {}
            None => {
                let aggregate =
                    is_aggregate(&name) || !call.within_group.is_empty() || call.filter.is_some() || ordered;
                if aggregate {
                    self.aggregate(&name, &arguments, distinct);
                }
            }
        }
        if name == "values" && self.dialect == Dialect::MySql {
            return Expr::Parameter("values".into());
        }
        let text = format!("{name}(…)");
        Expr::Call { name, arguments, text }
    }

    fn aggregate(&mut self, function: &str, arguments: &[Expr], distinct: bool) {
        let column = match arguments {
            [Expr::Column(column)] => relation_of(column).map(|relation| (relation, column.name.clone())),
            _ => None,
        };
        let aggregate = Aggregate { function: function.to_owned(), column, distinct };
        if let Some(block) = self.block()
            && !block.aggregates.contains(&aggregate)
        {
            block.aggregates.push(aggregate);
        }
    }

    pub(super) fn window(&mut self, window: &ast::WindowSpec) {
        for expr in &window.partition_by {
            self.lower(expr);
        }
        for key in &window.order_by {
            self.lower(&key.expr);
        }
    }
}

/// A block as expressions call it.
fn name_of(block: usize) -> String {
    format!("block {block}")
}

/// The block that an expression calls so.
pub(super) fn block_of(name: &str) -> Option<usize> {
    name.strip_prefix("block ")?.parse().ok()
}

fn literal(value: &ast::Value) -> Expr {
    match value {
        ast::Value::Placeholder(text) => Expr::Parameter(text.clone()),
        ast::Value::SingleQuotedString(text) if text.starts_with(TAKEN_OUT) => {
            Expr::Parameter(text.chars().skip(1).collect())
        }
        other => Expr::Literal(other.to_string()),
    }
}

fn joined(left: Expr, right: Expr, and: bool) -> Expr {
    let mut all = Vec::new();
    for side in [left, right] {
        match side {
            Expr::And(parts) if and => all.extend(parts),
            Expr::Or(parts) if !and => all.extend(parts),
            other => all.push(other),
        }
    }
    if and { Expr::And(all) } else { Expr::Or(all) }
}

#[cfg(test)]
#[test]
fn aggregates_are_sorted_for_the_search() {
    assert!(AGGREGATES.is_sorted());
}
