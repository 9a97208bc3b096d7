use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    LabError, Product,
    engine::{Engine, shown},
    error::Doing,
    site::Site,
};

/// MySQL and MariaDB.
pub(crate) struct MySql;

impl Engine for MySql {
    fn setup(&self, site: &Site) -> Result<Option<Command>, LabError> {
        let defaults = format!("--defaults-file={}", shown(&self.config_file(site)));
        let mariadb = site.binaries.product == Product::MariaDb;
        let first_sql = site.write("first.sql", &first_sql(mariadb, site.password.as_deref()))?;
        let command = if mariadb {
            let script =
                site.binaries.program("mariadb-install-db").or_else(|| site.binaries.program("mysql_install_db"));
            let mut command = Command::new(script.unwrap_or_else(|| site.binaries.dir().join("mariadb-install-db")));
            command.arg(defaults).args([
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--skip-name-resolve",
            ]);
            command.arg(format!("--extra-file={}", shown(&first_sql)));
            command
        } else {
            let files = files(site);
            fs::create_dir(&files)
                .and_then(|()| site.user.owns(&files))
                .doing(|| format!("create {}", files.display()))?;
            let mut command = Command::new(&site.binaries.server);
            command.arg(defaults).args(["--initialize-insecure", "--console"]);
            command.arg(format!("--init-file={}", shown(&first_sql)));
            command
        };
        Ok(Some(command))
    }

    fn after_setup(&self, site: &Site) -> Result<(), LabError> {
        let _ = fs::remove_file(site.dir.join("first.sql"));
        // What the setup ran is not a statement of a client.
        let _ = fs::remove_file(self.statement_log(site));
        Ok(())
    }

    fn config_file(&self, site: &Site) -> PathBuf {
        site.dir.join("my.cnf")
    }

    fn config(&self, site: &Site) -> String {
        let mut text = String::from("# dbwright lab\n[mysqld]\n");
        let mut set = |name: &str, value: &str| text += &self.line(name, value);
        set("basedir", &shown(&basedir(site.binaries.dir())));
        set("datadir", &shown(&site.data()));
        set("bind_address", "127.0.0.1");
        // Relative to the data directory: a long path would not fit in a socket's name.
        set("socket", "mysql.sock");
        set("pid_file", "mysqld.pid");
        if site.binaries.product == Product::MariaDb {
            // As MariaDB's packages set it; the program alone would still say latin1.
            set("character_set_server", "utf8mb4");
            set("collation_server", "utf8mb4_general_ci");
        } else {
            // The built-in folder need not exist, and then the server refuses to start.
            set("secure_file_priv", &shown(&files(site)));
            // The X protocol would listen on a second port.
            set("mysqlx", "OFF");
        }
        if let Some(tls) = &site.tls {
            set("ssl_ca", &shown(&tls.ca));
            set("ssl_cert", &shown(&tls.certificate));
            set("ssl_key", &shown(&tls.key));
        }
        if site.options.log_all {
            set("log_output", "FILE");
            set("general_log", "ON");
            set("general_log_file", &shown(&self.statement_log(site)));
        }
        if site.options.volatile {
            set("innodb_flush_log_at_trx_commit", "0");
            set("sync_binlog", "0");
            set("innodb_doublewrite", "OFF");
        }
        text
    }

    fn line(&self, name: &str, value: &str) -> String {
        // Without quotes a `#` would begin a comment.
        if value.contains('#') { format!("{name} = \"{value}\"\n") } else { format!("{name} = {value}\n") }
    }

    fn server(&self, site: &Site) -> Command {
        let mut command = Command::new(&site.binaries.server);
        command.arg(format!("--defaults-file={}", shown(&self.config_file(site)))).arg(format!("--port={}", site.port));
        command
    }

    fn ready(&self, site: &Site, _pid: u32, log: &str) -> bool {
        // Both also serve the socket; the line that names our port comes last.
        log.lines().any(|line| line.contains(&format!("port: {}", site.port)))
    }

    fn url(&self, site: &Site) -> String {
        format!("mysql://{}127.0.0.1:{}/", site.login("root"), site.port)
    }

    fn statement_log(&self, site: &Site) -> PathBuf {
        site.dir.join("statements.log")
    }
}

/// The one folder that MySQL reads and writes files in.
fn files(site: &Site) -> PathBuf {
    site.dir.join("files")
}

/// What the first start runs: root's password, and in MariaDB the removal of the accounts that an ordinary package
/// would not leave either.
fn first_sql(mariadb: bool, password: Option<&str>) -> String {
    let mut text = String::new();
    if mariadb {
        text += "DELETE FROM mysql.global_priv WHERE user = '' OR (user = 'root' AND host <> 'localhost');\nFLUSH PRIVILEGES;\n";
    }
    if let Some(password) = password {
        text += &format!("ALTER USER 'root'@'localhost' IDENTIFIED BY '{password}';\n");
    }
    text
}

/// The folder that holds `share` and `lib`: of a tree that `scripts/servers.sh` unpacked, or the one above the programs.
fn basedir(bin: &Path) -> PathBuf {
    let above = bin.parent().unwrap_or(Path::new("/"));
    let unpacked = above.join("root/usr");
    if unpacked.is_dir() { unpacked } else { above.to_path_buf() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_quoted() {
        assert_eq!(MySql.line("sql_mode", "ANSI,TRADITIONAL"), "sql_mode = ANSI,TRADITIONAL\n");
        assert_eq!(MySql.line("init_connect", "SET @a = 1 # one"), "init_connect = \"SET @a = 1 # one\"\n");
    }

    #[test]
    fn knows_the_base_of_system_servers() {
        assert_eq!(basedir(Path::new("/usr/sbin")), Path::new("/usr"));
    }
}
