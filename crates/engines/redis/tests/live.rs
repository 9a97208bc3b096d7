//! The room against real servers: every version gives a case, a confined user gives gaps that name the rule it lacks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::Duration;

use dbwright_lab::{Lab, Options, Product};
use dbwright_model::room::{GatherError, GatherErrorKind, GatherOptions, Room};
use dbwright_model::{Case, Settings, Target, Why};
use dbwright_redis::Redis;
use dbwright_redis::sections::info::Info;
use dbwright_redis::sections::keyspace::Keyspace;

async fn gather(url: &str) -> Result<Case, GatherError> {
    let Target::Server(target) = Target::parse(url).unwrap() else { panic!("{url} is no server") };
    let options = GatherOptions {
        connect_timeout: Duration::from_secs(2),
        statement_timeout: Duration::from_secs(2),
        ..GatherOptions::default()
    };
    Redis.gather(&target, &options, &()).await
}

/// A lab for each server found; `None` where there is none (a failure under CI).
fn labs(options: &Options) -> Vec<Lab> {
    let mut labs = Vec::new();
    for (product, major) in [(Product::Redis, 6), (Product::Redis, 7), (Product::Redis, 8), (Product::Valkey, 8)] {
        match dbwright_lab::find_version(product, major) {
            Ok(binaries) => labs.push(Lab::start(&binaries, options).unwrap()),
            Err(_) => eprintln!("skipped: {product:?} {major} is not installed"),
        }
    }
    labs
}

fn connect(lab: &Lab) -> redis::Connection {
    redis::Client::open(lab.url()).unwrap().get_connection().unwrap()
}

#[tokio::test]
async fn every_version_gives_a_whole_case() {
    for lab in labs(&Options::new()) {
        let mut connection = connect(&lab);
        for i in 0..500 {
            redis::cmd("SET")
                .arg(format!("session:{i}"))
                .arg("secret-value")
                .arg("EX")
                .arg(600 + i)
                .exec(&mut connection)
                .unwrap();
            redis::cmd("HSET").arg(format!("user:{i}")).arg("name").arg("secret-value").exec(&mut connection).unwrap();
        }
        let case = gather(&lab.url()).await.unwrap();
        let gaps: Vec<_> = case.gaps.iter().filter(|gap| gap.why != Why::NotApplicable).collect();
        assert!(gaps.is_empty(), "{gaps:#?}");
        let keyspace = case.get::<Keyspace>().unwrap();
        let sample = keyspace.sample.as_ref().unwrap();
        let names: Vec<&str> = sample.patterns.iter().map(|pattern| pattern.name.as_str()).collect();
        assert!(names.contains(&"session:*") && names.contains(&"user:*"), "{names:?}");
        assert_eq!((sample.keys.0, sample.share.0, sample.lengths), (1000, 1.0, true));
        assert!(case.get::<Info>().unwrap().used_memory.is_some());
        assert!(case.get::<Settings>().unwrap().number("maxclients").is_some());
        assert_ne!(case.get::<Settings>().unwrap().text("requirepass"), lab.password());
    }
}

#[tokio::test]
async fn a_confined_user_is_told_what_it_lacks() {
    for lab in labs(&Options::new()) {
        let mut connection = connect(&lab);
        redis::cmd("SET").arg("k").arg("v").exec(&mut connection).unwrap();
        redis::cmd("ACL").arg(&["SETUSER", "me", "on", ">pw", "~*", "+info", "+scan"]).exec(&mut connection).unwrap();
        let case = gather(&format!("redis://me:pw@127.0.0.1:{}", lab.port())).await.unwrap();
        let settings = case.gaps.iter().find(|gap| gap.section == "settings").unwrap();
        assert_eq!((settings.why, settings.allow.as_deref()), (Why::Privilege, Some("ACL SETUSER me +config|get")));
        let keys = case.gaps.iter().find(|gap| gap.section == "redis.keyspace").unwrap();
        assert_eq!(keys.allow.as_deref(), Some("ACL SETUSER me +type"));
        // What the gaps ask for is enough.
        let mut grant = redis::cmd("ACL");
        grant.arg(&[
            "SETUSER",
            "me",
            "+@read",
            "+config|get",
            "+slowlog",
            "+latency",
            "+client",
            "+memory|usage",
            "+acl",
            "+object|encoding",
            "+select",
        ]);
        if grant.exec(&mut connection).is_ok() {
            let case = gather(&format!("redis://me:pw@127.0.0.1:{}", lab.port())).await.unwrap();
            assert!(case.gaps.iter().all(|gap| gap.why != Why::Privilege), "{:#?}", case.gaps);
        }
    }
}

#[tokio::test]
async fn passwords_and_databases_are_named_exactly() {
    for lab in labs(&Options::new()).iter().take(2) {
        let at = format!("127.0.0.1:{}", lab.port());
        let error = gather(&format!("redis://:hunter2@{at}")).await.unwrap_err();
        assert_eq!(error.kind, GatherErrorKind::Refused);
        assert!(error.message.contains("wrong password") && !format!("{error:?}").contains("hunter2"), "{error:?}");
        let error = gather(&format!("redis://{at}")).await.unwrap_err();
        assert!(error.message.contains("wants a password"), "{error:?}");
        let error = gather(&format!("{}/99", lab.url().trim_end_matches('/'))).await.unwrap_err();
        assert_eq!(error.kind, GatherErrorKind::UnknownDatabase, "{error:?}");
        let error = gather(&format!("rediss://{at}")).await.unwrap_err();
        assert!(matches!(error.kind, GatherErrorKind::Tls | GatherErrorKind::Timeout), "{error:?}");
    }
}

#[tokio::test]
async fn tls_is_verified_unless_told_otherwise() {
    for lab in labs(&Options::new().tls()) {
        let ca = lab.ca().unwrap().display().to_string();
        gather(&format!("{}?cacert={ca}", lab.url())).await.unwrap();
        gather(&format!("{}?tls=insecure", lab.url())).await.unwrap();
        let error = gather(&lab.url()).await.unwrap_err();
        assert_eq!(error.kind, GatherErrorKind::Tls, "{error:?}");
        let error = gather(&lab.url().replace("rediss:", "redis:")).await.unwrap_err();
        assert!(
            matches!(error.kind, GatherErrorKind::Tls | GatherErrorKind::Unsupported | GatherErrorKind::Timeout),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn reading_leaves_the_time_of_last_use_alone() {
    for lab in labs(&Options::new().setting("maxmemory-policy", "allkeys-lru")) {
        let mut connection = connect(&lab);
        redis::cmd("SET").arg("k").arg("v").exec(&mut connection).unwrap();
        tokio::time::sleep(Duration::from_millis(2_200)).await;
        gather(&lab.url()).await.unwrap();
        let idle: i64 = redis::cmd("OBJECT").arg("IDLETIME").arg("k").query(&mut connection).unwrap();
        assert!(idle >= 1, "the key looks used");
    }
}
