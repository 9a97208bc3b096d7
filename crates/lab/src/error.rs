use std::{io, path::PathBuf, time::Duration};

use crate::{Product, Version};

/// Why there is no lab; the message says what a person can do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// The machine has no such server.
    #[error("{}", not_found(*product, *major, looked_in, found))]
    NotFound {
        /// What was looked for.
        product: Product,
        /// The major version asked for; `None` when any would do.
        major: Option<u32>,
        /// The folders that were searched.
        looked_in: Vec<PathBuf>,
        /// The versions of the product that are here instead.
        found: Vec<Version>,
    },
    /// A server refuses to run as root and there is no other user to run it as.
    #[error("running as root, and /etc/passwd has no unprivileged user ({}) to run the server as", tried.join(", "))]
    NoUser {
        /// The names that were tried.
        tried: Vec<String>,
    },
    /// A setting that cannot be written in a configuration file.
    #[error("the setting {name:?} cannot be written in a configuration file: it is empty or holds a line break")]
    Setting {
        /// The name of the setting.
        name: String,
    },
    /// The data directory could not be created.
    #[error("{product} {version} could not create its data directory with {program}:\n{output}")]
    Setup {
        /// The server's product.
        product: Product,
        /// The server's version.
        version: Version,
        /// The program that failed.
        program: PathBuf,
        /// What it printed.
        output: String,
    },
    /// The server ended instead of serving.
    #[error("{product} {version} stopped while starting ({status}); its log:\n{log}")]
    Exited {
        /// The server's product.
        product: Product,
        /// The server's version.
        version: Version,
        /// How it ended.
        status: std::process::ExitStatus,
        /// The end of its log.
        log: String,
    },
    /// The server runs but accepts no connection.
    #[error("{product} {version} was not ready after {waited:?}; its log:\n{log}")]
    NotReady {
        /// The server's product.
        product: Product,
        /// The server's version.
        version: Version,
        /// How long was waited.
        waited: Duration,
        /// The end of its log.
        log: String,
    },
    /// Certificates could not be made.
    #[error("could not make certificates for the lab")]
    Tls(#[from] rcgen::Error),
    /// The operating system refused something.
    #[error("could not {doing}")]
    Io {
        /// What was being done.
        doing: String,
        /// The reason.
        source: io::Error,
    },
}

/// Says what was being done when an I/O call failed.
pub(crate) trait Doing<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, LabError>;
}

impl<T, E: Into<io::Error>> Doing<T> for Result<T, E> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, LabError> {
        self.map_err(|error| LabError::Io { doing: what(), source: error.into() })
    }
}

fn not_found(product: Product, major: Option<u32>, looked_in: &[PathBuf], found: &[Version]) -> String {
    let wanted = major.map_or_else(|| product.to_string(), |major| format!("{product} {major}"));
    let mut text = format!("no {wanted} server on this machine");
    if !found.is_empty() {
        let found: Vec<_> = found.iter().map(Version::to_string).collect();
        text += &format!(" (found: {})", found.join(", "));
    }
    let looked_in: Vec<_> = looked_in.iter().map(|dir| dir.display().to_string()).collect();
    text += &format!("; looked in {}", looked_in.join(", "));
    text += &format!("; install it with `scripts/servers.sh {}`, ", product.install_name(major));
    text += &format!("or name its bin folder in {}", product.variable());
    text
}
