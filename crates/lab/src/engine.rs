use std::{
    path::{Path, PathBuf},
    process::Command,
};

use rustix::process::Signal;

use crate::{LabError, Product, mysql, postgres, redis, site::Site};

/// What a lab must know of an engine. Everything else is the same for all.
pub(crate) trait Engine: Sync {
    /// The command that creates the data directory, for engines that need one.
    fn setup(&self, site: &Site) -> Result<Option<Command>, LabError>;

    /// Tidies up after the setup.
    fn after_setup(&self, _site: &Site) -> Result<(), LabError> {
        Ok(())
    }

    /// Whether the server can use that port.
    fn takes(&self, _port: u16) -> bool {
        true
    }

    /// The configuration file. It is written before the setup, or appended to when the setup made it.
    fn config_file(&self, site: &Site) -> PathBuf;

    /// The lab's own part of the configuration.
    fn config(&self, site: &Site) -> String;

    /// One setting as a line of the configuration.
    fn line(&self, name: &str, value: &str) -> String;

    /// The command that runs the server in the foreground, on the site's port.
    fn server(&self, site: &Site) -> Command;

    /// Whether this server accepts connections, judged by what it has written itself. A trial connection would tell
    /// less, as the port may be another server's, and would show in the log and the counters that a lab is there for.
    /// `log` is what the server has logged since it was started.
    fn ready(&self, site: &Site, pid: u32, log: &str) -> bool;

    /// Where clients connect.
    fn url(&self, site: &Site) -> String;

    /// The file that every statement is logged to under `Options::log_all`.
    fn statement_log(&self, site: &Site) -> PathBuf {
        site.log()
    }

    /// Stops the server in order, without waiting for clients to leave.
    fn stop_signal(&self) -> Signal {
        Signal::TERM
    }

    /// Stops the server at once, and all its children; the data is not wanted any more. The name is the shell's.
    fn end_signal(&self) -> (Signal, &'static str) {
        (Signal::KILL, "KILL")
    }

    /// The command that frees what a killed server left outside its directory.
    fn after_kill(&self, _site: &Site) -> Option<Command> {
        None
    }
}

pub(crate) fn engine(product: Product) -> &'static dyn Engine {
    match product {
        Product::Postgres => &postgres::Postgres,
        Product::MariaDb | Product::MySql => &mysql::MySql,
        Product::Redis | Product::Valkey => &redis::Redis,
    }
}

/// A path as an argument or in a configuration file.
pub(crate) fn shown(path: &Path) -> String {
    path.display().to_string()
}
