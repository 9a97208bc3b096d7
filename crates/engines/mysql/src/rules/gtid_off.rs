use dbwright_model::finding::SubjectKind;
use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Fix, Harm, NotEvaluated, Product, Rule, Section, Settings, Severity, Subject,
    Undo,
};
use dbwright_sql::Dialect;

use super::{change, setting};
use crate::sections::replication::{Channel, Replication};

pub(super) const RULE: Rule = Rule {
    id: "gtid-off",
    title: "Replication finds its place by file and offset",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+ (gtid_mode), MariaDB 10.5+ (Using_Gtid, on by default from 10.10)",
    area: Area::Replication,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "the source is another product, or older than global transaction ids",
    do_not: "switch gtid_mode to ON in one step on one server: its peers refuse what they then get from it",
    lesson: include_str!("gtid_off.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let replication = case.get::<Replication>()?;
    let by_offset = || replication.channels.iter().filter(|channel| !channel.gtid);
    if case.server.product == Product::MariaDB {
        return Ok(by_offset().map(|channel| on_channel(channel, Product::MariaDB)).collect());
    }
    let settings = case.get::<Settings>()?;
    let mode = settings.text("gtid_mode").unwrap_or_default();
    if mode == "ON" || mode.is_empty() {
        return Ok(by_offset().map(|channel| on_channel(channel, Product::MySQL)).collect());
    }
    if replication.channels.is_empty() && replication.replicas.is_empty() {
        let unread = |part: &str| {
            case.gaps.iter().find(|gap| gap.section == Replication::ID && gap.part.as_deref() == Some(part))
        };
        return unread("connected replicas").map_or(Ok(vec![]), |gap| Err(NotEvaluated::from(gap)));
    }
    let cause = format!(
        "servers replicate and gtid_mode is {mode}: after a failover somebody has to find the place in the new source's log by hand, for each replica"
    );
    Ok(vec![
        setting::finding(Severity::Info, "gtid_mode", cause, mode).fix(
            change::variable(case, "enforce_gtid_consistency", "'WARN'")
                .also_costs("the first of five steps, and one that changes nothing: it writes into the error log which statements would not work with global ids; `dbwright teach gtid-off` shows the others"),
        ),
    ])
}

fn on_channel(channel: &Channel, product: Product) -> Finding {
    let name = match channel.name.is_empty() {
        true => String::new(),
        false => format!(" {}", Dialect::MySql.literal(&channel.name)),
    };
    let (change, back) = match product {
        Product::MariaDB => {
            let to = |place: &str| {
                format!("STOP SLAVE{name}; CHANGE MASTER{name} TO MASTER_USE_GTID = {place}; START SLAVE{name};")
            };
            (to("slave_pos"), to("no"))
        }
        _ => {
            let of = if name.is_empty() { name } else { format!(" FOR CHANNEL{name}") };
            let to = |auto: u8| {
                format!(
                    "STOP REPLICA{of}; CHANGE REPLICATION SOURCE TO SOURCE_AUTO_POSITION = {auto}{of}; START REPLICA{of};"
                )
            };
            (to(1), to(0))
        }
    };
    let cause = format!(
        "this server finds its place in the log of {} by file and offset, though global ids are there: pointing it at another source needs a search by hand",
        channel.source
    );
    Finding::new(Severity::Info, Subject::new(SubjectKind::Replication, &channel.source), cause)
        .measured("global ids", "not used", "replication status: Using_Gtid, Auto_Position")
        .fix(Fix::sql(change, Undo::Statement(back)).lock("none; replication pauses for a moment"))
}

#[cfg(test)]
mod tests {
    use super::super::bench::{channel, mariadb, mysql, set, week};
    use super::*;
    use crate::sections::replication::Replica;
    use dbwright_model::{Gap, Why};

    fn replica(gtid: bool, name: &str) -> Replication {
        let one = Channel { gtid, name: name.into(), source: "db1".into(), ..channel(0.0) };
        Replication { channels: vec![one], ..Replication::default() }
    }

    #[test]
    fn fires_on_a_source_that_has_replicas() {
        let replicas = vec![Replica::default()];
        let case = mysql(set("gtid_mode", "OFF"), week()).with(&Replication { replicas, ..Replication::default() });
        let found = check(&case).unwrap();
        assert_eq!((found[0].severity, found[0].subject.name.as_str()), (Severity::Info, "gtid_mode"));
    }

    #[test]
    fn fires_on_a_mariadb_replica_by_its_connection() {
        let found = check(&mariadb(Settings::default(), week()).with(&replica(false, "east"))).unwrap();
        let expected = "STOP SLAVE 'east'; CHANGE MASTER 'east' TO MASTER_USE_GTID = slave_pos; START SLAVE 'east';";
        assert_eq!((found[0].subject.name.as_str(), found[0].fixes[0].statement.as_str()), ("db1", expected));
    }

    #[test]
    fn fires_where_the_ids_are_on_and_not_used() {
        let found = check(&mysql(set("gtid_mode", "ON"), week()).with(&replica(false, ""))).unwrap();
        let expected = "STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_AUTO_POSITION = 1; START REPLICA;";
        assert_eq!(found[0].fixes[0].statement, expected);
    }

    #[test]
    fn silent_where_nobody_replicates() {
        assert!(check(&mysql(set("gtid_mode", "OFF"), week()).with(&Replication::default())).unwrap().is_empty());
    }

    #[test]
    fn silent_where_the_ids_are_used() {
        assert!(check(&mysql(set("gtid_mode", "ON"), week()).with(&replica(true, ""))).unwrap().is_empty());
        assert!(check(&mariadb(Settings::default(), week()).with(&replica(true, ""))).unwrap().is_empty());
    }

    #[test]
    fn silent_but_open_where_replicas_are_hidden() {
        let mut case = mysql(set("gtid_mode", "OFF"), week()).with(&Replication::default());
        case.miss(Gap {
            section: Replication::ID.into(),
            part: Some("connected replicas".into()),
            why: Why::Privilege,
            detail: "hidden".into(),
            allow: None,
        });
        assert_eq!(check(&case).unwrap_err().why, Why::Privilege);
    }
}
