use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Seconds, Severity, Subject, Undo,
};

use crate::sections::status::Status;

static A_DAY: Limit<Count> = Limit {
    what: "joins without index in a day",
    value: Count(1000),
    source: "MySQLTuner: 250; small tables are joined so rightly",
};
static WINDOW: Limit<Seconds> = Limit {
    what: "the counters are at least so old",
    value: Seconds::days(1.0),
    source: "load differs by the hour of the day",
};

pub(super) const RULE: Rule = Rule {
    id: "joins-without-index",
    title: "Joins read whole tables",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Indexes,
    harm: Harm::Slowdown,
    limits: &[&A_DAY, &WINDOW],
    explains: &[],
    wrong_when: "the joined tables are tiny and stay so",
    do_not: "raise join_buffer_size: it makes a missing index a little less slow",
    lesson: include_str!("joins_without_index.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let status = case.get::<Status>()?;
    let window = status.at_least(WINDOW.value)?;
    let joins = status.get("select_full_join").unwrap_or(0.0) / (window.0 / 86_400.0);
    if joins < A_DAY.value.0 as f64 {
        return Ok(vec![]);
    }
    let a_day = Count(joins as u64);
    Ok(vec![
        Finding::new(Severity::Info, Subject::server(), format!("{a_day} joins a day find no index on the joined table and read all of it"))
            .measured("joins without index a day", a_day, "Select_full_join")
            .measured("counters cover", window, "Uptime_since_flush_status")
            .fix(
                Fix::sql(
                    "SELECT digest_text, count_star, sum_select_full_join FROM performance_schema.events_statements_summary_by_digest WHERE sum_select_full_join > 0 ORDER BY sum_select_full_join DESC LIMIT 10;",
                    Undo::NotNeeded("it only reads".into()),
                )
                .cost("names the statements: index the columns they join by"),
            )
            .weight(joins),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mysql, on_mysql};
    use super::*;
    use dbwright_model::Settings;

    #[test]
    fn fires_when_many() {
        assert_eq!(on_mysql(check, &[], &[("select_full_join", 1e6)]).len(), 1);
    }

    #[test]
    fn fires_just_above() {
        assert_eq!(on_mysql(check, &[], &[("select_full_join", 7100.0)]).len(), 1);
    }

    #[test]
    fn silent_when_few() {
        assert!(on_mysql(check, &[], &[("select_full_join", 300.0)]).is_empty());
    }

    #[test]
    fn silent_while_the_counters_are_young() {
        assert!(check(&mysql(Settings::default(), Status::default().with("uptime", 600.0))).is_err());
    }
}
