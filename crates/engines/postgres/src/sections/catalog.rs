//! The neutral [`Catalog`] from what [`storage`](crate::storage) read.

use std::collections::HashMap;

use dbwright_model::catalog::{
    Column, CommentIgnore, ForeignKey, Index, IndexPart, KeyCounter, ObjectName, Table, TableKind, TableUsage,
};
use dbwright_model::{Bytes, Case, Catalog, Count, Name, Redaction, Rows, SqlText, Subject};
use dbwright_sql::{Dialect, redact};
use jiff::Timestamp;
use serde::Deserialize;

use crate::session::Session;
use crate::statement::Statement;
use crate::storage::columns::Attribute;
use crate::storage::indexes::{IndexRow, vector};
use crate::storage::keys::{ConstraintRow, SequenceRow};
use crate::storage::relations::Relation;
use crate::storage::{PAGE, Storage};

pub(crate) const STATEMENTS: &[Statement] = &[Statement::new(
    "catalog",
    "SELECT coalesce((SELECT d.stats_reset FROM pg_stat_database d WHERE d.datname = current_database()), pg_postmaster_start_time()) AS since, \
     EXISTS (SELECT 1 FROM pg_stat_replication) OR EXISTS (SELECT 1 FROM pg_replication_slots s WHERE s.slot_type = 'physical') \
     OR pg_is_in_recovery() AS copies",
)];

#[derive(Deserialize)]
struct Usage {
    since: Option<Timestamp>,
    copies: bool,
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case, storage: &Storage) {
    let usage = session.rows::<Usage>(&STATEMENTS[0]).await.ok().and_then(|rows| rows.into_iter().next());
    let mut catalog = build(storage, session.redaction, session.version.major);
    catalog.usage_since = usage.as_ref().and_then(|usage| usage.since);
    catalog.has_replicas = usage.is_some_and(|usage| usage.copies);
    case.store(&catalog);
}

/// A relation's name as findings show it.
pub(crate) fn name_of(relation: &Relation) -> ObjectName {
    ObjectName::new(relation.schema.clone(), relation.name.clone())
}

/// A row count as the server keeps it; negative means never counted.
pub(crate) fn rows(tuples: f64) -> Option<Rows> {
    (tuples >= 0.0).then_some(Rows(tuples as u64))
}

fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

struct Builder<'a> {
    storage: &'a Storage,
    redaction: Redaction,
    names: HashMap<i64, ObjectName>,
    indexes: HashMap<i64, Vec<&'a IndexRow>>,
    constraints: HashMap<i64, Vec<&'a ConstraintRow>>,
    backing: HashMap<i64, &'a ConstraintRow>,
    counters: HashMap<(i64, i32), &'a SequenceRow>,
    /// Whether the server tells "never counted" from "empty".
    counts_unknown: bool,
}

fn build(storage: &Storage, redaction: Redaction, major: u32) -> Catalog {
    let mut builder = Builder {
        storage,
        redaction,
        names: storage.relations.iter().map(|relation| (relation.oid, name_of(relation))).collect(),
        indexes: HashMap::new(),
        constraints: HashMap::new(),
        backing: HashMap::new(),
        counters: HashMap::new(),
        counts_unknown: major >= 14,
    };
    for index in &storage.indexes.all {
        builder.indexes.entry(index.table).or_default().push(index);
    }
    for constraint in &storage.constraints {
        builder.constraints.entry(constraint.table).or_default().push(constraint);
        if let (Some(index), "p" | "u" | "x") = (constraint.index, constraint.kind.as_str()) {
            builder.backing.insert(index, constraint);
        }
    }
    for sequence in &storage.sequences {
        if let (Some(table), Some(column)) = (sequence.table, sequence.column) {
            builder.counters.insert((table, column), sequence);
        }
    }
    let mut tables: Vec<Table> = storage.relations.iter().map(|relation| builder.table(relation)).collect();
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    let mut ignores = builder.ignores();
    ignores.sort_by(|a, b| (&a.subject, &a.rule).cmp(&(&b.subject, &b.rule)));
    Catalog { tables, usage_since: None, has_replicas: false, ignores }
}

