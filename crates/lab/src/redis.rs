use std::{path::PathBuf, process::Command};

use crate::{
    LabError,
    engine::{Engine, shown},
    site::Site,
};

/// Redis and Valkey.
pub(crate) struct Redis;

impl Engine for Redis {
    fn setup(&self, _site: &Site) -> Result<Option<Command>, LabError> {
        Ok(None)
    }

    fn takes(&self, port: u16) -> bool {
        // The nodes of a cluster talk to each other on the port 10,000 above.
        port <= u16::MAX - 10_000
    }

    fn config_file(&self, site: &Site) -> PathBuf {
        site.dir.join("redis.conf")
    }

    fn config(&self, site: &Site) -> String {
        let mut text = String::from("# dbwright lab\n");
        let mut set = |name: &str, value: &str| text += &self.line(name, value);
        set("bind", "127.0.0.1");
        set("dir", &format!("\"{}\"", shown(&site.data())));
        if let Some(password) = &site.password {
            set("requirepass", password);
        }
        if let Some(tls) = &site.tls {
            set("tls-ca-cert-file", &format!("\"{}\"", shown(&tls.ca)));
            set("tls-cert-file", &format!("\"{}\"", shown(&tls.certificate)));
            set("tls-key-file", &format!("\"{}\"", shown(&tls.key)));
            set("tls-auth-clients", "no");
        }
        if site.options.volatile {
            set("save", "\"\"");
            set("appendonly", "no");
        }
        text
    }

    fn line(&self, name: &str, value: &str) -> String {
        // As it stands: many directives take several words. An empty value has to be seen.
        if value.is_empty() { format!("{name} \"\"\n") } else { format!("{name} {value}\n") }
    }

    fn server(&self, site: &Site) -> Command {
        let mut command = Command::new(&site.binaries.server);
        command.arg(self.config_file(site));
        let port = site.port.to_string();
        match site.tls {
            Some(_) => command.args(["--port", "0", "--tls-port", &port]),
            None => command.args(["--port", &port]),
        };
        command
    }

    fn ready(&self, _site: &Site, _pid: u32, log: &str) -> bool {
        log.contains("Ready to accept connections")
    }

    fn url(&self, site: &Site) -> String {
        let scheme = if site.tls.is_some() { "rediss" } else { "redis" };
        // Named, because redis-cli takes an empty name for a name; a server without a password needs none.
        let login = if site.password.is_some() { site.login("default") } else { String::new() };
        format!("{scheme}://{login}127.0.0.1:{}", site.port)
    }
}
