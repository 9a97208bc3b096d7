//! Throw-away database servers, started from binaries found on the machine.
//!
//! A [`Lab`] is a real server of one [`Product`] in a temporary directory, on a free loopback port. It is what tests,
//! proofs, lessons and the demo run on. Dropping it stops the server and removes the directory; so does the death of
//! the process that holds it, whatever the cause.
//!
//! ```no_run
//! use dbwright_lab::{Lab, Options, Product};
//!
//! let binaries = dbwright_lab::find_version(Product::Postgres, 15)?;
//! let lab = Lab::start(&binaries, &Options::new().setting("shared_preload_libraries", "pg_stat_statements"))?;
//! println!("{}", lab.url()); // postgres://postgres:…@127.0.0.1:…/postgres
//! # Ok::<(), dbwright_lab::LabError>(())
//! ```
//!
//! `scripts/servers.sh` of the repository puts servers where [`find`] sees them.

mod engine;
mod error;
mod find;
mod keeper;
mod lab;
mod mysql;
mod options;
mod postgres;
mod process;
mod redis;
mod site;
mod tls;
mod user;
mod version;

pub use error::LabError;
pub use find::{Binaries, POSTGRES_MAJORS, Product, find, find_version, for_test, newest};
pub use lab::Lab;
pub use options::Options;
pub use version::Version;
