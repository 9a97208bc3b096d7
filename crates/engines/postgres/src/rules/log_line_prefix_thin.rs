use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule, Settings, Severity, Subject};

use super::change;

pub(super) const RULE: Rule = Rule {
    id: "log-line-prefix-thin",
    title: "Log lines do not say whose they are",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Observability,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "the log is written as csv or json, which carry everything",
    do_not: "put the prefix together by hand for each server: tools must recognise it everywhere",
    lesson: include_str!("log_line_prefix_thin.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let Some(prefix) = settings.text("log_line_prefix").filter(|prefix| *prefix != "(set)") else { return Ok(vec![]) };
    let structured = settings.text("log_destination").is_some_and(|to| to.contains("csvlog") || to.contains("jsonlog"));
    let has = |escapes: &[&str]| escapes.iter().any(|escape| prefix.contains(escape));
    let lacking: Vec<&str> = [
        ("time", has(&["%t", "%m", "%n"])),
        ("process", has(&["%p", "%c"])),
        ("user", has(&["%u"])),
        ("database", has(&["%d"])),
    ]
    .into_iter()
    .filter(|(_, there)| !there)
    .map(|(what, _)| what)
    .collect();
    if structured || lacking.is_empty() {
        return Ok(vec![]);
    }
    let cause =
        format!("log_line_prefix lacks {}: an error in the log cannot be traced to who caused it", lacking.join(", "));
    Ok(vec![
        Finding::new(Severity::Info, Subject::setting("log_line_prefix"), cause)
            .catalog("log_line_prefix", prefix, "pg_settings.setting")
            .fix(
                change::setting(case, "log_line_prefix", "'%m [%p] %q%u@%d app=%a client=%h '")
                    .cost("tools that parse the log must learn the new prefix; dbwright and pgBadger detect it"),
            ),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn found(settings: Settings) -> Vec<Finding> {
        check(&pg(15).with(&settings)).unwrap()
    }

    #[test]
    fn fires_without_user_and_database() {
        assert!(found(Settings::default().with("log_line_prefix", "%m [%p] "))[0].cause.contains("user, database"));
    }

    #[test]
    fn fires_when_empty() {
        assert_eq!(found(Settings::default().with("log_line_prefix", "")).len(), 1);
    }

    #[test]
    fn silent_when_complete() {
        assert!(found(Settings::default().with("log_line_prefix", "%t [%p] %u@%d ")).is_empty());
    }

    #[test]
    fn silent_when_the_log_is_structured() {
        assert!(found(Settings::default().with("log_line_prefix", "").with("log_destination", "jsonlog")).is_empty());
    }
}
