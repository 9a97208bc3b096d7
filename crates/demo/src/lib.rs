//! The shop: a believable database with planted faults on a throw-away server, and the consultation of it
//! recorded for machines without one.

mod exercise;
mod load;

use std::time::Duration;

pub use exercise::{Exercise, ExerciseError, Gym};

use dbwright_lab::{Lab, LabError, Options, Product};

/// The consultation of the shop as recorded from PostgreSQL, a bundle.
pub const RECORDED: &str = include_str!("../recorded/shop.dbw");

/// Why the shop could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// No server, or it did not start.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// A statement of the shop failed.
    #[error("the shop could not be set up: {0}")]
    Setup(#[from] tokio_postgres::Error),
}

/// A running shop; gone when dropped.
pub struct Shop {
    lab: Lab,
}

impl Shop {
    /// Starts a PostgreSQL of the newest version found, fills the shop, and lets customers in for a moment.
    ///
    /// # Errors
    /// [`DemoError`] when no server is found or it does not start.
    pub async fn open() -> Result<Shop, DemoError> {
        let binaries = dbwright_lab::newest(Product::Postgres)?;
        let options = Options::new()
            .setting("shared_preload_libraries", "pg_stat_statements")
            .setting("wal_level", "logical")
            // planted: a "speed tip" that risks torn pages
            .setting("full_page_writes", "off");
        let lab = Lab::start(&binaries, &options)?;
        let shop = Shop { lab };
        load::fill(&shop.url()).await?;
        load::customers(&shop.url(), 4, Duration::from_secs(4)).await?;
        Ok(shop)
    }

    /// Where it can be looked at.
    pub fn url(&self) -> String {
        self.lab.url()
    }
}
