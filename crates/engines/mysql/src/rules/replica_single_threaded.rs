use dbwright_model::{
    Area, Case, Checked, Count, Engine, Fix, Harm, Limit, NotEvaluated, Product, Rule, Seconds, Settings, Severity,
    Undo, Why,
};

use super::{change, setting};
use crate::sections::replication::Replication;

static BEHIND: Limit<Seconds> =
    Limit { what: "behind the source", value: Seconds(30.0), source: "as replica-lagging-behind: PMM warns at 30 s" };
static WORKERS: Limit<Count> = Limit {
    what: "sessions that apply, at most",
    value: Count(1),
    source: "MySQL: 1 behaves as 0; its default is 4 from 8.0.27 on, MariaDB's is 0",
};

pub(super) const RULE: Rule = Rule {
    id: "replica-single-threaded",
    title: "A replica that is behind applies with one session",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+ (4 by default from 8.0.27), MariaDB 10.5+ (0 by default)",
    area: Area::Replication,
    harm: Harm::Slowdown,
    limits: &[&BEHIND, &WORKERS],
    explains: &["replica-lagging-behind"],
    wrong_when: "one huge transaction is being applied: it stays one session's work",
    do_not: "set sync_binlog or innodb_flush_log_at_trx_commit to 0 on the replica for speed: after a crash it has lost its place",
    lesson: include_str!("replica_single_threaded.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let channels = &case.get::<Replication>()?.channels;
    let behind =
        channels.iter().filter_map(|channel| channel.lag()).fold(Seconds(0.0), |a, b| if b > a { b } else { a });
    if behind < BEHIND.value {
        return Ok(vec![]);
    }
    let settings = case.get::<Settings>()?;
    let name = variable(case, settings);
    let Some(workers) = settings.number(name) else {
        return Err(NotEvaluated::new(Why::Version, "the server does not say how many sessions apply changes"));
    };
    if workers > WORKERS.value.0 as f64 {
        return Ok(vec![]);
    }
    let cause = format!(
        "the replica is {behind} behind and {name} is {workers}: what many sessions write on the source is applied by one after the other"
    );
    Ok(vec![
        setting::finding(Severity::Warn, name, cause, Count(workers as u64))
            .measured("behind", behind, "Seconds_Behind_Source")
            .weight(behind.0)
            .fix(appliers(case, 4)),
    ])
}

/// What the variable is called here.
fn variable(case: &Case, settings: &Settings) -> &'static str {
    match case.server.product {
        Product::MariaDB => "slave_parallel_threads",
        // Its name before 8.0.26.
        _ if settings.get("replica_parallel_workers").is_none() => "slave_parallel_workers",
        _ => "replica_parallel_workers",
    }
}

/// How many sessions apply now, as far as the case tells.
pub(super) fn workers(case: &Case) -> Option<f64> {
    let settings = case.get::<Settings>().ok()?;
    settings.number(variable(case, settings))
}

/// That many sessions apply from then on. Only a stopped applier takes the change.
pub(super) fn appliers(case: &Case, n: u32) -> Fix {
    let name = case.get::<Settings>().map_or("replica_parallel_workers", |settings| variable(case, settings));
    let mut fix = change::variable(case, name, &n.to_string());
    if case.server.managed.is_some() {
        return fix;
    }
    let (stop, start) = match case.server.product {
        Product::MariaDB => ("STOP ALL SLAVES;", "START ALL SLAVES;"),
        _ if name == "slave_parallel_workers" => ("STOP SLAVE SQL_THREAD;", "START SLAVE SQL_THREAD;"),
        _ => ("STOP REPLICA SQL_THREAD;", "START REPLICA SQL_THREAD;"),
    };
    fix.statement = format!("{stop} {} {start}", fix.statement);
    if let Undo::Statement(back) = &mut fix.undo {
        *back = format!("{stop} {back} {start}");
    }
    fix.lock("none; applying pauses for a moment and starts again where it was")
}

#[cfg(test)]
mod tests {
    use super::super::bench::{channel, mariadb, mysql, set, week};
    use super::*;
    use dbwright_model::Finding;

    fn found(case: Case, behind: f64) -> Vec<Finding> {
        check(&case.with(&Replication { channels: vec![channel(behind)], ..Replication::default() })).unwrap()
    }

    #[test]
    fn fires_on_mysql_and_goes_back_to_the_value_before() {
        let found = found(mysql(set("replica_parallel_workers", "1"), week()), 45.0);
        let fix = &found[0].fixes[0];
        assert!(fix.statement.contains("SET PERSIST replica_parallel_workers = 4;"), "{fix:?}");
        assert!(matches!(&fix.undo, Undo::Statement(back) if back.contains("replica_parallel_workers = 1;")));
    }

    #[test]
    fn fires_on_mariadb_with_all_appliers_stopped() {
        let found = found(mariadb(set("slave_parallel_threads", "0"), week()), 30.0);
        let statement = "STOP ALL SLAVES; SET GLOBAL slave_parallel_threads = 4; START ALL SLAVES;";
        assert_eq!(found[0].fixes[0].statement, statement);
    }

    #[test]
    fn fires_by_the_old_name() {
        let found = found(mysql(set("slave_parallel_workers", "0"), week()), 300.0);
        assert_eq!(found[0].subject.name, "slave_parallel_workers");
    }

    #[test]
    fn silent_without_measured_lag() {
        assert!(found(mariadb(set("slave_parallel_threads", "0"), week()), 29.0).is_empty());
        let stopped = Replication { channels: vec![Default::default()], ..Replication::default() };
        assert!(check(&mysql(set("replica_parallel_workers", "0"), week()).with(&stopped)).unwrap().is_empty());
    }

    #[test]
    fn silent_when_several_apply_or_the_delay_is_meant() {
        assert!(found(mysql(set("replica_parallel_workers", "4"), week()), 900.0).is_empty());
        let mut late = channel(900.0);
        late.delay = Some(Seconds(890.0));
        let replication = Replication { channels: vec![late], ..Replication::default() };
        assert!(check(&mysql(set("replica_parallel_workers", "1"), week()).with(&replication)).unwrap().is_empty());
    }
}
