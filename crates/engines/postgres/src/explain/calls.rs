//! What a query calls: whether executing it may do more than read.

use std::collections::BTreeSet;

use dbwright_sql::{Dialect, TokenKind, Tokens};
use serde::Deserialize;

use crate::session::Session;
use crate::statement::Statement;

/// Functions and operators of these names that are not known to be harmless by where they come from.
pub(super) const CALLED: Statement = Statement::new(
    "plans",
    "SELECT DISTINCT p.proname::text AS name, n.nspname = 'pg_catalog' AS builtin, p.provolatile = 'v' AS volatile, \
     EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e') AS extension \
     FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \
     WHERE p.proname = ANY (ARRAY[{names}]::name[]) AND n.nspname <> 'information_schema' AND (n.nspname <> 'pg_catalog' OR p.provolatile = 'v') \
     UNION SELECT o.oprname::text, false, p.provolatile = 'v', \
     EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_operator'::regclass AND d.objid = o.oid AND d.deptype = 'e') \
     FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace JOIN pg_proc p ON p.oid = o.oprcode \
     WHERE o.oprname = ANY (ARRAY[{operators}]::name[]) AND n.nspname <> 'pg_catalog'",
);

/// Volatile functions that only read or make something up.
const HARMLESS: &[&str] = &[
    "array_sample",
    "array_shuffle",
    "bernoulli",
    "clock_timestamp",
    "current_query",
    "currval",
    "gen_random_bytes",
    "gen_random_uuid",
    "gen_salt",
    "lastval",
    "pg_blocking_pids",
    "pg_column_size",
    "pg_current_wal_flush_lsn",
    "pg_current_wal_insert_lsn",
    "pg_current_wal_lsn",
    "pg_database_size",
    "pg_indexes_size",
    "pg_is_in_recovery",
    "pg_is_wal_replay_paused",
    "pg_jit_available",
    "pg_last_wal_receive_lsn",
    "pg_last_wal_replay_lsn",
    "pg_last_xact_replay_timestamp",
    "pg_lock_status",
    "pg_notification_queue_usage",
    "pg_partition_ancestors",
    "pg_partition_tree",
    "pg_prepared_xact",
    "pg_relation_size",
    "pg_safe_snapshot_blocking_pids",
    "pg_sequence_last_value",
    "pg_table_size",
    "pg_tablespace_size",
    "pg_total_relation_size",
    "pg_xact_commit_timestamp",
    "pg_xact_status",
    "random",
    "random_normal",
    "setseed",
    "system",
    "timeofday",
    "txid_status",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
];

/// Extensions' functions that reach out of the transaction.
const REACHES_OUT: &[&str] = &["dblink", "postgres_fdw", "pg_background", "http", "cron"];

/// What speaks against executing a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Doubt {
    /// It is known to do more than read: it is never executed.
    Certain(String),
    /// Nobody here knows what it does.
    Unknown(String),
}

#[derive(Deserialize)]
struct Called {
    name: String,
    builtin: bool,
    volatile: bool,
    extension: bool,
}

impl Called {
    fn doubt(&self) -> Option<Doubt> {
        let name = self.name.as_str();
        let counters = self.builtin && name.starts_with("pg_stat_get_");
        if counters || (HARMLESS.contains(&name) && (self.builtin || self.extension)) {
            return None;
        }
        if self.builtin {
            return Some(Doubt::Certain(format!("{name}() may write, wait or reach out of the query")));
        }
        if self.extension && REACHES_OUT.iter().any(|prefix| name.starts_with(prefix)) {
            return Some(Doubt::Certain(format!("{name}() reaches out of the server")));
        }
        match self.extension && !self.volatile {
            true => None,
            false => Some(Doubt::Unknown(format!("nothing is known of what {name} does, a function of this database"))),
        }
    }
}

/// The names of what is called, and the operators, in a text of SQL.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    functions: BTreeSet<String>,
    operators: BTreeSet<String>,
}

