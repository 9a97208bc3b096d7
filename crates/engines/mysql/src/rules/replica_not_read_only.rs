use dbwright_model::{Area, Case, Checked, Engine, Harm, Product, Rule, Settings, Severity, Undo};

use super::{change, setting};
use crate::sections::replication::Replication;

pub(super) const RULE: Rule = Rule {
    id: "replica-not-read-only",
    title: "A replica takes writes",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Replication,
    harm: Harm::DataLoss,
    limits: &[],
    explains: &[],
    wrong_when: "both servers are written on purpose and conflicts are handled",
    do_not: "give applications an account with SUPER on it: read_only does not stop them",
    lesson: include_str!("replica_not_read_only.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let replication = case.get::<Replication>()?;
    let settings = case.get::<Settings>()?;
    if replication.channels.is_empty() || settings.is_on("read_only") != Some(false) {
        return Ok(vec![]);
    }
    let variable = if case.server.product == Product::MariaDB { "read_only" } else { "super_read_only" };
    let mut fix = change::variable(case, variable, "ON")
        .also_costs("writes by applications fail from then on, which is the point");
    if let (Undo::Statement(back), "super_read_only") = (&mut fix.undo, variable) {
        // The stronger one switches the other on with it.
        back.push_str(" SET GLOBAL read_only = OFF;");
    }
    let cause =
        "this server is a replica and read_only is off: a write that strays here makes it differ from its source";
    Ok(vec![setting::finding(Severity::Warn, "read_only", cause, "OFF").fix(fix)])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mysql, set};
    use super::*;
    use crate::sections::replication::Channel;
    use crate::sections::status::Status;
    use dbwright_model::Finding;

    fn found(channel: Channel) -> Vec<Finding> {
        let case = mysql(set("read_only", "OFF"), Status::default());
        check(&case.with(&Replication { channels: vec![channel], ..Replication::default() })).unwrap()
    }

    #[test]
    fn fires_on_a_writable_replica() {
        assert_eq!(found(Channel::default())[0].subject.name, "read_only");
    }

    #[test]
    fn fires_with_the_stronger_variable_on_mysql() {
        assert!(found(Channel::default())[0].fixes[0].statement.contains("super_read_only"));
    }

    #[test]
    fn silent_when_read_only() {
        assert!(
            check(
                &mysql(set("read_only", "ON"), Status::default())
                    .with(&Replication { channels: vec![Channel::default()], ..Replication::default() })
            )
            .unwrap()
            .is_empty()
        );
    }

    #[test]
    fn silent_on_a_primary() {
        assert!(
            check(&mysql(set("read_only", "OFF"), Status::default()).with(&Replication::default())).unwrap().is_empty()
        );
    }
}
