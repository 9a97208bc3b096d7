//! Reading a statement's tree: blocks, sources, conditions, keys.

use dbwright_model::catalog::ObjectName;
use sqlparser::ast;

use super::names::Names;
use super::scope::{Cte, Found, Frame, Source, Sure, What, Yield, number, relation_of, source_of};
use super::{Block, Bound, Clause, Key, Kind, Lock, Output, Position, Relation, Role, Sort, Statement, Wait, parse};
use crate::Dialect;
use crate::expression::{Column, Expr};
use crate::predicate::Demand;

/// Views within views are followed so far.
const DEEPEST_VIEW: usize = 8;

pub(super) struct Reader<'n> {
    pub(super) dialect: Dialect,
    pub(super) names: &'n dyn Names,
    pub(super) statement: Statement,
    /// The columns of each relation, when they are known.
    pub(super) columns: Vec<Option<Vec<String>>>,
    pub(super) frames: Vec<Frame>,
    /// `OR`s seen.
    pub(super) ors: usize,
    views: usize,
}

pub(super) fn read(tree: &ast::Statement, dialect: Dialect, names: &dyn Names) -> Statement {
    let kind = kind(tree);
    let statement = Statement { kind, relations: vec![], blocks: vec![], unresolved: vec![] };
    let mut reader = Reader { dialect, names, statement, columns: vec![], frames: vec![], ors: 0, views: 0 };
    match tree {
        ast::Statement::Query(query) => {
            reader.query(query, Position::Statement);
        }
        other => {
            reader.open(Position::Statement);
            reader.write(other);
            reader.shut();
        }
    }
    reader.statement
}

fn kind(tree: &ast::Statement) -> Kind {
    match tree {
        ast::Statement::Query(query) => {
            let mut body = &query.body;
            loop {
                match &**body {
                    ast::SetExpr::Query(inner) => body = &inner.body,
                    ast::SetExpr::Insert(inner)
                    | ast::SetExpr::Update(inner)
                    | ast::SetExpr::Delete(inner)
                    | ast::SetExpr::Merge(inner) => return kind(inner),
                    _ => return Kind::Select,
                }
            }
        }
        ast::Statement::Insert(_) => Kind::Insert,
        ast::Statement::Update(_) => Kind::Update,
        ast::Statement::Delete(_) => Kind::Delete,
        ast::Statement::Merge(_) => Kind::Merge,
        other => Kind::Other(other.to_string().split_whitespace().next().unwrap_or_default().to_ascii_uppercase()),
    }
}

