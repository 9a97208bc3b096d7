//! Reading the catalog: tables, columns, indexes and keys are read once, in a handful of set-based statements, and
//! become the sections [`Catalog`], [`Tables`](crate::sections::tables::Tables),
//! [`Schema`](crate::sections::schema::Schema) and [`Bloat`](crate::sections::bloat::Bloat).
//!
//! Sizes come from `pg_class.relpages`, not from `pg_relation_size`: the latter opens every relation, which waits for
//! whoever holds one exclusively and fills our session's caches.

use std::collections::{BTreeSet, HashMap, HashSet};

use dbwright_model::catalog::{ColumnStatistics, ObjectName};
use dbwright_model::{Case, Catalog, Section};
use serde::de::DeserializeOwned;

use crate::sections;
use crate::session::{Session, Trouble};
use crate::statement::Statement;

pub(crate) mod columns;
pub(crate) mod indexes;
pub(crate) mod keys;
pub(crate) mod relations;
pub(crate) mod statistics;

use columns::{Attribute, COLLATIONS, COLUMNS, COMMENTS, Collation, Columns, PartComment, TYPES, TypeRow};
use indexes::{EXPRESSIONS, Expressions, IN_CONSTRUCTION, INDEXES, IndexRow, Indexes, OPERATOR_CLASSES, OperatorClass};
use keys::{CONSTRAINTS, ConstraintRow, LAST_VALUES, LastValue, SEQUENCES, SequenceRow};
use relations::{RELATIONS, Relation, SIZES, Size};
use statistics::{STATISTICS, StatisticsRow};

/// Bytes of a page; fixed when the server is compiled, and never changed in practice.
pub(crate) const PAGE: u64 = 8192;

pub(crate) const STATEMENTS: &[Statement] = &[
    RELATIONS[0],
    RELATIONS[1],
    RELATIONS[2],
    SIZES,
    COLUMNS,
    TYPES,
    COLLATIONS,
    COMMENTS,
    INDEXES[0],
    INDEXES[1],
    IN_CONSTRUCTION,
    EXPRESSIONS,
    OPERATOR_CLASSES,
    CONSTRAINTS,
    SEQUENCES,
    LAST_VALUES,
    STATISTICS,
];

/// The catalog as the server tells it.
#[derive(Debug, Default)]
pub(crate) struct Storage {
    pub(crate) relations: Vec<Relation>,
    /// Real sizes by oid, where the catalog's figure is old.
    pub(crate) sizes: HashMap<i64, u64>,
    pub(crate) columns: Columns,
    pub(crate) indexes: Indexes,
    pub(crate) constraints: Vec<ConstraintRow>,
    pub(crate) sequences: Vec<SequenceRow>,
    pub(crate) comments: Vec<PartComment>,
    /// What the planner knows of columns, by table and position; only where a query is looked at.
    pub(crate) statistics: HashMap<(i64, i32), ColumnStatistics>,
}

impl Storage {
    /// Bytes of a file: as measured, else by its pages in the catalog; `None` when nobody ever counted those.
    pub(crate) fn size(&self, oid: i64, pages: i64, counted: bool) -> Option<u64> {
        let by_pages = || (counted || pages > 0).then(|| u64::try_from(pages).unwrap_or(0) * PAGE);
        self.sizes.get(&oid).copied().or_else(by_pages)
    }
}

/// Runs those of the statements that fit the server's version; exactly one of alternatives does.
async fn fitting<T: DeserializeOwned>(session: &mut Session, statements: &[Statement]) -> Result<Vec<T>, Trouble> {
    let fits = |statement: &&Statement| statement.fits(session.version.major);
    match statements.iter().find(fits).copied() {
        Some(statement) => session.rows(&statement).await,
        None => Err(Trouble::new(dbwright_model::Why::Version, "not for this version")),
    }
}

/// What refines the picture but is not its core: missing, it is a gap, not a failure.
async fn part<T: DeserializeOwned>(
    session: &mut Session,
    case: &mut Case,
    what: &str,
    statement: &Statement,
) -> Vec<T> {
    match session.rows(statement).await {
        Ok(rows) => rows,
        Err(trouble) => {
            case.miss(trouble.gap(Catalog::ID, Some(what), None));
            Vec::new()
        }
    }
}

