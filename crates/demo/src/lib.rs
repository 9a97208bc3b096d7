//! The shop: a believable database with planted faults on a throw-away server, and the consultation of it recorded
//! for machines without one. One file an engine.

mod mysql;
mod postgres;
mod redis;

use std::any::Any;

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
    pub async fn open(engine: Engine) -> Result<Shop, DemoError> {
        match engine {
            Engine::Postgres => postgres::open().await,
            Engine::MySql => mysql::open().await,
            Engine::Redis => redis::open().await,
        }
    }

    /// Where it can be looked at.
    pub fn url(&self) -> String {
        self.lab.url()
    }
}

/// The consultation of that engine's shop as it was recorded, a bundle.
pub fn recorded(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => postgres::RECORDED,
        Engine::MySql => mysql::RECORDED,
        Engine::Redis => redis::RECORDED,
    }
}

/// Planted faults: the rule that must see each, and its object; none where it has another name each time.
pub fn planted(engine: Engine) -> &'static [(&'static str, &'static str)] {
    match engine {
        Engine::Postgres => postgres::PLANTED,
        Engine::MySql => mysql::PLANTED,
        Engine::Redis => redis::PLANTED,
    }
}

/// The first of the products that the machine has; else the error about the first.
fn first(products: [Product; 2]) -> Result<Binaries, LabError> {
    dbwright_lab::newest(products[0]).or_else(|error| dbwright_lab::newest(products[1]).map_err(|_| error))
}
