//! What is declared around tables: sequences, constraints nobody checked, switched-off triggers, leftovers.

use std::collections::HashMap;

use dbwright_model::catalog::ObjectName;
use dbwright_model::{Bytes, Case, Count, Name, Section};
use serde::{Deserialize, Serialize};

use super::catalog::name_of;
use crate::session::Session;
use crate::statement::Statement;
use crate::storage::relations::users_relations;
use crate::storage::{PAGE, Storage};

/// Declarations that are only worth a word when something is wrong with them; each list is sorted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Schema {
    /// Sequences whose last value is known.
    pub sequences: Vec<Sequence>,
    /// Constraints that existing rows were never checked against.
    pub not_validated: Vec<NotValidated>,
    /// Triggers that are switched off.
    pub disabled_triggers: Vec<DisabledTrigger>,
    /// Temporary tables whose session is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orphaned: Option<Vec<Orphan>>,
}

impl Section for Schema {
    const ID: &'static str = "postgres.schema";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "sequences, constraints, triggers and leftovers";
}

/// A sequence.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sequence {
    /// Its name.
    pub name: ObjectName,
    /// The last value handed out.
    pub last: i64,
    /// Its smallest value.
    pub min: i64,
    /// Its largest value.
    pub max: i64,
    /// Its step; negative counts down.
    pub increment: i64,
    /// It starts over at its end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cycle: bool,
    /// Its type: `bigint`, `integer`, `smallint`.
    pub type_name: String,
    /// It fills a column; the neutral catalog has it as that column's counter.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fills_column: bool,
}

/// A constraint declared `NOT VALID`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NotValidated {
    /// Its table.
    pub table: ObjectName,
    /// Its name.
    pub name: Name,
    /// `CHECK`, `FOREIGN KEY`, `NOT NULL`.
    pub kind: String,
}

/// A trigger that is off.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DisabledTrigger {
    /// Its table.
    pub table: ObjectName,
    /// Its name.
    pub name: Name,
    /// The foreign key that it enforces, when the server made it for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign_key: Option<Name>,
}

/// A temporary table whose session is gone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Orphan {
    /// The table; its schema is the dead session's.
    pub table: ObjectName,
    /// Its size.
    pub size: Bytes,
    /// Transactions since it was made or frozen.
    pub xid_age: Count,
}

pub(crate) const STATEMENTS: &[Statement] = &[TRIGGERS, ORPHANS[0], ORPHANS[1]];

const TRIGGERS: Statement = Statement::new(
    "postgres.schema",
    concat!(
        "SELECT n.nspname AS schema, c.relname AS \"table\", t.tgname AS name, CASE WHEN t.tgisinternal THEN k.conname END AS foreign_key \
         FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint WHERE t.tgenabled = 'D' AND ",
        users_relations!()
    ),
);

macro_rules! orphans {
    ($gone:literal) => {
        concat!(
            "SELECT n.nspname AS schema, c.relname AS \"table\", c.relpages::int8 AS pages, age(c.relfrozenxid)::int8 AS xid_age \
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND c.relpersistence = 't' \
             AND n.nspname ~ '^pg_temp_[0-9]+$' AND NOT pg_is_in_recovery() AND ",
            $gone
        )
    };
}

/// From version 16 on the schema's number is the backend's, which can be asked for; before, only an otherwise empty
/// database proves that the session is gone.
const ORPHANS: [Statement; 2] = [
    Statement::new(
        "postgres.schema",
        orphans!("NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.datname = current_database() AND a.pid <> pg_backend_pid())"),
    )
    .until(16),
    Statement::new(
        "postgres.schema",
        orphans!("substr(n.nspname, 9)::int NOT IN (SELECT b FROM pg_stat_get_backend_idset() b)"),
    )
    .since(16),
];

#[derive(Deserialize)]
struct TriggerRow {
    schema: String,
    table: String,
    name: String,
    foreign_key: Option<String>,
}

#[derive(Deserialize)]
struct OrphanRow {
    schema: String,
    table: String,
    pages: i64,
    xid_age: i64,
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case, storage: &Storage) {
    let mut miss = |what: &str, trouble: crate::session::Trouble| case.miss(trouble.gap(Schema::ID, Some(what), None));
    let triggers: Vec<TriggerRow> = session.rows(&TRIGGERS).await.unwrap_or_else(|trouble| {
        miss("triggers", trouble);
        Vec::new()
    });
    let orphans = if session.version.major < 16 { &ORPHANS[0] } else { &ORPHANS[1] };
    let orphans: Option<Vec<OrphanRow>> =
        session.rows(orphans).await.map_err(|trouble| miss("temporary tables", trouble)).ok();
    let mut schema = declared(storage);
    schema.disabled_triggers = triggers
        .into_iter()
        .map(|row| DisabledTrigger {
            table: ObjectName::new(row.schema, row.table),
            name: row.name.into(),
            foreign_key: row.foreign_key.map(Name::from),
        })
        .collect();
    schema.disabled_triggers.sort();
    schema.orphaned = orphans.map(|rows| {
        let mut tables: Vec<Orphan> = rows
            .into_iter()
            .map(|row| Orphan {
                table: ObjectName::new(row.schema, row.table),
                size: Bytes(u64::try_from(row.pages).unwrap_or(0) * PAGE),
                xid_age: Count(u64::try_from(row.xid_age).unwrap_or(0)),
            })
            .collect();
        tables.sort_by(|a, b| a.table.cmp(&b.table));
        tables
    });
    case.store(&schema);
}

/// What the catalog read before already tells.
fn declared(storage: &Storage) -> Schema {
    let names: HashMap<i64, ObjectName> =
        storage.relations.iter().map(|relation| (relation.oid, name_of(relation))).collect();
    let mut sequences: Vec<Sequence> = storage
        .sequences
        .iter()
        .filter_map(|row| {
            Some(Sequence {
                name: ObjectName::new(row.schema.clone(), row.name.clone()),
                last: row.last?,
                min: row.min,
                max: row.max,
                increment: row.increment,
                cycle: row.cycle,
                type_name: row.type_name.clone(),
                fills_column: row.table.is_some(),
            })
        })
        .collect();
    sequences.sort_by(|a, b| a.name.cmp(&b.name));
    sequences.dedup_by(|a, b| a.name == b.name);
    let mut not_validated: Vec<NotValidated> = storage
        .constraints
        .iter()
        // A partition's constraint is validated with its parent's.
        .filter(|constraint| !constraint.validated && !constraint.inherited)
        .filter_map(|constraint| {
            let kind = match constraint.kind.as_str() {
                "c" => "CHECK",
                "f" => "FOREIGN KEY",
                "n" => "NOT NULL",
                _ => return None,
            };
            Some(NotValidated {
                table: names.get(&constraint.table)?.clone(),
                name: constraint.name.clone().into(),
                kind: kind.to_owned(),
            })
        })
        .collect();
    not_validated.sort();
    Schema { sequences, not_validated, ..Schema::default() }
}
