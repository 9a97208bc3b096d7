use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Harm, Limit, NotEvaluated, Rule, Settings, Severity, Subject,
};

use super::change;
use crate::sections::databases::Databases;
use crate::sections::replication::Replication;
use crate::sections::wal::Wal;

pub(super) const RULE: Rule = Rule {
    id: "archiving-off",
    title: "The log is not archived",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Durability,
    harm: Harm::DataLoss,
    limits: &[&DATA],
    explains: &[],
    wrong_when: "the data can be rebuilt from elsewhere, or losing everything since the last dump or snapshot is agreed",
    do_not: "count a standby as a backup: a wrong DELETE is replayed there within milliseconds",
    lesson: include_str!("archiving_off.md"),
    check,
};

static DATA: Limit<Bytes> = Limit {
    what: "data on the server",
    value: Bytes::gib(1),
    source: "ours: less is dumped in a minute, and is often a test",
};

fn check(case: &Case) -> Checked {
    let wal = case.get::<Wal>()?;
    if wal.in_recovery || case.server.managed.is_some() {
        return Err(NotEvaluated::not_applicable("backups are taken elsewhere"));
    }
    if case.get::<Settings>()?.text("archive_mode") != Some("off") {
        return Ok(vec![]);
    }
    let data = case.server.data.or_else(|| case.get::<Databases>().ok().and_then(Databases::data));
    let Some(data) = data.filter(|data| data.0 >= DATA.value.0) else { return Ok(vec![]) };
    // pg_receivewal and Barman take the log by streaming; so does every standby.
    if case.get::<Replication>().is_ok_and(|replication| !replication.standbys.is_empty()) {
        return Ok(vec![]);
    }
    let fix = change::setting_at_restart(case, "archive_mode", "on").cost(
        "takes effect at the next restart; set archive_command to your backup tool first (pgBackRest, Barman, WAL-G): with an empty command the log is kept until the disk is full",
    );
    Ok(vec![
        Finding::new(
            Severity::Info,
            Subject::setting("archive_mode"),
            format!(
                "the log is neither archived nor streamed: {data} can only be restored as of the last dump or snapshot"
            ),
        )
        .catalog("archive_mode", "off", "pg_settings.setting")
        .measured("data", data, "pg_database_size")
        .fix(fix),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    use crate::sections::databases::Database;
    use crate::sections::replication::Standby;

    fn case(mode: &str, data: Bytes, standbys: usize) -> Case {
        let mut case = pg(15)
            .with(&Wal::default())
            .with(&Settings::default().with("archive_mode", mode))
            .with(&Replication { standbys: vec![Standby::default(); standbys], ..Replication::default() });
        case.server.data = Some(data);
        case
    }

    #[test]
    fn fires_on_a_lone_server_with_data() {
        assert_eq!(check(&case("off", Bytes::gib(50), 0)).unwrap()[0].severity, Severity::Info);
    }

    #[test]
    fn fires_when_sizes_come_from_the_databases() {
        let databases = vec![Database { name: "shop".into(), size: Some(Bytes::gib(2)), ..Database::default() }];
        let mut case = case("off", Bytes(0), 0).with(&Databases { databases });
        case.server.data = None;
        assert_eq!(check(&case).unwrap().len(), 1);
    }

    #[test]
    fn silent_on_little_data() {
        assert!(check(&case("off", Bytes::mib(900), 0)).unwrap().is_empty());
    }

    #[test]
    fn silent_with_a_receiver() {
        assert!(check(&case("off", Bytes::gib(50), 1)).unwrap().is_empty());
    }

    #[test]
    fn silent_when_archiving() {
        assert!(check(&case("on", Bytes::gib(50), 0)).unwrap().is_empty());
    }
}
