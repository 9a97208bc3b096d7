use dbwright_model::{Area, Case, Checked, Count, Engine, Harm, Limit, Rule, Settings, Severity};

use super::{change, setting};

static HIGH: Limit<Count> = Limit { what: "max_connections above", value: Count(1000), source: "pt-variable-advisor" };

pub(super) const RULE: Rule = Rule {
    id: "connection-limit-high",
    title: "The server takes more connections than it can serve",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Connections,
    harm: Harm::Slowdown,
    limits: &[&HIGH],
    explains: &[],
    wrong_when: "a thread pool or a proxy keeps the number of running ones small",
    do_not: "raise it whenever Too many connections appears: find the leak or bound the pools",
    lesson: include_str!("connection_limit_high.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let Some(max) = settings.number("max_connections").filter(|max| *max > HIGH.value.0 as f64) else {
        return Ok(vec![]);
    };
    let pooled = settings.text("thread_handling").is_some_and(|kind| kind.contains("pool"));
    if pooled {
        return Ok(vec![]);
    }
    let cause = format!(
        "max_connections is {max}: each connection may take its buffers, and when all run at once they wait for cores and latches"
    );
    Ok(vec![
        setting::finding(Severity::Info, "max_connections", cause, Count(max as u64))
            .fix(
                change::variable(case, "max_connections", "500")
                    .also_costs("bound the application's pools first; put ProxySQL in front of many instances"),
            )
            .weight(max),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{on_mariadb, on_mysql};
    use super::*;

    #[test]
    fn fires_above_a_thousand() {
        assert_eq!(on_mysql(check, &[("max_connections", "4000")], &[])[0].subject.name, "max_connections");
    }

    #[test]
    fn fires_just_above() {
        assert_eq!(on_mariadb(check, &[("max_connections", "1001")], &[]).len(), 1);
    }

    #[test]
    fn silent_at_a_thousand() {
        assert!(on_mysql(check, &[("max_connections", "1000")], &[]).is_empty());
    }

    #[test]
    fn silent_with_a_thread_pool() {
        assert!(
            on_mariadb(check, &[("max_connections", "4000"), ("thread_handling", "pool-of-threads")], &[]).is_empty()
        );
    }
}