impl Names {
    /// Adds those of a text: a query, or an expression as the server prints it.
    pub(super) fn add(&mut self, text: &str) {
        let mut before: Option<String> = None;
        let mut operator = String::new();
        for token in Tokens::new(text, Dialect::Postgres) {
            let is_operator = matches!(token.kind, TokenKind::Symbol | TokenKind::Parameter)
                && token.text.chars().all(|c| "+-*/<>=~!@#%^&|`?".contains(c));
            if is_operator {
                operator.push_str(token.text);
                continue;
            }
            if !operator.is_empty() {
                self.operators.insert(std::mem::take(&mut operator));
            }
            before = match token.kind {
                TokenKind::Space | TokenKind::Comment => before,
                TokenKind::Word => Some(token.text.to_lowercase()),
                TokenKind::QuotedName => Some(token.text.trim_matches('"').replace("\"\"", "\"")),
                TokenKind::Symbol if token.text == "(" => {
                    self.functions.extend(before);
                    None
                }
                _ => None,
            };
        }
        self.operators.extend(Some(operator).filter(|operator| !operator.is_empty()));
    }

    /// Adds those of every text in a plan as the server returned it.
    pub(super) fn add_plan(&mut self, plan: &str) {
        let Ok(plan) = serde_json::from_str::<serde_json::Value>(plan) else { return };
        let mut rest = vec![&plan];
        while let Some(value) = rest.pop() {
            match value {
                serde_json::Value::String(text) => self.add(text),
                serde_json::Value::Array(items) => rest.extend(items),
                serde_json::Value::Object(fields) => {
                    // A function that is read like a table stands there by its name alone.
                    self.functions
                        .extend(fields.get("Function Name").and_then(|name| name.as_str()).map(str::to_owned));
                    rest.extend(fields.values());
                }
                _ => {}
            }
        }
    }

    /// What speaks against executing what was added; the worst of it.
    pub(super) async fn doubt(&self, session: &mut Session) -> Option<Doubt> {
        let list = |names: &BTreeSet<String>| {
            names.iter().map(|name| Dialect::Postgres.literal(name)).collect::<Vec<_>>().join(", ")
        };
        let sql = CALLED.sql.replace("{names}", &list(&self.functions)).replace("{operators}", &list(&self.operators));
        let called: Vec<Called> = match session.rows_as(&CALLED, &sql).await {
            Ok(called) => called,
            Err(trouble) => return Some(Doubt::Unknown(format!("what it calls is not known: {trouble}"))),
        };
        let doubts: Vec<Doubt> = called.iter().filter_map(Called::doubt).collect();
        doubts.iter().find(|doubt| matches!(doubt, Doubt::Certain(_))).or(doubts.first()).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_and_operators_are_named() {
        let mut names = Names::default();
        names.add("SELECT app.\"Grow\"(a) , now (), count(*) FROM t WHERE x <~> y AND note = 'f(1)'");
        assert_eq!(names.functions.iter().collect::<Vec<_>>(), ["Grow", "count", "now"]);
        assert!(names.operators.contains("<~>") && names.operators.contains("="));
        let mut names = Names::default();
        names.add_plan(r#"[{"Plan": {"Function Name": "grow", "Output": ["lower(a)"]}}]"#);
        assert_eq!(names.functions.into_iter().collect::<Vec<_>>(), ["grow", "lower"]);
    }

    #[test]
    fn what_is_known_is_told_from_what_is_not() {
        let doubt = |name: &str, builtin, volatile, extension| {
            Called { name: name.into(), builtin, volatile, extension }.doubt()
        };
        assert!(matches!(doubt("pg_sleep", true, true, false), Some(Doubt::Certain(_))));
        assert!(matches!(doubt("dblink_exec", false, true, true), Some(Doubt::Certain(_))));
        assert!(matches!(doubt("grow", false, false, false), Some(Doubt::Unknown(_))));
        assert_eq!(doubt("random", true, true, false), None);
        assert_eq!(doubt("pg_stat_get_io", true, true, false), None);
        assert_eq!(doubt("similarity", false, false, true), None);
        // A function of the user's that is called like a harmless one is not that one.
        assert!(doubt("random", false, true, false).is_some());
    }
}
