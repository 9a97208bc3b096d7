//! What InnoDB keeps about its own trees: pages, leaf pages, row format.

use dbwright_model::catalog::ObjectName;
use dbwright_model::{Bytes, Case, Count, Name, Rows, Section, Settings, Why};
use serde::{Deserialize, Serialize};

use crate::session::{Session, Trouble};
use crate::statement::Statement;

const STATS: Statement = Statement::new(
    InnoDb::ID,
    "SELECT database_name AS s, table_name AS t, index_name AS i,
            MAX(CASE WHEN stat_name = 'size' THEN stat_value END) AS pages,
            MAX(CASE WHEN stat_name = 'n_leaf_pages' THEN stat_value END) AS leaves,
            MAX(UNIX_TIMESTAMP(last_update)) AS updated
     FROM mysql.innodb_index_stats WHERE database_name NOT IN ('mysql', 'sys')
     GROUP BY database_name, table_name, index_name",
);

const FREE: Statement = Statement::new(
    InnoDb::ID,
    "SELECT table_schema AS s, table_name AS t, data_free AS free, row_format AS format, table_rows AS n, avg_row_length AS len
     FROM information_schema.tables
     WHERE engine = 'InnoDB' AND table_schema NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')",
);

pub(crate) const STATEMENTS: &[Statement] = &[STATS, FREE];

/// InnoDB's tables and indexes from within.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct InnoDb {
    /// Indexes with persistent statistics, sorted by table and name. Partitions appear as `table#P#part`.
    pub indexes: Vec<IndexPages>,
    /// Tables, sorted by name.
    pub tables: Vec<TablePages>,
    /// Size of a page.
    pub page: Bytes,
}

impl Section for InnoDb {
    const ID: &'static str = "mysql.innodb";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "InnoDB's own statistics";
}

/// The pages of one index, as of the last ANALYZE or automatic recalculation.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct IndexPages {
    /// Its table.
    pub table: ObjectName,
    /// Its name.
    pub index: Name,
    /// Pages allocated.
    pub pages: Count,
    /// Pages that hold entries.
    pub leaves: Count,
    /// When that was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<jiff::Timestamp>,
}

/// The space of one table.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct TablePages {
    /// Its name.
    pub table: ObjectName,
    /// Free extents inside its file.
    pub free: Bytes,
    /// `Dynamic`, `Compact`, `Redundant`, `Compressed`.
    pub row_format: String,
    /// Estimated rows.
    pub rows: Rows,
    /// Average row length (data length / rows).
    pub row_length: Bytes,
}

#[derive(Deserialize)]
struct StatsRow {
    s: Name,
    t: Name,
    i: Name,
    pages: Option<u64>,
    leaves: Option<u64>,
    /// Seconds since 1970: the text would be in the server's time zone.
    updated: Option<f64>,
}

#[derive(Deserialize)]
struct FreeRow {
    s: Name,
    t: Name,
    free: Option<u64>,
    format: Option<String>,
    n: Option<u64>,
    len: Option<u64>,
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let page = case.get::<Settings>().ok().and_then(|settings| settings.number("innodb_page_size"));
    let Some(page) = page else {
        let trouble = Trouble::new(Why::Error, "innodb_page_size is not among the settings");
        return case.miss(trouble.gap(InnoDb::ID, None, None));
    };
    let tables = match session.rows::<FreeRow>(&FREE).await {
        Ok(rows) => rows,
        Err(trouble) => return case.miss(trouble.gap(InnoDb::ID, None, Some(session.grant("SELECT ON *.*")))),
    };
    let indexes = match session.rows::<StatsRow>(&STATS).await {
        Ok(rows) => rows,
        Err(trouble) => {
            let allow = session.grant("SELECT ON mysql.innodb_index_stats");
            case.miss(trouble.gap(InnoDb::ID, Some("pages of indexes"), Some(allow)));
            Vec::new()
        }
    };
    let mut innodb = InnoDb {
        indexes: indexes
            .into_iter()
            .filter_map(|row| {
                let table = ObjectName { schema: row.s, name: row.t };
                Some(IndexPages {
                    table,
                    index: row.i,
                    pages: Count(row.pages?),
                    leaves: Count(row.leaves?),
                    updated: row.updated.and_then(|seconds| jiff::Timestamp::from_second(seconds as i64).ok()),
                })
            })
            .collect(),
        tables: tables
            .into_iter()
            .filter_map(|row| {
                // A table that cannot be opened has none of these.
                Some(TablePages {
                    table: ObjectName { schema: row.s, name: row.t },
                    free: Bytes(row.free?),
                    row_format: row.format?,
                    rows: Rows(row.n?),
                    row_length: Bytes(row.len?),
                })
            })
            .collect(),
        page: Bytes(page as u64),
    };
    innodb.indexes.sort_by(|a, b| (&a.table, &a.index).cmp(&(&b.table, &b.index)));
    innodb.tables.sort_by(|a, b| a.table.cmp(&b.table));
    case.store(&innodb);
}
