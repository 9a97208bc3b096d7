use std::time::Duration;

use crate::LabError;

/// How a lab is set up. The default is the server as its makers ship it, with a password, without TLS.
///
/// Durability settings stay as shipped, because what runs in a lab may be inspecting them; [`Options::volatile`] turns
/// them off.
#[derive(Debug, Clone)]
pub struct Options {
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) tls: bool,
    pub(crate) password: bool,
    pub(crate) log_all: bool,
    pub(crate) volatile: bool,
    pub(crate) patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            settings: Vec::new(),
            tls: false,
            password: true,
            log_all: false,
            volatile: false,
            patience: Duration::from_secs(120),
        }
    }
}

impl Options {
    /// The default.
    pub fn new() -> Options {
        Options::default()
    }

    /// Adds a server setting, by the name it has in the server's configuration file. The last one of a name counts.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Options {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Serves TLS with a certificate for `127.0.0.1` and `localhost`; `Lab::ca` is what to trust.
    /// PostgreSQL, MySQL and MariaDB go on accepting plain connections, Redis and Valkey do not.
    #[must_use]
    pub fn tls(mut self) -> Options {
        self.tls = true;
        self
    }

    /// Lets everyone in without a password.
    #[must_use]
    pub fn without_password(mut self) -> Options {
        self.password = false;
        self
    }

    /// Logs every statement; see `Lab::statement_log`. Redis and Valkey cannot.
    #[must_use]
    pub fn log_all(mut self) -> Options {
        self.log_all = true;
        self
    }

    /// Gives up durability for speed: a crash of the machine may lose the data.
    #[must_use]
    pub fn volatile(mut self) -> Options {
        self.volatile = true;
        self
    }

    /// How long setting up, starting or stopping may take, each; two minutes if not said.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Options {
        self.patience = patience;
        self
    }
}

/// Refuses what would not be one line of a configuration file.
pub(crate) fn check(settings: &[(String, String)]) -> Result<(), LabError> {
    let breaks = |text: &str| text.contains(['\n', '\r', '\0']);
    match settings.iter().find(|(name, value)| name.trim().is_empty() || breaks(name) || breaks(value)) {
        Some((name, _)) => Err(LabError::Setting { name: name.clone() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_setting_is_one_line() {
        let setting = |name: &str, value: &str| vec![(name.to_string(), value.to_string())];
        assert!(check(&setting("work_mem", "64MB")).is_ok());
        assert!(check(&setting("work_mem", "64MB\nfsync = off")).is_err());
        assert!(check(&setting(" ", "on")).is_err());
    }
}
