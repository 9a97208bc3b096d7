use std::{path::PathBuf, process::Command};

use rustix::process::Signal;

use crate::{
    LabError,
    engine::{Engine, shown},
    site::{Site, read},
};

/// The longest path of a Unix socket that Linux takes, less the name PostgreSQL gives to it.
const LONGEST_SOCKET_FOLDER: usize = 107 - "/.s.PGSQL.65535".len();

pub(crate) struct Postgres;

impl Engine for Postgres {
    fn setup(&self, site: &Site) -> Result<Option<Command>, LabError> {
        let mut initdb = Command::new(site.binaries.dir().join("initdb"));
        initdb.arg("-D").arg(site.data());
        // Unsynced only while being created: a lab that loses power now is started anew.
        initdb.args(["--no-sync", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"]);
        match &site.password {
            Some(password) => {
                let file = site.write("password", password)?;
                initdb.arg("--auth=scram-sha-256").arg("--pwfile").arg(file)
            }
            None => initdb.arg("--auth=trust"),
        };
        Ok(Some(initdb))
    }

    fn after_setup(&self, site: &Site) -> Result<(), LabError> {
        let _ = std::fs::remove_file(site.dir.join("password"));
        Ok(())
    }

    fn config_file(&self, site: &Site) -> PathBuf {
        // Not on the command line, which would win over ALTER SYSTEM.
        site.data().join("postgresql.conf")
    }

    fn config(&self, site: &Site) -> String {
        let mut text = String::from("\n# dbwright lab\n");
        let mut set = |name: &str, value: &str| text += &self.line(name, value);
        set("listen_addresses", "127.0.0.1");
        let socket_folder = shown(&site.dir);
        set("unix_socket_directories", if socket_folder.len() <= LONGEST_SOCKET_FOLDER { &socket_folder } else { "" });
        if let Some(tls) = &site.tls {
            set("ssl", "on");
            set("ssl_cert_file", &shown(&tls.certificate));
            set("ssl_key_file", &shown(&tls.key));
        }
        if site.options.log_all {
            set("log_statement", "all");
        }
        if site.options.volatile {
            set("fsync", "off");
            set("full_page_writes", "off");
            set("synchronous_commit", "off");
        }
        text
    }

    fn line(&self, name: &str, value: &str) -> String {
        format!("{name} = '{}'\n", value.replace('\'', "''"))
    }

    fn server(&self, site: &Site) -> Command {
        let mut command = Command::new(&site.binaries.server);
        command.arg("-D").arg(site.data()).args(["-p", &site.port.to_string()]);
        command
    }

    fn ready(&self, site: &Site, pid: u32, _log: &str) -> bool {
        // The first line is the server's process, the eighth its state.
        let status = read(&site.data().join("postmaster.pid"));
        let mut lines = status.lines();
        lines.next().is_some_and(|line| line.trim() == pid.to_string())
            && lines.nth(6).is_some_and(|line| line.trim() == "ready")
    }

    fn url(&self, site: &Site) -> String {
        format!("postgres://{}127.0.0.1:{}/postgres", site.login("postgres"), site.port)
    }

    fn stop_signal(&self) -> Signal {
        // "Fast": sessions are ended, then a checkpoint.
        Signal::INT
    }

    fn end_signal(&self) -> (Signal, &'static str) {
        // "Immediate". Not KILL, which would leave its children and its shared memory.
        (Signal::QUIT, "QUIT")
    }

    fn after_kill(&self, site: &Site) -> Option<Command> {
        // Starting is the only thing that frees the shared memory of a killed server; without input it ends at once.
        let mut command = Command::new(&site.binaries.server);
        command.arg("--single").arg("-D").arg(site.data()).arg("postgres");
        Some(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_values() {
        assert_eq!(Postgres.line("search_path", "\"$user\", 'a'"), "search_path = '\"$user\", ''a'''\n");
    }
}
