//! Ways into real servers, and ways that stay closed: passwords, rules of pg_hba.conf, TLS, several hosts.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a suite stops where something is not as it must be")]

mod connect_support;

use connect_support::{SECRET, enters, lab, options, owner, refusal};
use dbwright_lab::{Lab, Options, POSTGRES_MAJORS};
use dbwright_model::room::GatherErrorKind as Kind;

/// `postgres://role:password@127.0.0.1:port/database`.
fn url(lab: &Lab, login: &str, database: &str) -> String {
    format!("postgres://{login}@127.0.0.1:{}/{database}", lab.port())
}

/// Puts rules ahead of those of pg_hba.conf.
async fn rules(lab: &Lab, rules: &str) {
    let path = lab.dir().join("data/pg_hba.conf");
    let standing = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{rules}\n{standing}")).unwrap();
    owner(lab).await.batch_execute("SELECT pg_reload_conf()").await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
}

#[tokio::test]
async fn every_refusal_has_its_word() {
    for major in POSTGRES_MAJORS {
        let Some(lab) = lab(major, Options::new()) else { continue };
        let sql = format!(
            "CREATE ROLE r LOGIN PASSWORD '{SECRET}'; CREATE ROLE full_up LOGIN PASSWORD '{SECRET}' CONNECTION LIMIT 0; \
             CREATE ROLE banned LOGIN PASSWORD '{SECRET}'; CREATE ROLE closed LOGIN PASSWORD '{SECRET}'"
        );
        let client = owner(&lab).await;
        client.batch_execute(&sql).await.unwrap();
        client.batch_execute("CREATE DATABASE private").await.unwrap();
        client.batch_execute("REVOKE CONNECT ON DATABASE private FROM PUBLIC").await.unwrap();
        rules(&lab, "host all banned all reject").await;
        let login = |role: &str| format!("{role}:{SECRET}");
        for (target, kind, words) in [
            (url(&lab, &login("nobody"), "postgres"), Kind::Refused, "wrong password for role"),
            (url(&lab, &login("postgres"), "postgres"), Kind::Refused, "wrong password for role"),
            (url(&lab, "postgres", "postgres"), Kind::Refused, "none was given"),
            (url(&lab, &login("r"), "no_such"), Kind::UnknownDatabase, "there is no database"),
            (url(&lab, &login("r"), "private"), Kind::Refused, "permission denied"),
            (url(&lab, &login("full_up"), "postgres"), Kind::Refused, "no connection is free"),
            (url(&lab, &login("banned"), "postgres"), Kind::Refused, "banned"),
            (url(&lab, &login("r"), "postgres?sslmode=require"), Kind::Tls, "does not offer TLS"),
            (url(&lab, &login("r"), "postgres?channel_binding=require"), Kind::Tls, "channel binding"),
            (url(&lab, &login("r"), "postgres?target_session_attrs=standby"), Kind::Unreachable, "asks for standby"),
            (url(&lab, &login("r"), "postgres?sslmoed=x"), Kind::Usage, "sslmoed"),
        ] {
            let error = refusal(&target).await;
            let shown = target.replace(SECRET, "…");
            assert!(error.kind == kind && error.message.contains(words), "{major} {shown}: {error:?}");
        }
        let error = refusal(&url(&lab, &login("r"), "private")).await;
        assert!(error.hint.starts_with("GRANT CONNECT ON DATABASE"), "{error:?}");
    }
}