impl Reader<'_> {
    /// Begins a block inside the present one.
    pub(super) fn open(&mut self, position: Position) -> usize {
        let parent = self.frames.last().map(|frame| frame.block);
        let block = self.statement.blocks.len();
        self.statement.blocks.push(Block { parent, position, ..Block::default() });
        self.frames.push(Frame { block, ..Frame::default() });
        block
    }

    pub(super) fn shut(&mut self) {
        self.count_ties();
        self.frames.pop();
    }

    pub(super) fn frame(&mut self) -> Option<&mut Frame> {
        self.frames.last_mut()
    }

    /// The present block.
    pub(super) fn block(&mut self) -> Option<&mut Block> {
        let block = self.frames.last()?.block;
        self.statement.blocks.get_mut(block)
    }

    pub(super) fn ident(&self, ident: &ast::Ident) -> String {
        match (self.dialect, ident.quote_style) {
            (Dialect::Postgres, None) => ident.value.to_lowercase(),
            _ => ident.value.clone(),
        }
    }

    pub(super) fn parts(&self, name: &ast::ObjectName) -> Vec<String> {
        name.0.iter().filter_map(|part| part.as_ident()).map(|ident| self.ident(ident)).collect()
    }

    /// A query in a block of its own; what it yields, and the block.
    pub(super) fn query(&mut self, query: &ast::Query, position: Position) -> (Vec<Yield>, usize) {
        let mut query = query;
        // brackets that add nothing
        while let (ast::SetExpr::Query(inner), None, None, None, None, true) =
            (&*query.body, &query.with, &query.order_by, &query.limit_clause, &query.fetch, query.locks.is_empty())
        {
            query = inner;
        }
        let block = self.open(position);
        self.with(query.with.as_ref());
        let yields = self.body(&query.body);
        if let Some(order) = &query.order_by {
            self.order_by(order);
        }
        self.bounds(query);
        self.lock(&query.locks);
        if let Some(block) = self.block() {
            block.outputs = yields.iter().map(|column| column.what.clone()).collect();
        }
        self.shut();
        (yields, block)
    }

    pub(super) fn with(&mut self, with: Option<&ast::With>) {
        let Some(with) = with else { return };
        for cte in &with.cte_tables {
            let name = self.ident(&cte.alias.name);
            if with.recursive {
                let yields = cte.alias.columns.iter().map(|column| self.computed(&column.name)).collect::<Vec<_>>();
                let unknown = vec![Yield { name: None, what: Output::All(None) }];
                let yields = if yields.is_empty() { unknown } else { yields };
                if let Some(frame) = self.frame() {
                    frame.ctes.push(Cte { name: name.clone(), yields });
                }
            }
            let (yields, _) = self.query(&cte.query, Position::With);
            let yields = self.renamed(yields, &cte.alias.columns);
            if let Some(frame) = self.frame() {
                frame.ctes.push(Cte { name, yields });
            }
        }
    }

    fn computed(&self, name: &ast::Ident) -> Yield {
        Yield { name: Some(self.ident(name)), what: Output::Computed }
    }

    /// Columns under the names that an alias gives them.
    fn renamed(&self, mut yields: Vec<Yield>, columns: &[ast::TableAliasColumnDef]) -> Vec<Yield> {
        if columns.is_empty() {
            return yields;
        }
        if yields.iter().any(|column| matches!(column.what, Output::All(_))) {
            return columns.iter().map(|column| self.computed(&column.name)).collect();
        }
        for (column, named) in yields.iter_mut().zip(columns) {
            column.name = Some(self.ident(&named.name));
        }
        yields
    }

    fn body(&mut self, body: &ast::SetExpr) -> Vec<Yield> {
        match body {
            ast::SetExpr::Select(select) => self.select(select),
            ast::SetExpr::Query(query) => self.query(query, Position::Arm).0,
            ast::SetExpr::SetOperation { .. } => self.set_operation(body),
            ast::SetExpr::Values(values) => {
                for row in &values.rows {
                    for value in &row.content {
                        self.lower(value);
                    }
                }
                let width = values.rows.first().map_or(0, |row| row.content.len());
                (1..=width).map(|n| Yield { name: Some(format!("column{n}")), what: Output::Computed }).collect()
            }
            ast::SetExpr::Insert(statement)
            | ast::SetExpr::Update(statement)
            | ast::SetExpr::Delete(statement)
            | ast::SetExpr::Merge(statement) => self.write(statement),
            ast::SetExpr::Table(table) => {
                let name = table.table_name.as_ref().map(|name| self.ident(name)).unwrap_or_default();
                let schema = table.schema_name.as_ref().map(|name| self.ident(name)).unwrap_or_default();
                let relation = self.relation(ObjectName::new(schema, name), None, Role::Read);
                self.all_of(relation);
                vec![Yield { name: None, what: Output::All(Some(relation)) }]
            }
        }
    }

    fn set_operation(&mut self, body: &ast::SetExpr) -> Vec<Yield> {
        let mut arms = Vec::new();
        let mut rest = body;
        while let ast::SetExpr::SetOperation { left, right, .. } = rest {
            arms.push(&**right);
            rest = left;
        }
        arms.push(rest);
        let mut yields = None;
        for arm in arms.into_iter().rev() {
            let of_arm = match arm {
                ast::SetExpr::Query(query) => self.query(query, Position::Arm).0,
                arm => {
                    self.open(Position::Arm);
                    let yields = self.body(arm);
                    if let Some(block) = self.block() {
                        block.outputs = yields.iter().map(|column| column.what.clone()).collect();
                    }
                    self.shut();
                    yields
                }
            };
            yields.get_or_insert(of_arm);
        }
        let mut computed = Vec::new();
        for column in yields.unwrap_or_default() {
            match column.what {
                Output::All(Some(relation)) => match self.columns.get(relation).cloned().flatten() {
                    Some(columns) => computed
                        .extend(columns.into_iter().map(|name| Yield { name: Some(name), what: Output::Computed })),
                    None => computed.push(Yield { name: None, what: Output::All(None) }),
                },
                Output::All(None) => computed.push(column),
                _ => computed.push(Yield { what: Output::Computed, ..column }),
            }
        }
        computed
    }

    fn select(&mut self, select: &ast::Select) -> Vec<Yield> {
        self.from(&select.from);
        let yields = self.projection(&select.projection);
        if let Some(condition) = &select.selection {
            self.condition(condition, Clause::Where);
        }
        if let ast::GroupByExpr::Expressions(keys, _) = &select.group_by {
            for key in keys {
                self.group_by(key);
            }
        }
        if let Some(condition) = &select.having {
            self.condition(condition, Clause::Having);
        }
        for window in &select.named_window {
            if let ast::NamedWindowExpr::WindowSpec(window) = &window.1 {
                self.window(window);
            }
        }
        let distinct = match &select.distinct {
            Some(ast::Distinct::On(keys)) => {
                for key in keys {
                    self.lower(key);
                }
                true
            }
            Some(ast::Distinct::Distinct) => true,
            Some(ast::Distinct::All) | None => false,
        };
        if let Some(block) = self.block() {
            block.distinct = distinct;
            block.conditional = select.selection.is_some() || select.having.is_some();
        }
        yields
    }

    pub(super) fn projection(&mut self, items: &[ast::SelectItem]) -> Vec<Yield> {
        let mut yields = Vec::new();
        for item in items {
            let (expr, alias) = match item {
                ast::SelectItem::UnnamedExpr(expr) => (expr, None),
                ast::SelectItem::ExprWithAlias { expr, alias } => (expr, Some(self.ident(alias))),
                ast::SelectItem::ExprWithAliases { expr, .. } => (expr, None),
                ast::SelectItem::QualifiedWildcard(kind, _) => {
                    if let ast::SelectItemQualifiedWildcardKind::ObjectName(name) = kind {
                        let alias = self.parts(name).pop().unwrap_or_default();
                        let source = self.frames.iter().rev().flat_map(|frame| &frame.sources);
                        let source = source.into_iter().find(|source| self.same(&source.alias, &alias)).cloned();
                        if let Some(source) = source {
                            yields.extend(self.all_of_source(&source));
                        }
                    }
                    continue;
                }
                ast::SelectItem::Wildcard(_) => {
                    let sources = self.frames.last().map(|frame| frame.sources.clone()).unwrap_or_default();
                    for source in &sources {
                        yields.extend(self.all_of_source(source));
                    }
                    continue;
                }
            };
            let lowered = self.lower(expr);
            let what = match &lowered {
                Expr::Column(column) => match relation_of(column) {
                    Some(relation) => Output::Column { relation, column: column.name.clone() },
                    None => Output::Computed,
                },
                _ => Output::Computed,
            };
            let name = alias.clone().or_else(|| match expr {
                ast::Expr::Identifier(name) => Some(self.ident(name)),
                ast::Expr::CompoundIdentifier(parts) => parts.last().map(|name| self.ident(name)),
                ast::Expr::Function(call) => self.parts(&call.name).pop(),
                _ => None,
            });
            if let Some(frame) = self.frame() {
                frame.items.push((alias, lowered));
            }
            yields.push(Yield { name, what });
        }
        yields
    }

    fn all_of_source(&mut self, source: &Source) -> Vec<Yield> {
        match &source.what {
            What::Relation(relation) => {
                self.all_of(*relation);
                vec![Yield { name: None, what: Output::All(Some(*relation)) }]
            }
            What::Derived(yields) => yields.clone(),
            What::Opaque => vec![Yield { name: None, what: Output::All(None) }],
        }
    }

    pub(super) fn all_of(&mut self, relation: usize) {
        if let Some(relation) = self.statement.relations.get_mut(relation) {
            relation.read_all = true;
        }
    }

    /// `GROUP BY`: ordinals and names of the select list stand for what is selected.
    fn group_by(&mut self, key: &ast::Expr) {
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
    fn selected(&self, key: &ast::Expr, by_name: bool) -> Option<Expr> {
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
                self.demand(&lowered, Clause::Order, super::Under::All);
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

    fn bounds(&mut self, query: &ast::Query) {
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

    fn lock(&mut self, locks: &[ast::LockClause]) {
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
            for (range, optional) in [(from..right, left_optional), (right..end, right_optional)] {
                for relation in self.statement.relations.get_mut(range).into_iter().flatten() {
                    relation.optional |= optional;
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
            Found::Computed(source) => super::scope::computed(*source, column),
        };
        for found in [&left, &right] {
            if let Found::Column(relation, column) = found {
                self.used(*relation, column);
            }
        }
        let (one, other) = (Box::new(expr(&left)), Box::new(expr(&right)));
        let equal = Expr::Binary { operator: "=".into(), left: one, right: other };
        self.demand(&equal, Clause::Join, super::Under::All);
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
    fn count_ties(&mut self) {
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
                self.tie(&Expr::List(vec![used, super::scope::computed(place, "")]));
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
            upsert: false,
            lock: None,
        });
        self.statement.relations.len() - 1
    }

    pub(super) fn condition(&mut self, condition: &ast::Expr, clause: Clause) {
        let lowered = self.lower(condition);
        self.demand(&lowered, clause, super::Under::All);
    }
}

/// `<=>` is a distance too where it is sorted by: that of vectors.
fn distance(operator: &str) -> bool {
    operator == "<=>" || crate::predicate::demand_of(operator) == Demand::Distance
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
