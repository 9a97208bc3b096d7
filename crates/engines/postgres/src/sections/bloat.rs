//! How much of tables and B-trees would go if they were written anew: estimates of the models in `bloat`.

use std::collections::HashMap;

use dbwright_model::catalog::ObjectName;
use dbwright_model::{Bytes, Case, Gap, Name, Rows, Section, Share, Why};
use serde::{Deserialize, Serialize};

use super::catalog::name_of;
use crate::bloat::layout::{ANY_REST, Field, Width, one_rest, packed};
use crate::bloat::{btree, heap};
use crate::session::Session;
use crate::statement::Statement;
use crate::storage::columns::Attribute;
use crate::storage::indexes::{IndexRow, vector};
use crate::storage::relations::{Relation, users_relations};
use crate::storage::{PAGE, Storage};

/// Estimates for the thousand largest tables and their B-trees; as of each table's last vacuum or analyze.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Bloat {
    /// Tables, sorted by name.
    pub tables: Vec<TableEstimate>,
    /// B-trees, sorted by table and name.
    pub indexes: Vec<IndexEstimate>,
}

impl Section for Bloat {
    const ID: &'static str = "postgres.bloat";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "bloat estimates";
}

/// A table's size now and written anew.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct TableEstimate {
    /// The table.
    pub name: ObjectName,
    /// Its main file.
    pub size: Bytes,
    /// What the same rows would take.
    pub ideal: Bytes,
    /// Mean bytes of a row on its page.
    pub row: Bytes,
    /// What another order of columns would save, because fewer bytes pad fields to their boundaries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<Bytes>,
    /// The file of long values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toast_size: Option<Bytes>,
    /// The most its chunks can need: four fit a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toast_ideal: Option<Bytes>,
}

impl TableEstimate {
    /// Bytes that would go.
    pub fn wasted(&self) -> Bytes {
        self.size.minus(self.ideal)
    }
}

/// A B-tree's size now and built anew, and what its first column is like.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct IndexEstimate {
    /// Its table.
    pub table: ObjectName,
    /// The index.
    pub name: Name,
    /// Its file.
    pub size: Bytes,
    /// What the same entries would take; `None` when a statistic is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ideal: Option<Bytes>,
    /// Entries.
    pub rows: Rows,
    /// Part of rows whose first key column is null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leading_nulls: Option<Share>,
    /// Different values of the first key column, nulls aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leading_distinct: Option<Rows>,
    /// Part of rows that have the rarest of those values, when all of them are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leading_rarest: Option<Share>,
}

impl IndexEstimate {
    /// Bytes that would go.
    pub fn wasted(&self) -> Option<Bytes> {
        Some(self.size.minus(self.ideal?))
    }
}

macro_rules! largest {
    () => {
        concat!(
            "WITH trees AS (SELECT i.indrelid, sum(x.relpages) AS pages FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid GROUP BY 1), \
             big AS MATERIALIZED (SELECT c.oid, c.relname, n.nspname, row_number() OVER (ORDER BY c.relpages + coalesce(t.pages, 0) DESC, c.oid) AS rank \
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN trees t ON t.indrelid = c.oid \
             WHERE c.relkind IN ('r', 'm') AND c.relpages + coalesce(t.pages, 0) >= 16 AND ",
            users_relations!(),
            " ORDER BY rank LIMIT 1000) "
        )
    };
}

pub(crate) const STATEMENTS: &[Statement] = &[STATISTICS, KEYS];

