//! Expressions as servers print them in plans (and people write them in `WHERE`): read into a small tree, tolerantly.
//!
//! Nothing is refused: what is not understood becomes [`Expr::Other`] with its text.

mod parse;

use std::fmt::Write;

use crate::Dialect;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A column, with what qualifies it (`alias`, `schema.table`), unquoted.
    Column(Column),
    /// A literal, as written, without a cast.
    Literal(String),
    /// A parameter or a literal that was taken out: `$1`, `?`.
    Parameter(String),
    /// A type conversion.
    Cast {
        /// What is converted.
        inner: Box<Expr>,
        /// To which type, as written.
        to: String,
    },
    /// A function call.
    Call {
        /// Its name, as written.
        name: String,
        /// Its arguments; words like `FROM` between them are dropped.
        arguments: Vec<Expr>,
        /// The whole call as written, for calls with a syntax of their own (`EXTRACT(year FROM d)`).
        text: String,
    },
    /// An operator before its operand: `-`, `NOT` excepted.
    Unary {
        /// The operator.
        operator: String,
        /// Its operand.
        inner: Box<Expr>,
    },
    /// An operator between two operands, in lower case: `=`, `~~`, `like`, `->>`, `is distinct from`.
    Binary {
        /// The operator.
        operator: String,
        /// Left of it.
        left: Box<Expr>,
        /// Right of it.
        right: Box<Expr>,
    },
    /// `left operator ANY (right)`, also `IN (…)` as `= ANY`.
    Any {
        /// The operator.
        operator: String,
        /// Left of it.
        left: Box<Expr>,
        /// The array or list.
        right: Box<Expr>,
        /// `ALL` instead of `ANY` (also `NOT IN`).
        all: bool,
    },
    /// `x IS [NOT] NULL`, `IS TRUE`…
    Is {
        /// What is tested.
        inner: Box<Expr>,
        /// `null`, `true`, `false`, `unknown`, in lower case.
        test: String,
        /// With `NOT`.
        negated: bool,
    },
    /// `x BETWEEN low AND high`.
    Between {
        /// What is tested.
        inner: Box<Expr>,
        /// Not less than.
        low: Box<Expr>,
        /// Not more than.
        high: Box<Expr>,
        /// With `NOT`.
        negated: bool,
    },
    /// All of them.
    And(Vec<Expr>),
    /// One of them.
    Or(Vec<Expr>),
    /// Not that.
    Not(Box<Expr>),
    /// Several values: a row, a list.
    List(Vec<Expr>),
    /// The result of another part of the plan: `SubPlan 1`, `hashed SubPlan 2`, `InitPlan 1`.
    SubPlan(String),
    /// Anything else, as written.
    Other(String),
}

/// A column and what qualifies it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Column {
    /// `alias`, or `schema.table`; empty when it stands alone.
    pub qualifier: String,
    /// Its name, unquoted.
    pub name: String,
}

impl Expr {
    /// Reads an expression.
    pub fn parse(text: &str, dialect: Dialect) -> Expr {
        parse::parse(text, dialect)
    }

    /// The conditions that must all hold.
    pub fn conjuncts(&self) -> Vec<&Expr> {
        match self {
            Expr::And(all) => all.iter().flat_map(Expr::conjuncts).collect(),
            other => vec![other],
        }
    }

    /// The expressions directly inside.
    pub fn parts(&self) -> Vec<&Expr> {
        match self {
            Expr::Cast { inner, .. } | Expr::Unary { inner, .. } | Expr::Is { inner, .. } | Expr::Not(inner) => {
                vec![inner]
            }
            Expr::Call { arguments: all, .. } | Expr::And(all) | Expr::Or(all) | Expr::List(all) => {
                all.iter().collect()
            }
            Expr::Binary { left, right, .. } | Expr::Any { left, right, .. } => vec![left, right],
            Expr::Between { inner, low, high, .. } => vec![inner, low, high],
            Expr::Column(_) | Expr::Literal(_) | Expr::Parameter(_) | Expr::SubPlan(_) | Expr::Other(_) => Vec::new(),
        }
    }