#[tokio::test]
async fn tls_is_as_strict_as_sslmode_says() {
    for major in POSTGRES_MAJORS {
        let Some(lab) = lab(major, Options::new().tls()) else { continue };
        let client = owner(&lab).await;
        client
            .batch_execute(&format!(
                "CREATE ROLE tlsonly LOGIN PASSWORD '{SECRET}'; CREATE ROLE plainonly LOGIN PASSWORD '{SECRET}'"
            ))
            .await
            .unwrap();
        rules(
            &lab,
            "hostnossl all tlsonly all reject\nhostssl all tlsonly all scram-sha-256\n\
             hostssl all plainonly all reject\nhostnossl all plainonly all scram-sha-256",
        )
        .await;
        let target = |role: &str, rest: &str| url(&lab, &format!("{role}:{SECRET}"), &format!("postgres?{rest}"));
        let ca = lab.ca().unwrap().display();
        let strange = lab.dir().join("strange.pem");
        std::fs::write(&strange, STRANGE_AUTHORITY).unwrap();
        let strange = strange.display();
        let elsewhere = format!(
            "host=db.example.com hostaddr=127.0.0.1 port={} user=tlsonly password={SECRET} dbname=postgres",
            lab.port()
        );
        for accepted in [
            target("tlsonly", ""),
            target("tlsonly", "sslmode=allow"),
            target("tlsonly", "sslmode=require"),
            target("tlsonly", "sslmode=require&channel_binding=require"),
            target("tlsonly", &format!("sslmode=require&sslrootcert={ca}")),
            target("tlsonly", &format!("sslmode=verify-full&sslrootcert={ca}")),
            target("tlsonly", &format!("sslmode=verify-full&sslrootcert={ca}&ssl_min_protocol_version=TLSv1.3")),
            target("plainonly", ""),
            target("plainonly", "sslmode=disable"),
            format!("{elsewhere} sslmode=verify-ca sslrootcert={ca}"),
        ] {
            enters(&accepted).await;
        }
        if major >= 17 {
            enters(&target("tlsonly", "sslmode=require&sslnegotiation=direct")).await;
        }
        for (refused, kind, words) in [
            (target("tlsonly", "sslmode=disable"), Kind::Refused, "tlsonly"),
            (target("plainonly", "sslmode=require"), Kind::Refused, "plainonly"),
            (target("tlsonly", "sslmode=verify-full"), Kind::Tls, "not signed by an authority"),
            (
                target("tlsonly", &format!("sslmode=verify-ca&sslrootcert={strange}")),
                Kind::Tls,
                "not signed by the authority in",
            ),
            (
                target("tlsonly", &format!("sslmode=require&sslrootcert={strange}")),
                Kind::Tls,
                "not signed by the authority in",
            ),
            (format!("{elsewhere} sslmode=verify-full sslrootcert={ca}"), Kind::Tls, "another host name"),
        ] {
            let error = refusal(&refused).await;
            assert!(error.kind == kind && error.message.contains(words), "{major} wanted `{words}`: {error:?}");
        }
    }
}

#[tokio::test]
async fn of_several_hosts_the_first_that_will_do_is_taken() {
    let Some(lab) = lab(15, Options::new()) else { return };
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let password = lab.password().unwrap();
    let target = format!("postgres://postgres:{password}@127.0.0.1:{free},127.0.0.1:{}/postgres", lab.port());
    let case = connect_support::gather(&target, &options(), &()).await.unwrap();
    assert_eq!(case.server.address.as_str(), format!("127.0.0.1:{}", lab.port()));
    assert_eq!(case.server.user.as_ref().map(|user| user.as_str()), Some("postgres"));
    assert!(case.server.uptime.is_some() && case.server.data.is_some());
    enters(&format!("{target}?target_session_attrs=primary")).await;
    enters(&format!("{target}?target_session_attrs=prefer-standby")).await;
    // The socket, in the lab's folder.
    enters(&format!("host={} port={} user=postgres password={password}", lab.dir().display(), lab.port())).await;
}

/// Signed nobody's certificate; its key was thrown away.
const STRANGE_AUTHORITY: &str = "\
-----BEGIN CERTIFICATE-----
MIIBkDCCATWgAwIBAgIUBJxIQoNjBIipYOeBOTw/Nkvb1ucwCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRc3RyYW5nZSBhdXRob3JpdHkwIBcNMjYxMTI0MTA1MTMwWhgP
MjEyNjEwMzExMDUxMzBaMBwxGjAYBgNVBAMMEXN0cmFuZ2UgYXV0aG9yaXR5MFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEjzD4wAgZw6d7knzUjxHmpjdwI9/9PSzc
x/nsuu/+1XQpU0GX6QNYqrz1b8Kn6x9BxskmSRm248+TixRAtv7O86NTMFEwHQYD
VR0OBBYEFId/RZciMnhlCHwZNu0kiFMxQbLlMB8GA1UdIwQYMBaAFId/RZciMnhl
CHwZNu0kiFMxQbLlMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIh
ANfww+m0uLX9v5NZfwHqTZFxa4hDw+NRATHMMvPoHQ99AiEAxgNiv+ABuTCL1z24
TMaoNZAxVkX7J+C3TZX+s+70P1E=
-----END CERTIFICATE-----
";
