use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Fix, Harm, Product, Rule, Severity, Subject, SubjectKind, Undo,
};

use crate::sections::replication::Replication;

pub(super) const RULE: Rule = Rule {
    id: "replica-stopped",
    title: "Replication has stopped",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Replication,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &["replica-lagging-behind"],
    wrong_when: "it was stopped on purpose for a backup or a rebuild",
    do_not: "skip the error: the replica then differs, and the next error is nearer",
    lesson: include_str!("replica_stopped.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let replication = case.get::<Replication>()?;
    let stopped =
        replication.channels.iter().filter(|channel| channel.io_running != "Yes" || channel.sql_running != "Yes");
    Ok(stopped
        .map(|channel| {
            let what = match (channel.io_running.as_str(), channel.sql_running.as_str()) {
                (_, "Yes") => format!(
                    "fetching the log is {}",
                    if channel.io_running == "Connecting" { "trying to connect" } else { "stopped" }
                ),
                ("Yes", _) => "applying the log is stopped".to_owned(),
                _ => "fetching and applying are stopped".to_owned(),
            };
            let error = if channel.error > 0 { format!(" (error {})", channel.error) } else { String::new() };
            let cause = format!(
                "replication from {} does not run: {what}{error}; this server shows old data and falls further behind",
                channel.source
            );
            let start = if case.server.product == Product::MariaDB { "START ALL SLAVES;" } else { "START REPLICA;" };
            let show = if case.server.product == Product::MariaDB {
                "SHOW ALL SLAVES STATUS;"
            } else {
                "SHOW REPLICA STATUS;"
            };
            Finding::new(Severity::Error, Subject::new(SubjectKind::Replication, &channel.source), cause)
                .measured("fetching", channel.io_running.as_str(), show)
                .measured("applying", channel.sql_running.as_str(), show)
                .fix(
                    Fix::sql(show, Undo::NotNeeded("it only reads".into()))
                        .cost("shows the error's text: repair its cause first"),
                )
                .fix(
                    Fix::sql(start, Undo::Statement(start.replace("START", "STOP")))
                        .cost("after the cause is repaired"),
                )
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::super::bench::mysql;
    use super::*;
    use crate::sections::replication::Channel;
    use crate::sections::status::Status;

    fn found(channel: Channel) -> Vec<Finding> {
        let case = mysql(dbwright_model::Settings::default(), Status::default());
        check(&case.with(&Replication { channels: vec![channel], ..Replication::default() })).unwrap()
    }

    #[test]
    fn fires_when_applying_stopped() {
        assert_eq!(
            found(Channel {
                io_running: "Yes".into(),
                sql_running: "No".into(),
                source: "db1".into(),
                error: 1062,
                ..Channel::default()
            })[0]
                .subject
                .name,
            "db1"
        );
    }

    #[test]
    fn fires_when_it_cannot_connect() {
        assert!(
            found(Channel { io_running: "Connecting".into(), sql_running: "Yes".into(), ..Channel::default() })[0]
                .cause
                .contains("trying to connect")
        );
    }

    #[test]
    fn silent_when_both_run() {
        assert!(
            found(Channel { io_running: "Yes".into(), sql_running: "Yes".into(), ..Channel::default() }).is_empty()
        );
    }

    #[test]
    fn silent_on_a_primary() {
        assert!(
            check(&mysql(dbwright_model::Settings::default(), Status::default()).with(&Replication::default()))
                .unwrap()
                .is_empty()
        );
    }
}
