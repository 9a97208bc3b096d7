//! What stands in `FROM`: stored relations, queries, functions, and how they are joined.

use dbwright_model::catalog::ObjectName;
use sqlparser::ast;

use super::query::Reader;
use super::scope::{Found, Source, Sure, What, Yield, computed, number, relation_of, source_of};
use super::{Bound, Clause, Output, Position, Relation, Role, Under, parse};
use crate::expression::{Column, Expr};

/// Views within views are followed so far.
const DEEPEST_VIEW: usize = 8;

impl Reader<'_> {
    pub(super) fn from(&mut self, tables: &[ast::TableWithJoins]) {
        for table in tables {
            self.joined(table);
        }
    }

    pub(super) fn joined(&mut self, table: &ast::TableWithJoins) {
        let from = self.statement.relations.len();
        self.source(&table.relation);
        for join in &table.joins {
            let before = self.sources();
            let right = self.statement.relations.len();
            self.source(&join.relation);
            let (left_optional, right_optional, constraint) = sides(&join.join_operator);
            let end = self.statement.relations.len();
            for (range, _) in
                [(from..right, left_optional), (right..end, right_optional)].into_iter().filter(|side| side.1)
            {
                for relation in self.statement.relations.get_mut(range).into_iter().flatten() {
                    relation.optional = true;
                }
            }
            match constraint {
                Some(ast::JoinConstraint::On(condition)) => self.condition(condition, Clause::Join),
                Some(ast::JoinConstraint::Using(columns) | ast::JoinConstraint::UsingAlias(columns, _)) => {
                    let columns: Vec<String> = columns.iter().filter_map(|name| self.parts(name).pop()).collect();
                    columns.iter().for_each(|column| self.merge(before, column));
                }
                Some(ast::JoinConstraint::Natural) => {
                    for column in self.common(before) {
                        self.merge(before, &column);
                    }
                    self.tie_all();
                }
                Some(ast::JoinConstraint::None) => {}
                None => self.tie_all(),
            }
        }
    }

    fn sources(&self) -> usize {
        self.frames.last().map_or(0, |frame| frame.sources.len())
    }

    /// `USING (column)`: the same in a source before that place and in one behind it.
    fn merge(&mut self, before: usize, column: &str) {
        let find = |range: &mut dyn Iterator<Item = (usize, &Source)>| {
            let mut maybe = None;
            for (place, source) in range {
                match self.within(source, place, column) {
                    Sure::Yes(found) => return Some(found),
                    Sure::Maybe(found) | Sure::Hardly(found) => maybe = maybe.or(Some(found)),
                    Sure::No => {}
                }
            }
            maybe
        };
        let Some(frame) = self.frames.last() else { return };
        let left = find(&mut frame.sources.iter().enumerate().take(before));
        let right = find(&mut frame.sources.iter().enumerate().skip(before));
        let (Some(left), Some(right)) = (left, right) else { return self.tie_all() };
        let expr = |found: &Found| match found {
            Found::Column(relation, column) => number(*relation, column.clone()),
            Found::Computed(source) => computed(*source, column),
        };
        for found in [&left, &right] {
            if let Found::Column(relation, column) = found {
                self.used(*relation, column);
            }
        }
        let (one, other) = (Box::new(expr(&left)), Box::new(expr(&right)));
        let equal = Expr::Binary { operator: "=".into(), left: one, right: other };
        self.demand(&equal, Clause::Join, Under::All);
        if let Some(frame) = self.frame() {
            frame.merged.push((column.to_owned(), left));
        }
    }

    /// Columns that both sides are known to have.
    fn common(&self, before: usize) -> Vec<String> {
        let Some(frame) = self.frames.last() else { return vec![] };
        let columns = |source: &Source| match source.what {
            What::Relation(relation) => self.columns.get(relation).cloned().flatten().unwrap_or_default(),
            _ => vec![],
        };
        let left: Vec<String> = frame.sources.iter().take(before).flat_map(columns).collect();
        let right = frame.sources.iter().skip(before).flat_map(columns);
        right.filter(|name| left.iter().any(|other| self.same(other, name))).collect()
    }

    /// All sources so far belong together because the statement says so.
    pub(super) fn tie_all(&mut self) {
        if let Some(frame) = self.frame() {
            frame.ties.push((0..frame.sources.len()).collect());
        }
    }

    /// How many sources no condition ties to the others.
    pub(super) fn count_ties(&mut self) {
        let Some(frame) = self.frames.last() else { return };
        let mut group: Vec<usize> = (0..frame.sources.len()).collect();
        for tie in &frame.ties {
            let Some(first) = tie.first().and_then(|place| group.get(*place)).copied() else { continue };
            let joined: Vec<usize> = tie.iter().filter_map(|place| group.get(*place)).copied().collect();
            group.iter_mut().filter(|own| joined.contains(own)).for_each(|own| *own = first);
        }
        group.sort_unstable();
        group.dedup();
        let (sources, untied) = (frame.sources.len(), group.len().saturating_sub(1));
        if let Some(block) = self.block() {
            block.sources = sources;
            block.untied = untied;
        }
    }

    /// The sources of the present frame that an expression uses.
    pub(super) fn tie(&mut self, expr: &Expr) {
        let Some(frame) = self.frames.last() else { return };
        let of = |column: &&Column| -> Option<usize> {
            if let Some(source) = source_of(column) {
                return Some(source);
            }
            let relation = relation_of(column)?;
            frame.sources.iter().position(|source| match &source.what {
                What::Relation(own) => *own == relation,
                What::Derived(yields) => yields.iter().any(|column| match &column.what {
                    Output::All(own) => *own == Some(relation),
                    Output::Column { relation: own, .. } => *own == relation,
                    Output::Computed => false,
                }),
                What::Opaque => false,
            })
        };
        let mut places: Vec<usize> = expr.columns().iter().filter_map(of).collect();
        places.dedup();
        if places.len() > 1
            && let Some(frame) = self.frame()
        {
            frame.ties.push(places);
        }
    }

    fn source(&mut self, factor: &ast::TableFactor) {
        match factor {
            ast::TableFactor::Table { name, alias, args: None, version, .. } => {
                if let Some(ast::TableVersion::ForSystemTimeAsOf(at)) = version {
                    self.lower(at);
                }
                self.named(name, alias.as_ref());
            }
            ast::TableFactor::Table { args: Some(args), alias, name, .. } => {
                self.function(Some(name), &args.args, alias.as_ref());
            }
            ast::TableFactor::Function { args, alias, name, .. } => self.function(Some(name), args, alias.as_ref()),
            ast::TableFactor::Derived { lateral, subquery, alias, .. } => {
                let hidden = match (lateral, self.frame()) {
                    (false, Some(frame)) => Some(std::mem::take(&mut frame.sources)),
                    _ => None,
                };
                let (yields, block) = self.query(subquery, Position::From);
                if let (Some(hidden), Some(frame)) = (hidden, self.frames.last_mut()) {
                    frame.sources = hidden;
                }
                let yields = match alias {
                    Some(alias) => self.renamed(yields, &alias.columns),
                    None => yields,
                };
                let alias = alias.as_ref().map(|alias| self.ident(&alias.name)).unwrap_or_default();
                let one_row = self.statement.blocks.get(block).is_some_and(|block| {
                    block.limit == Some(Bound::Rows(1))
                        || (!block.aggregates.is_empty() && block.grouping.is_empty())
                        || (block.sources == 0)
                });
                self.add(Source { alias, what: What::Derived(yields) });
                if *lateral || one_row {
                    self.tie_all();
                }
            }
            ast::TableFactor::NestedJoin { table_with_joins, .. } => self.joined(table_with_joins),
            ast::TableFactor::TableFunction { expr, alias } => self.opaque(&[expr], alias.as_ref(), None),
            ast::TableFactor::UNNEST { array_exprs, alias, .. } => {
                self.opaque(&array_exprs.iter().collect::<Vec<_>>(), alias.as_ref(), Some("unnest"));
            }
            ast::TableFactor::JsonTable { json_expr, alias, .. } => self.opaque(&[json_expr], alias.as_ref(), None),
            ast::TableFactor::XmlTable { row_expression, passing, alias, .. } => {
                let mut used: Vec<&ast::Expr> = passing.arguments.iter().map(|argument| &argument.expr).collect();
                used.push(row_expression);
                self.opaque(&used, alias.as_ref(), None);
            }
            other => {
                let alias = match other {
                    ast::TableFactor::Pivot { alias, .. } | ast::TableFactor::Unpivot { alias, .. } => alias.as_ref(),
                    _ => None,
                };
                self.opaque(&[], alias, None);
            }
        }
    }

    fn function(&mut self, name: Option<&ast::ObjectName>, args: &[ast::FunctionArg], alias: Option<&ast::TableAlias>) {
        let name = name.and_then(|name| self.parts(name).pop());
        let args: Vec<&ast::Expr> = args.iter().filter_map(super::lower::argument).collect();
        self.opaque(&args, alias, name.as_deref());
    }

    /// A function's result.
    fn opaque(&mut self, args: &[&ast::Expr], alias: Option<&ast::TableAlias>, name: Option<&str>) {
        let uses: Vec<Expr> = args.iter().map(|arg| self.lower(arg)).collect();
        let what = match alias {
            Some(alias) if !alias.columns.is_empty() => {
                What::Derived(alias.columns.iter().map(|column| self.computed(&column.name)).collect())
            }
            _ => What::Opaque,
        };
        let alias = alias.map(|alias| self.ident(&alias.name)).or_else(|| name.map(str::to_owned)).unwrap_or_default();
        self.add(Source { alias, what });
        let place = self.sources().saturating_sub(1);
        match uses.iter().any(|used| !used.columns().is_empty()) {
            // of the row before it
            true => uses.into_iter().for_each(|used| {
                self.tie(&Expr::List(vec![used, computed(place, "")]));
            }),
            false if name.is_some_and(|name| !name.contains("series")) => self.tie_all(),
            false => {}
        }
    }

    pub(super) fn add(&mut self, source: Source) {
        if let Some(frame) = self.frame() {
            frame.sources.push(source);
        }
    }

    /// A name in `FROM`: a common table expression, a view, a stored relation.
    fn named(&mut self, name: &ast::ObjectName, alias: Option<&ast::TableAlias>) {
        let mut parts = self.parts(name);
        let shown = alias.map(|alias| self.ident(&alias.name));
        let columns = alias.map(|alias| alias.columns.as_slice()).unwrap_or_default();
        if let [only] = parts.as_slice() {
            if only.eq_ignore_ascii_case("dual") {
                return;
            }
            if let Some(cte) = self.cte(only).cloned() {
                let yields = self.renamed(cte.yields, columns);
                return self.add(Source { alias: shown.unwrap_or(cte.name), what: What::Derived(yields) });
            }
        }
        let Some(own) = parts.pop() else { return };
        let name = ObjectName::new(parts.pop().unwrap_or_default(), own.clone());
        let name = self.names.relation(&name).unwrap_or(name);
        if let Some(view) = self.names.view(&name).filter(|_| self.views < DEEPEST_VIEW)
            && let Ok(ast::Statement::Query(query)) = parse::parse(&view, self.dialect)
        {
            self.views += 1;
            let frames = std::mem::take(&mut self.frames);
            let from = self.statement.blocks.len();
            let (yields, _) = self.query(&query, Position::From);
            self.frames = frames;
            self.views -= 1;
            let parent = self.frames.last().map(|frame| frame.block);
            if let Some(block) = self.statement.blocks.get_mut(from) {
                block.parent = parent;
            }
            let yields = self.renamed(yields, columns);
            return self.add(Source { alias: shown.unwrap_or(own), what: What::Derived(yields) });
        }
        let relation = self.relation(name, shown.clone(), Role::Read);
        let alias = shown.unwrap_or(own);
        if columns.is_empty() {
            return self.add(Source { alias, what: What::Relation(relation) });
        }
        // `t AS a (x, y)` renames the first columns
        let known = self.columns.get(relation).cloned().flatten().unwrap_or_default();
        let yields = columns.iter().enumerate().map(|(at, column)| match known.get(at) {
            Some(own) => {
                let what = Output::Column { relation, column: own.clone() };
                Yield { name: Some(self.ident(&column.name)), what }
            }
            None => self.computed(&column.name),
        });
        let yields = yields.collect();
        self.add(Source { alias, what: What::Derived(yields) });
    }

    /// A new use of a relation.
    pub(super) fn relation(&mut self, name: ObjectName, alias: Option<String>, role: Role) -> usize {
        let name = self.names.relation(&name).unwrap_or(name);
        self.columns.push(self.names.columns(&name));
        let block = self.frames.last().map_or(0, |frame| frame.block);
        self.statement.relations.push(Relation {
            name,
            alias,
            block,
            role,
            optional: false,
            predicates: vec![],
            read: vec![],
            read_all: false,
            written: vec![],
            from_itself: vec![],
            upsert: false,
            lock: None,
        });
        self.statement.relations.len() - 1
    }
}

/// Which sides may be without a row, and the condition; `None` when there is to be none.
fn sides(operator: &ast::JoinOperator) -> (bool, bool, Option<&ast::JoinConstraint>) {
    use ast::JoinOperator as J;
    match operator {
        J::Join(on) | J::Inner(on) | J::StraightJoin(on) | J::Semi(on) | J::LeftSemi(on) | J::RightSemi(on) => {
            (false, false, Some(on))
        }
        J::Left(on) | J::LeftOuter(on) | J::Anti(on) | J::LeftAnti(on) => (false, true, Some(on)),
        J::Right(on) | J::RightOuter(on) | J::RightAnti(on) => (true, false, Some(on)),
        J::FullOuter(on) => (true, true, Some(on)),
        J::CrossJoin(ast::JoinConstraint::None) => (false, false, None),
        J::CrossJoin(on) => (false, false, Some(on)),
        J::AsOf { constraint, .. } => (false, false, Some(constraint)),
        J::CrossApply | J::OuterApply | J::ArrayJoin | J::LeftArrayJoin | J::InnerArrayJoin => (false, false, None),
    }
}
