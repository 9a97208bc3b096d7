use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule, Settings, Severity, Subject};

use super::change;

pub(super) const RULE: Rule = Rule {
    id: "query-cache-on",
    title: "The query cache is on",
    engines: &[Engine::MySql],
    versions: "MariaDB 10.5+ (removed in MySQL 8.0)",
    area: Area::Memory,
    harm: Harm::Slowdown,
    limits: &[],
    explains: &[],
    wrong_when: "tables hardly ever change and the same few queries run again and again on few cores",
    do_not: "make it bigger when its hit ratio is low: invalidation then takes longer",
    lesson: include_str!("query_cache_on.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let on = settings.text("query_cache_type").is_some_and(|kind| !kind.eq_ignore_ascii_case("OFF") && kind != "0");
    let size = settings.bytes("query_cache_size").filter(|size| size.0 > 0);
    let Some(size) = size.filter(|_| on) else { return Ok(vec![]) };
    let cause = format!(
        "the query cache ({size}) is on: every write to a table takes one lock for all sessions to throw its results away"
    );
    Ok(vec![
        Finding::new(Severity::Warn, Subject::setting("query_cache_type"), cause)
            .catalog("query_cache_size", size, "SHOW GLOBAL VARIABLES")
            .fix(
                change::variable(case, "query_cache_type", "OFF")
                    .also_costs("set query_cache_size = 0 too; cache results in the application instead"),
            ),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{on_mariadb, on_mysql};
    use super::*;

    #[test]
    fn fires_when_on() {
        assert_eq!(on_mariadb(check, &[("query_cache_type", "ON"), ("query_cache_size", "1048576")], &[]).len(), 1);
    }

    #[test]
    fn fires_on_demand_too() {
        assert_eq!(
            on_mariadb(check, &[("query_cache_type", "DEMAND"), ("query_cache_size", "1048576")], &[])[0].subject.name,
            "query_cache_type"
        );
    }

    #[test]
    fn silent_when_off() {
        assert!(on_mariadb(check, &[("query_cache_type", "OFF"), ("query_cache_size", "1048576")], &[]).is_empty());
    }

    #[test]
    fn silent_when_empty_or_gone() {
        assert!(on_mysql(check, &[], &[]).is_empty());
    }
}
