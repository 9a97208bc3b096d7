use dbwright_model::finding::SubjectKind;
use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, Undo};
use dbwright_sql::Dialect;

use crate::sections::extensions::{Extension, Extensions};

pub(super) const RULE: Rule = Rule {
    id: "extension-outdated",
    title: "An extension is older than its files",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Maintenance,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "the older version is pinned on purpose, or a dump must be loaded on an older server",
    do_not: "drop the extension and create it anew: CASCADE takes columns, indexes and functions that use it along",
    lesson: include_str!("extension_outdated.md"),
    check,
};

fn check(case: &Case) -> Checked {
    Ok(case.get::<Extensions>()?.installed.iter().filter_map(finding).collect())
}

fn finding(extension: &Extension) -> Option<Finding> {
    let offered =
        extension.offered.as_deref().filter(|offered| *offered != extension.version && extension.updatable)?;
    let name = Dialect::Postgres.quote(&extension.name);
    Some(
        Finding::new(
            Severity::Info,
            Subject::new(SubjectKind::Extension, &extension.name),
            format!(
                "extension {} has the objects of version {} where the server's files are of version {offered}",
                extension.name, extension.version
            ),
        )
        .catalog("installed", extension.version.clone(), "pg_extension.extversion")
        .catalog("offered", offered, "pg_available_extensions.default_version")
        .fix(
            Fix::sql(
                format!("ALTER EXTENSION {name} UPDATE;"),
                Undo::Impossible("few extensions have scripts that go back; try it on a copy first".into()),
            )
            .lock("ACCESS EXCLUSIVE on the extension's own objects for a moment")
            .cost("in each database that has it; read the extension's notes first")
            .verify(format!(
                "SELECT extversion FROM pg_extension WHERE extname = {};",
                Dialect::Postgres.literal(&extension.name)
            )),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn found(version: &str, offered: Option<&str>, updatable: bool) -> Vec<Finding> {
        let extension = Extension {
            name: "uuid-ossp".into(),
            version: version.into(),
            offered: offered.map(Into::into),
            updatable,
            ..Extension::default()
        };
        check(&pg(15).with(&Extensions { installed: vec![extension], ..Extensions::default() })).unwrap()
    }

    #[test]
    fn fires_with_a_quoted_name() {
        assert_eq!(found("1.0", Some("1.1"), true)[0].fixes[0].statement, "ALTER EXTENSION \"uuid-ossp\" UPDATE;");
    }

    #[test]
    fn fires_on_any_other_version_with_a_way() {
        assert_eq!(found("3.4.0", Some("3.10.1"), true).len(), 1);
    }

    #[test]
    fn silent_when_equal_or_without_files() {
        assert!(found("1.1", Some("1.1"), false).is_empty());
        assert!(found("1.1", None, false).is_empty());
    }

    #[test]
    fn silent_without_a_way() {
        assert!(found("2.0", Some("1.1"), false).is_empty());
    }
}