/// Of values only their lengths leave the server, and those only of the two hundred largest tables.
const STATISTICS: Statement = Statement::new(
    "postgres.bloat",
    concat!(
        largest!(),
        ", owners AS (SELECT b.oid, b.relname, b.nspname, b.rank FROM big b UNION ALL \
         SELECT x.oid, x.relname, b.nspname, b.rank FROM big b JOIN pg_index i ON i.indrelid = b.oid AND i.indexprs IS NOT NULL \
         JOIN pg_class x ON x.oid = i.indexrelid) \
         SELECT o.oid::int8 AS owner, s.attname AS column, s.null_frac::float8 AS nulls, s.avg_width AS width, s.n_distinct::float8 AS n_distinct, \
         cardinality(s.most_common_freqs) AS common, (SELECT sum(f)::float8 FROM unnest(s.most_common_freqs) f) AS common_share, \
         s.most_common_freqs[cardinality(s.most_common_freqs)]::float8 AS rarest, w.mean::float8 AS mean, w.rests \
         FROM owners o CROSS JOIN LATERAL (SELECT p.* FROM pg_stats p WHERE p.schemaname = o.nspname AND p.tablename = o.relname \
         AND NOT p.inherited OFFSET 0) s JOIN pg_attribute a ON a.attrelid = o.oid AND a.attname = s.attname \
         LEFT JOIN LATERAL (SELECT sum(l * f) / nullif(sum(f), 0) AS mean, ARRAY[coalesce(sum(f) FILTER (WHERE l % 8 = 0), 0), coalesce(sum(f) FILTER (WHERE l % 8 = 1), 0), coalesce(sum(f) FILTER (WHERE l % 8 = 2), 0), \
         coalesce(sum(f) FILTER (WHERE l % 8 = 3), 0), coalesce(sum(f) FILTER (WHERE l % 8 = 4), 0), coalesce(sum(f) FILTER (WHERE l % 8 = 5), 0), \
         coalesce(sum(f) FILTER (WHERE l % 8 = 6), 0), coalesce(sum(f) FILTER (WHERE l % 8 = 7), 0)]::float8[] AS rests \
         FROM (SELECT octet_length(v) AS l, f::float8 FROM unnest(s.most_common_vals::text::text[], s.most_common_freqs) m (v, f) \
         UNION ALL SELECT octet_length(v), greatest(1 - s.null_frac - coalesce((SELECT sum(f) FROM unnest(s.most_common_freqs) f), 0), 0) / \
         cardinality(s.histogram_bounds::text::text[]) FROM unnest(s.histogram_bounds::text::text[]) v) lengths) w \
         ON o.rank <= 200 AND a.atttypid IN (19, 25, 1042, 1043)"
    ),
);

const KEYS: Statement = Statement::new(
    "postgres.bloat",
    concat!(
        largest!(),
        "SELECT i.indexrelid::int8 AS index, a.attnum::int4 AS number, a.attname AS name, a.attlen::int4 AS length, a.attalign::text AS align, a.atttypid::int8 AS type_oid \
         FROM big b JOIN pg_index i ON i.indrelid = b.oid JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam \
         AND m.amname = 'btree' JOIN pg_attribute a ON a.attrelid = i.indexrelid ORDER BY 1, 2"
    ),
);

#[derive(Debug, Clone, Deserialize)]
struct Statistic {
    owner: i64,
    column: String,
    nulls: f64,
    width: f64,
    n_distinct: f64,
    common: Option<f64>,
    common_share: Option<f64>,
    rarest: Option<f64>,
    mean: Option<f64>,
    rests: Option<Vec<f64>>,
}

impl Statistic {
    /// Different values among so many rows; `None` when analyze could not tell.
    fn distinct(&self, rows: f64) -> Option<f64> {
        match self.n_distinct {
            n if n > 0.0 => Some(n),
            n if n < 0.0 => Some(-n * rows),
            _ => None,
        }
    }

    /// How often the sampled lengths, with a header of so many bytes, leave each rest when divided by eight.
    fn rests(&self, header: usize) -> Option<[f64; 8]> {
        let sampled = self.rests.as_deref()?;
        let sum: f64 = sampled.iter().sum();
        let mut rests = [0.0; 8];
        for (rest, share) in sampled.iter().enumerate() {
            rests[(rest + header) % 8] += share / sum;
        }
        (sum > 0.0).then_some(rests)
    }

