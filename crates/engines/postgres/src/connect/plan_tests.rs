use std::collections::BTreeMap;
use std::io;

use dbwright_model::Target;

use super::*;

/// Variables and files, by name.
#[derive(Default)]
struct Fake {
    variables: BTreeMap<&'static str, &'static str>,
    files: BTreeMap<&'static str, &'static str>,
    readable_by_all: bool,
}

impl Surroundings for Fake {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).map(|value| (*value).to_owned())
    }
    fn text(&self, path: &Path) -> io::Result<String> {
        self.files
            .get(path.to_str().unwrap())
            .map(|text| (*text).to_owned())
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
    fn exists(&self, path: &Path) -> bool {
        self.files.contains_key(path.to_str().unwrap())
    }
    fn is_private(&self, _: &Path) -> bool {
        !self.readable_by_all
    }
    fn home(&self) -> Option<PathBuf> {
        Some("/home/ada".into())
    }
    fn account(&self) -> Option<String> {
        Some("ada".into())
    }
}

fn around(variables: &[(&'static str, &'static str)], files: &[(&'static str, &'static str)]) -> Fake {
    let (variables, files) = (variables.iter().copied().collect(), files.iter().copied().collect());
    Fake { variables, files, ..Fake::default() }
}

fn plan(target: &str, around: &Fake) -> Result<Plan, GatherError> {
    let Ok(Target::Server(target)) = Target::parse(target) else { panic!("{target} is no server") };
    Plan::read(&target, around)
}

fn places(plan: &Plan) -> Vec<String> {
    plan.addresses.iter().map(Address::at).collect()
}

fn password(plan: &Plan) -> Option<&str> {
    plan.addresses[0].password.as_ref().map(Secret::reveal)
}

#[test]
fn what_is_left_out_has_libpqs_defaults() {
    let found = plan("postgres://", &Fake::default()).unwrap();
    assert_eq!((found.user.as_str(), found.database.as_str()), ("ada", "ada"));
    assert_eq!((places(&found), found.sslmode), (vec!["localhost:5432".to_owned()], SslMode::Prefer));
    let socket = around(&[], &[("/tmp/.s.PGSQL.5432", "")]);
    assert_eq!(places(&plan("postgres:", &socket).unwrap()), ["/tmp/.s.PGSQL.5432"]);
}

#[test]
fn the_target_wins_over_its_service_and_that_over_the_environment() {
    let around = around(
        &[("PGSERVICE", "prod"), ("PGHOST", "env"), ("PGUSER", "env"), ("PGDATABASE", "env"), ("PGSSLMODE", "require")],
        &[("/home/ada/.pg_service.conf", "[prod]\nhost=service\nuser=service\nport=7\n")],
    );
    let found = plan("postgres://target", &around).unwrap();
    assert_eq!(places(&found), ["target:7"]);
    assert_eq!((found.user.as_str(), found.database.as_str(), found.sslmode), ("service", "env", SslMode::Require));
    let missing = plan("service=test", &around).unwrap_err();
    assert_eq!((missing.kind, missing.at.as_str()), (GatherErrorKind::Usage, "/home/ada/.pg_service.conf"));
}

#[test]
fn passwords_are_looked_up_as_libpq_looks_them_up() {
    let file = [("/home/ada/.pgpass", "h:5432:*:u:file\nlocalhost:*:*:*:socket\n")];
    assert_eq!(password(&plan("postgres://u@h/d", &around(&[], &file)).unwrap()), Some("file"));
    assert_eq!(password(&plan("postgres://u@h/d", &around(&[("PGPASSWORD", "env")], &file)).unwrap()), Some("env"));
    assert_eq!(password(&plan("postgres://u:url@h/d", &around(&[("PGPASSWORD", "env")], &file)).unwrap()), Some("url"));
    assert_eq!(password(&plan("host=/tmp", &around(&[], &file)).unwrap()), Some("socket"));
    let open = Fake { readable_by_all: true, ..around(&[], &file) };
    let found = plan("postgres://u@h/d", &open).unwrap();
    assert_eq!((password(&found), found.open_password_file.clone()), (None, Some("/home/ada/.pgpass".into())));
}

#[test]
fn several_hosts_have_a_port_each_or_one_for_all() {
    let nothing = Fake::default();
    assert_eq!(places(&plan("postgres://a:1,[::1]:2/d", &nothing).unwrap()), ["a:1", "[::1]:2"]);
    assert_eq!(places(&plan("host=a,b port=7 user=u", &nothing).unwrap()), ["a:7", "b:7"]);
    assert_eq!(places(&plan("host=a,b port=7, user=u", &nothing).unwrap()), ["a:7", "b:5432"]);
    let named = plan("host=db hostaddr=10.0.0.1", &nothing).unwrap();
    assert_eq!(named.addresses[0].place, Place::Tcp { name: "db".into(), host: "10.0.0.1".into() });
    for wrong in ["host=a,b port=1,2,3", "host=a,b hostaddr=10.0.0.1", "host=a port=0", "host=a port=x"] {
        assert_eq!(plan(wrong, &nothing).unwrap_err().kind, GatherErrorKind::Usage, "{wrong}");
    }
}

#[test]
fn the_certificate_is_verified_as_far_as_libpq_would() {
    let ours = around(&[], &[("/ca.pem", ""), ("/home/ada/.postgresql/root.crt", "")]);
    let none = around(&[], &[("/ca.pem", "")]);
    for (target, around, expected) in [
        ("postgres://h?sslmode=require", &none, Check::Nothing),
        ("postgres://h?sslmode=require", &ours, Check::Chain),
        ("postgres://h?sslmode=require&sslrootcert=/ca.pem", &none, Check::Chain),
        ("postgres://h?sslmode=require&sslrootcert=/nothing", &none, Check::Nothing),
        ("postgres://h?sslmode=verify-ca&sslrootcert=/ca.pem", &none, Check::Chain),
        ("postgres://h?sslmode=verify-full", &none, Check::ChainAndName),
        ("postgres://h?sslrootcert=system", &ours, Check::ChainAndName),
    ] {
        assert_eq!(plan(target, around).unwrap().tls.check, expected, "{target}");
    }
    assert_eq!(plan("postgres://h?sslrootcert=system", &ours).unwrap().tls.authorities, None);
    for wrong in [
        "postgres://h?sslmode=verify-ca",
        "postgres://h?sslmode=verify-full&sslrootcert=/nothing",
        "postgres://h?sslmode=require&sslrootcert=system",
        "postgres://h?sslmode=on",
        "postgres://h?sslnegotiation=direct",
        "postgres://h?ssl_max_protocol_version=TLSv1.1",
        "postgres://h?sslcert=/c.pem",
    ] {
        assert_eq!(plan(wrong, &none).unwrap_err().kind, GatherErrorKind::Usage, "{wrong}");
    }
}

#[test]
fn no_message_and_no_debug_text_holds_a_password() {
    let nothing = Fake::default();
    for wrong in [
        "postgres://u:s3cret@h/d?sslmode=s3cret",
        "postgres://u:s3cret@h/d?unknown=s3cret",
        "host=h password=s3cret port=s3cret",
        "host=h password='s3cret",
        "postgres://u:s3cret@a:1,b:s3cret/d",
    ] {
        let error = plan(wrong, &nothing).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("s3cret"), "{error:?}");
    }
    assert!(!format!("{:?}", plan("postgres://u:s3cret@h/d", &nothing).unwrap()).contains("s3cret"));
}
