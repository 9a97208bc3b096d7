//! The unprivileged user a server runs as when we are root: PostgreSQL, MySQL and MariaDB refuse to be root.

use std::{fs, io, os::unix::fs::chown, os::unix::process::CommandExt, path::Path, process::Command};

use crate::{LabError, Product, error::Doing};

/// A user to become; none when we are not root and run servers as ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct User(Option<(u32, u32)>);

impl User {
    /// The product's own user where a package made one, otherwise `nobody`.
    pub(crate) fn for_server(product: Product) -> Result<User, LabError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(User(None));
        }
        let own = match product {
            Product::Postgres => "postgres",
            Product::MariaDb | Product::MySql => "mysql",
            Product::Redis => "redis",
            Product::Valkey => "valkey",
        };
        let passwd = fs::read_to_string("/etc/passwd").doing(|| "read /etc/passwd".into())?;
        let names = [own, "nobody"];
        match names.iter().find_map(|name| ids(&passwd, name)) {
            Some(ids) => Ok(User(Some(ids))),
            None => Err(LabError::NoUser { tried: names.map(String::from).to_vec() }),
        }
    }

    /// Makes a command run as this user; std then also drops the supplementary groups.
    pub(crate) fn runs(self, command: &mut Command) {
        if let User(Some((uid, gid))) = self {
            command.uid(uid).gid(gid);
        }
    }

    /// Gives a file or folder to this user.
    pub(crate) fn owns(self, path: &Path) -> io::Result<()> {
        match self.0 {
            Some((uid, gid)) => chown(path, Some(uid), Some(gid)),
            None => Ok(()),
        }
    }
}

/// The uid and gid of a name in the text of `/etc/passwd`; never root's.
fn ids(passwd: &str, name: &str) -> Option<(u32, u32)> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then_some(())?;
        let uid = fields.nth(1)?.parse().ok().filter(|uid| *uid != 0)?;
        Some((uid, fields.next()?.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::ids;

    #[test]
    fn reads_passwd() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\n\
                      postgres:x:101:104:PostgreSQL:/var/lib/postgresql:/bin/bash\n\
                      mysql:x:0:0:::\n";
        assert_eq!(ids(passwd, "postgres"), Some((101, 104)));
        assert_eq!(ids(passwd, "post"), None);
        assert_eq!(ids(passwd, "mysql"), None, "a user that is root in disguise");
    }
}
