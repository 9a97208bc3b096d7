use dbwright_model::finding::{FixKind, SubjectKind};
use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Rule, Settings, Severity, Subject, Undo};

use super::{access, missing};
use crate::sections::security::{Access, Security};

pub(super) const RULE: Rule = Rule {
    id: "hba-plaintext-password",
    title: "Passwords cross the network in clear text",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &[],
    wrong_when: "the network below is encrypted (WireGuard, IPsec)",
    do_not: "replace it by trust to be rid of the passwords",
    lesson: include_str!("hba_plaintext_password.md"),
    check,
};

/// Methods for which the client sends the password itself.
const CLEAR: &[&str] = &["password", "ldap", "pam", "bsd", "radius"];

fn check(case: &Case) -> Checked {
    let security = case.get::<Security>()?;
    let Some(access) = &security.access else {
        return Err(missing::part(case, "postgres.security", "access rules", "the lines of pg_hba.conf are not known"));
    };
    let settings = case.get::<Settings>()?;
    if !settings.text("listen_addresses").is_none_or(access::beyond_this_machine) {
        return Ok(vec![]);
    }
    let clear = access.iter().filter(|line| {
        let open = !matches!(line.kind.as_deref(), Some("hostssl" | "hostgssenc" | "local"));
        !line.broken && !line.loopback && open && line.method.as_deref().is_some_and(|method| CLEAR.contains(&method))
    });
    Ok(clear.map(finding).collect())
}

fn finding(line: &Access) -> Finding {
    let method = line.method.as_deref().unwrap_or("password");
    let fixed = match method {
        "password" => access::rewritten(line, "scram-sha-256"),
        _ => access::rewritten(&Access { kind: Some("hostssl".into()), ..line.clone() }, method),
    };
    Finding::new(
        Severity::Warn,
        Subject::new(SubjectKind::Setting, format!("pg_hba.conf:{}", line.line)),
        format!("line {} of pg_hba.conf asks {} for the password itself ({method}) and does not insist on TLS: everybody on the way can read it", line.line, access::who(line)),
    )
    .catalog("method", method, "pg_hba_file_rules.auth_method")
    .catalog("type", line.kind.as_deref().unwrap_or("host"), "pg_hba_file_rules.type")
    .fix(
        Fix::of(FixKind::Config, fixed, Undo::NotNeeded("put the former line back and reload".into()))
            .cost("in pg_hba.conf in place of that line, with the options it has, then SELECT pg_reload_conf(); MD5 passwords must be set again for SCRAM")
            .verify("SELECT line_number, type, address, auth_method FROM pg_hba_file_rules;"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

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
    fn fires_on_password() {
        let found = check(&case("password", "host", "10.0.0.0", false, "*")).unwrap();
        assert!(found[0].fixes[0].statement.ends_with("scram-sha-256"));
    }

    #[test]
    fn fires_on_ldap_without_tls() {
        let found = check(&case("ldap", "hostnossl", "10.0.0.0", false, "*")).unwrap();
        assert!(found[0].fixes[0].statement.starts_with("hostssl"));
    }

    #[test]
    fn silent_with_tls_or_on_this_machine() {
        assert!(check(&case("password", "hostssl", "10.0.0.0", false, "*")).unwrap().is_empty());
        assert!(check(&case("password", "host", "127.0.0.1", true, "*")).unwrap().is_empty());
    }

    #[test]
    fn silent_on_hashed_methods_and_when_nobody_can_come() {
        assert!(check(&case("md5", "host", "10.0.0.0", false, "*")).unwrap().is_empty());
        assert!(check(&case("password", "host", "10.0.0.0", false, "localhost")).unwrap().is_empty());
    }
}
