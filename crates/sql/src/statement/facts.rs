//! What is remarkable about a statement, whatever its data: for rules to judge.

use super::{Bound, Kind, Output, Position, Statement};
use crate::expression::Expr;
use crate::predicate::Demand;

/// Something remarkable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// Rows are passed over before the first is returned: the further the page, the more work.
    Offset {
        /// The block that does so.
        block: usize,
    },
    /// The result holds all columns of a relation: `SELECT *`.
    AllColumns {
        /// Which relation; `None` where it is a function or a query.
        relation: Option<usize>,
    },
    /// Rows of relations are returned without a bound, and none is looked up by a value.
    Unbounded,
    /// All rows that meet a condition are counted, and nothing else is asked.
    Counts {
        /// The block that does so.
        block: usize,
    },
    /// A text is searched for what may stand anywhere in it; seen only where the pattern was not taken out.
    LeadingWildcard {
        /// In which relation.
        relation: usize,
        /// In which column.
        column: String,
    },
    /// `NOT IN (SELECT …)`: one null in what the query yields, and no row qualifies.
    NotInQuery {
        /// The query.
        block: usize,
    },
    /// All rows are sorted at random.
    RandomOrder {
        /// The block that does so.
        block: usize,
    },
    /// Sources that no condition ties to the others, and no `CROSS JOIN` either: every row with every row.
    Untied {
        /// The block that they stand in.
        block: usize,
        /// How many conditions are missing.
        missing: usize,
    },
}

impl Statement {
    /// What is remarkable, in the order of the blocks.
    pub fn facts(&self) -> Vec<Fact> {
        let mut facts = Vec::new();
        for (at, block) in self.blocks.iter().enumerate() {
            // OFFSET 0 only keeps PostgreSQL from merging a query into another
            if block.offset.is_some_and(|offset| offset != Bound::Rows(0)) {
                facts.push(Fact::Offset { block: at });
            }
            if block.ordering.iter().any(|sort| random(&sort.key.expr)) {
                facts.push(Fact::RandomOrder { block: at });
            }
            if block.position == Position::NotIn {
                facts.push(Fact::NotInQuery { block: at });
            }
            if block.untied > 0 {
                facts.push(Fact::Untied { block: at, missing: block.untied });
            }
            let only_count =
                matches!(block.aggregates.as_slice(), [only] if only.function == "count" && !only.distinct);
            let outermost = matches!(block.position, Position::Statement);
            if outermost && only_count && block.grouping.is_empty() && block.outputs == [Output::Computed] {
                facts.push(Fact::Counts { block: at });
            }
        }
        if self.kind == Kind::Select {
            let outermost = self.blocks.first();
            for output in outermost.into_iter().flat_map(|block| &block.outputs) {
                if let Output::All(relation) = output {
                    facts.push(Fact::AllColumns { relation: *relation });
                }
            }
            if self.is_unbounded() {
                facts.push(Fact::Unbounded);
            }
        }
        for (at, relation) in self.relations.iter().enumerate() {
            for predicate in &relation.predicates {
                if let (Demand::Pattern, [column], "like" | "ilike" | "~~" | "~~*") =
                    (predicate.demand, predicate.columns.as_slice(), predicate.operator.as_str())
                {
                    facts.push(Fact::LeadingWildcard { relation: at, column: column.clone() });
                }
            }
        }
        facts
    }

    /// Whether the outermost block returns rows of relations, without a limit and without looking any up.
    fn is_unbounded(&self) -> bool {
        let Some(block) = self.blocks.first() else { return false };
        let computed = block.grouping.is_empty() && !block.aggregates.is_empty();
        let own = || self.relations.iter().filter(|relation| relation.block == 0);
        let looked_up = own().any(|relation| {
            let by_value = |predicate: &super::Predicate| {
                predicate.demand.is_equality()
                    && predicate.under == super::Under::All
                    && matches!(predicate.other, super::Other::Constant(_) | super::Other::Parameter)
            };
            relation.predicates.iter().any(by_value)
        });
        block.limit.is_none() && !computed && own().next().is_some() && !looked_up
    }
}

fn random(expr: &Expr) -> bool {
    const RANDOM: &[&str] = &["gen_random_uuid", "rand", "random", "uuid", "uuid_generate_v4"];
    matches!(expr, Expr::Call { name, .. } if RANDOM.contains(&name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dialect;
    use crate::statement::{NoNames, understand};

    fn facts(text: &str) -> Vec<Fact> {
        understand(text, Dialect::Postgres, &NoNames).unwrap().facts()
    }

    #[test]
    fn what_is_remarkable_is_seen() {
        assert_eq!(
            facts("select * from t where a = 1 order by b limit 10 offset $1"),
            [Fact::Offset { block: 0 }, Fact::AllColumns { relation: Some(0) }]
        );
        assert_eq!(facts("select count(*) from t where a = 1"), [Fact::Counts { block: 0 }]);
        assert_eq!(facts("select a from t order by random() limit 1"), [Fact::RandomOrder { block: 0 }]);
        assert_eq!(facts("select a from t"), [Fact::Unbounded]);
        assert_eq!(
            facts("select a from t where b = 1 and c not in (select d from u)"),
            [Fact::NotInQuery { block: 1 }]
        );
        assert_eq!(
            facts("select t.a from t, u where t.b = 1 and u.c like '%x'"),
            [Fact::Untied { block: 0, missing: 1 }, Fact::LeadingWildcard { relation: 1, column: "c".into() }]
        );
    }

    #[test]
    fn what_only_looks_like_it_is_not() {
        for text in [
            "select a from t where b = 1",
            "select a from t order by b limit 10",
            "select a from t where b = 1 offset 0",
            "select sum(a) from t",
            "select t.a from t cross join u where t.b = 1",
            "select t.a from t, u where t.id = u.id and t.b = 1",
            "select t.a from t, lateral (select 1 from u where u.id = t.id) x where t.b = 1",
            "select t.a from t, unnest(t.tags) x where t.b = 1",
            "select t.a from t, (select max(c) as c from u) m where t.b = 1",
            "select a from t where b = 1 and exists (select * from u where u.id = t.id)",
            "select a from t where b = 1 and c like 'x%' and not exists (select 1 from u where u.id = t.id)",
            "insert into t select * from u",
            "update t set a = 1",
        ] {
            assert_eq!(facts(text), [], "{text}");
        }
    }
}
