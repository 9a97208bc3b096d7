use dbwright_model::finding::SubjectKind;
use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rule, Settings, Severity, Subject, Undo, Workload,
};
use dbwright_sql::Dialect;

use super::change;
use crate::sections::databases::Databases;
use crate::sections::extensions::Extensions;

pub(super) const RULE: Rule = Rule {
    id: "pg-stat-statements-missing",
    title: "Nothing counts what the queries cost",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Observability,
    harm: Harm::Hygiene,
    limits: &[&DATA],
    explains: &[],
    wrong_when: "the extension is installed in another database of the same server, which shows the queries of all, or another monitor counts them",
    do_not: "log every statement instead (log_min_duration_statement = 0): on a busy server the log becomes the bottleneck",
    lesson: include_str!("pg_stat_statements_missing.md"),
    check,
};

static DATA: Limit<Bytes> = Limit {
    what: "data on the server, from which on this is a warning",
    value: Bytes::gib(10),
    source: "ours: at that size one cannot guess any more which query is the expensive one",
};

fn check(case: &Case) -> Checked {
    let extensions = case.get::<Extensions>()?;
    if extensions.counts_statements || case.get::<Workload>().is_ok() {
        return Ok(vec![]);
    }
    let settings = case.get::<Settings>()?;
    let data = case.server.data.or_else(|| case.get::<Databases>().ok().and_then(Databases::data));
    let severity = match data {
        Some(data) if data.0 >= DATA.value.0 => Severity::Warn,
        _ => Severity::Info,
    };
    let loaded = settings.text("shared_preload_libraries").unwrap_or("");
    let create =
        Fix::sql("CREATE EXTENSION pg_stat_statements;", Undo::Statement("DROP EXTENSION pg_stat_statements;".into()))
            .cost("a few percent of CPU at most, and some MB of shared memory")
            .verify("SELECT count(*) FROM pg_stat_statements;");
    let mut finding = Finding::new(
        severity,
        Subject::new(SubjectKind::Extension, "pg_stat_statements"),
        "pg_stat_statements is not installed: nobody can tell which queries use the time, now or after an incident",
    )
    .catalog("shared_preload_libraries", if loaded.is_empty() { "(empty)" } else { loaded }, "pg_settings.setting");
    if !loaded.split(',').any(|library| library.trim() == "pg_stat_statements") {
        let list = match loaded.is_empty() {
            true => "pg_stat_statements".to_owned(),
            false => format!("{loaded}, pg_stat_statements"),
        };
        let literals: Vec<String> = list.split(',').map(|name| Dialect::Postgres.literal(name.trim())).collect();
        finding = finding.fix(change::setting_at_restart(case, "shared_preload_libraries", &literals.join(", ")));
    }
    Ok(vec![finding.fix(create)])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn found(installed: bool, preload: &str, data: Bytes) -> Vec<Finding> {
        let extensions = Extensions { counts_statements: installed, ..Extensions::default() };
        let settings = Settings::default().with("shared_preload_libraries", preload);
        let mut case = pg(15).with(&extensions).with(&settings);
        case.server.data = Some(data);
        check(&case).unwrap()
    }

    #[test]
    fn fires_keeping_what_is_loaded_already() {
        let found = found(false, "auto_explain", Bytes::gib(1));
        assert_eq!(
            found[0].fixes[0].statement,
            "ALTER SYSTEM SET shared_preload_libraries = 'auto_explain', 'pg_stat_statements';"
        );
        assert_eq!(found[0].severity, Severity::Info);
    }

    #[test]
    fn fires_as_a_warning_on_much_data() {
        let found = found(false, "pg_stat_statements", Bytes::gib(10));
        assert_eq!((found[0].severity, found[0].fixes.len()), (Severity::Warn, 1));
    }

    #[test]
    fn silent_when_installed() {
        assert!(found(true, "pg_stat_statements", Bytes::gib(50)).is_empty());
    }

    #[test]
    fn silent_when_the_workload_is_known_anyway() {
        let case = pg(15).with(&Extensions::default()).with(&Settings::default()).with(&Workload::default());
        assert!(check(&case).unwrap().is_empty());
    }
}
