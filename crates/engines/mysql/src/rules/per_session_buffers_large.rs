use dbwright_model::{Area, Bytes, Case, Checked, Engine, Harm, Rule, Settings, Severity};

use super::{change, setting};

pub(super) const RULE: Rule = Rule {
    id: "per-session-buffers-large",
    title: "A buffer that every session may take is large",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Memory,
    harm: Harm::Outage,
    limits: &[],
    explains: &[],
    wrong_when: "very few sessions exist and they sort a great deal",
    do_not: "raise it because sort_merge_passes or joins without index are counted: an index removes them",
    lesson: include_str!("per_session_buffers_large.md"),
    check,
};

/// Buffers taken by each session, several times in one statement for some, with what is large.
const BUFFERS: &[(&str, Bytes)] = &[
    ("sort_buffer_size", Bytes::mib(4)),
    ("join_buffer_size", Bytes::mib(4)),
    ("read_buffer_size", Bytes::mib(2)),
    ("read_rnd_buffer_size", Bytes::mib(4)),
];

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let connections = settings.number("max_connections").unwrap_or(0.0);
    let mut findings = Vec::new();
    for (name, limit) in BUFFERS {
        let Some(size) = settings.bytes(name).filter(|size| size.0 > limit.0) else { continue };
        let all = Bytes((size.0 as f64 * connections) as u64);
        let cause = format!(
            "{name} is {size} for every session: with {connections} connections up to {all}, and large ones are slower to get than small ones"
        );
        findings.push(
            setting::finding(Severity::Warn, name, cause, size)
                .catalog("max_connections", connections.to_string(), "SHOW GLOBAL VARIABLES")
                .fix(
                    change::variable(case, name, "DEFAULT")
                        .also_costs(format!("SET SESSION {name} for the few statements that need more")),
                )
                .weight(size.0 as f64),
        );
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mysql, on_mariadb, on_mysql, set};
    use super::*;
    use crate::sections::status::Status;

    #[test]
    fn fires_on_each_large_buffer() {
        let settings = set("max_connections", "500").with_unit("sort_buffer_size", "67108864", "B").with_unit(
            "join_buffer_size",
            "8388608",
            "B",
        );
        assert_eq!(check(&mysql(settings, Status::default())).unwrap().len(), 2);
    }

    #[test]
    fn fires_with_the_buffer_as_subject() {
        assert_eq!(on_mariadb(check, &[("read_buffer_size", "4194304")], &[])[0].subject.name, "read_buffer_size");
    }

    #[test]
    fn silent_at_the_defaults() {
        assert!(on_mysql(check, &[("sort_buffer_size", "262144")], &[]).is_empty());
    }

    #[test]
    fn silent_at_the_limit() {
        assert!(on_mariadb(check, &[("sort_buffer_size", "4194304")], &[]).is_empty());
    }
}