    /// Every expression in it, itself first.
    pub fn walk(&self) -> Vec<&Expr> {
        let mut found = Vec::new();
        let mut open = vec![self];
        while let Some(expr) = open.pop() {
            found.push(expr);
            open.extend(expr.parts().into_iter().rev());
        }
        found
    }

    /// The columns in it, in the order written, each once.
    pub fn columns(&self) -> Vec<&Column> {
        let mut found: Vec<&Column> = Vec::new();
        for expr in self.walk() {
            if let Expr::Column(column) = expr
                && !found.contains(&column)
            {
                found.push(column);
            }
        }
        found
    }

    /// Without the casts around it.
    pub fn without_casts(&self) -> &Expr {
        let mut expr = self;
        while let Expr::Cast { inner, .. } = expr {
            expr = inner;
        }
        expr
    }

    /// Whether its value is the same for all rows: no column, no sub-plan that may depend on one.
    pub fn is_constant(&self) -> bool {
        !self.walk().iter().any(|expr| matches!(expr, Expr::Column(_) | Expr::SubPlan(_) | Expr::Other(_)))
    }

    /// The expression in SQL, with columns unqualified, as an index definition needs it. `None` when a part of it is not
    /// known: a literal taken out, something not understood.
    pub fn to_index_sql(&self, dialect: Dialect) -> Option<String> {
        let mut out = String::new();
        self.write(dialect, &mut out)?;
        Some(out)
    }

