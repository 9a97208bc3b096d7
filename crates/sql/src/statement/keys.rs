//! What is grouped by, sorted by, and how many rows are asked for.

use sqlparser::ast;

use super::query::Reader;
use super::scope::{Source, What, relation_of};
use super::{Bound, Clause, Key, Lock, Sort, Under, Wait};
use crate::expression::Expr;
use crate::predicate::{Demand, demand_of};

impl Reader<'_> {
    /// `GROUP BY`: ordinals and names of the select list stand for what is selected.
    pub(super) fn group_by(&mut self, key: &ast::Expr) {
        match key {
            ast::Expr::Rollup(sets) | ast::Expr::Cube(sets) | ast::Expr::GroupingSets(sets) => {
                for key in sets.iter().flatten() {
                    self.group_by(key);
                }
            }
            ast::Expr::Tuple(keys) => keys.iter().for_each(|key| self.group_by(key)),
            ast::Expr::Nested(key) => self.group_by(key),
            key => {
                let unresolved = self.statement.unresolved.len();
                let mut lowered = self.selected(key, false).unwrap_or_else(|| self.lower(key));
                if self.statement.unresolved.len() > unresolved
                    && let Some(item) = self.selected(key, true)
                {
                    self.statement.unresolved.truncate(unresolved);
                    lowered = item;
                }
                let key = self.key(&lowered);
                if let Some(block) = self.block()
                    && !block.grouping.contains(&key)
                {
                    block.grouping.push(key);
                }
            }
        }
    }

    /// The item of the select list that an ordinal (or, with `by_name`, an alias) stands for.
    pub(super) fn selected(&self, key: &ast::Expr, by_name: bool) -> Option<Expr> {
        let items = &self.frames.last()?.items;
        match key {
            ast::Expr::Value(value) => match &value.value {
                ast::Value::Number(digits, _) => {
                    let at: usize = digits.to_string().parse().ok()?;
                    items.get(at.checked_sub(1)?).map(|(_, item)| item.clone())
                }
                _ => None,
            },
            ast::Expr::Identifier(name) if by_name => {
                let name = self.ident(name);
                items
                    .iter()
                    .find(|(alias, _)| alias.as_deref().is_some_and(|alias| self.same(alias, &name)))
                    .map(|(_, item)| item.clone())
            }
            _ => None,
        }
    }

    pub(super) fn order_by(&mut self, order: &ast::OrderBy) {
        let ast::OrderByKind::Expressions(keys) = &order.kind else { return };
        self.sort_by(keys);
    }

    pub(super) fn sort_by(&mut self, keys: &[ast::OrderByExpr]) {
        // of a set operation only names and ordinals of what it yields can be sorted by
        let arms = self.frames.last().is_some_and(|frame| frame.sources.is_empty() && frame.items.is_empty());
        for key in keys {
            let lowered = match self.selected(&key.expr, true) {
                Some(item) => item,
                None if arms => Expr::Other(String::new()),
                None => self.lower(&key.expr),
            };
            if matches!(&lowered, Expr::Binary { operator, .. } if distance(operator)) {
                self.demand(&lowered, Clause::Order, Under::All);
            }
            let (descending, nulls_first) = match &key.options.sort {
                Some(ast::OrderBySort::Desc) => (true, key.options.nulls_first),
                Some(ast::OrderBySort::Using(operator)) => {
                    (operator.to_string().contains('>'), key.options.nulls_first)
                }
                Some(ast::OrderBySort::Asc) | None => (false, key.options.nulls_first),
            };
            let key = self.key(&lowered);
            if let Some(block) = self.block() {
                block.ordering.push(Sort { key, descending, nulls_first });
            }
        }
    }

    pub(super) fn key(&self, expr: &Expr) -> Key {
        let columns = expr.columns();
        let mut of = columns.iter().map(|column| relation_of(column));
        let first = of.next().flatten();
        let relation = first.filter(|_| of.all(|other| other == first));
        let column = match expr {
            Expr::Column(column) if relation.is_some() => Some(column.name.clone()),
            _ => None,
        };
        Key { relation, column, expr: self.clean(expr, relation) }
    }

    pub(super) fn bounds(&mut self, query: &ast::Query) {
        let (mut limit, mut offset) = (None, None);
        match &query.limit_clause {
            Some(ast::LimitClause::LimitOffset { limit: rows, offset: skipped, .. }) => {
                limit = rows.as_ref().and_then(|rows| self.bound(rows));
                offset = skipped.as_ref().and_then(|skipped| self.bound(&skipped.value));
            }
            Some(ast::LimitClause::OffsetCommaLimit { offset: skipped, limit: rows }) => {
                limit = self.bound(rows);
                offset = self.bound(skipped);
            }
            None => {}
        }
        if let Some(fetch) = &query.fetch {
            limit = match &fetch.quantity {
                Some(rows) => self.bound(rows),
                None => Some(Bound::Rows(1)),
            };
        }
        if let Some(block) = self.block() {
            block.limit = limit;
            block.offset = offset;
        }
    }

    /// `None` for `LIMIT ALL` and `LIMIT NULL`.
    pub(super) fn bound(&mut self, rows: &ast::Expr) -> Option<Bound> {
        match self.lower(rows) {
            Expr::Literal(text) if text.eq_ignore_ascii_case("null") || text.eq_ignore_ascii_case("all") => None,
            Expr::Literal(text) => Some(text.trim_matches('\'').parse().map_or(Bound::Unknown, Bound::Rows)),
            _ => Some(Bound::Unknown),
        }
    }

    pub(super) fn lock(&mut self, locks: &[ast::LockClause]) {
        for clause in locks {
            let wait = match clause.nonblock {
                Some(ast::NonBlock::Nowait) => Wait::Fail,
                Some(ast::NonBlock::SkipLocked) => Wait::Skip,
                None => Wait::Wait,
            };
            let lock = Lock { share: matches!(clause.lock_type, ast::LockType::Share), wait };
            let of = clause.of.as_ref().and_then(|name| self.parts(name).pop());
            let Some(frame) = self.frames.last() else { return };
            let named = |source: &&Source| of.as_deref().is_none_or(|of| self.same(&source.alias, of));
            let locked: Vec<usize> = frame
                .sources
                .iter()
                .filter(named)
                .filter_map(|source| match source.what {
                    What::Relation(relation) => Some(relation),
                    _ => None,
                })
                .collect();
            for relation in locked {
                if let Some(relation) = self.statement.relations.get_mut(relation) {
                    relation.lock = Some(lock);
                }
            }
        }
    }
}

/// `<=>` is a distance too where it is sorted by: that of vectors.
fn distance(operator: &str) -> bool {
    operator == "<=>" || demand_of(operator) == Demand::Distance
}
