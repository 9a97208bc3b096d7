use dbwright_model::finding::{FixKind, SubjectKind};
use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Settings, Severity, Subject, Undo};

use super::{access, missing};
use crate::sections::security::{Access, Security};

pub(super) const RULE: Rule = Rule {
    id: "hba-trust",
    title: "Connections are let in without any proof",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &[],
    wrong_when: "the line asks for a client certificate (clientcert=verify-full), or the network holds only this pair of machines",
    do_not: "comment the line out before another one lets the application in: a missing line refuses everybody",
    lesson: include_str!("hba_trust.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let security = case.get::<Security>()?;
    let Some(access) = &security.access else {
        return Err(missing::part(case, "postgres.security", "access rules", "the lines of pg_hba.conf are not known"));
    };
    let listens = case.get::<Settings>()?.text("listen_addresses").is_none_or(access::beyond_this_machine);
    let trusting =
        access.iter().filter(|line| !line.broken && !line.loopback && line.method.as_deref() == Some("trust"));
    Ok(trusting.map(|line| finding(line, listens)).collect())
}

fn finding(line: &Access, listens: bool) -> Finding {
    let from = line
        .address
        .as_ref()
        .map_or_else(|| "anywhere".to_owned(), |address| access::range(address.as_str(), line.netmask.as_deref()));
    let (severity, end) = match listens {
        true => (Severity::Error, "anybody there is any of them without a password"),
        false => (Severity::Info, "the server listens to this machine only, so nobody comes that way yet"),
    };
    let cause = format!("line {} of pg_hba.conf trusts {} from {from}: {end}", line.line, access::who(line));
    Finding::new(severity, Subject::new(SubjectKind::Setting, format!("pg_hba.conf:{}", line.line)), cause)
        .catalog("method", "trust", "pg_hba_file_rules.auth_method")
        .catalog("from", from, "pg_hba_file_rules.address")
        .fix(
            Fix::of(
                FixKind::Config,
                access::rewritten(line, "scram-sha-256"),
                Undo::NotNeeded("put the former line back and reload".into()),
            )
            .cost("in pg_hba.conf in place of that line, then SELECT pg_reload_conf(); sessions that are open stay; each role needs a password first")
            .verify("SELECT line_number, type, address, auth_method FROM pg_hba_file_rules;"),
        )
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;
    use dbwright_model::Why;

    fn case(method: &str, kind: &str, address: &str, loopback: bool, listen: &str) -> Case {
        let access = Access {
            line: 90,
            kind: Some(kind.into()),
            address: Some(address.into()),
            loopback,
            method: Some(method.into()),
            ..Access::default()
        };
        pg(15)
            .with(&Security { access: Some(vec![access]), ..Security::default() })
            .with(&Settings::default().with("listen_addresses", listen))
    }

    #[test]
    fn fires_from_other_machines() {
        assert_eq!(check(&case("trust", "host", "0.0.0.0", false, "*")).unwrap()[0].severity, Severity::Error);
    }

    #[test]
    fn fires_as_a_note_when_nobody_can_come() {
        assert_eq!(
            check(&case("trust", "hostssl", "10.0.0.0", false, "localhost")).unwrap()[0].severity,
            Severity::Info
        );
    }

    #[test]
    fn silent_on_this_machine() {
        assert!(check(&case("trust", "host", "127.0.0.1", true, "*")).unwrap().is_empty());
    }

    #[test]
    fn silent_on_scram_and_reject() {
        assert!(check(&case("scram-sha-256", "host", "0.0.0.0", false, "*")).unwrap().is_empty());
        assert!(check(&case("reject", "host", "0.0.0.0", false, "*")).unwrap().is_empty());
    }

    #[test]
    fn silent_without_privilege() {
        let case = pg(15).with(&Security::default());
        assert_eq!(check(&case).unwrap_err().why, Why::NotCollected);
    }
}