    /// The width of a value of varying length.
    fn varying(&self, type_oid: i64) -> Width {
        let header = if self.width < 127.0 { 1 } else { 4 };
        let whole = self.width as u32;
        let rests = match (self.rests(header), type_oid) {
            (Some(rests), _) => rests,
            // Two bytes a group of four digits and three more: always odd, so an even mean lies between two lengths.
            (None, NUMERIC) => {
                let (short, often) =
                    if whole.is_multiple_of(2) { (whole.saturating_sub(1), 0.25) } else { (whole, 0.75) };
                let (short, long) = (one_rest(short), one_rest(short + 2));
                std::array::from_fn(|rest| short[rest] * often + long[rest] * (1.0 - often))
            }
            (None, _) if whole == TOAST_POINTER => one_rest(whole),
            (None, _) => ANY_REST,
        };
        // The catalog keeps the mean without its fraction; the sample tells it, else it is a half on average.
        let fraction = match self.mean {
            Some(mean) => (mean + header as f64 - self.width).clamp(0.0, 1.0),
            None if whole == TOAST_POINTER => 0.0,
            None => 0.5,
        };
        Width::Varying { mean: self.width + fraction, rests }
    }
}

#[derive(Debug, Clone, Deserialize)]
struct KeyPart {
    index: i64,
    number: i32,
    name: String,
    length: i32,
    align: String,
    type_oid: i64,
}

fn boundary(align: &str) -> u32 {
    match align {
        "d" => 8,
        "i" => 4,
        "s" => 2,
        _ => 1,
    }
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case, storage: &Storage) {
    let (statistics, keys): (Vec<Statistic>, Vec<KeyPart>) =
        match (session.rows(&STATISTICS).await, session.rows(&KEYS).await) {
            (Ok(statistics), Ok(keys)) => (statistics, keys),
            (Err(trouble), _) | (_, Err(trouble)) => return case.miss(trouble.gap(Bloat::ID, None, None)),
        };
    let hidden = |relation: &&Relation| !relation.readable && relation.kind != "p" && relation.pages >= SMALLEST;
    let unreadable = storage.relations.iter().filter(hidden).count();
    if unreadable > 0 {
        let tables = if unreadable == 1 { "table" } else { "tables" };
        case.miss(Gap {
            section: Bloat::ID.to_owned(),
            part: Some("column statistics".to_owned()),
            why: Why::Privilege,
            detail: format!(
                "the planner's statistics of {unreadable} {tables} are hidden from a role that may not read them"
            ),
            allow: Some(match session.version.major {
                14.. => super::grant(case, "pg_read_all_data"),
                _ => super::grant(case, "SELECT ON ALL TABLES IN SCHEMA public"),
            }),
        });
    }
    let estimator = Estimator {
        storage,
        major: session.version.major,
        statistics: statistics.into_iter().map(|row| ((row.owner, row.column.clone()), row)).collect(),
        keys,
    };
    case.store(&estimator.estimate());
}

struct Estimator<'a> {
    storage: &'a Storage,
    major: u32,
    statistics: HashMap<(i64, String), Statistic>,
    keys: Vec<KeyPart>,
}

