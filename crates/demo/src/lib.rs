//! The shop: a believable database with planted faults on a throw-away server, and the consultation of it recorded
//! for machines without one. One file an engine.

mod exercise;
mod mysql;
mod postgres;
mod redis;

use std::any::Any;

pub use exercise::{Exercise, ExerciseError, Gym};

use dbwright_lab::{Binaries, Lab, LabError, Product};
use dbwright_model::Engine;

/// Why the shop could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// No server, or it did not start.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// A statement of the shop failed.
    #[error("the shop could not be set up: {0}")]
    Setup(Box<dyn std::error::Error + Send + Sync>),
}

/// The engines that have a shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShopKind {
    /// On PostgreSQL.
    Postgres,
    /// On MariaDB or MySQL.
    MySql,
    /// On Redis or Valkey.
    Redis,
}

impl ShopKind {
    /// The shop of that engine, where there is one.
    pub fn of(engine: Engine) -> Option<ShopKind> {
        match engine {
            Engine::Postgres => Some(ShopKind::Postgres),
            Engine::MySql => Some(ShopKind::MySql),
            Engine::Redis => Some(ShopKind::Redis),
            Engine::MongoDb | Engine::Elastic | Engine::Cassandra => None,
        }
    }

    /// The engine.
    pub fn engine(self) -> Engine {
        match self {
            ShopKind::Postgres => Engine::Postgres,
            ShopKind::MySql => Engine::MySql,
            ShopKind::Redis => Engine::Redis,
        }
    }
}

/// A running shop; gone when dropped.
pub struct Shop {
    lab: Lab,
    /// Sessions that stay while it is looked at.
    _open: Box<dyn Any + Send>,
}

impl Shop {
    /// Starts the newest server of that engine found, fills the shop, and lets customers in for a moment.
    ///
    /// # Errors
    /// [`DemoError`] when no server is found or it does not start.
    pub async fn open(kind: ShopKind) -> Result<Shop, DemoError> {
        match kind {
            ShopKind::Postgres => postgres::open().await,
            ShopKind::MySql => mysql::open().await,
            ShopKind::Redis => redis::open().await,
        }
    }

    /// Where it can be looked at.
    pub fn url(&self) -> String {
        self.lab.url()
    }
}

/// The consultation of that engine's shop as it was recorded, a bundle.
pub fn recorded(kind: ShopKind) -> &'static str {
    match kind {
        ShopKind::Postgres => postgres::RECORDED,
        ShopKind::MySql => mysql::RECORDED,
        ShopKind::Redis => redis::RECORDED,
    }
}

/// Planted faults: the rule that must see each, and its object; none where it has another name each time.
pub fn planted(kind: ShopKind) -> &'static [(&'static str, &'static str)] {
    match kind {
        ShopKind::Postgres => postgres::PLANTED,
        ShopKind::MySql => mysql::PLANTED,
        ShopKind::Redis => redis::PLANTED,
    }
}

/// The first of the products that the machine has; else the error about the first.
fn first(products: [Product; 2]) -> Result<Binaries, LabError> {
    dbwright_lab::newest(products[0]).or_else(|error| dbwright_lab::newest(products[1]).map_err(|_| error))
}
