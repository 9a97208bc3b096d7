use dbwright_model::finding::{FixKind, Subject};
use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Undo, Workload};

static LOST: Limit<Count> = Limit {
    what: "calls counted without their text",
    value: Count(1000),
    source: "own choice: fewer change no picture",
};

pub(super) const RULE: Rule = Rule {
    id: "digest-table-overflowing",
    title: "Statements are no longer counted by their text",
    engines: &[Engine::MySql],
    versions: "all, with performance_schema",
    area: Area::Observability,
    harm: Harm::Hygiene,
    limits: &[&LOST],
    explains: &[],
    wrong_when: "a migration or an import sent many different statements once",
    do_not: "truncate the table in a cron job: the history of everything else goes with it",
    lesson: include_str!("digest_table_overflowing.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let workload = case.get::<Workload>()?;
    let Some(lost) = workload.evicted.filter(|lost| lost.0 >= LOST.value.0) else { return Ok(vec![]) };
    let cause = format!(
        "{lost} calls are counted in the row for everything that did not fit: the picture of the workload has a hole"
    );
    Ok(vec![
        Finding::new(Severity::Info, Subject::setting("performance_schema_digests_size"), cause)
            .measured("calls without text", lost, "events_statements_summary_by_digest, digest IS NULL")
            .fix(
                Fix::of(
                    FixKind::Config,
                    "performance_schema_digests_size = 20000",
                    Undo::NotNeeded("remove the line and restart".into()),
                )
                .cost("a restart, and about 1 kB of memory a digest"),
            )
            .weight(lost.0 as f64),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::mysql;

    fn with(lost: Option<u64>) -> Vec<Finding> {
        check(&mysql(&Workload { evicted: lost.map(Count), ..Workload::default() })).unwrap()
    }

    #[test]
    fn fires_when_many_calls_have_no_text() {
        assert_eq!(with(Some(50_000)).len(), 1);
    }

    #[test]
    fn fires_at_the_limit() {
        assert_eq!(with(Some(1000)).len(), 1);
    }

    #[test]
    fn silent_when_few_were_lost() {
        assert!(with(Some(3)).is_empty());
    }

    #[test]
    fn silent_when_unknown() {
        assert!(with(None).is_empty());
    }
}
