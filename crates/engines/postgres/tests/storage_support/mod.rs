//! What the storage suites share: a server of a version, and the case gathered from it.

#![allow(dead_code, reason = "every suite uses a part of it")]

use dbwright_model::room::{GatherOptions, Room};
use dbwright_model::{Case, Target};
use dbwright_postgres::Postgres;
use tokio_postgres::{Client, NoTls};

pub(crate) struct Server {
    pub(crate) url: String,
}

impl Server {
    /// A server of that major version, or `None` with a word on the terminal; a failure under CI.
    pub(crate) async fn start(major: u32) -> Option<Server> {
        let base = format!("postgres://postgres@127.0.0.1:458{major}");
        let admin = Server { url: format!("{base}/postgres") };
        let name = format!("storage_{}_{:?}", std::process::id(), std::thread::current().id())
            .replace(['(', ')'], "_")
            .to_lowercase();
        let client = admin.connect().await;
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).await.unwrap();
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        let server = Server { url: format!("{base}/{name}") };
        Some(server)
    }

    pub(crate) async fn connect(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    pub(crate) async fn gather(&self) -> Case {
        let Ok(Target::Server(target)) = Target::parse(&self.url) else { panic!("{}", self.url) };
        Postgres.gather(&target, &GatherOptions::default(), &()).await.unwrap()
    }
}
