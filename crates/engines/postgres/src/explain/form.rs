//! Which `EXPLAIN` a version understands, and what has to go before it.

use dbwright_model::room::StatementInfo;
use dbwright_sql::Question;

use crate::session::Alone;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The plan.
    Planned,
    /// The plan of a query with parameters whose values nobody gave.
    Generic,
    /// The plan, and what happened when the query was executed by it.
    Executed,
}

/// The name under which a query with parameters is prepared.
const PREPARED: &str = "dbwright_why";
/// The first version with `GENERIC_PLAN`.
const GENERIC_PLAN: u32 = 16;

/// The statements of a question, each to be sent by itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) setup: &'static str,
    pub(super) texts: Vec<String>,
    pub(super) cleanup: &'static str,
    /// Where the query begins in the text that holds it, in characters.
    pub(super) offset: usize,
    /// Its parameters stay without values.
    pub(super) unbound: bool,
}

impl Asked {
    pub(super) fn alone(&self) -> Alone<'_> {
        Alone { setup: self.setup, texts: &self.texts, cleanup: self.cleanup, unbound: self.unbound }
    }
}

impl Form {
    fn options(self, major: u32) -> &'static str {
        match self {
            Form::Executed => "ANALYZE, BUFFERS, VERBOSE, SETTINGS, SUMMARY, FORMAT JSON",
            Form::Generic if major >= GENERIC_PLAN => "GENERIC_PLAN, VERBOSE, SETTINGS, SUMMARY, FORMAT JSON",
            Form::Planned | Form::Generic => "VERBOSE, SETTINGS, SUMMARY, FORMAT JSON",
        }
    }

    /// The statements for a server of that version.
    pub(super) fn ask(self, major: u32, query: &str, parameters: usize) -> Asked {
        let options = self.options(major);
        if self == Form::Generic && major < GENERIC_PLAN {
            let nulls = vec!["NULL"; parameters].join(", ");
            let prepare = format!("PREPARE {PREPARED} AS ");
            return Asked {
                setup: "; SET LOCAL plan_cache_mode = force_generic_plan",
                offset: prepare.chars().count(),
                texts: vec![
                    format!("{prepare}{query}"),
                    format!("EXPLAIN /* dbwright */ ({options}) EXECUTE {PREPARED}({nulls})"),
                ],
                cleanup: "; DEALLOCATE dbwright_why",
                unbound: false,
            };
        }
        let explain = format!("EXPLAIN /* dbwright */ ({options}) ");
        Asked {
            setup: "",
            offset: explain.chars().count(),
            texts: vec![format!("{explain}{query}")],
            cleanup: "",
            unbound: self == Form::Generic,
        }
    }
}

/// The highest number among the parameters of a query: so many values it takes.
pub(super) fn parameters(question: &Question<'_>) -> usize {
    let numbers = question.parameters.iter().filter_map(|name| name.strip_prefix('$')?.parse::<usize>().ok());
    // More than a statement may have is the server's to refuse.
    numbers.max().unwrap_or(0).min(65_535)
}

/// Everything that may be sent, for `--show-statements`.
pub(super) fn statements() -> Vec<StatementInfo> {
    [("12+", Form::Planned, 12), ("16+", Form::Generic, 16), ("<16", Form::Generic, 12), ("12+", Form::Executed, 12)]
        .into_iter()
        .map(|(versions, form, major)| {
            let asked = form.ask(major, "…", 1);
            let text =
                format!("BEGIN READ ONLY{};\n{};\nROLLBACK{};", asked.setup, asked.texts.join(";\n"), asked.cleanup);
            StatementInfo { section: "plans", versions, text }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dbwright_sql::Dialect;

    #[test]
    fn a_version_is_asked_what_it_understands() {
        assert!(Form::Executed.ask(12, "SELECT 1", 0).texts[0].ends_with("FORMAT JSON) SELECT 1"));
        let generic = |major| Form::Generic.ask(major, "SELECT $1, $2", 2);
        assert!(generic(16).texts[0].contains("GENERIC_PLAN"));
        let old = generic(15);
        assert_eq!(old.texts[0], "PREPARE dbwright_why AS SELECT $1, $2");
        assert!(old.texts[1].ends_with("EXECUTE dbwright_why(NULL, NULL)"));
        assert_eq!(&old.texts[0][old.offset..], "SELECT $1, $2");
        assert_eq!(&generic(18).texts[0][generic(18).offset..], "SELECT $1, $2");
    }

    #[test]
    fn parameters_are_counted_by_their_numbers() {
        let count = |text| parameters(&Question::read(text, Dialect::Postgres).unwrap());
        assert_eq!(count("SELECT $2, $1, $2"), 2);
        assert_eq!(count("SELECT 1"), 0);
        assert_eq!(count("SELECT $99999999999999999999"), 0);
    }
}
