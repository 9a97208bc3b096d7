use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, NotEvaluated, Rule, Severity, Subject, Undo, Why,
};

use super::missing;
use crate::sections::configuration::{Configuration, FileError};

pub(super) const RULE: Rule = Rule {
    id: "configuration-file-error",
    title: "The configuration file has a line the server does not take",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Maintenance,
    harm: Harm::Outage,
    limits: &[],
    explains: &[],
    wrong_when: "somebody is editing the file at this moment",
    do_not: "restart to see what happens: a running server keeps its old settings, a stopped one does not start with this file",
    lesson: include_str!("configuration_file_error.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let configuration = case.get::<Configuration>()?;
    missing::unless_read(case, "postgres.configuration", "files")?;
    let Some(files) = &configuration.files else {
        return Err(NotEvaluated::new(Why::NotCollected, "the configuration files were not read"));
    };
    Ok(files.errors.iter().map(|error| finding(error, files.held_up)).collect())
}

fn finding(error: &FileError, held_up: Count) -> Finding {
    let at = format!("{}:{}", error.file, error.line);
    let name = error.name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    let what = format!("{name}{}", error.error);
    let cause =
        format!("the server does not take the line at {at} ({what}): with it in the file, the next start fails");
    let (line, file) = (error.line, shell(error.file.as_str()));
    let comment_out = Fix::of(
        FixKind::Shell,
        format!("sed -i.bak '{line}s/^/# /' {file}"),
        Undo::Statement(format!("mv {} {file}", shell(&format!("{}.bak", error.file)))),
    )
    .cost("comments the line out, on the server's host; then SELECT pg_reload_conf(), and write the line anew as it was meant")
    .verify("SELECT sourcefile, sourceline, name, error FROM pg_file_settings WHERE error IS NOT NULL;");
    let mut found = Finding::new(Severity::Error, Subject::setting(at), cause).catalog(
        "error",
        what.as_str(),
        "pg_file_settings.error",
    );
    if held_up.0 > 0 {
        found = found.measured("other lines that are not in force because of it", held_up, "pg_file_settings.applied");
    }
    found.fix(comment_out)
}

fn shell(path: &str) -> String {
    format!("'{}'", path.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use dbwright_model::Gap;

    use super::super::bench::pg;
    use super::*;
    use crate::sections::configuration::Files;

    fn found(errors: Vec<FileError>) -> Vec<Finding> {
        let files = Some(Files { errors, held_up: Count(3) });
        check(&pg(15).with(&Configuration { files, ..Configuration::default() })).unwrap()
    }

    fn error(name: Option<&str>, error: &str) -> FileError {
        let file = "/etc/postgresql/it's.conf".into();
        FileError { file, line: 12, name: name.map(Into::into), error: error.into() }
    }

    #[test]
    fn fires_on_a_line_that_cannot_be_read() {
        let found = found(vec![error(None, "syntax error")]);
        assert_eq!(
            (found[0].severity, found[0].subject.name.as_str()),
            (Severity::Error, "/etc/postgresql/it's.conf:12")
        );
        assert_eq!(found[0].fixes[0].statement, "sed -i.bak '12s/^/# /' '/etc/postgresql/it'\\''s.conf'");
    }

    #[test]
    fn fires_on_a_name_that_is_none() {
        let found = found(vec![error(Some("wrok_mem"), "unrecognized configuration parameter")]);
        assert!(found[0].cause.contains("wrok_mem: unrecognized"), "{}", found[0].cause);
    }

    #[test]
    fn silent_on_sound_files() {
        assert!(found(vec![]).is_empty());
    }

    #[test]
    fn silent_without_the_privilege() {
        let mut case = pg(15).with(&Configuration::default());
        case.miss(Gap {
            section: "postgres.configuration".into(),
            part: Some("files".into()),
            why: Why::Privilege,
            detail: "permission denied for view pg_file_settings".into(),
            allow: Some("GRANT SELECT ON pg_catalog.pg_file_settings TO me;".into()),
        });
        let reason = check(&case).unwrap_err();
        assert!(reason.why == Why::Privilege && reason.allow.is_some());
    }
}