impl Builder<'_> {
    fn table(&self, relation: &Relation) -> Table {
        let partitioned = relation.kind == "p";
        let counted = relation.counted() || (self.counts_unknown && relation.tuples >= 0.0 && !partitioned);
        let mut indexes: Vec<Index> = self
            .indexes
            .get(&relation.oid)
            .into_iter()
            .flatten()
            .map(|index| self.index(relation, index, counted))
            .collect();
        indexes.sort_by(|a, b| a.name.cmp(&b.name));
        let mut foreign_keys: Vec<ForeignKey> =
            self.constraints.get(&relation.oid).into_iter().flatten().filter_map(|key| self.foreign_key(key)).collect();
        foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
        let storage = self.storage;
        let toast = relation.toast.and_then(|oid| storage.size(oid, relation.toast_pages?, counted));
        let toast_index = relation.toast_index_pages.map_or(0, |pages| count(pages) * PAGE);
        Table {
            name: name_of(relation),
            kind: match (relation.kind.as_str(), relation.partition) {
                ("m", _) => TableKind::MaterializedView,
                ("p", _) => TableKind::Partitioned,
                (_, true) => TableKind::Partition,
                _ => TableKind::Table,
            },
            parent: relation.parent.and_then(|oid| self.names.get(&oid)).cloned(),
            engine: relation.method.clone().unwrap_or_default(),
            rows: if counted { rows(relation.tuples) } else { None },
            data_size: if partitioned { None } else { storage.size(relation.oid, relation.pages, counted).map(Bytes) },
            index_size: indexes.iter().map(|index| index.size).sum(),
            overflow_size: toast.map(|bytes| Bytes(bytes + toast_index)),
            columns: storage.columns.of(relation.oid).iter().filter_map(|column| self.column(column)).collect(),
            indexes,
            foreign_keys,
            usage: (!partitioned).then(|| self.usage(relation)),
        }
    }

    fn usage(&self, relation: &Relation) -> TableUsage {
        let index_scans = self.indexes.get(&relation.oid).into_iter().flatten().map(|index| count(index.scans)).sum();
        TableUsage {
            full_scans: Some(Count(count(relation.seq_scans))),
            full_scan_rows: Some(Rows(count(relation.seq_rows))),
            index_scans: Some(Count(index_scans)),
            inserted: Some(Rows(count(relation.inserted))),
            updated: Some(Rows(count(relation.updated))),
            deleted: Some(Rows(count(relation.deleted))),
            dead: Some(Rows(count(relation.dead))),
            changed_since_analyze: Some(Rows(count(relation.modified))),
            analyzed: relation.last_analyze.max(relation.last_autoanalyze),
        }
    }

    fn column(&self, column: &Attribute) -> Option<Column> {
        let name = column.name.clone()?;
        let columns = &self.storage.columns;
        let kind = columns.type_of(column);
        let own_collation = column.collation != 0 && kind.is_some_and(|kind| kind.collation != column.collation);
        let sequence = self.counters.get(&(column.table, column.number));
        Some(Column {
            name: name.into(),
            type_name: kind.map(|kind| kind.shown.clone()).unwrap_or_default(),
            nullable: !column.not_null,
            generated_key: column.identity.is_some() || sequence.is_some(),
            counter: sequence.and_then(|sequence| counter(sequence, column.type_oid)),
            collation: columns
                .collations
                .get(&column.collation)
                .filter(|_| own_collation)
                .map(|found| found.name.clone()),
            charset: None,
            statistics: self.storage.statistics.get(&(column.table, column.number)).cloned(),
        })
    }

    fn index(&self, relation: &Relation, index: &IndexRow, counted: bool) -> Index {
        let written = self.storage.indexes.expressions.get(&index.oid);
        let numbers = vector(&index.key);
        let name = |number: &i64| -> Option<Name> {
            let column = self.storage.columns.at(index.table, i32::try_from(*number).ok()?)?;
            column.name.as_deref().map(Name::from)
        };
        let mut expressions = written.and_then(|found| found.expressions.as_deref()).unwrap_or_default().iter();
        let (classes, collations, flags) = (vector(&index.classes), vector(&index.collations), vector(&index.flags));
        let keys = numbers.iter().take(index.key_parts).enumerate();
        let parts: Vec<IndexPart> = keys
            .map(|(at, number)| {
                let flag = flags.get(at).copied().unwrap_or(0);
                let column = (*number != 0)
                    .then(|| self.storage.columns.at(index.table, i32::try_from(*number).ok()?))
                    .flatten();
                IndexPart {
                    column: name(number),
                    expression: (*number == 0).then(|| expressions.next().map(|text| self.sql(text))).flatten(),
                    descending: flag & 1 != 0,
                    prefix: None,
                    options: self.options(column, classes.get(at), collations.get(at), flag),
                }
            })
            .collect();
        let include: Vec<Name> = numbers.iter().skip(index.key_parts).filter_map(name).collect();
        let predicate = index.partial.then(|| match written.and_then(|found| found.predicate.as_deref()) {
            Some(text) => self.sql(text),
            // Not the same as no predicate, nor as another one that could not be read.
            None => SqlText::from(format!("(predicate of {} not read)", index.name)),
        });
        let given = written.and_then(|found| found.definition.as_deref()).map(|text| self.sql(text));
        let unread = parts.iter().any(|part| part.column.is_none() && part.expression.is_none())
            || (index.partial && written.is_none());
        let definition =
            given.or_else(|| (!unread).then(|| self.definition(relation, index, &parts, &include, predicate.as_ref())));
        Index {
            name: index.name.clone().into(),
            parts,
            include,
            unique: index.is_unique,
            primary: index.is_primary,
            constraint: self.backing.get(&index.oid).map(|constraint| constraint.name.clone().into()),
            invalid: (!index.valid || !index.live) && !self.storage.indexes.in_construction.contains(&index.oid),
            predicate,
            method: index.method.clone(),
            size: if index.kind == "I" { None } else { self.storage.size(index.oid, index.pages, counted).map(Bytes) },
            scans: (index.kind != "I").then(|| Count(count(index.scans))),
            replica_identity: index.identity,
            definition,
        }
    }

    fn sql(&self, text: &str) -> SqlText {
        redact(text, Dialect::Postgres, self.redaction)
    }

    /// What makes an index part special, as DDL writes it: collation, operator class, place of nulls.
    fn options(&self, column: Option<&Attribute>, class: Option<&i64>, collation: Option<&i64>, flag: i64) -> String {
        let quoted = |schema: &str, name: &str| match schema {
            "pg_catalog" => Dialect::Postgres.quote(name),
            _ => Dialect::Postgres.qualified(&ObjectName::new(schema, name)),
        };
        let mut words = Vec::new();
        let columns_own = column.map_or(DEFAULT_COLLATION, |column| column.collation);
        if let Some(found) = collation
            .filter(|collation| **collation != 0 && **collation != columns_own)
            .and_then(|oid| self.storage.columns.collations.get(oid))
        {
            // Collations are named by people; always quoted, as the server does for all but plain words.
            words.push(format!("COLLATE {}", quoted(&found.schema, &found.name)));
        }
        if let Some(class) = class.and_then(|oid| self.storage.indexes.classes.get(oid)) {
            let foreign = column.is_some_and(|column| column.type_oid == BPCHAR) && class.input == TEXT;
            if !class.is_default || foreign {
                words.push(quoted(&class.schema, &class.name));
            }
        }
        // Nulls come last going up and first going down, unless told otherwise.
        match flag & 3 {
            1 => words.push("NULLS LAST".to_owned()),
            2 => words.push("NULLS FIRST".to_owned()),
            _ => {}
        }
        words.join(" ")
    }

    /// The statement that makes the index again, as `pg_get_indexdef` would write it, which is far slower.
    fn definition(
        &self,
        relation: &Relation,
        index: &IndexRow,
        parts: &[IndexPart],
        include: &[Name],
        predicate: Option<&SqlText>,
    ) -> SqlText {
        let quote = |name: &str| Dialect::Postgres.quote(name);
        let key = parts.iter().map(|part| {
            let what = match (&part.column, &part.expression) {
                (Some(column), _) => quote(column.as_str()),
                (None, Some(expression)) => expression.as_str().to_owned(),
                (None, None) => String::new(),
            };
            let (options, nulls) = match part.options.find("NULLS ") {
                Some(at) => (part.options[..at].trim_end(), &part.options[at..]),
                None => (part.options.as_str(), ""),
            };
            let words = [what.as_str(), options, if part.descending { "DESC" } else { "" }, nulls];
            words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
        });
        let mut text = format!(
            "CREATE {}INDEX {} ON {}{} USING {} ({})",
            if index.is_unique { "UNIQUE " } else { "" },
            quote(&index.name),
            if relation.kind == "p" { "ONLY " } else { "" },
            Dialect::Postgres.qualified(&name_of(relation)),
            index.method,
            key.collect::<Vec<_>>().join(", ")
        );
        if !include.is_empty() {
            let names: Vec<String> = include.iter().map(|name| quote(name.as_str())).collect();
            text.push_str(&format!(" INCLUDE ({})", names.join(", ")));
        }
        if index.nulls_not_distinct {
            text.push_str(" NULLS NOT DISTINCT");
        }
        if let Some(options) = index.options.as_deref().filter(|options| !options.is_empty()) {
            let shown = options.iter().map(|option| match option.split_once('=') {
                Some((name, value)) => format!("{name}={}", storage_value(value)),
                None => option.clone(),
            });
            text.push_str(&format!(" WITH ({})", shown.collect::<Vec<_>>().join(", ")));
        }
        if let Some(tablespace) = &index.tablespace {
            text.push_str(&format!(" TABLESPACE {}", quote(tablespace)));
        }
        if let Some(predicate) = predicate {
            text.push_str(&format!(" WHERE {}", predicate.as_str()));
        }
        SqlText::from(text)
    }

    fn foreign_key(&self, key: &ConstraintRow) -> Option<ForeignKey> {
        if key.kind != "f" {
            return None;
        }
        let target = key.target?;
        let names = |table: i64, numbers: &Option<Vec<i32>>| -> Vec<Name> {
            let column = |number: &i32| self.storage.columns.at(table, *number)?.name.as_deref().map(Name::from);
            numbers.iter().flatten().filter_map(column).collect()
        };
        Some(ForeignKey {
            name: key.name.clone().into(),
            columns: names(key.table, &key.columns),
            references: self.names.get(&target)?.clone(),
            referenced_columns: names(target, &key.target_columns),
            on_delete: match key.on_delete.as_str() {
                "r" => "RESTRICT",
                "c" => "CASCADE",
                "n" => "SET NULL",
                "d" => "SET DEFAULT",
                _ => "NO ACTION",
            }
            .to_owned(),
            not_validated: !key.validated,
        })
    }

    fn ignores(&self) -> Vec<CommentIgnore> {
        let storage = self.storage;
        let tables = storage.relations.iter().filter_map(|relation| {
            Some(CommentIgnore::read(&Subject::table(&name_of(relation)).name, relation.comment.as_deref()?))
        });
        let indexes = storage.indexes.all.iter().filter_map(|index| {
            let table = self.names.get(&index.table)?;
            Some(CommentIgnore::read(&Subject::index(table, &index.name).name, index.comment.as_deref()?))
        });
        let parts = storage.comments.iter().filter_map(|comment| {
            let table = self.names.get(&comment.owner)?;
            Some(CommentIgnore::read(&format!("{table}.{}", comment.part), &comment.text))
        });
        tables.chain(indexes).chain(parts).flatten().collect()
    }
}

/// Oids that never change: the default collation, `char(n)`, `text`, and the short integer types.
const DEFAULT_COLLATION: i64 = 100;
const BPCHAR: i64 = 1042;
const TEXT: i64 = 25;
const INT2: i64 = 21;
const INT4: i64 = 23;

/// Where a key's counter stands; `None` when it starts over by itself, counts down, or was not read.
fn counter(sequence: &SequenceRow, type_oid: i64) -> Option<KeyCounter> {
    let of_type = match type_oid {
        INT2 => i64::from(i16::MAX),
        INT4 => i64::from(i32::MAX),
        _ => i64::MAX,
    };
    if sequence.cycle || sequence.increment <= 0 {
        return None;
    }
    Some(KeyCounter {
        last: u64::try_from(sequence.last?).ok()?,
        limit: u64::try_from(sequence.max.min(of_type)).ok()?,
        sequence: Some(ObjectName::new(sequence.schema.clone(), sequence.name.clone())),
    })
}

/// A storage parameter's value as the server writes it: a plain word, else a literal.
fn storage_value(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}