impl Estimator<'_> {
    fn estimate(&self) -> Bloat {
        let mut relations: HashMap<i64, &Relation> = HashMap::new();
        let mut tables = Vec::new();
        for relation in &self.storage.relations {
            relations.insert(relation.oid, relation);
            tables.extend(self.table(relation));
        }
        let trees = self.storage.indexes.all.iter().filter(|index| index.method == "btree" && index.valid);
        let mut indexes: Vec<IndexEstimate> =
            trees.filter_map(|index| self.index(relations.get(&index.table)?, index)).collect();
        tables.sort_by(|a, b| a.name.cmp(&b.name));
        indexes.sort_by(|a, b| (&a.table, &a.name).cmp(&(&b.table, &b.name)));
        Bloat { tables, indexes }
    }

    fn statistic(&self, owner: i64, column: &str) -> Option<&Statistic> {
        self.statistics.get(&(owner, column.to_owned()))
    }

    /// A column as a field of a row; `None` when its statistics are missing.
    fn field(&self, column: &Attribute) -> Option<Field> {
        let kind = self.storage.columns.type_of(column)?;
        let statistic = self.statistic(column.table, column.name.as_deref()?);
        let width = match u32::try_from(kind.length) {
            Ok(bytes) => Width::Fixed(bytes),
            Err(_) => statistic?.varying(column.type_oid),
        };
        // A virtual column is stored as null.
        let null = match (column.generated.as_deref(), column.not_null, statistic) {
            (Some("v"), ..) => 1.0,
            (_, true, _) => 0.0,
            (_, _, statistic) => statistic?.nulls,
        };
        Some(Field { width, align: boundary(&kind.align), null })
    }

    fn table(&self, relation: &Relation) -> Option<TableEstimate> {
        if relation.method.as_deref() != Some("heap") || !relation.counted() || relation.pages < SMALLEST {
            return None;
        }
        let columns = self.storage.columns.of(relation.oid);
        let live = columns.iter().filter(|column| column.name.is_some());
        let fields: Vec<Field> = match relation.tuples > 0.0 {
            true => live.map(|column| self.field(column)).collect::<Option<_>>()?,
            false => Vec::new(),
        };
        let row = heap::row_bytes(&fields, columns.len());
        let fillfactor =
            super::tables::options(relation.options.as_deref()).get("fillfactor").and_then(|f| f.parse().ok());
        let ideal = heap::pages(relation.tuples, &fields, columns.len(), fillfactor.unwrap_or(100));
        let saved = row - heap::row_bytes(&packed(&fields), columns.len());
        let toast_pages = relation.toast_pages.filter(|pages| *pages > 0);
        Some(TableEstimate {
            name: name_of(relation),
            size: pages(relation.pages as f64),
            ideal: pages(ideal),
            row: Bytes(row as u64),
            padding: (saved >= 0.0 && relation.tuples > 0.0).then_some(Bytes((saved * relation.tuples) as u64)),
            toast_size: toast_pages.map(|toast| pages(toast as f64)),
            toast_ideal: toast_pages
                .and(relation.toast_tuples)
                .filter(|chunks| *chunks > 0.0 || relation.last_vacuum.is_some() || relation.last_autovacuum.is_some())
                .map(|chunks| pages((chunks / CHUNKS_PER_PAGE).ceil())),
        })
    }

    fn index(&self, relation: &Relation, index: &IndexRow) -> Option<IndexEstimate> {
        if !relation.counted() || index.pages == 0 {
            return None;
        }
        let rows = if index.partial { index.tuples.max(0.0) } else { relation.tuples };
        let from = self.keys.partition_point(|part| part.index < index.oid);
        let parts: Vec<&KeyPart> = self.keys[from..].iter().take_while(|part| part.index == index.oid).collect();
        let numbers = vector(&index.key);
        let statistic = |part: &KeyPart| -> Option<&Statistic> {
            let column = *numbers.get(usize::try_from(part.number - 1).ok()?)?;
            match i32::try_from(column).ok()? {
                0 => self.statistic(index.oid, &part.name),
                column => self.statistic(index.table, self.storage.columns.at(index.table, column)?.name.as_deref()?),
            }
        };
        let first = parts.first().and_then(|part| statistic(part));
        // The statistics speak of the whole table.
        let known = first.and_then(|first| first.distinct(relation.tuples));
        Some(IndexEstimate {
            table: name_of(relation),
            name: index.name.clone().into(),
            size: pages(index.pages as f64),
            ideal: self.tree(relation, index, rows, &parts, &statistic).map(|tree| pages(btree::pages(&tree))),
            rows: Rows(rows as u64),
            leading_nulls: first.map(|first| Share(first.nulls)),
            leading_distinct: known.map(|distinct| Rows(distinct.round() as u64)),
            leading_rarest: first.filter(|first| first.common == known).and_then(|first| first.rarest).map(Share),
        })
    }

    fn tree<'s>(
        &self,
        relation: &Relation,
        index: &IndexRow,
        rows: f64,
        parts: &[&KeyPart],
        statistic: &impl Fn(&KeyPart) -> Option<&'s Statistic>,
    ) -> Option<btree::Tree> {
        let mut fields = Vec::new();
        let mut distinct = 1.0_f64;
        for (at, part) in parts.iter().enumerate() {
            let known = statistic(part);
            let empty = relation.tuples <= 0.0;
            let width = match (part.length, known) {
                (length @ 1.., _) => Width::Fixed(u32::try_from(length).ok()?),
                // A name is stored in an index without its trailing zeros.
                (-2, Some(known)) => {
                    Width::Varying { mean: known.mean? + 1.0, rests: known.rests(1).unwrap_or(ANY_REST) }
                }
                (_, Some(known)) => match (known.varying(part.type_oid), vector(&index.key).get(at)) {
                    // Expressions were measured as computed, with the long header that storing shortens.
                    (Width::Varying { mean, .. }, Some(0)) if mean < 130.0 => {
                        Width::Varying { mean: (mean - 3.0).max(1.0), rests: known.rests(1).unwrap_or(ANY_REST) }
                    }
                    (width, _) => width,
                },
                (_, None) if empty => Width::Fixed(8),
                (_, None) => return None,
            };
            // Which nulls a predicate leaves out is not known; without them the estimate is on the safe side.
            let null = if index.partial { 0.0 } else { known.map_or(0.0, |known| known.nulls) };
            fields.push(Field { width, align: boundary(&part.align), null });
            if at < index.key_parts && !empty {
                distinct = (distinct * known?.distinct(relation.tuples)?).min(rows.max(1.0));
            }
        }
        let single =
            if index.key_parts == 1 && !index.partial { parts.first().and_then(|part| statistic(part)) } else { None };
        let common = single.and_then(|single| single.common.zip(single.common_share)).unwrap_or((0.0, 0.0));
        let options = super::tables::options(index.options.as_deref());
        let fillfactor = options.get("fillfactor").and_then(|value| value.parse().ok()).unwrap_or(90);
        Some(btree::Tree { fields, rows, distinct, common, deduplicated: self.deduplicates(index), fillfactor })
    }

    /// Whether building it stores equal keys once.
    fn deduplicates(&self, index: &IndexRow) -> bool {
        let keys = vector(&index.key);
        let off = super::tables::options(index.options.as_deref())
            .get("deduplicate_items")
            .is_some_and(|value| matches!(value.as_str(), "off" | "false" | "0" | "no"));
        let classes = vector(&index.classes);
        let collations = vector(&index.collations);
        self.major >= 13
            && !index.is_unique
            && keys.len() == index.key_parts
            && !off
            && classes.iter().all(|oid| self.storage.indexes.classes.get(oid).is_some_and(|class| class.equal_image))
            && collations.iter().all(|oid| {
                *oid == 0 || self.storage.columns.collations.get(oid).is_none_or(|found| found.deterministic)
            })
    }
}

/// Pages below which nobody cares.
const SMALLEST: i64 = 16;
/// Oid of `numeric`.
const NUMERIC: i64 = 1700;
/// What a row keeps of a value that was moved aside.
const TOAST_POINTER: u32 = 18;
/// Long values are cut so that four pieces fill a page.
const CHUNKS_PER_PAGE: f64 = 4.0;

fn pages(n: f64) -> Bytes {
    Bytes(n as u64 * PAGE)
}
