use dbwright_model::{Area, Case, Checked, Engine, Finding, Harm, Rule, Settings, Severity, Subject};

use super::{access, change};
use crate::sections::security::Security;

pub(super) const RULE: Rule = Rule {
    id: "tls-off",
    title: "Connections from other machines are not encrypted",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Security,
    harm: Harm::Breach,
    limits: &[],
    explains: &[],
    wrong_when: "the network below is encrypted, or a proxy on the same machine ends TLS",
    do_not: "use a self-signed certificate with sslmode=require and think the server is authenticated: clients need sslmode=verify-full and the CA",
    lesson: include_str!("tls_off.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    if settings.is_on("ssl") != Some(false)
        || !settings.text("listen_addresses").is_some_and(access::beyond_this_machine)
    {
        return Ok(vec![]);
    }
    let plain = case.get::<Security>().ok().and_then(|security| security.encryption.as_ref()).map(|seen| seen.plain);
    let (severity, now) = match plain {
        Some(plain) if plain.0 > 0 => (Severity::Warn, format!("; {plain} sessions from other machines are open now")),
        _ => (Severity::Info, String::new()),
    };
    let mut finding = Finding::new(
        severity,
        Subject::setting("ssl"),
        format!("the server listens to other machines without TLS: queries and data can be read and changed on the way{now}"),
    )
    .catalog("ssl", "off", "pg_settings.setting")
    .fix(
        change::setting(case, "ssl", "on")
            .cost("server.crt and server.key must be in the data directory first (readable by the server only); then make lines of pg_hba.conf hostssl so that clients must use it")
            .verify("SELECT ssl, count(*) FROM pg_stat_ssl GROUP BY ssl;"),
    );
    if let Some(plain) = plain {
        finding = finding.measured("sessions from other machines without TLS", plain, "pg_stat_ssl.ssl");
    }
    Ok(vec![finding])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;
    use crate::sections::security::Encryption;
    use dbwright_model::Count;

    fn found(ssl: &str, listen: &str, plain: u64) -> Vec<Finding> {
        let encryption = Some(Encryption { plain: Count(plain), ..Encryption::default() });
        let settings = Settings::default().with("ssl", ssl).with("listen_addresses", listen);
        check(&pg(15).with(&settings).with(&Security { encryption, ..Security::default() })).unwrap()
    }

    #[test]
    fn fires_as_a_warning_when_used() {
        assert_eq!(found("off", "*", 3)[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_as_a_note_when_not() {
        assert_eq!(found("off", "10.1.2.3", 0)[0].severity, Severity::Info);
    }

    #[test]
    fn silent_on_this_machine() {
        assert!(found("off", "localhost", 0).is_empty());
        assert!(found("off", "127.0.0.1, ::1", 0).is_empty());
        assert!(found("off", "", 0).is_empty());
    }

    #[test]
    fn silent_with_tls() {
        assert!(found("on", "*", 3).is_empty());
    }
}
