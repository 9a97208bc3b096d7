use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, SubjectKind, Undo};

use crate::sections::replication::Replication;

pub(super) const RULE: Rule = Rule {
    id: "group-member-not-online",
    title: "A member of the replication group does not take part",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Replication,
    harm: Harm::Outage,
    limits: &[],
    explains: &[],
    wrong_when: "it is being added and still copies",
    do_not: "force the group membership while the others may be alive: the data split in two",
    lesson: include_str!("group_member_not_online.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let replication = case.get::<Replication>()?;
    let away: Vec<_> = replication.members.iter().filter(|member| member.state != "ONLINE").collect();
    let members = replication.members.len();
    Ok(away
        .iter()
        .map(|member| {
            let severity = if (members - away.len()) * 2 <= members { Severity::Error } else { Severity::Warn };
            let cause = format!(
                "{} of the replication group is {}: {} of {members} members are left to agree on writes",
                member.host,
                member.state,
                members - away.len()
            );
            Finding::new(severity, Subject::new(SubjectKind::Replication, &member.host), cause)
                .measured("state", member.state.as_str(), "performance_schema.replication_group_members")
                .fix(
                    Fix::sql("START GROUP_REPLICATION;", Undo::Statement("STOP GROUP_REPLICATION;".into()))
                        .cost("on that member, after its error log was read"),
                )
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::super::bench::mysql;
    use super::*;
    use crate::sections::replication::Member;
    use crate::sections::status::Status;

    fn found(states: &[&str]) -> Vec<Finding> {
        let members = states
            .iter()
            .map(|state| Member { host: "h".into(), state: (*state).into(), role: String::new() })
            .collect();
        check(
            &mysql(dbwright_model::Settings::default(), Status::default())
                .with(&Replication { members, ..Replication::default() }),
        )
        .unwrap()
    }

    #[test]
    fn fires_when_one_is_away() {
        assert_eq!(found(&["ONLINE", "ONLINE", "UNREACHABLE"])[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_as_error_without_majority() {
        assert_eq!(found(&["ONLINE", "ERROR"])[0].severity, Severity::Error);
    }

    #[test]
    fn silent_when_all_are_online() {
        assert!(found(&["ONLINE", "ONLINE", "ONLINE"]).is_empty());
    }

    #[test]
    fn silent_without_a_group() {
        assert!(found(&[]).is_empty());
    }
}
