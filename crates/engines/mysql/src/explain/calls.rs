//! What a query calls: whether executing it may do more than read.

use std::collections::BTreeSet;

use dbwright_sql::{Dialect, TokenKind, Tokens};
use serde::Deserialize;

use crate::session::Session;
use crate::statement::Statement;

/// Stored functions of these names, in any database.
pub(super) const STORED: Statement = Statement::new(
    "plans",
    "SELECT DISTINCT routine_name AS name FROM information_schema.routines
     WHERE routine_type = 'FUNCTION' AND routine_schema <> 'sys' AND LOWER(routine_name) IN ({names})",
);

/// What views of these names, in any database, are made of: the server opens only those that it merges into the query.
pub(super) const VIEWS: Statement = Statement::new(
    "plans",
    "SELECT table_name AS name, view_definition AS definition FROM information_schema.views
     WHERE table_schema NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema') AND LOWER(table_name) IN ({names})",
);

/// Functions loaded from libraries.
pub(super) const LOADED_MYSQL: Statement = Statement::new(
    "plans",
    "SELECT udf_name AS name FROM performance_schema.user_defined_functions
     WHERE udf_library IS NOT NULL AND LOWER(udf_name) IN ({names})",
)
.mysql();

/// See [`LOADED_MYSQL`].
pub(super) const LOADED_MARIADB: Statement =
    Statement::new("plans", "SELECT name AS name FROM mysql.func WHERE LOWER(name) IN ({names})").mariadb();

/// Functions of the server that wait, lock, write, read files or reach out.
const NOT_ONLY_READING: &[&str] = &[
    "benchmark",
    "get_lock",
    "load_file",
    "master_gtid_wait",
    "master_pos_wait",
    "nextval",
    "release_all_locks",
    "release_lock",
    "setval",
    "sleep",
    "source_pos_wait",
    "spider_bg_direct_sql",
    "spider_copy_tables",
    "spider_direct_sql",
    "spider_flush_table_mon_cache",
    "sys_eval",
    "sys_exec",
    "wait_for_executed_gtid_set",
    "wait_until_sql_thread_after_gtids",
];

/// What speaks against executing a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Doubt {
    /// It is known to do more than read: it is never executed.
    Certain(String),
    /// Nobody here knows what it does.
    Unknown(String),
}

/// The names of what is called in texts of SQL, in lower case.
#[derive(Debug, Default)]
pub(super) struct Names {
    called: BTreeSet<String>,
    /// Those that the server writes with their database: stored functions.
    stored: BTreeSet<String>,
    /// Every other name that stands in them.
    mentioned: BTreeSet<String>,
    /// `NEXT VALUE FOR`.
    draws: bool,
}

#[derive(Deserialize)]
struct View {
    name: String,
    definition: Option<String>,
}

#[derive(Deserialize)]
struct Found {
    name: String,
}

impl Names {
    /// Adds those of a text: the query as given, or as the server understood it, with its views opened.
    pub(super) fn add(&mut self, text: &str) {
        let mut before: Vec<(TokenKind, &str)> = Vec::new();
        for token in Tokens::new(text, Dialect::MySql) {
            if matches!(token.kind, TokenKind::Space | TokenKind::Comment) {
                continue;
            }
            if token.text == "("
                && let Some((kind @ (TokenKind::Word | TokenKind::QuotedName), name)) = before.last()
            {
                let name = name.trim_matches('`').to_lowercase();
                let mut above = before.iter().rev().skip(1).map(|(_, text)| *text);
                let qualified = above.next() == Some(".") && above.next() != Some("`sys`");
                if *kind == TokenKind::QuotedName && qualified {
                    self.stored.insert(name.clone());
                }
                self.called.insert(name);
            }
            if matches!(token.kind, TokenKind::Word | TokenKind::QuotedName) {
                self.mentioned.insert(token.text.trim_matches('`').to_lowercase());
            }
            before.push((token.kind, token.text));
        }
        let words: Vec<String> = before.iter().map(|(_, text)| text.to_ascii_lowercase()).collect();
        let draw = |three: &[String]| matches!(three, [a, b, c] if a == "next" && b == "value" && c == "for");
        self.draws |= words.windows(3).any(draw);
    }

    /// Adds what the views are made of that are mentioned, and the views in those.
    async fn open_views(&mut self, session: &mut Session) -> Option<Doubt> {
        let mut opened: BTreeSet<String> = BTreeSet::new();
        loop {
            let closed: Vec<&String> = self.mentioned.difference(&opened).collect();
            if closed.is_empty() {
                return None;
            }
            let sql = VIEWS.sql.replace("{names}", &list(closed));
            opened.extend(self.mentioned.iter().cloned());
            let views = match session.rows_as::<View>(&VIEWS, &sql).await {
                Ok(views) => views,
                Err(trouble) => return Some(Doubt::Unknown(format!("what its views do is not known: {trouble}"))),
            };
            for view in views {
                match view.definition.filter(|text| !text.is_empty()) {
                    Some(text) => self.add(&text),
                    None => return Some(Doubt::Unknown(format!("the view {} hides what it is made of", view.name))),
                }
            }
        }
    }

    /// What speaks against executing what was added; the worst of it.
    pub(super) async fn doubt(&mut self, session: &mut Session) -> Option<Doubt> {
        let hidden = self.open_views(session).await;
        if let Some(name) = self.called.iter().find(|name| NOT_ONLY_READING.contains(&name.as_str())) {
            return Some(Doubt::Certain(format!("{name}() may write, wait or reach out of the query")));
        }
        if self.draws {
            return Some(Doubt::Certain("NEXT VALUE FOR draws from a sequence".into()));
        }
        let unknown =
            |name: &str| Some(Doubt::Unknown(format!("nothing is known of what the stored function {name} does")));
        if let Some(name) = self.stored.first() {
            return unknown(name);
        }
        if hidden.is_some() {
            return hidden;
        }
        if self.called.is_empty() {
            return None;
        }
        let names = list(&self.called);
        let sql = |statement: &Statement| statement.sql.replace("{names}", &names);
        match session.rows_as::<Found>(&STORED, &sql(&STORED)).await {
            Ok(found) => {
                if let Some(found) = found.first() {
                    return unknown(&found.name);
                }
            }
            Err(trouble) => return Some(Doubt::Unknown(format!("what it calls is not known: {trouble}"))),
        }
        // Without the privilege to see them there is nothing to be told of.
        for statement in [LOADED_MYSQL, LOADED_MARIADB] {
            let found = session.rows_as::<Found>(&statement, &sql(&statement)).await.unwrap_or_default();
            if let Some(found) = found.first() {
                return Some(Doubt::Unknown(format!("{} is loaded from a library", found.name)));
            }
        }
        None
    }
}

/// Names as a list of literals.
fn list<'n>(names: impl IntoIterator<Item = &'n String>) -> String {
    names.into_iter().map(|name| Dialect::MySql.literal(name)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_named() {
        let mut names = Names::default();
        names.add("select `shop`.`grow`(`a`), count(*), upper (b) from t where c in (1) and d = 'sleep(1)'");
        assert_eq!(names.called.iter().collect::<Vec<_>>(), ["count", "grow", "in", "upper"]);
        assert_eq!(names.stored.iter().collect::<Vec<_>>(), ["grow"]);
        assert!(names.mentioned.contains("shop") && !names.draws);
        names.add("select `sys`.`format_bytes`(1)");
        assert_eq!(names.stored.len(), 1, "the server's own functions only read");
        names.add("SELECT NEXT VALUE FOR s");
        assert!(names.draws);
    }
}