    fn write(&self, dialect: Dialect, out: &mut String) -> Option<()> {
        match self {
            Expr::Column(column) => out.push_str(&dialect.quote(&column.name)),
            Expr::Literal(text) if !text.contains('?') => out.push_str(text),
            Expr::Cast { inner, to } => {
                out.push('(');
                inner.write(dialect, out)?;
                write!(out, ")::{to}").ok()?;
            }
            Expr::Call { name, arguments, text } => match parse::has_plain_syntax(text, name) {
                true => {
                    write!(out, "{name}(").ok()?;
                    for (at, argument) in arguments.iter().enumerate() {
                        if at > 0 {
                            out.push_str(", ");
                        }
                        argument.write(dialect, out)?;
                    }
                    out.push(')');
                }
                false if !text.contains('?') => out.push_str(text),
                false => return None,
            },
            Expr::Unary { operator, inner } => {
                write!(out, "({operator} ").ok()?;
                inner.write(dialect, out)?;
                out.push(')');
            }
            Expr::Binary { operator, left, right } => {
                out.push('(');
                left.write(dialect, out)?;
                write!(out, " {operator} ").ok()?;
                right.write(dialect, out)?;
                out.push(')');
            }
            Expr::Is { inner, test, negated } => {
                out.push('(');
                inner.write(dialect, out)?;
                write!(out, " IS {}{})", if *negated { "NOT " } else { "" }, test.to_uppercase()).ok()?;
            }
            Expr::Not(inner) => {
                out.push_str("(NOT ");
                inner.write(dialect, out)?;
                out.push(')');
            }
            _ => return None,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pg(text: &str) -> Expr {
        Expr::parse(text, Dialect::Postgres)
    }

    fn column(name: &str) -> Expr {
        Expr::Column(Column { qualifier: String::new(), name: name.into() })
    }

    #[test]
    fn conditions_of_plans_are_read() {
        let both = pg("((status = 'open'::text) AND (created_at > '2024-01-01'::date))");
        assert_eq!(both.conjuncts().len(), 2);
        assert_eq!(both.columns().iter().map(|column| &*column.name).collect::<Vec<_>>(), ["status", "created_at"]);
        let Expr::Any { operator, right, all: false, .. } = pg("(id = ANY ('{1,2,3}'::integer[]))") else { panic!() };
        assert_eq!(
            (&*operator, *right),
            ("=", Expr::Cast { inner: Box::new(Expr::Literal("'{1,2,3}'".into())), to: "integer[]".into() })
        );
        assert!(matches!(pg("((name)::text ~~ '%x%'::text)"), Expr::Binary { operator, .. } if operator == "~~"));
        assert!(
            matches!(pg("(NOT (hashed SubPlan 1))"), Expr::Not(inner) if *inner == Expr::SubPlan("hashed SubPlan 1".into()))
        );
        assert!(
            matches!(pg("(x = (InitPlan 1).col1)"), Expr::Binary { right, .. } if *right == Expr::SubPlan("InitPlan 1".into()))
        );
        assert!(matches!(pg("(a IS NOT NULL)"), Expr::Is { negated: true, .. }));
        assert!(matches!(pg("(data ? 'key'::text)"), Expr::Binary { operator, .. } if operator == "?"));
        assert!(matches!(pg("(tags @> '{a}'::text[])"), Expr::Binary { operator, .. } if operator == "@>"));
        assert!(matches!(pg("(a = ?)"), Expr::Binary { right, .. } if *right == Expr::Parameter("?".into())));
        assert!(matches!(pg("(EXTRACT(year FROM d) = '2024'::numeric)"), Expr::Binary { left, .. }
            if matches!(&*left, Expr::Call { arguments, .. } if arguments.contains(&column("d")))));
        assert!(matches!(pg("((a)::text = ?::text)"), Expr::Binary { right, .. }
            if matches!(&*right, Expr::Cast { inner, .. } if **inner == Expr::Parameter("?".into()))));
        assert!(matches!(pg("((ts)::timestamp without time zone > now())"), Expr::Binary { left, .. }
            if matches!(&*left, Expr::Cast { to, .. } if to == "timestamp without time zone")));
        assert_eq!(
            pg("(o.\"Customer Id\" = c.id)").columns()[0],
            &Column { qualifier: "o".into(), name: "Customer Id".into() }
        );
        assert!(matches!(pg("active"), Expr::Column(_)));
        assert!(matches!(pg("((a = 1) OR (b = 2) OR (c = 3))"), Expr::Or(parts) if parts.len() == 3));
    }

    #[test]
    fn conditions_of_mysql_are_read() {
        let my = |text: &str| Expr::parse(text, Dialect::MySql);
        assert!(matches!(my("(`shop`.`o`.`status` = 'open')"), Expr::Binary { left, .. }
            if *left == Expr::Column(Column { qualifier: "shop.o".into(), name: "status".into() })));
        assert!(matches!(my("(o.d between '2024-01-01' and '2024-02-01')"), Expr::Between { .. }));
        assert!(matches!(my("(o.id in (1,2,3))"), Expr::Any { all: false, .. }));
        assert!(matches!(my("(o.name like '%x')"), Expr::Binary { operator, .. } if operator == "like"));
        assert!(
            matches!(my("(cast(o.code as double) = 5)"), Expr::Binary { left, .. } if matches!(&*left, Expr::Cast { .. }))
        );
        assert!(matches!(my("(o.a <> 5 and o.b is null)"), Expr::And(parts) if parts.len() == 2));
        assert_eq!(my("trigcond(o.a = c.`id`)"), my("o.a = c.`id`"));
    }

    #[test]
    fn expressions_go_back_to_sql_for_an_index() {
        let back = |text: &str| pg(text).to_index_sql(Dialect::Postgres);
        assert_eq!(back("lower((u.email)::text)").unwrap(), "lower((email)::text)");
        assert_eq!(back("(o.data ->> 'state'::text)").unwrap(), "(data ->> ('state')::text)");
        assert_eq!(back("(o.data ->> '?'::text)"), None);
    }

    #[test]
    fn a_typed_literal_may_have_been_taken_out() {
        let expr = Expr::parse("(orders.placed = DATE?)", Dialect::MySql);
        assert!(matches!(&expr, Expr::Binary { right, .. } if **right == Expr::Parameter("?".into())), "{expr:?}");
    }

    #[test]
    fn nothing_makes_it_stop_or_overflow() {
        let deep = "(".repeat(100_000);
        pg(&deep);
        let not = "NOT ".repeat(100_000);
        pg(&not);
        for text in
            ["", "(", ")", "((a", "a =", "= a", "CASE WHEN a THEN", "::", "a::", "a.", "'", "ANY", "a IN (", "? ? ?"]
        {
            pg(text);
            Expr::parse(text, Dialect::MySql);
        }
    }
}
