//! Reading a statement's tree: blocks, sources, conditions, keys.

use dbwright_model::catalog::ObjectName;
use sqlparser::ast;

use super::names::Names;
use super::scope::{Cte, Frame, Source, What, Yield, relation_of};
use super::{Block, Clause, Kind, Output, Position, Role, Statement};
use crate::Dialect;
use crate::expression::Expr;

pub(super) struct Reader<'n> {
    pub(super) dialect: Dialect,
    pub(super) names: &'n dyn Names,
    pub(super) statement: Statement,
    /// The columns of each relation, when they are known.
    pub(super) columns: Vec<Option<Vec<String>>>,
    pub(super) frames: Vec<Frame>,
    /// `OR`s seen.
    pub(super) ors: usize,
    /// Views that the present query stands in.
    pub(super) views: usize,
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
        // a recursive one may stand before what it refers to
        for cte in with.cte_tables.iter().filter(|_| with.recursive) {
            let name = self.ident(&cte.alias.name);
            let mut yields: Vec<Yield> = cte.alias.columns.iter().map(|column| self.computed(&column.name)).collect();
            if yields.is_empty() {
                yields.push(Yield { name: None, what: Output::All(None) });
            }
            if let Some(frame) = self.frame() {
                frame.ctes.push(Cte { name, yields });
            }
        }
        for cte in &with.cte_tables {
            let name = self.ident(&cte.alias.name);
            let (yields, _) = self.query(&cte.query, Position::With);
            let yields = self.renamed(yields, &cte.alias.columns);
            if let Some(frame) = self.frame() {
                frame.ctes.push(Cte { name, yields });
            }
        }
    }

    pub(super) fn computed(&self, name: &ast::Ident) -> Yield {
        Yield { name: Some(self.ident(name)), what: Output::Computed }
    }

    /// Columns under the names that an alias gives them.
    pub(super) fn renamed(&self, mut yields: Vec<Yield>, columns: &[ast::TableAliasColumnDef]) -> Vec<Yield> {
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
                    if self.selected(key, true).is_none() {
                        self.lower(key);
                    }
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
                ast::Expr::CompoundFieldAccess { access_chain, .. } => match access_chain.last() {
                    Some(ast::AccessExpr::Dot(ast::Expr::Identifier(name))) => Some(self.ident(name)),
                    _ => None,
                },
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

    pub(super) fn condition(&mut self, condition: &ast::Expr, clause: Clause) {
        let lowered = self.lower(condition);
        self.demand(&lowered, clause, super::Under::All);
    }
}
