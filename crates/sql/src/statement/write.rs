//! Statements that write.

use dbwright_model::catalog::ObjectName;
use sqlparser::ast;

use super::query::Reader;
use super::scope::{Source, What, Yield, relation_of};
use super::{Clause, Output, Position, Role, Under};
use crate::expression::{Column, Expr};

impl Reader<'_> {
    /// A statement that writes, in the present block; what it returns.
    pub(super) fn write(&mut self, statement: &ast::Statement) -> Vec<Yield> {
        match statement {
            ast::Statement::Insert(insert) => self.insert(insert),
            ast::Statement::Update(update) => self.update(update),
            ast::Statement::Delete(delete) => self.delete(delete),
            ast::Statement::Merge(merge) => self.merge_into(merge),
            _ => vec![],
        }
    }

    fn target(&mut self, name: &ast::ObjectName, alias: Option<String>, role: Role) -> usize {
        let mut parts = self.parts(name);
        let own = parts.pop().unwrap_or_default();
        let called = alias.clone().unwrap_or_else(|| own.clone());
        let relation = self.relation(ObjectName::new(parts.pop().unwrap_or_default(), own), alias, role);
        self.add(Source { alias: called, what: What::Relation(relation) });
        relation
    }

    fn insert(&mut self, insert: &ast::Insert) -> Vec<Yield> {
        let ast::TableObject::TableName(name) = &insert.table else { return vec![] };
        // rows come from a query that does not see the target
        if let Some(source) = &insert.source {
            self.query(source, Position::Source);
        }
        let alias = insert.table_alias.as_ref().map(|alias| self.ident(&alias.alias));
        let relation = self.target(name, alias, Role::Insert);
        let mut written: Vec<String> = insert.columns.iter().filter_map(|name| self.parts(name).pop()).collect();
        for assignment in &insert.assignments {
            self.lower(&assignment.value);
            written.extend(self.targets(&assignment.target).into_iter().map(|(_, column)| column));
        }
        if written.is_empty() {
            written = self.columns.get(relation).cloned().flatten().unwrap_or_default();
        }
        self.written(relation, written);
        let mut upsert = insert.replace_into;
        match &insert.on {
            Some(ast::OnInsert::DuplicateKeyUpdate(assignments)) => {
                upsert = true;
                self.assign(assignments, relation);
            }
            Some(ast::OnInsert::OnConflict(conflict)) => {
                if let Some(ast::ConflictTarget::Columns { columns, .. }) = &conflict.conflict_target {
                    for column in columns {
                        let column = Column { qualifier: format!("#{relation}"), name: self.ident(column) };
                        let (left, right) = (Expr::Column(column), Expr::Parameter("?".into()));
                        let equal = Expr::Binary { operator: "=".into(), left: Box::new(left), right: Box::new(right) };
                        self.attribute(&equal, relation, Clause::Conflict, Under::All);
                    }
                }
                if let ast::OnConflictAction::DoUpdate(update) = &conflict.action {
                    upsert = true;
                    self.assign(&update.assignments, relation);
                    if let Some(condition) = &update.selection {
                        self.lower(condition);
                    }
                }
            }
            _ => {}
        }
        if let Some(relation) = self.statement.relations.get_mut(relation) {
            relation.upsert = upsert;
        }
        self.returning(insert.returning.as_deref())
    }

    fn update(&mut self, update: &ast::Update) -> Vec<Yield> {
        let first = self.statement.relations.len();
        self.joined(&update.table);
        match &update.from {
            Some(ast::UpdateTableFromKind::BeforeSet(from) | ast::UpdateTableFromKind::AfterSet(from)) => {
                self.from(from);
            }
            None => {}
        }
        self.assign(&update.assignments, first);
        self.narrowed(update.selection.as_ref(), &update.order_by, update.limit.as_ref());
        self.returning(update.returning.as_deref())
    }

    fn narrowed(&mut self, condition: Option<&ast::Expr>, order: &[ast::OrderByExpr], limit: Option<&ast::Expr>) {
        if let Some(condition) = condition {
            self.condition(condition, Clause::Where);
        }
        self.sort_by(order);
        let limit = limit.and_then(|rows| self.bound(rows));
        if let Some(block) = self.block() {
            block.limit = limit;
            block.conditional = condition.is_some();
        }
    }

    fn delete(&mut self, delete: &ast::Delete) -> Vec<Yield> {
        let (ast::FromTable::WithFromKeyword(from) | ast::FromTable::WithoutKeyword(from)) = &delete.from;
        let mut named: Vec<String> = delete.tables.iter().filter_map(|name| self.parts(name).pop()).collect();
        let first = self.statement.relations.len();
        match &delete.using {
            // MySQL names the tables before USING and joins them behind it
            Some(using) if self.dialect == crate::Dialect::MySql => {
                named.extend(from.iter().filter_map(|table| match &table.relation {
                    ast::TableFactor::Table { name, .. } => self.parts(name).pop(),
                    _ => None,
                }));
                self.from(using);
            }
            Some(using) => {
                self.from(from);
                self.from(using);
            }
            None => self.from(from),
        }
        let sources = self.frames.last().map(|frame| frame.sources.clone()).unwrap_or_default();
        let mut gone: Vec<usize> = Vec::new();
        for name in &named {
            let source = sources.iter().find(|source| self.same(&source.alias, name));
            if let Some(Source { what: What::Relation(relation), .. }) = source {
                gone.push(*relation);
            }
        }
        if named.is_empty() {
            gone.push(first);
        }
        for relation in gone {
            if let Some(relation) = self.statement.relations.get_mut(relation) {
                relation.role = Role::Delete;
            }
        }
        self.narrowed(delete.selection.as_ref(), &delete.order_by, delete.limit.as_ref());
        self.returning(delete.returning.as_deref())
    }

    fn merge_into(&mut self, merge: &ast::Merge) -> Vec<Yield> {
        let relation = self.statement.relations.len();
        let table = |relation: &ast::TableFactor| ast::TableWithJoins { relation: relation.clone(), joins: vec![] };
        self.joined(&table(&merge.table));
        if let Some(target) = self.statement.relations.get_mut(relation) {
            target.role = Role::Merge;
        }
        self.joined(&table(&merge.source));
        self.condition(&merge.on, Clause::Join);
        for clause in &merge.clauses {
            if let Some(condition) = &clause.predicate {
                self.lower(condition);
            }
            match &clause.action {
                ast::MergeAction::Insert(insert) => {
                    let columns = insert.columns.iter().filter_map(|name| self.parts(name).pop()).collect::<Vec<_>>();
                    let columns = match columns.is_empty() {
                        true => self.columns.get(relation).cloned().flatten().unwrap_or_default(),
                        false => columns,
                    };
                    self.written(relation, columns);
                    if let ast::MergeInsertKind::Values(values) = &insert.kind {
                        values.rows.iter().flat_map(|row| &row.content).for_each(|value| drop(self.lower(value)));
                    }
                }
                ast::MergeAction::Update(update) => {
                    if let ast::MergeUpdateKind::Set(assignments) = &update.kind {
                        self.assign(assignments, relation);
                    }
                }
                ast::MergeAction::Delete { .. } | ast::MergeAction::DoNothing { .. } => {}
            }
        }
        match &merge.output {
            Some(
                ast::OutputClause::Returning { select_items, .. } | ast::OutputClause::Output { select_items, .. },
            ) => self.returning(Some(select_items)),
            None => vec![],
        }
    }

    /// `SET a = b`: without a qualifier, the relation `default` is written; MySQL may write several.
    fn assign(&mut self, assignments: &[ast::Assignment], default: usize) {
        for assignment in assignments {
            let value = self.lower(&assignment.value);
            for (qualifier, column) in self.targets(&assignment.target) {
                let relation = match (&qualifier, self.dialect) {
                    (Some(qualifier), crate::Dialect::MySql) => self
                        .frames
                        .last()
                        .and_then(|frame| frame.sources.iter().find(|source| self.same(&source.alias, qualifier)))
                        .and_then(|source| match source.what {
                            What::Relation(relation) => Some(relation),
                            _ => None,
                        }),
                    (None, crate::Dialect::MySql) => self.owner(&column),
                    _ => None,
                };
                let relation = relation.unwrap_or(default);
                if let Some(used) = self.statement.relations.get_mut(relation)
                    && used.role == Role::Read
                {
                    used.role = Role::Update;
                }
                let own = |used: &Column| relation_of(used) == Some(relation) && self.same(&used.name, &column);
                let from_itself = !matches!(value, Expr::Column(_)) && value.columns().into_iter().any(own);
                if let Some(used) = self.statement.relations.get_mut(relation).filter(|_| from_itself) {
                    used.from_itself.push(column.clone());
                }
                self.written(relation, vec![column]);
            }
        }
    }

    /// The relation that a column alone belongs to; nothing is marked as read.
    fn owner(&mut self, column: &str) -> Option<usize> {
        let unresolved = self.statement.unresolved.len();
        let before: Vec<usize> = self.statement.relations.iter().map(|relation| relation.read.len()).collect();
        let found = self.column(&[], column);
        self.statement.unresolved.truncate(unresolved);
        for (relation, length) in self.statement.relations.iter_mut().zip(before) {
            relation.read.truncate(length);
        }
        match &found {
            Expr::Column(column) => relation_of(column),
            _ => None,
        }
    }

    fn targets(&self, target: &ast::AssignmentTarget) -> Vec<(Option<String>, String)> {
        let names = match target {
            ast::AssignmentTarget::ColumnName(name) => std::slice::from_ref(name),
            ast::AssignmentTarget::Tuple(names) => names.as_slice(),
        };
        let split = |name| {
            let mut parts = self.parts(name);
            let own = parts.pop()?;
            Some((parts.pop(), own))
        };
        names.iter().filter_map(split).collect()
    }

    fn written(&mut self, relation: usize, columns: Vec<String>) {
        let Some(relation) = self.statement.relations.get_mut(relation) else { return };
        for column in columns {
            if !relation.written.contains(&column) {
                relation.written.push(column);
            }
        }
    }

    fn returning(&mut self, items: Option<&[ast::SelectItem]>) -> Vec<Yield> {
        let Some(items) = items else { return vec![] };
        let mut yields = self.projection(items);
        for column in &mut yields {
            if let Output::Column { .. } = column.what {
                column.what = Output::Computed;
            }
        }
        yields
    }
}