async fn read(session: &mut Session, case: &mut Case) -> Result<Storage, Trouble> {
    let relations: Vec<Relation> = fitting(session, &RELATIONS).await?;
    let mut all: Vec<Attribute> = session.rows(&COLUMNS).await?;
    all.sort_unstable_by_key(|column| (column.table, column.number));
    let types: Vec<TypeRow> = session.rows_as(&TYPES, &columns::types_of(&all)).await?;
    let indexes: Vec<IndexRow> = fitting(session, &INDEXES).await?;
    let constraints: Vec<ConstraintRow> = session.rows(&CONSTRAINTS).await?;
    let classes: Vec<OperatorClass> = session.rows(&OPERATOR_CLASSES).await?;
    let collations: Vec<Collation> = part(session, case, "collations", &COLLATIONS).await;
    let expressions: Vec<Expressions> = part(session, case, "index expressions", &EXPRESSIONS).await;
    let in_construction: Vec<Oid> = match indexes.iter().any(|index| !index.valid || !index.live) {
        true => part(session, case, "indexes in construction", &IN_CONSTRUCTION).await,
        false => Vec::new(),
    };
    let mut sequences: Vec<SequenceRow> = part(session, case, "sequences", &SEQUENCES).await;
    let last_values = keys::last_values(&sequences);
    if !last_values.is_empty() {
        match session.rows_as::<LastValue>(&LAST_VALUES, &last_values).await {
            Ok(rows) => {
                for row in rows {
                    if let Some(sequence) = sequences.get_mut(row.place) {
                        sequence.last = row.last;
                    }
                }
            }
            Err(trouble) => case.miss(trouble.gap(Catalog::ID, Some("last values of sequences"), None)),
        }
    }
    let comments: Vec<PartComment> = part(session, case, "comments", &COMMENTS).await;
    let sizes: Vec<Size> = part(session, case, "sizes", &SIZES).await;
    Ok(Storage {
        relations,
        sizes: sizes.into_iter().filter_map(|size| Some((size.oid, size.bytes?))).collect(),
        columns: Columns {
            all,
            types: types.into_iter().map(|row| ((row.oid, row.modifier), row)).collect(),
            collations: collations.into_iter().map(|row| (row.oid, row)).collect(),
        },
        indexes: Indexes {
            all: indexes,
            expressions: expressions.into_iter().map(|row| (row.oid, row)).collect(),
            classes: classes.into_iter().map(|row| (row.oid, row)).collect(),
            in_construction: in_construction.into_iter().map(|row| row.oid).collect(),
        },
        constraints,
        sequences,
        comments,
        statistics: HashMap::new(),
    })
}

#[derive(serde::Deserialize)]
struct Oid {
    oid: i64,
}

/// Reads the catalog and stores what it says of those tables, their partitions and the tables they are partitions of.
pub(crate) async fn collect_of(session: &mut Session, case: &mut Case, tables: &BTreeSet<ObjectName>) {
    let mut storage = match read(session, case).await {
        Ok(storage) => storage,
        Err(trouble) => {
            case.miss(trouble.gap(Catalog::ID, None, None));
            return case.miss(trouble.gap(sections::tables::Tables::ID, None, None));
        }
    };
    let named = |relation: &&Relation| tables.contains(&sections::catalog::name_of(relation));
    let wanted: HashSet<i64> = storage
        .relations
        .iter()
        .filter(named)
        .flat_map(|relation| [Some(relation.oid), relation.parent])
        .flatten()
        .collect();
    storage.relations.retain(|relation| {
        wanted.contains(&relation.oid) || relation.parent.is_some_and(|parent| wanted.contains(&parent))
    });
    match session.rows_as::<StatisticsRow>(&STATISTICS, &statistics::of(&storage.relations)).await {
        Ok(rows) => storage.statistics = rows.into_iter().map(StatisticsRow::read).collect(),
        Err(trouble) => case.miss(trouble.gap(Catalog::ID, Some("statistics of columns"), None)),
    }
    sections::catalog::collect(session, case, &storage).await;
    sections::tables::store(case, &storage);
}

/// Reads the catalog and stores the sections made from it.
pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let storage = match read(session, case).await {
        Ok(storage) => storage,
        Err(trouble) => {
            case.miss(trouble.gap(Catalog::ID, None, None));
            case.miss(trouble.gap(sections::tables::Tables::ID, None, None));
            case.miss(trouble.gap(sections::bloat::Bloat::ID, None, None));
            return case.miss(trouble.gap(sections::schema::Schema::ID, None, None));
        }
    };
    sections::catalog::collect(session, case, &storage).await;
    sections::tables::store(case, &storage);
    sections::schema::collect(session, case, &storage).await;
    sections::bloat::collect(session, case, &storage).await;
}
