//! What the storage suites share: a server of a version, and the case gathered from it.

#![allow(dead_code, reason = "every suite uses a part of it")]

use dbwright_lab::{Lab, Options, Product};
use dbwright_model::room::{GatherOptions, Room};
use dbwright_model::{Case, Severity, Target};
use dbwright_postgres::Postgres;
use tokio_postgres::{Client, NoTls};

pub(crate) struct Server {
    lab: Lab,
}

impl Server {
    /// A server of that major version, or `None` with a word on the terminal; a failure under CI.
    pub(crate) fn start(major: u32, settings: &[(&str, &str)]) -> Option<Server> {
        let binaries = dbwright_lab::for_test(Product::Postgres, Some(major)).unwrap()?;
        let options = settings.iter().fold(Options::new(), |options, (name, value)| options.setting(*name, *value));
        Some(Server { lab: Lab::start(&binaries, &options).unwrap() })
    }

    pub(crate) async fn connect(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.lab.url(), NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// The case as the server's owner sees it.
    pub(crate) async fn gather(&self) -> Case {
        gather(&self.lab.url()).await
    }

    /// The case as another role sees it.
    pub(crate) async fn gather_as(&self, role: &str, password: &str) -> Case {
        let mut url = url::Url::parse(&self.lab.url()).unwrap();
        url.set_username(role).unwrap();
        url.set_password(Some(password)).unwrap();
        gather(url.as_str()).await
    }
}

async fn gather(url: &str) -> Case {
    let Ok(Target::Server(target)) = Target::parse(url) else { panic!("not a server") };
    Postgres.gather(&target, &GatherOptions::default(), &()).await.unwrap()
}

/// What the rule says about the case: severity and object of each finding.
pub(crate) fn found(case: &Case, rule: &str) -> Vec<(Severity, String)> {
    let rule = Postgres.rules().iter().find(|known| known.id == rule).unwrap_or_else(|| panic!("no rule {rule}"));
    let findings = (rule.check)(case).unwrap_or_else(|reason| panic!("{}: {reason:?}", rule.id));
    findings.into_iter().map(|finding| (finding.severity, finding.subject.name)).collect()
}
