use dbwright_model::finding::SubjectKind;
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Harm, Limit, NotEvaluated, Ratio, Rule, Seconds, Settings, Severity,
    Subject, Why, Workload,
};

use super::window::DAY;
use super::{change, window};

pub(super) const RULE: Rule = Rule {
    id: "pg-stat-statements-evicting",
    title: "Query counters are thrown out all the time",
    engines: &[Engine::Postgres],
    versions: "14–19",
    area: Area::Observability,
    harm: Harm::Hygiene,
    limits: &[&TURNS, &DAY],
    explains: &[],
    wrong_when: "the many shapes come from one tool whose queries do not matter",
    do_not: "reset the statistics often: it throws out everything instead of the rarest",
    lesson: include_str!("pg_stat_statements_evicting.md"),
    check,
};

static TURNS: Limit<Ratio> = Limit {
    what: "entries thrown out in a day, in sizes of the table",
    value: Ratio(1.0),
    source: "ours: when the whole table is replaced once a day, what it says about rare queries is chance",
};

fn check(case: &Case) -> Checked {
    let workload = case.get::<Workload>()?;
    let settings = case.get::<Settings>()?;
    let (Some(evicted), Some(since)) = (workload.evicted, workload.since) else {
        return Err(NotEvaluated::new(Why::Version, "evictions are counted from PostgreSQL 14 on"));
    };
    let Some(most) = settings.number("pg_stat_statements.max").filter(|most| *most > 0.0) else {
        return Err(NotEvaluated::new(Why::NotCollected, "pg_stat_statements.max is not known"));
    };
    let days = window::days(Some(Seconds(case.server.now.duration_since(since).as_secs_f64())))?;
    let turns = Ratio(evicted.0 as f64 / days / most);
    if turns < TURNS.value {
        return Ok(vec![]);
    }
    let offered = (most * 4.0).min(50_000.0);
    let mut finding = Finding::new(
        Severity::Info,
        Subject::new(SubjectKind::Extension, "pg_stat_statements"),
        format!("pg_stat_statements threw out {evicted} entries in {}, {turns} its size a day: queries are missing from every ranking", Seconds::days(days)),
    )
    .estimated("entries thrown out", evicted, "pg_stat_statements_info.dealloc × 5 % of the table")
    .catalog("entries it holds at most", Count(most as u64), "pg_settings: pg_stat_statements.max")
    .weight(turns.0);
    if offered > most {
        finding = finding.fix(change::setting_at_restart(case, "pg_stat_statements.max", &format!("{offered}")));
    }
    Ok(vec![finding])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn case(evicted: Option<u64>, hours: i64) -> Case {
        let mut case = pg(15).with(&Settings::default().with("pg_stat_statements.max", "5000"));
        case.server.now = jiff::Timestamp::from_second(1_000_000).unwrap();
        let since = jiff::Timestamp::from_second(1_000_000 - hours * 3600).unwrap();
        case.with(&Workload { evicted: evicted.map(Count), since: Some(since), ..Workload::default() })
    }

    #[test]
    fn fires_when_the_table_turns_over() {
        let found = check(&case(Some(50_000), 48)).unwrap();
        assert_eq!(found[0].fixes[0].statement, "ALTER SYSTEM SET pg_stat_statements.max = 20000;");
    }

    #[test]
    fn fires_at_once_a_day() {
        assert_eq!(check(&case(Some(5_000), 24)).unwrap().len(), 1);
    }

    #[test]
    fn silent_on_a_slow_turnover() {
        assert!(check(&case(Some(4_000), 24)).unwrap().is_empty());
        assert!(check(&case(Some(0), 240)).unwrap().is_empty());
    }

    #[test]
    fn silent_on_young_or_uncounted() {
        assert_eq!(check(&case(Some(50_000), 5)).unwrap_err().why, Why::Window);
        assert_eq!(check(&case(None, 48)).unwrap_err().why, Why::Version);
    }
}
